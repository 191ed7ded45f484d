//! Proto3's JSON, a field at a time.

use std::fmt;

use base64::Engine as _;
use serde_json::{Map, Value};

/// What cannot be read, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    path: String,
    what: String,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            what: what.into(),
        }
    }

    fn within(mut self, outer: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{outer}{dot}{}", self.path);
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.what),
            path => write!(f, "{path}: {}", self.what),
        }
    }
}

/// What reading gives.
pub(super) type Read<T> = Result<T, Wrong>;

/// The fields of an object that were not taken yet.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of(value: Value) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(unexpected("an object", &other)),
        }
    }

    /// Takes a field out, by its name in lowerCamelCase or as the protocol's own text has it; its default when it is not
    /// there or null.
    pub(super) fn take<T: Default>(&mut self, name: &str, read: impl FnOnce(Value) -> Read<T>) -> Read<T> {
        self.take_some(name, read).map(Option::unwrap_or_default)
    }

    /// The same where the protocol tells what is not there from a default.
    pub(super) fn take_some<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Read<T>) -> Read<Option<T>> {
        match self.0.remove(name).or_else(|| self.0.remove(&snake(name))) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).map_err(|wrong| wrong.within(name)),
        }
    }
}

/// `traceId` as `trace_id`
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn unexpected(wanted: &str, found: &Value) -> Wrong {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Wrong::new(format!("expected {wanted}, found {found}"))
}

/// A list of what is read by a function.
pub(super) fn list<T>(read: impl Fn(Value) -> Read<T>) -> impl FnOnce(Value) -> Read<Vec<T>> {
    move |value| match value {
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(number, item)| read(item).map_err(|wrong| wrong.within(&format!("[{number}]"))))
            .collect(),
        other => Err(unexpected("a list", &other)),
    }
}

pub(super) fn text(value: Value) -> Read<String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(unexpected("a text", &other)),
    }
}

pub(super) fn boolean(value: Value) -> Read<bool> {
    match value {
        Value::Bool(value) => Ok(value),
        other => Err(unexpected("true or false", &other)),
    }
}

/// An id: bytes as hexadecimal digits.
pub(super) fn id(value: Value) -> Read<Vec<u8>> {
    let text = text(value)?;
    let wrong = || Wrong::new(format!("expected hexadecimal digits, found {text:?}"));
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.ok_or_else(wrong)?;
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(wrong());
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Other bytes: Base64, of either alphabet, padded or not.
pub(super) fn bytes(value: Value) -> Read<Vec<u8>> {
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = text(value)?.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&base64::alphabet::STANDARD, config)
        .decode(text)
        .map_err(|error| Wrong::new(format!("expected Base64: {error}")))
}

/// An integer, as number or text; a number with an empty fraction is one.
pub(super) fn integer<T: TryFrom<i128>>(value: Value) -> Read<T> {
    let number = match &value {
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Some(i128::from(number)),
            (_, Some(number), _) => Some(i128::from(number)),
            (.., Some(number)) if number.fract() == 0.0 => Some(number as i128),
            _ => None,
        },
        Value::String(text) => text.trim().parse().ok(),
        other => return Err(unexpected("an integer", other)),
    };
    let number = number.ok_or_else(|| Wrong::new(format!("expected an integer, found {value}")))?;
    T::try_from(number).map_err(|_| Wrong::new(format!("{number} is out of range")))
}

/// A floating-point number, as number or text; `NaN` and `Infinity` can only be text.
pub(super) fn double(value: Value) -> Read<f64> {
    let number = match &value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        other => return Err(unexpected("a number", other)),
    };
    number.ok_or_else(|| Wrong::new(format!("expected a number, found {value}")))
}

/// An enumeration, as number or by its name.
pub(super) fn enumeration<T: Into<i32>>(by_name: impl Fn(&str) -> Option<T>) -> impl FnOnce(Value) -> Read<i32> {
    move |value| match &value {
        Value::String(name) => match by_name(name) {
            Some(known) => Ok(known.into()),
            None => integer(value),
        },
        _ => integer(value),
    }
}
