//! Files of rules, in Prometheus's format, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::alerting::host::{KnownFunctions, VARIABLES};
use super::template::Template;
use crate::config::{ConfigError, PromDuration, yaml};
use crate::metrics::labels::METRIC_NAME;
use crate::metrics::promql::{Options, Query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    groups: Vec<GroupSpec>,
}

/// Rules that are evaluated together, one after the other.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSpec {
    /// Unique in its file.
    pub name: String,
    /// How often; the global evaluation interval where it says nothing.
    pub interval: Option<PromDuration>,
    /// How far back its queries look; the global one where it says nothing.
    pub query_offset: Option<PromDuration>,
    /// The most series or alerts a rule may have; 0 is no limit.
    #[serde(default)]
    pub limit: usize,
    /// For all its rules, unless they say otherwise.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// In their order.
    #[serde(default)]
    pub rules: Vec<RuleSpec>,
}

/// A recording or an alerting rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// The metric a recording rule makes.
    pub record: Option<String>,
    /// The name of an alerting rule.
    pub alert: Option<String>,
    /// The query.
    #[serde(default)]
    pub expr: String,
    /// How long the query has to hold until the alert fires.
    #[serde(rename = "for")]
    pub hold: Option<PromDuration>,
    /// How long it fires on when the query no longer holds.
    pub keep_firing_for: Option<PromDuration>,
    /// Added to the result; of alerts, templates.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Templates of what is told to people.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

impl RuleSpec {
    /// Of the metric or the alert.
    pub fn name(&self) -> &str {
        self.record.as_deref().or(self.alert.as_deref()).unwrap_or_default()
    }
}

/// Reads a file.
///
/// # Errors
/// All that is wrong with it, as `promtool check rules` says it.
pub fn load(path: &Path, options: &Options) -> Result<Vec<GroupSpec>, Vec<ConfigError>> {
    let text = std::fs::read_to_string(path).map_err(|error| vec![ConfigError::whole(path, error)])?;
    parse(&text, path, options)
}

/// Reads the text of the file `path`.
///
/// # Errors
/// As [`load`].
pub fn parse(text: &str, path: &Path, options: &Options) -> Result<Vec<GroupSpec>, Vec<ConfigError>> {
    let file: Option<RuleFile> = yaml::read(text, path).map_err(|error| vec![error])?;
    let mut groups = file.map(|file| file.groups).unwrap_or_default();
    let errors = check(&groups, options);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| ConfigError::whole(path, error)).collect());
    }
    for group in &mut groups {
        for rule in &mut group.rules {
            for (name, value) in &group.labels {
                rule.labels.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    Ok(groups)
}

fn check(groups: &[GroupSpec], options: &Options) -> Vec<String> {
    let mut errors = Vec::new();
    let mut names = BTreeSet::new();
    for group in groups {
        if group.name.is_empty() {
            errors.push("groupname must not be empty".to_owned());
        }
        if !names.insert(&group.name) {
            errors.push(format!("groupname: {:?} is repeated in the same file", group.name));
        }
        let invalid = group.labels.keys().filter(|name| !is_label_name(name));
        errors.extend(invalid.map(|name| format!("group {:?}: invalid label name: {name}", group.name)));
        for (index, rule) in group.rules.iter().enumerate() {
            let place = format!("group {:?}, rule {}, {:?}", group.name, index + 1, rule.name());
            errors.extend(
                check_rule(rule, options)
                    .into_iter()
                    .map(|error| format!("{place}: {error}")),
            );
        }
    }
    errors
}

fn check_rule(rule: &RuleSpec, options: &Options) -> Vec<String> {
    let mut errors = Vec::new();
    let mut add = |condition: bool, message: String| {
        if condition {
            errors.push(message);
        }
    };
    let is_set = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
    let (record, alert) = (is_set(&rule.record), is_set(&rule.alert));
    add(record && alert, "only one of 'record' and 'alert' must be set".into());
    add(!record && !alert, "one of 'record' or 'alert' must be set".into());
    if rule.expr.trim().is_empty() {
        add(true, "field 'expr' must be set in rule".into());
    } else if let Err(error) = Query::parse(&rule.expr, options) {
        add(true, format!("could not parse expression: {error}"));
    }
    if record {
        for (is_there, name) in [
            (!rule.annotations.is_empty(), "annotations"),
            (rule.hold.is_some(), "for"),
            (rule.keep_firing_for.is_some(), "keep_firing_for"),
        ] {
            add(is_there, format!("invalid field '{name}' in recording rule"));
        }
        add(
            rule.name().contains(['{', '}']),
            "braces present in the recording rule name; should it be in expr?".into(),
        );
    }
    for name in rule.labels.keys() {
        add(!is_label_name(name), format!("invalid label name: {name}"));
    }
    for name in rule.annotations.keys() {
        add(name.is_empty(), format!("invalid annotation name: {name}"));
    }
    if alert {
        for (what, templates) in [("label", &rule.labels), ("annotation", &rule.annotations)] {
            for (name, text) in templates {
                if let Err(error) = Template::parse(text, &KnownFunctions, VARIABLES) {
                    add(true, format!("{what} {name:?}: error parsing template: {error}"));
                }
            }
        }
    }
    errors
}

fn is_label_name(name: &str) -> bool {
    !name.is_empty() && name != METRIC_NAME
}

/// Rules that make the same series, which is allowed and most likely a mistake: the names of them, with their labels.
pub fn duplicates<'g>(groups: impl IntoIterator<Item = &'g GroupSpec>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    for rule in groups.into_iter().flat_map(|group| &group.rules) {
        if !seen.insert((rule.name(), &rule.labels)) {
            found.insert(format!("{} {:?}", rule.name(), rule.labels));
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        let read = parse(text, Path::new("ops/shop.yml"), &Options::default());
        read.expect_err("it is wrong").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_is_read_and_labels_of_groups_go_to_their_rules() {
        let text = "
groups:
  - name: shop
    interval: 30s
    query_offset: 10s
    limit: 5
    labels: {team: pagos, severity: info}
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: ServiceDown
        expr: up == 0
        for: 2m
        keep_firing_for: 1m
        labels: {severity: critical}
        annotations:
          summary: '{{ $labels.job }} is down for {{ $value | humanizeDuration }}'
";
        let groups = parse(text, Path::new("a.yml"), &Options::default()).unwrap();
        let [record, alert] = &groups[0].rules[..] else {
            panic!("two rules")
        };
        assert_eq!(
            (record.name(), record.labels["severity"].as_str()),
            ("job:up:sum", "info")
        );
        assert_eq!(
            (alert.labels["severity"].as_str(), alert.labels["team"].as_str()),
            ("critical", "pagos")
        );
        assert_eq!(alert.hold.unwrap().to_string(), "2m");
        assert!(
            parse("", Path::new("empty.yml"), &Options::default())
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn unknown_keys_are_named_with_their_line() {
        let text = "groups:\n  - name: shop\n    rules:\n      - alert: A\n        expr: up\n        annotation: {}\n";
        assert_eq!(
            errors(text),
            ["ops/shop.yml:6: unknown key `annotation`; did you mean `annotations`?"]
        );
    }

    #[test]
    fn everything_that_is_wrong_is_said_with_its_place() {
        let text = "
groups:
  - name: a
    rules:
      - record: x
        alert: y
        expr: up
      - expr: up
      - record: a{b}
        expr: ''
        for: 1m
      - alert: b
        expr: up{
        labels: {__name__: x}
        annotations: {summary: '{{ $nothing }}'}
  - name: a
";
        let errors = errors(text);
        let expected = [
            "group \"a\", rule 1, \"x\": only one of 'record' and 'alert' must be set",
            "group \"a\", rule 2, \"\": one of 'record' or 'alert' must be set",
            "group \"a\", rule 3, \"a{b}\": field 'expr' must be set in rule",
            "group \"a\", rule 3, \"a{b}\": invalid field 'for' in recording rule",
            "group \"a\", rule 3, \"a{b}\": braces present in the recording rule name; should it be in expr?",
            "group \"a\", rule 4, \"b\": could not parse expression: ",
            "group \"a\", rule 4, \"b\": invalid label name: __name__",
            "group \"a\", rule 4, \"b\": annotation \"summary\": error parsing template: line 1: undefined variable \"$nothing\"",
            "groupname: \"a\" is repeated in the same file",
        ];
        assert_eq!(errors.len(), expected.len(), "{errors:#?}");
        for (error, expected) in errors.iter().zip(expected) {
            assert!(error.starts_with(&format!("ops/shop.yml: {expected}")), "{error}");
        }
    }

    #[test]
    fn rules_that_make_the_same_series_are_noticed() {
        let text = "groups: [{name: a, rules: [{record: x, expr: up}, {record: x, expr: up, labels: {a: b}}]}, {name: b, rules: [{record: x, expr: vector(1)}]}]";
        let groups = parse(text, Path::new("a.yml"), &Options::default()).unwrap();
        assert_eq!(duplicates(&groups), ["x {}"]);
    }
}
