//! Ranges, offsets, times and lists: what stands after an operand or an operator.

use super::super::super::error::{QueryError, Result};
use super::super::super::number;
use super::{Expect, Scanner, is_word, is_word_start};
use crate::metrics::labels::Quoted;

/// The longest range, step or offset, in seconds (292 years, Go's largest duration).
const MAX_DURATION: f64 = 9_223_372_036.0;
/// The latest time for `@`, in seconds since the epoch: more than a clock in milliseconds holds.
const MAX_TIME: f64 = 9e15;

/// A modifier of a selector that has a value.
#[derive(Clone, Copy)]
pub(super) enum Modifier {
    Offset,
    At,
}

impl Scanner<'_> {
    /// A list of labels or a fill value in parentheses, when there is one.
    pub(super) fn parenthesized(&mut self) -> Result<()> {
        self.spaces();
        if self.peek() != Some('(') {
            return Ok(());
        }
        self.copy(1);
        while let Some(c) = self.peek() {
            match c {
                '"' | '\'' | '`' => self.string()?,
                '#' => self.skip_comment(),
                c => {
                    self.copy(c.len_utf8());
                    if c == ')' {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// What follows `offset` and `@`: a sign, and a number, a duration, `start()` or `end()`.
    pub(super) fn modifier_value(&mut self, modifier: Modifier) -> Result<()> {
        self.spaces();
        while matches!(self.peek(), Some('+' | '-')) {
            self.copy(1);
            self.spaces();
        }
        match self.peek() {
            Some(c) if c.is_ascii_digit() || c == '.' => match modifier {
                Modifier::Offset => self.number(Some(MAX_DURATION))?,
                Modifier::At => self.number(Some(MAX_TIME))?,
            },
            Some('(') => {
                return Err(QueryError::Unsupported(
                    "arithmetic in durations is experimental".into(),
                ));
            }
            Some(c) if is_word_start(c) => {
                let length = self.word_length();
                match self.rest()[..length].to_ascii_lowercase().as_str() {
                    "start" | "end" => {}
                    "inf" | "nan" => return Err(QueryError::Parse("timestamp or duration out of bounds".into())),
                    _ => {
                        return Err(QueryError::Unsupported(
                            "functions in durations are experimental".into(),
                        ));
                    }
                }
                self.copy(length);
                self.parenthesized()?;
            }
            _ => {}
        }
        self.expect = Expect::Operator;
        Ok(())
    }

    /// A range, or range and step of a subquery.
    pub(super) fn brackets(&mut self) -> Result<()> {
        self.copy(1);
        while let Some(c) = self.peek() {
            match c {
                ']' => {
                    self.copy(1);
                    break;
                }
                '#' => self.skip_comment(),
                c if c.is_ascii_digit() || c == '.' => self.number(Some(MAX_DURATION))?,
                c if c.is_ascii_whitespace() || c == ':' => self.copy(1),
                c => {
                    return Err(QueryError::Unsupported(format!(
                        "unexpected character inside brackets: {c:?} (arithmetic in durations is experimental)"
                    )));
                }
            }
        }
        self.expect = Expect::Operator;
        Ok(())
    }

    /// A number or a duration, written anew in seconds; less than `limit` where it is time.
    pub(super) fn number(&mut self, limit: Option<f64>) -> Result<()> {
        let text = &self.rest()[..number_length(self.rest())];
        let value = number::parse(text)
            .or_else(|| number::parse_duration(text).map(|ms| ms as f64 / 1000.0))
            .ok_or_else(|| QueryError::Parse(format!("bad number or duration syntax: {}", Quoted(text))))?;
        if limit.is_some_and(|limit| !(0.0..limit).contains(&value)) {
            return Err(QueryError::Parse("duration out of range".into()));
        }
        self.at += text.len();
        self.out.text.push_str(&if value.is_infinite() {
            "Inf".into()
        } else {
            format!("{value:?}")
        });
        Ok(())
    }
}

/// The length of `12`, `1.5e-3`, `0x1f`, `1h30m`: letters and digits, a point, and a sign after a decimal exponent.
fn number_length(text: &str) -> usize {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let mut before = ' ';
    let end = text.find(|c: char| {
        let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !hexadecimal;
        before = c;
        !(is_word(c) && c != ':' || c == '.' || sign)
    });
    end.unwrap_or(text.len())
}
