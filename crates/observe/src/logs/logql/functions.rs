//! The functions of `line_format` and `label_format` besides those all templates have: Loki's, and the part of Sprig's
//! it takes in.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use regex::Regex;

use super::super::layout;
use super::units;
use crate::metrics::matchers::re2;
use crate::rules::template::{Host, Value};

/// What a template is rendered around: a line and its time in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LineFunctions<'a> {
    pub(crate) line: &'a str,
    pub(crate) time: i64,
}

const NAMES: &[&str] = &[
    "__line__",
    "__timestamp__",
    "ToLower",
    "ToUpper",
    "Replace",
    "Trim",
    "TrimLeft",
    "TrimRight",
    "TrimPrefix",
    "TrimSuffix",
    "TrimSpace",
    "lower",
    "upper",
    "trunc",
    "substr",
    "replace",
    "trim",
    "trimAll",
    "trimSuffix",
    "trimPrefix",
    "indent",
    "nindent",
    "repeat",
    "contains",
    "hasPrefix",
    "hasSuffix",
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "addf",
    "subf",
    "mulf",
    "divf",
    "max",
    "min",
    "maxf",
    "minf",
    "ceil",
    "floor",
    "round",
    "int",
    "float64",
    "fromJson",
    "date",
    "toDate",
    "now",
    "unixEpoch",
    "unixEpochMillis",
    "unixEpochNanos",
    "unixToTime",
    "count",
    "regexReplaceAll",
    "regexReplaceAllLiteral",
    "urlencode",
    "urldecode",
    "b64enc",
    "b64dec",
    "bytes",
    "duration",
    "duration_seconds",
    "default",
    "alignLeft",
    "alignRight",
    "quote",
];

/// A text that a template may make of another: it is read by people.
const MAX_TEXT: usize = 1 << 20;

impl Host for LineFunctions<'_> {
    fn has(&self, name: &str) -> bool {
        NAMES.contains(&name)
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        match name {
            "__line__" => Ok(self.line.into()),
            "__timestamp__" => Ok(Value::Int(self.time)),
            "now" => Ok(Value::Int(now())),
            _ => {
                let texts: Vec<String> = args.iter().map(Value::to_string).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                text(name, &texts)
                    .or_else(|| math(name, args))
                    .or_else(|| convert(name, args, &texts))
                    .unwrap_or_else(|| Err(format!("wrong number of args for {name}: got {}", args.len())))
            }
        }
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

type Called = Option<Result<Value, String>>;

/// Texts to texts.
fn text(name: &str, args: &[&str]) -> Called {
    let cutset = |chars: &str| chars.chars().collect::<Vec<_>>();
    let done = match (name, args) {
        ("ToLower" | "lower", [s]) => s.to_lowercase(),
        ("ToUpper" | "upper", [s]) => s.to_uppercase(),
        ("TrimSpace" | "trim", [s]) => s.trim().to_owned(),
        ("Trim", [s, chars]) | ("trimAll", [chars, s]) => s.trim_matches(&cutset(chars)[..]).to_owned(),
        ("TrimLeft", [s, chars]) => s.trim_start_matches(&cutset(chars)[..]).to_owned(),
        ("TrimRight", [s, chars]) => s.trim_end_matches(&cutset(chars)[..]).to_owned(),
        ("TrimPrefix", [s, prefix]) | ("trimPrefix", [prefix, s]) => s.strip_prefix(prefix).unwrap_or(s).to_owned(),
        ("TrimSuffix", [s, suffix]) | ("trimSuffix", [suffix, s]) => s.strip_suffix(suffix).unwrap_or(s).to_owned(),
        ("replace", [old, new, s]) => s.replace(old, new),
        ("Replace", [s, old, new, count]) => match count.parse::<i64>() {
            Ok(count @ 0..) => s.replacen(old, new, usize::try_from(count).unwrap_or(usize::MAX)),
            _ => s.replace(old, new),
        },
        ("trunc", [count, s]) => return Some(truncate(count, s).map(Value::from)),
        ("substr", [from, to, s]) => return Some(substring(from, to, s).map(Value::from)),
        ("indent" | "nindent", [count, s]) => {
            let Some(count) = count.parse::<usize>().ok().filter(|count| *count < 1000) else {
                return Some(Err(format!("{name}: {count:?} is no number of spaces")));
            };
            let pad = " ".repeat(count);
            let indented = format!("{pad}{}", s.replace('\n', &format!("\n{pad}")));
            if name == "nindent" {
                format!("\n{indented}")
            } else {
                indented
            }
        }
        ("repeat", [count, s]) => match count.parse::<usize>() {
            Ok(count) if count.saturating_mul(s.len()) <= MAX_TEXT => s.repeat(count),
            _ => return Some(Err(format!("repeat: {count:?} is no number of times, or too many"))),
        },
        ("alignLeft" | "alignRight", [count, s]) => {
            let Some(count) = count.parse::<usize>().ok().filter(|count| *count <= MAX_TEXT) else {
                return Some(Err(format!("{name}: {count:?} is no number of letters")));
            };
            let letters = s.chars().count();
            match (name, letters > count) {
                ("alignLeft", true) => s.chars().take(count).collect(),
                ("alignLeft", false) => format!("{s}{}", " ".repeat(count - letters)),
                (_, true) => s.chars().skip(letters - count).collect(),
                (_, false) => format!("{}{s}", " ".repeat(count - letters)),
            }
        }
        ("contains", [part, s]) => return Some(Ok(s.contains(part).into())),
        ("hasPrefix", [part, s]) => return Some(Ok(s.starts_with(part).into())),
        ("hasSuffix", [part, s]) => return Some(Ok(s.ends_with(part).into())),
        ("quote", [s]) => crate::metrics::labels::Quoted(s).to_string(),
        ("count", [pattern, s]) => {
            let found = compile(pattern).map(|regex| Value::Int(regex.find_iter(s).count() as i64));
            return Some(found);
        }
        ("regexReplaceAll", [pattern, s, by]) => {
            return Some(compile(pattern).map(|regex| regex.replace_all(s, *by).into_owned().into()));
        }
        ("regexReplaceAllLiteral", [pattern, s, by]) => {
            return Some(compile(pattern).map(|regex| regex.replace_all(s, regex::NoExpand(by)).into_owned().into()));
        }
        ("urlencode", [s]) => url::form_urlencoded::byte_serialize(s.as_bytes()).collect(),
        ("urldecode", [s]) => {
            let pair = format!("a={}", s.replace('&', "%26"));
            let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
            pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
        }
        ("b64enc", [s]) => BASE64_STANDARD.encode(s),
        ("b64dec", [s]) => match BASE64_STANDARD.decode(s) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return Some(Err(format!("illegal base64 data: {error}"))),
        },
        _ => return None,
    };
    Some(Ok(done.into()))
}

fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&re2::to_rust(pattern)).map_err(|error| format!("error parsing regexp: {error}"))
}

/// The first letters, or with a negative number the last ones.
fn truncate(count: &str, text: &str) -> Result<String, String> {
    let count: i64 = count.parse().map_err(|_| format!("trunc: {count:?} is no number"))?;
    let letters = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let skipped = if count < 0 {
        text.chars().count().saturating_sub(letters)
    } else {
        0
    };
    Ok(text.chars().skip(skipped).take(letters).collect())
}

fn substring(from: &str, to: &str, text: &str) -> Result<String, String> {
    let number = |text: &str| {
        text.parse::<i64>()
            .map_err(|_| format!("substr: {text:?} is no number"))
    };
    let (from, to) = (usize::try_from(number(from)?).unwrap_or(0), number(to)?);
    let to = usize::try_from(to).unwrap_or(usize::MAX);
    Ok(text.chars().take(to).skip(from).collect())
}

/// A number, which a text may be too; what is none is 0, as for Sprig.
fn number(value: &Value) -> f64 {
    match value {
        Value::Int(value) => *value as f64,
        Value::Number(value) => *value,
        other => other.to_string().trim().parse().unwrap_or(0.0),
    }
}

fn whole(value: &Value) -> i64 {
    match value {
        Value::Int(value) => *value,
        other => number(other) as i64,
    }
}

fn math(name: &str, args: &[Value]) -> Called {
    let wholes = |fold: fn(i64, i64) -> i64| {
        let folded = args.iter().map(whole).reduce(fold);
        folded.map(|value| Ok(Value::Int(value)))
    };
    let numbers = |fold: fn(f64, f64) -> f64| {
        let folded = args.iter().map(number).reduce(fold);
        folded.map(|value| Ok(Value::Number(value)))
    };
    match (name, args) {
        ("add", [_, ..]) => wholes(i64::wrapping_add),
        ("mul", [_, ..]) => wholes(i64::wrapping_mul),
        ("max", [_, ..]) => wholes(i64::max),
        ("min", [_, ..]) => wholes(i64::min),
        ("sub", [_, _]) => wholes(i64::wrapping_sub),
        ("div" | "mod", [_, by]) if whole(by) == 0 => Some(Err("integer divide by zero".into())),
        ("div", [_, _]) => wholes(i64::wrapping_div),
        ("mod", [_, _]) => wholes(i64::wrapping_rem),
        ("addf", [_, ..]) => numbers(|a, b| a + b),
        ("subf", [_, ..]) => numbers(|a, b| a - b),
        ("mulf", [_, ..]) => numbers(|a, b| a * b),
        ("divf", [_, ..]) => numbers(|a, b| a / b),
        ("maxf", [_, ..]) => numbers(f64::max),
        ("minf", [_, ..]) => numbers(f64::min),
        ("ceil", [value]) => Some(Ok(number(value).ceil().into())),
        ("floor", [value]) => Some(Ok(number(value).floor().into())),
        ("round", [value]) => Some(Ok(number(value).round().into())),
        ("round", [value, digits]) => {
            let scale = 10f64.powi(i32::try_from(whole(digits)).unwrap_or(0).clamp(-300, 300));
            Some(Ok(((number(value) * scale).round() / scale).into()))
        }
        ("int", [value]) => Some(Ok(Value::Int(whole(value)))),
        ("float64", [value]) => Some(Ok(number(value).into())),
        _ => None,
    }
}

fn convert(name: &str, args: &[Value], texts: &[&str]) -> Called {
    Some(match (name, args, texts) {
        ("default", [default, value], _) => Ok(if value.is_true() {
            value.clone()
        } else {
            default.clone()
        }),
        ("fromJson", _, [text]) => serde_json::from_str(text)
            .map(|value: serde_json::Value| from_json(&value))
            .map_err(|error| error.to_string()),
        ("bytes", _, [text]) => units::bytes(text)
            .map(|value| Value::Number(value as f64))
            .ok_or_else(|| format!("unhandled size name: {text}")),
        ("duration" | "duration_seconds", _, [text]) => units::duration(text)
            .map(|value| Value::Number(value as f64 / 1e9))
            .ok_or_else(|| format!("time: invalid duration {text:?}")),
        ("date", [_, time], [wanted, _]) => Ok(layout::write(wanted, whole(time)).into()),
        ("toDate", _, [wanted, text]) => layout::read(wanted, text).map(Value::Int),
        ("unixEpoch", [time], _) => Ok((whole(time) / 1_000_000_000).to_string().into()),
        ("unixEpochMillis", [time], _) => Ok((whole(time) / 1_000_000).to_string().into()),
        ("unixEpochNanos", [time], _) => Ok(whole(time).to_string().into()),
        ("unixToTime", _, [text]) => layout::read_unix(text)
            .map(Value::Int)
            .ok_or_else(|| format!("unable to parse time {text:?}")),
        _ => return None,
    })
}

fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Nothing,
        serde_json::Value::Bool(value) => (*value).into(),
        serde_json::Value::Number(value) => value.as_f64().unwrap_or(f64::NAN).into(),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => items.iter().map(from_json).collect(),
        serde_json::Value::Object(fields) => Value::Record(Arc::new(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), from_json(value)))
                .collect::<BTreeMap<_, _>>(),
        )),
    }
}
