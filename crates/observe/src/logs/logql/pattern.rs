//! `<ip> - <_> "<method> <path>"`: names between texts, and the same as a test of lines.

/// A pattern: texts and captures by turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// Named, or `<_>`.
    Capture(Option<String>),
}

impl Pattern {
    /// Reads a pattern for the `pattern` parser: at least one name, and a text between any two captures.
    pub(super) fn parser(text: &str) -> Result<Self, String> {
        let pattern = Self::read(text)?;
        let names: Vec<&str> = pattern.names().collect();
        if names.is_empty() {
            return Err("at least one capture is required".into());
        }
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(format!("duplicate capture name ({}): invalid expression", twice.1));
        }
        Ok(pattern)
    }

    /// Reads a pattern for `|>`: all its captures are `<_>`.
    pub(super) fn filter(text: &str) -> Result<Self, String> {
        let pattern = Self::read(text)?;
        if let Some(name) = pattern.names().next() {
            return Err(format!("named captures are not allowed in pattern filters: <{name}>"));
        }
        Ok(pattern)
    }

    fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let name = rest
                .strip_prefix('<')
                .and_then(|inside| inside.split_once('>'))
                .map(|(name, _)| name);
            match name.filter(|name| is_name(name)) {
                Some(name) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    } else if let Some(Part::Capture(_)) = parts.last() {
                        return Err(format!("found consecutive capture '<{name}>': invalid expression"));
                    }
                    parts.push(Part::Capture((name != "_").then(|| name.to_owned())));
                    rest = &rest[name.len() + 2..];
                }
                None => {
                    literal.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        let text = text.to_owned();
        Ok(Self { text, parts })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture(Some(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What the names stand for in a line, as far as it follows the pattern.
    pub(super) fn captures<'p, 'l>(&'p self, line: &'l str) -> Vec<(&'p str, &'l str)> {
        let mut found = Vec::new();
        let mut rest = line;
        let mut parts = self.parts.iter().peekable();
        if let Some(Part::Literal(text)) = parts.peek() {
            let Some(at) = rest.find(text.as_str()) else {
                return found;
            };
            rest = &rest[at + text.len()..];
            parts.next();
        }
        while let Some(part) = parts.next() {
            let Part::Capture(name) = part else { continue };
            let (value, after, goes_on) = match parts.peek() {
                Some(Part::Literal(text)) => match rest.split_once(text.as_str()) {
                    Some((value, after)) => (value, after, true),
                    None => (rest, "", false),
                },
                _ => (rest, "", true),
            };
            if let Some(name) = name {
                found.push((name.as_str(), value));
            }
            if !goes_on {
                break;
            }
            rest = after;
        }
        found
    }

    /// Whether the whole pattern is in the line: its texts in their order, bound to an end where no capture is.
    pub(super) fn matches(&self, line: &str) -> bool {
        let mut rest = line;
        let last = self.parts.len().saturating_sub(1);
        for (index, part) in self.parts.iter().enumerate() {
            let Part::Literal(text) = part else { continue };
            let found = match (index == 0, index == last) {
                (true, true) => return line == text,
                (true, false) => rest.strip_prefix(text.as_str()),
                (false, true) => return rest.len() >= text.len() && rest.ends_with(text.as_str()),
                (false, false) => rest.find(text.as_str()).map(|at| &rest[at + text.len()..]),
            };
            let Some(after) = found else { return false };
            rest = after;
        }
        true
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_what_is_between_the_texts() {
        let pattern = Pattern::parser(r#"<ip> - <_> "<method> <path>""#).unwrap();
        assert_eq!(
            pattern.captures(r#"1.2.3.4 - me "GET /a b""#),
            [("ip", "1.2.3.4"), ("method", "GET"), ("path", "/a b")]
        );
        assert!(
            Pattern::parser("<a><b>").is_err()
                && Pattern::parser("<_>").is_err()
                && Pattern::parser("<a> <a>").is_err()
        );
        let filter = Pattern::filter("<_>level=error<_>").unwrap();
        assert!(filter.matches("x level=error y") && filter.matches("level=error") && !filter.matches("level=info"));
        assert!(Pattern::filter("level=<_>").unwrap().matches("level=x") && Pattern::filter("a <b>").is_err());
    }
}
