//! From text to tokens, with where each begins.

use super::error::{QueryError, Result};
use super::units;
use crate::metrics::promql::strings;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name; keywords and functions are names too.
    Name(String),
    Text(String),
    Number(f64),
    /// Nanoseconds, with the text it was written as.
    Duration(i64, String),
    Bytes(u64, String),
    /// `[5m]`, in nanoseconds.
    Range(i64),
    /// `--strict`
    Flag(String),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

/// A token and the byte it begins at.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: usize,
}

/// The longest first.
const SIGNS: [&str; 33] = [
    "|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "(", ")", "{", "}", ",", "=", "|", ">", "<", "+", "-",
    "*", "/", "%", "^", ".", "[", "]", "@", ":", "!", ";", "&",
];

/// Words of the language, which messages name as themselves.
const KEYWORDS: &[&str] = &[
    "and",
    "or",
    "unless",
    "by",
    "without",
    "bool",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "offset",
    "json",
    "logfmt",
    "regexp",
    "pattern",
    "unpack",
    "line_format",
    "label_format",
    "unwrap",
    "decolorize",
    "drop",
    "keep",
    "ip",
];

impl Token {
    /// As messages name it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Name(name) if KEYWORDS.contains(&name.as_str()) => name.clone(),
            Self::Name(_) => "IDENTIFIER".into(),
            Self::Text(_) => "STRING".into(),
            Self::Number(_) => "NUMBER".into(),
            Self::Duration(..) => "DURATION".into(),
            Self::Bytes(..) => "BYTES".into(),
            Self::Range(_) => "RANGE".into(),
            Self::Flag(_) => "FUNCTION_FLAG".into(),
            Self::Sign(sign) => (*sign).into(),
            Self::End => "$end".into(),
        }
    }
}

/// An error at a byte of the text.
pub(super) fn error_at(text: &str, at: usize, message: impl Into<String>) -> QueryError {
    let before = &text[..text.floor_char_boundary(at)];
    QueryError::Syntax {
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
        message: message.into(),
    }
}

/// Takes a text apart. Comments go from `#` to the end of the line.
pub(super) fn scan(text: &str) -> Result<Vec<Placed>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let fail = |message: String| error_at(text, at, message);
        let (token, length) = match c {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '"' | '`' => {
                let (value, length) = strings::unquote(rest).map_err(|_| fail("literal not terminated".into()))?;
                (Token::Text(value), length)
            }
            '[' => {
                let end = rest
                    .find(']')
                    .ok_or_else(|| fail("missing closing ']' in duration".into()))?;
                let inside = rest[1..end].trim();
                let range = units::range(inside).map_err(fail)?;
                (Token::Range(range), end + 1)
            }
            '0'..='9' => number(rest).map_err(fail)?,
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => number(rest).map_err(fail)?,
            '-' if rest.starts_with("--") && rest[2..].starts_with(|c: char| c.is_ascii_alphabetic()) => {
                let length = 2 + name_length(&rest[2..], |c| c.is_ascii_alphanumeric() || c == '-');
                (Token::Flag(rest[..length].to_owned()), length)
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = name_length(rest, |c| c.is_alphanumeric() || c == '_' || c == ':');
                (Token::Name(rest[..length].to_owned()), length)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| fail(format!("syntax error: unexpected character {c:?}")))?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push(Placed { token, at });
        at += length;
    }
    tokens.push(Placed {
        token: Token::End,
        at: text.len(),
    });
    Ok(tokens)
}

fn name_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !belongs(c)).unwrap_or(text.len())
}

/// `1.5e3`, `0x1f`, `5m`, `1h30m`, `10KB`.
fn number(text: &str) -> std::result::Result<(Token, usize), String> {
    let mut length = name_length(text, |c| c.is_ascii_alphanumeric() || c == '.' || c == 'µ' || c == 'μ');
    // The sign of an exponent.
    if text[..length].ends_with(['e', 'E'])
        && !text.starts_with("0x")
        && text[length..].starts_with(['+', '-'])
        && text[length + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        length += 1 + name_length(&text[length + 1..], |c| c.is_ascii_digit());
    }
    let word = &text[..length];
    let hex = word
        .strip_prefix("0x")
        .and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let token = if let Some(value) = hex {
        Token::Number(value as f64)
    } else if let Ok(value) = word.parse::<f64>() {
        Token::Number(value)
    } else if let Some(duration) = units::duration(word) {
        Token::Duration(duration, word.to_owned())
    } else if let Some(bytes) = units::bytes(word) {
        Token::Bytes(bytes, word.to_owned())
    } else {
        return Err(format!("syntax error: bad number or duration {word:?}"));
    };
    Ok((token, length))
}
