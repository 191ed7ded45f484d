//! Relabelling: rules that change, keep or drop a set of labels.

use std::fmt;

use md5::{Digest, Md5};
use regex::Regex;
use serde::{Deserialize, Deserializer};

use crate::metrics::labels::LabelsBuilder;
use crate::metrics::matchers::anchored;

/// One rule, with Prometheus's defaults.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelabelConfig {
    /// What is done.
    pub action: Action,
    /// The labels whose values, joined, are looked at.
    #[serde(deserialize_with = "super::yaml::or_default")]
    pub source_labels: Vec<String>,
    /// What they are joined by.
    pub separator: String,
    /// What the joined values (or the names of labels) have to match, as a whole.
    pub regex: Pattern,
    /// The label that is set.
    pub target_label: String,
    /// What it is set to; `$1` or `${name}` stand for groups of the expression.
    pub replacement: String,
    /// How many shards `hashmod` makes.
    pub modulus: u64,
}

impl Default for RelabelConfig {
    fn default() -> Self {
        Self {
            action: Action::Replace,
            source_labels: Vec::new(),
            separator: ";".into(),
            regex: Pattern::default(),
            target_label: String::new(),
            replacement: "$1".into(),
            modulus: 0,
        }
    }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Sets the target label where the values match.
    Replace,
    /// Keeps what matches.
    Keep,
    /// Drops what matches.
    Drop,
    /// Keeps what has the same in the target label.
    KeepEqual,
    /// Drops what has the same in the target label.
    DropEqual,
    /// Sets the target label to a hash of the values, modulo the modulus.
    HashMod,
    /// Copies labels whose names match to other names.
    LabelMap,
    /// Removes labels whose names match.
    LabelDrop,
    /// Removes labels whose names do not match.
    LabelKeep,
    /// Sets the target label to the values in small letters.
    Lowercase,
    /// Sets the target label to the values in capitals.
    Uppercase,
}

impl Action {
    const ALL: [(&'static str, Self); 11] = [
        ("replace", Self::Replace),
        ("keep", Self::Keep),
        ("drop", Self::Drop),
        ("keepequal", Self::KeepEqual),
        ("dropequal", Self::DropEqual),
        ("hashmod", Self::HashMod),
        ("labelmap", Self::LabelMap),
        ("labeldrop", Self::LabelDrop),
        ("labelkeep", Self::LabelKeep),
        ("lowercase", Self::Lowercase),
        ("uppercase", Self::Uppercase),
    ];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(_, action)| action == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let lower = text.to_ascii_lowercase();
        let known = Self::ALL.iter().find(|(name, _)| *name == lower);
        known
            .map(|(_, action)| *action)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown relabel action {text:?}")))
    }
}

/// An expression that has to match as a whole.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    regex: Regex,
}

impl Pattern {
    /// Whether nothing was said: every text matches.
    fn is_default(&self) -> bool {
        self.written == "(.*)"
    }
}

impl Default for Pattern {
    fn default() -> Self {
        Self::try_from("(.*)".to_owned()).expect("it is one")
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        let regex = anchored(&written).map_err(|error| {
            // The first lines draw the expression with its anchors, which nobody wrote.
            let text = error.to_string();
            let cause = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("error parsing regexp {written:?}: {cause}")
        })?;
        Ok(Self { written, regex })
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::try_from(text).map_err(serde::de::Error::custom)
    }
}

/// Refuses rules that make no sense, in Prometheus's words.
pub(super) fn check_all(rules: &[RelabelConfig]) -> Result<(), String> {
    rules.iter().try_for_each(RelabelConfig::check)
}

impl RelabelConfig {
    fn check(&self) -> Result<(), String> {
        use Action::{DropEqual, HashMod, KeepEqual, LabelDrop, LabelKeep, LabelMap, Lowercase, Replace, Uppercase};
        let (action, defaults) = (self.action, Self::default());
        let sets_one = matches!(
            action,
            Replace | HashMod | Lowercase | Uppercase | KeepEqual | DropEqual
        );
        if action == HashMod && self.modulus == 0 {
            return Err("relabel configuration for hashmod requires non-zero modulus".into());
        }
        if sets_one && self.target_label.is_empty() {
            return Err(format!(
                "relabel configuration for {action} action requires 'target_label' value"
            ));
        }
        if matches!(action, Lowercase | Uppercase | KeepEqual | DropEqual) && self.replacement != defaults.replacement {
            return Err(format!("'replacement' can not be set for {action} action"));
        }
        if action == LabelMap && self.replacement.is_empty() {
            return Err(format!(
                "{:?} is invalid 'replacement' for {action} action",
                self.replacement
            ));
        }
        if matches!(action, KeepEqual | DropEqual)
            && (self.regex != defaults.regex || self.modulus != 0 || self.separator != defaults.separator)
        {
            return Err(format!(
                "{action} action requires only 'source_labels' and `target_label`, and no other fields"
            ));
        }
        if matches!(action, LabelDrop | LabelKeep)
            && *self
                != (Self {
                    action,
                    regex: self.regex.clone(),
                    ..defaults
                })
        {
            return Err(format!("{action} action requires only 'regex', and no other fields"));
        }
        Ok(())
    }

    /// Whether the labels are kept, changed as the rule says.
    fn apply(&self, labels: &mut LabelsBuilder<'_>) -> bool {
        let regex = &self.regex.regex;
        match self.action {
            Action::Replace => self.replace(labels),
            Action::Keep => return regex.is_match(&self.joined(labels)),
            Action::Drop => return !regex.is_match(&self.joined(labels)),
            Action::KeepEqual => return labels.get(&self.target_label) == self.joined(labels),
            Action::DropEqual => return labels.get(&self.target_label) != self.joined(labels),
            Action::HashMod => {
                let digest: [u8; 16] = Md5::digest(self.joined(labels)).into();
                // The last half alone, as Prometheus has it since its first days.
                let half = digest[8..].try_into().expect("half of sixteen");
                let shard = u64::from_be_bytes(half) % self.modulus;
                labels.set(self.target_label.clone(), shard.to_string());
            }
            Action::Lowercase => {
                let lower = self.joined(labels).to_lowercase();
                labels.set(self.target_label.clone(), lower);
            }
            Action::Uppercase => {
                let upper = self.joined(labels).to_uppercase();
                labels.set(self.target_label.clone(), upper);
            }
            Action::LabelMap => {
                let mapped: Vec<_> = labels
                    .iter()
                    .filter(|(name, _)| regex.is_match(name))
                    .map(|(name, value)| {
                        (
                            regex.replace_all(name, &self.replacement).into_owned(),
                            value.to_owned(),
                        )
                    })
                    .collect();
                for (name, value) in mapped {
                    labels.set(name, value);
                }
            }
            Action::LabelDrop => _ = labels.retain(|name| !regex.is_match(name)),
            Action::LabelKeep => _ = labels.retain(|name| regex.is_match(name)),
        }
        true
    }

    fn joined(&self, labels: &LabelsBuilder<'_>) -> String {
        let values: Vec<&str> = self.source_labels.iter().map(|name| labels.get(name)).collect();
        values.join(&self.separator)
    }

    fn replace(&self, labels: &mut LabelsBuilder<'_>) {
        let value = self.joined(labels);
        // The commonest rule of all, «set this label to that», needs no expression.
        if value.is_empty()
            && self.regex.is_default()
            && !self.target_label.contains('$')
            && !self.replacement.contains('$')
        {
            labels.set(self.target_label.clone(), self.replacement.clone());
            return;
        }
        let Some(groups) = self.regex.regex.captures(&value) else {
            return;
        };
        let (mut name, mut replacement) = (String::new(), String::new());
        groups.expand(&self.target_label, &mut name);
        groups.expand(&self.replacement, &mut replacement);
        if !name.is_empty() {
            labels.set(name, replacement);
        }
    }
}

/// Applies rules in their order to labels; whether the labels are kept.
pub fn relabel(rules: &[RelabelConfig], labels: &mut LabelsBuilder<'_>) -> bool {
    rules.iter().all(|rule| rule.apply(labels))
}

#[cfg(test)]
mod tests;
