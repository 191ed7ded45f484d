//! Matchers as Alertmanager writes them: `severity="page"`, `team=~"a|b"`, `{env!="dev", job="x"}`.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::metrics::labels::{Labels, is_plain_name};
use crate::metrics::matchers::{MatchOp, Matcher};

/// Conditions that must all hold. None at all hold for everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matchers(pub(crate) Vec<Matcher>);

impl Matchers {
    /// Sorted as Alertmanager sorts them: by name, value and kind. Their order is part of the keys of groups.
    pub(crate) fn sorted(mut matchers: Vec<Matcher>) -> Self {
        matchers.sort_by(|one, other| {
            (&one.name, &one.value, rank(one.op)).cmp(&(&other.name, &other.value, rank(other.op)))
        });
        Self(matchers)
    }

    /// Whether all hold.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|matcher| matcher.matches(labels))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a list in one text, in braces or not.
    ///
    /// # Errors
    /// What Alertmanager says of it.
    pub fn parse(text: &str) -> Result<Vec<Matcher>, String> {
        let text = text.strip_prefix('{').unwrap_or(text);
        let text = text.strip_suffix('}').unwrap_or(text);
        split(text).into_iter().map(parse_one).collect()
    }
}

fn rank(op: MatchOp) -> u8 {
    match op {
        MatchOp::Equal => 0,
        MatchOp::NotEqual => 1,
        MatchOp::Regex => 2,
        MatchOp::NotRegex => 3,
    }
}

/// At commas outside of quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            ',' if !quoted => {
                parts.push(&text[begin..at]);
                begin = at + 1;
            }
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    if !text[begin..].trim().is_empty() {
        parts.push(&text[begin..]);
    }
    parts
}

/// Reads one matcher.
///
/// # Errors
/// What Alertmanager says of it.
pub(crate) fn parse_one(text: &str) -> Result<Matcher, String> {
    let bad = || format!("bad matcher format: {text}");
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .ok_or_else(bad)?;
    let (name, rest) = trimmed.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(bad());
    }
    let rest = rest.trim_start();
    let (op, value) = [
        ("=~", MatchOp::Regex),
        ("!~", MatchOp::NotRegex),
        ("!=", MatchOp::NotEqual),
        ("=", MatchOp::Equal),
    ]
    .into_iter()
    .find_map(|(sign, op)| Some((op, rest.strip_prefix(sign)?)))
    .ok_or_else(bad)?;
    compile(name, op, &unquoted(value.trim())?)
}

/// Compiles a matcher; an expression that is none is named in the error.
pub(crate) fn compile(name: &str, op: MatchOp, value: &str) -> Result<Matcher, String> {
    Matcher::new(name, op, value).map_err(|error| format!("error parsing regexp: {}: `^(?:{value})$`", error.cause()))
}

/// A value in quotes or without; a backslash before anything else than `n`, `"` and itself is one.
fn unquoted(written: &str) -> Result<String, String> {
    let unescaped = || format!("matcher value contains unescaped double quote: {written}");
    let (inner, is_quoted) = match written.strip_prefix('"') {
        Some(inner) => (inner.strip_suffix('"').ok_or_else(unescaped)?, true),
        None => (written, false),
    };
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Err(unescaped()),
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some(c @ ('"' | '\\')) => value.push(c),
                Some(c) => value.extend(['\\', c]),
                // The quote at the end was an escaped one.
                None if is_quoted => return Err(unescaped()),
                None => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    Ok(value)
}

/// `{a="b",c=~"d"}`
impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, matcher) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            let op = match matcher.op {
                MatchOp::Equal => "=",
                MatchOp::NotEqual => "!=",
                MatchOp::Regex => "=~",
                MatchOp::NotRegex => "!~",
            };
            write!(f, "{}{op}\"{}\"", matcher.name, escaped(&matcher.value))?;
        }
        f.write_str("}")
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

/// A list of texts, each of which may hold several.
impl<'de> Deserialize<'de> for Matchers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = Vec::new();
        for text in Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default() {
            all.extend(Self::parse(&text).map_err(de::Error::custom)?);
        }
        Ok(Self::sorted(all))
    }
}

/// `match` and `match_re`, the old way: names and what they have to be.
pub(super) fn old_style<'w>(
    written: impl Iterator<Item = (&'w String, &'w String)>,
    op: MatchOp,
) -> Result<Vec<Matcher>, String> {
    written
        .map(|(name, value)| {
            if !is_plain_name(name) {
                return Err(format!("invalid label name {name:?}"));
            }
            // Alertmanager anchors these when it reads them, and shows that in the keys of groups.
            let value = match op {
                MatchOp::Regex => format!("^(?:{value})$"),
                _ => value.clone(),
            };
            compile(name, op, &value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Result<String, String> {
        Matchers::parse(text).map(|matchers| Matchers::sorted(matchers).to_string())
    }

    #[test]
    fn lists_are_read_as_alertmanager_reads_them() {
        for (text, shown) in [
            (r#"a=b"#, r#"{a="b"}"#),
            (r#"{ b != "x,y" , a =~ "c|d" }"#, r#"{a=~"c|d",b!="x,y"}"#),
            (r#"a!~b\d"#, r#"{a!~"b\\d"}"#),
            (r#"a="say \"hi\"\n""#, r#"{a="say \"hi\"\n"}"#),
            ("", "{}"),
            ("a=", r#"{a=""}"#),
        ] {
            assert_eq!(written(text).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn what_is_no_matcher_is_refused_in_alertmanagers_words() {
        assert_eq!(written("x").unwrap_err(), "bad matcher format: x");
        assert_eq!(written("9a=b").unwrap_err(), "bad matcher format: 9a=b");
        assert_eq!(
            written(r#"a="b"c"#).unwrap_err(),
            r#"matcher value contains unescaped double quote: "b"c"#
        );
        assert_eq!(
            written(r#"a=b"c"#).unwrap_err(),
            r#"matcher value contains unescaped double quote: b"c"#
        );
        assert!(written("a=~(").unwrap_err().starts_with("error parsing regexp"));
    }
}
