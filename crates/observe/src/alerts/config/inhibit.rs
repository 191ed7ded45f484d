//! `inhibit_rules`: alerts nobody is told of while others fire.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::matchers::{Matchers, old_style};
use crate::metrics::labels::is_plain_name;
use crate::metrics::matchers::MatchOp;

/// While an alert that `source` matches fires, those that `target` matches are muted where `equal` labels are the same.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct InhibitRuleConfig {
    /// The alerts that mute.
    pub source: Matchers,
    /// The alerts that are muted.
    pub target: Matchers,
    /// The labels that have to be the same in both; missing in both counts as the same.
    pub equal: BTreeSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Written {
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    source_match: BTreeMap<String, String>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    source_match_re: BTreeMap<String, String>,
    source_matchers: Matchers,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    target_match: BTreeMap<String, String>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    target_match_re: BTreeMap<String, String>,
    target_matchers: Matchers,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    equal: BTreeSet<String>,
}

impl TryFrom<Written> for InhibitRuleConfig {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let side = |equal: &BTreeMap<String, String>, regex: &BTreeMap<String, String>, new: Matchers| {
            let mut matchers = old_style(equal.iter(), MatchOp::Equal)?;
            matchers.extend(old_style(regex.iter(), MatchOp::Regex)?);
            matchers.extend(new.0);
            Ok::<_, String>(Matchers::sorted(matchers))
        };
        if let Some(name) = written.equal.iter().find(|name| !is_plain_name(name)) {
            return Err(format!("invalid label name {name:?} in equal list"));
        }
        Ok(Self {
            source: side(&written.source_match, &written.source_match_re, written.source_matchers)?,
            target: side(&written.target_match, &written.target_match_re, written.target_matchers)?,
            equal: written.equal,
        })
    }
}
