//! Label matchers, compiled once a query.

pub(crate) mod re2;

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::labels::{Labels, Quoted, is_plain_name};

/// A condition on one label: `name="value"`, `!=`, `=~` or `!~`. A missing label counts as one with an empty value.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// How it is compared.
    pub op: MatchOp,
    /// What it is compared with, as written.
    pub value: String,
    test: Test,
}

/// How a label is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, anchored at both ends.
    Regex,
    /// `!~`, anchored at both ends.
    NotRegex,
}

/// The cheapest test that decides a regular expression; most of those in dashboards are lists of words.
#[derive(Debug, Clone)]
enum Test {
    Anything,
    NotEmpty,
    OneOf(Vec<String>),
    Regex(Regex),
}

/// A regular expression that cannot be compiled.
#[derive(Debug, Clone, thiserror::Error)]
#[error("error parsing regexp: {0}")]
pub struct InvalidRegex(String);

impl InvalidRegex {
    /// What is wrong, in a line: without the drawing of the expression, which nobody wrote with these anchors.
    pub fn cause(&self) -> &str {
        let last = self.0.lines().last().unwrap_or_default();
        last.trim_start_matches("error: ")
    }
}

impl Matcher {
    /// Compiles a matcher.
    ///
    /// # Errors
    /// When the value is to be a regular expression and is none.
    pub fn new(name: impl Into<String>, op: MatchOp, value: impl Into<String>) -> Result<Self, InvalidRegex> {
        let value = value.into();
        let test = match op {
            MatchOp::Equal | MatchOp::NotEqual => Test::OneOf(vec![value.clone()]),
            MatchOp::Regex | MatchOp::NotRegex => Test::of_regex(&value)?,
        };
        Ok(Self {
            name: name.into(),
            op,
            value,
            test,
        })
    }

    /// Whether a value of the label satisfies the condition.
    pub fn accepts(&self, value: &str) -> bool {
        self.test.holds(value) == matches!(self.op, MatchOp::Equal | MatchOp::Regex)
    }

    /// Whether a series satisfies the condition.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.accepts(labels.get(&self.name))
    }

    /// The only values that can satisfy the condition, where there are few: a store looks these up instead of walking
    /// all values.
    pub fn only_values(&self) -> Option<&[String]> {
        match (&self.test, self.op) {
            (Test::OneOf(values), MatchOp::Equal | MatchOp::Regex) => Some(values),
            _ => None,
        }
    }
}

impl Test {
    fn of_regex(pattern: &str) -> Result<Self, InvalidRegex> {
        match pattern {
            ".*" => return Ok(Test::Anything),
            ".+" => return Ok(Test::NotEmpty),
            _ => {}
        }
        let words: Vec<&str> = pattern.split('|').collect();
        if words.iter().all(|word| word.chars().all(is_literal)) {
            return Ok(Test::OneOf(words.into_iter().map(str::to_owned).collect()));
        }
        Ok(Test::Regex(anchored(pattern)?))
    }

    fn holds(&self, value: &str) -> bool {
        match self {
            Test::Anything => true,
            Test::NotEmpty => !value.is_empty(),
            Test::OneOf(values) => values.iter().any(|other| other == value),
            Test::Regex(regex) => regex.is_match(value),
        }
    }
}

/// Compiles an expression of RE2's syntax that must match a whole text; `.` matches line ends too.
///
/// # Errors
/// When it is no valid expression, or one too large.
pub fn anchored(pattern: &str) -> Result<Regex, InvalidRegex> {
    RegexBuilder::new(&format!("^(?s:{})$", re2::to_rust(pattern)))
        .size_limit(4 << 20)
        .build()
        .map_err(|error| InvalidRegex(error.to_string()))
}

fn is_literal(c: char) -> bool {
    !matches!(
        c,
        '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '\\'
    )
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match self.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        };
        if is_plain_name(&self.name) {
            write!(f, "{}{op}{}", self.name, Quoted(&self.value))
        } else {
            write!(f, "{}{op}{}", Quoted(&self.name), Quoted(&self.value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(op: MatchOp, pattern: &str, value: &str) -> bool {
        Matcher::new("l", op, pattern).unwrap().accepts(value)
    }

    #[test]
    fn expressions_match_whole_values() {
        assert!(accepts(MatchOp::Regex, "a|bc", "bc"));
        assert!(!accepts(MatchOp::Regex, "a|bc", "abc"));
        assert!(accepts(MatchOp::Regex, "a.c", "a\nc"));
        assert!(accepts(MatchOp::Regex, "(?i:PRO).*", "production"));
        assert!(accepts(MatchOp::NotRegex, "b", "bc"));
        assert!(accepts(MatchOp::Regex, ".*", "") && !accepts(MatchOp::Regex, ".+", ""));
    }

    #[test]
    fn a_list_of_words_can_be_looked_up() {
        let values = |op, pattern| {
            Matcher::new("l", op, pattern)
                .unwrap()
                .only_values()
                .map(<[String]>::to_vec)
        };
        assert_eq!(
            values(MatchOp::Regex, "a|b"),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(values(MatchOp::NotRegex, "a|b"), None);
        assert_eq!(values(MatchOp::Regex, "a.*"), None);
    }

    #[test]
    fn a_broken_expression_is_refused() {
        assert!(Matcher::new("l", MatchOp::Regex, "(a").is_err());
        assert!(Matcher::new("l", MatchOp::Equal, "(a").is_ok());
    }
}
