//! String literals: double quotes, single quotes and backquotes, with Go's escapes.

/// The value and the length, quotes included, of the literal that `text` begins with. Bytes that are no UTF-8 become the
/// characters U+10FF80 to U+10FFFF.
///
/// # Errors
/// What is wrong with it, when it is not closed or has an unknown escape.
pub(crate) fn unquote(text: &str) -> Result<(String, usize), String> {
    let quote = text.chars().next().ok_or("string expected")?;
    let mut bytes = Vec::new();
    let mut rest = &text[1..];
    loop {
        let c = rest
            .chars()
            .next()
            .ok_or_else(|| format!("unterminated quoted string {quote}"))?;
        match c {
            c if c == quote => return Ok((from_bytes(&bytes), text.len() - rest.len() + 1)),
            '\\' if quote != '`' => rest = escape(&rest[1..], quote, &mut bytes)?,
            '\n' if quote != '`' => return Err("newline in string".into()),
            c => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[c.len_utf8()..];
            }
        }
    }
}

fn escape<'a>(text: &'a str, quote: char, bytes: &mut Vec<u8>) -> Result<&'a str, String> {
    let c = text.chars().next().ok_or("escape sequence not terminated")?;
    let digits = |start: usize, length: usize, radix| {
        let digits = text.get(start..start + length)?;
        u32::from_str_radix(digits, radix)
            .ok()
            .filter(|_| digits.chars().all(|c| c.is_digit(radix)))
    };
    let wrong = || format!("illegal escape sequence '\\{c}'");
    let length = match c {
        'x' => {
            bytes.push(digits(1, 2, 16).ok_or_else(wrong)? as u8);
            3
        }
        '0'..='7' => {
            bytes.push(u8::try_from(digits(0, 3, 8).ok_or_else(wrong)?).map_err(|_| wrong())?);
            3
        }
        'u' | 'U' => {
            let count = if c == 'u' { 4 } else { 8 };
            let decoded = digits(1, count, 16).and_then(char::from_u32).ok_or_else(wrong)?;
            bytes.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
            count + 1
        }
        _ => {
            bytes.push(match c {
                'a' => 7,
                'b' => 8,
                'f' => 12,
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                'v' => 11,
                '\\' => b'\\',
                c if c == quote => c as u8,
                c => return Err(format!("unknown escape sequence '{c}'")),
            });
            1
        }
    };
    Ok(&text[length..])
}

fn from_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(
            chunk
                .invalid()
                .iter()
                .filter_map(|byte| char::from_u32(0x10_ff00 + u32::from(*byte))),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_go_s() {
        assert_eq!(unquote(r#""a\tb\x41\101\u00f1\"" rest"#), Ok(("a\tbAAñ\"".into(), 22)));
        assert_eq!(unquote(r"`a\tb`"), Ok((r"a\tb".into(), 6)));
        assert_eq!(unquote("'it''"), Ok(("it".into(), 4)));
        assert!(unquote(r#""a"#).is_err() && unquote(r#""\q""#).is_err() && unquote("\"a\nb\"").is_err());
    }
}
