//! `printf`, with the verbs of Go that make sense for the values there are.

use super::value::Value;
use crate::metrics::labels::Quoted;
use crate::metrics::promql::number::{general, general_in};

/// Wider than this is no layout.
const MAX_WIDTH: usize = 1000;

/// Flags, width and precision of a verb.
#[derive(Debug, Default)]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
}

/// `format` with its verbs replaced. What does not fit is said in the text, as Go does: `%!d(string=hi)`.
pub(super) fn format(format: &str, args: &[Value]) -> String {
    let mut out = String::new();
    let mut args = args.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '0' | '+' | ' ' | '#')) {
            match flag {
                '-' => spec.left = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                _ => {}
            }
        }
        let mut number = || {
            let mut number = None;
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                let digit = digit as usize - '0' as usize;
                number = Some((number.unwrap_or(0) * 10 + digit).min(MAX_WIDTH));
            }
            (number, chars.next_if_eq(&'.').is_some())
        };
        let (width, has_precision) = number();
        spec.width = width.unwrap_or(0);
        if has_precision {
            spec.precision = Some(number().0.unwrap_or(0));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match args.next() {
                None => out.push_str(&format!("%!{verb}(MISSING)")),
                Some(value) => out.push_str(&spec.pad(spec.verb(verb, value), value)),
            },
        }
    }
    let left: Vec<String> = args.map(|value| format!("{}={value}", value.type_name())).collect();
    if !left.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", left.join(", ")));
    }
    out
}

impl Spec {
    fn verb(&self, verb: char, value: &Value) -> String {
        match (verb, value.plain()) {
            ('v', Value::Number(number)) => self.signed(!number.is_sign_negative(), general(*number)),
            ('v', value) => value.to_string(),
            ('s', Value::Text(text) | Value::Html(text)) => match self.precision {
                Some(length) => text.chars().take(length).collect(),
                None => text.clone(),
            },
            ('s', Value::List(_) | Value::Labels(_) | Value::Texts(_) | Value::Record(_)) => value.to_string(),
            ('q', Value::Text(text)) => Quoted(text).to_string(),
            ('t', Value::Bool(_)) => value.to_string(),
            ('d', Value::Int(number)) => self.signed(*number >= 0, number.to_string()),
            ('x', Value::Int(number)) => format!("{number:x}"),
            ('X', Value::Int(number)) => format!("{number:X}"),
            ('x', Value::Text(text)) => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
            ('e' | 'f' | 'F' | 'g', Value::Number(number)) => {
                self.signed(!number.is_sign_negative(), self.float(verb, *number))
            }
            (verb, value) => format!("%!{verb}({}={value})", value.type_name()),
        }
    }

    fn float(&self, verb: char, value: f64) -> String {
        if !value.is_finite() {
            return general(value);
        }
        match (verb, self.precision) {
            ('g', None) => general(value),
            ('g', Some(digits)) => general_in(value, digits.max(1)),
            ('e', digits) => {
                let text = format!("{value:.*e}", digits.unwrap_or(6));
                let (mantissa, exponent) = text.split_once('e').expect("the format has an exponent");
                let (sign, digits) = exponent
                    .strip_prefix('-')
                    .map_or(('+', exponent), |digits| ('-', digits));
                format!("{mantissa}e{sign}{digits:0>2}")
            }
            (_, digits) => format!("{value:.*}", digits.unwrap_or(6)),
        }
    }

    fn signed(&self, positive: bool, text: String) -> String {
        match positive && !text.starts_with('+') {
            true if self.plus => format!("+{text}"),
            true if self.space => format!(" {text}"),
            _ => text,
        }
    }

    fn pad(&self, text: String, value: &Value) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if self.left {
            return format!("{text}{}", " ".repeat(missing));
        }
        if self.zero && matches!(value.plain(), Value::Int(_) | Value::Number(_)) {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        format!("{}{text}", " ".repeat(missing))
    }
}
