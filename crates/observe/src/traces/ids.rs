//! Ids of traces and spans, as W3C Trace Context has them and Jaeger writes them.

use std::fmt;

/// 16 bytes, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId([u8; 16]);

/// 8 bytes, written as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId([u8; 8]);

/// Why a text is no trace id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing at all.
    #[error("a trace id cannot be empty")]
    Empty,
    /// More digits than an id has.
    #[error("TraceID cannot be longer than 32 hex characters: {0}")]
    TooLong(String),
    /// Something else than hexadecimal digits.
    #[error("TraceID is not hexadecimal: {0}")]
    NotHex(String),
}

impl TraceId {
    /// From the bytes of OTLP: 16, not all zero.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 16] = bytes.try_into().ok()?;
        (bytes != [0; 16]).then_some(Self(bytes))
    }

    /// From what a person or a program asks for: up to 32 digits, zeros before them left out as Jaeger's older clients do.
    ///
    /// # Errors
    /// When it is no number of that kind.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(IdError::NotHex(text.chars().take(64).collect()));
        }
        if text.len() > 32 {
            return Err(IdError::TooLong(text.chars().take(64).collect()));
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| IdError::NotHex(text.to_owned()))?;
        Ok(Self(number.to_be_bytes()))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The 56 random bits at its end, as W3C Trace Context level 2 has them.
    pub(super) fn randomness(&self) -> u64 {
        u128::from_be_bytes(self.0) as u64 & ((1 << 56) - 1)
    }
}

impl SpanId {
    /// From the bytes of OTLP: 8, not all zero.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 8] = bytes.try_into().ok()?;
        (bytes != [0; 8]).then_some(Self(bytes))
    }
}

/// Any bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_padded_and_others_refused() {
        let id = TraceId::parse("aBc").unwrap();
        assert_eq!(id.to_string(), format!("{:0>32}", "abc"));
        assert_eq!(TraceId::parse(&"f".repeat(32)).unwrap().bytes(), &[255; 16]);
        for bad in ["", "xyz", "+1", &"1".repeat(33), "é"] {
            assert!(TraceId::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(TraceId::from_bytes(&[0; 16]), None);
        assert_eq!(TraceId::from_bytes(&[1; 8]), None);
    }
}
