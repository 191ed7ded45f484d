//! Silences: what people want to hear nothing of for a while.

mod rules;
mod store;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use self::rules::{Refused, state};
pub use self::store::Silences;
use super::moment;
use crate::metrics::labels::Labels;
use crate::metrics::matchers::{MatchOp, Matcher};

/// One condition of a silence, as the API has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SilenceMatcher {
    /// Whether it is `=` or `=~` rather than `!=` or `!~`.
    pub is_equal: bool,
    /// Whether the value is a regular expression.
    pub is_regex: bool,
    /// The label.
    pub name: String,
    /// What it has to be.
    pub value: String,
}

/// What is to be silent, from when to when, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    /// A UUID; empty in one that is new.
    pub id: String,
    /// Conditions that must all hold.
    pub matchers: Vec<SilenceMatcher>,
    /// The beginning.
    #[serde(with = "moment::rfc3339")]
    pub starts_at: OffsetDateTime,
    /// The end.
    #[serde(with = "moment::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// When it was changed last.
    #[serde(with = "moment::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// Who says so.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// Where a silence is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SilenceState {
    /// It holds.
    Active,
    /// It will hold.
    Pending,
    /// It held.
    Expired,
}

impl SilenceMatcher {
    fn compile(&self) -> Result<Matcher, String> {
        let op = match (self.is_regex, self.is_equal) {
            (false, true) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (true, false) => MatchOp::NotRegex,
        };
        Matcher::new(self.name.as_str(), op, self.value.as_str())
            .map_err(|error| format!("error parsing regexp: {}: `{}`", error.cause(), self.value))
    }
}

/// A silence with its conditions compiled.
#[derive(Debug, Clone)]
struct Compiled {
    silence: Silence,
    matchers: Vec<Matcher>,
}

impl Compiled {
    fn matches(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }
}
