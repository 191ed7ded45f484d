//! Strings, and the matchers they stand in.

use super::super::super::error::{QueryError, Result};
use super::super::strings;
use super::Scanner;

impl Scanner<'_> {
    /// The matchers of a selector.
    pub(super) fn matchers(&mut self) -> Result<()> {
        self.copy(1);
        let mut regex = false;
        while let Some(c) = self.peek() {
            match c {
                '"' | '\'' | '`' if regex => {
                    let value = self.literal()?;
                    self.out.text.push_str(&format!("\"{}\"", self.out.regexes.len()));
                    self.out.regexes.push(value);
                    regex = false;
                }
                '"' | '\'' | '`' => self.string()?,
                '#' => self.skip_comment(),
                c => {
                    regex = c == '~' || (regex && c.is_ascii_whitespace());
                    self.copy(c.len_utf8());
                    if c == '}' {
                        return Ok(());
                    }
                }
            }
        }
        Err(QueryError::Parse("unexpected end of input inside braces".into()))
    }

    /// A string, written anew.
    pub(super) fn string(&mut self) -> Result<()> {
        let value = self.literal()?;
        self.out.text.push('"');
        for c in value.chars() {
            match c {
                '"' | '\\' => self.out.text.extend(['\\', c]),
                '\n' => self.out.text.push_str("\\n"),
                c => self.out.text.push(c),
            }
        }
        self.out.text.push('"');
        Ok(())
    }

    /// The value of the string that begins here.
    pub(super) fn literal(&mut self) -> Result<String> {
        let (value, length) = strings::unquote(self.rest()).map_err(QueryError::Parse)?;
        self.at += length;
        Ok(value)
    }
}
