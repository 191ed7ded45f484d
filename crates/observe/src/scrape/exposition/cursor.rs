//! Reading one line from left to right.

use std::borrow::Cow;

use memchr::memchr2;

/// A place in a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(rest: &'a str) -> Self {
        Self { rest }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    /// Goes over spaces and tabs.
    pub(super) fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Goes over a character when it is there.
    pub(super) fn take(&mut self, wanted: &str) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// What comes before the next space or tab, or the end.
    pub(super) fn word(&mut self) -> &'a str {
        self.split(
            self.rest
                .bytes()
                .take_while(|byte| !matches!(byte, b' ' | b'\t'))
                .count(),
        )
    }

    /// The characters of a metric's name at this place; none when there is no name.
    pub(super) fn metric_name(&mut self) -> &'a str {
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return "";
        }
        self.split(
            self.rest
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
                .count(),
        )
    }

    /// Like [`Cursor::metric_name`], without colons.
    pub(super) fn label_name(&mut self) -> &'a str {
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return "";
        }
        self.split(
            self.rest
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                .count(),
        )
    }

    /// A name as it is, or in quotes.
    pub(super) fn family_name(&mut self) -> Result<Cow<'a, str>, String> {
        if self.peek() == Some(b'"') {
            return self.quoted();
        }
        match self.metric_name() {
            "" => Err(self.expected("a metric name")),
            name => Ok(Cow::Borrowed(name)),
        }
    }

    /// The text of `"…"`, without its escapes.
    pub(super) fn quoted(&mut self) -> Result<Cow<'a, str>, String> {
        let inside = self.quoted_raw()?;
        Ok(unescape(inside, true))
    }

    /// What stands between the quotes at this place.
    pub(super) fn quoted_raw(&mut self) -> Result<&'a str, String> {
        let start = self
            .rest
            .strip_prefix('"')
            .ok_or_else(|| self.expected("a text in quotes"))?;
        let mut end = 0;
        loop {
            match memchr2(b'"', b'\\', &start.as_bytes()[end..]) {
                Some(found) if start.as_bytes()[end + found] == b'"' => {
                    end += found;
                    break;
                }
                Some(found) if end + found + 1 < start.len() => {
                    // The escaped character may be of several bytes.
                    let escaped = start[end + found + 1..].chars().next().map_or(0, char::len_utf8);
                    end += found + 1 + escaped;
                }
                _ => return Err(format!("no closing quote after {}", shown(self.rest))),
            }
        }
        self.rest = &start[end + 1..];
        Ok(&start[..end])
    }

    fn split(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// The error that something else was to be here.
    pub(super) fn expected(&self, what: &str) -> String {
        match self.rest {
            "" => format!("expected {what}, got the end of the line"),
            rest => format!("expected {what}, got {}", shown(rest)),
        }
    }
}

/// A text for an error: what a target sends may be long.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Resolves `\\`, `\n` and, in quotes, `\"`. Any other backslash is itself.
pub(super) fn unescape(text: &str, quotes: bool) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let replaced = match (c, chars.peek()) {
            ('\\', Some('\\')) => Some('\\'),
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('"')) if quotes => Some('"'),
            _ => None,
        };
        if replaced.is_some() {
            chars.next();
        }
        out.push(replaced.unwrap_or(c));
    }
    Cow::Owned(out)
}
