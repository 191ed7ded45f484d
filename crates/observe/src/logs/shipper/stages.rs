//! `pipeline_stages`: what becomes of a line before it is pushed.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde::Deserialize;

use crate::logs::logql::ast::LogExpr;
use crate::logs::logql::{parse_log, through};
use crate::logs::{PushedLine, block, layout};
use crate::metrics::labels::Labels;
use crate::metrics::matchers::re2;

/// One stage, as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StageConfig {
    Json(JsonStage),
    Regex(RegexStage),
    Labels(BTreeMap<String, Option<String>>),
    StructuredMetadata(BTreeMap<String, Option<String>>),
    StaticLabels(BTreeMap<String, String>),
    Labeldrop(Vec<String>),
    Timestamp(TimestampStage),
    Output(OutputStage),
    Match(MatchStage),
    Drop(DropStage),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonStage {
    expressions: BTreeMap<String, Option<String>>,
    source: Option<String>,
    #[serde(default)]
    drop_malformed: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegexStage {
    expression: String,
    source: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimestampStage {
    source: String,
    format: String,
    #[serde(default)]
    fallback_formats: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputStage {
    source: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MatchStage {
    selector: String,
    #[serde(default)]
    stages: Vec<StageConfig>,
    #[serde(default)]
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    #[default]
    Keep,
    Drop,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DropStage {
    source: Option<String>,
    value: Option<String>,
    expression: Option<String>,
    longer_than: Option<usize>,
}

/// Stages ready to use.
#[derive(Debug)]
pub(super) struct Pipeline(Vec<Stage>);

#[derive(Debug)]
enum Stage {
    Json(JsonStage),
    Regex(Regex, Option<String>),
    Labels(BTreeMap<String, Option<String>>),
    Metadata(BTreeMap<String, Option<String>>),
    StaticLabels(BTreeMap<String, String>),
    LabelDrop(Vec<String>),
    Timestamp(TimestampStage),
    Output(String),
    Match(LogExpr, Pipeline, Action),
    Drop(DropStage, Option<Regex>),
}

/// A line on its way.
struct Entry {
    labels: Labels,
    metadata: Labels,
    time: i64,
    text: String,
    extracted: BTreeMap<String, String>,
}

impl Pipeline {
    pub(super) fn new(stages: &[StageConfig]) -> Result<Self, String> {
        stages.iter().map(Stage::new).collect::<Result<_, _>>().map(Self)
    }

    /// A line of a file with its labels, or nothing when a stage drops it. Its time is now, unless a stage says otherwise.
    pub(super) fn run(&self, labels: &Labels, path: &Path, line: &str, now: i64) -> Option<(Labels, PushedLine)> {
        let filename = path.to_string_lossy();
        let mut entry = Entry {
            labels: labels.edit().set("filename", filename.as_ref()).build(),
            metadata: Labels::empty(),
            time: now,
            text: line.to_owned(),
            extracted: labels
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        entry.extracted.insert("filename".into(), filename.into_owned());
        self.apply(&mut entry).then_some((
            entry.labels,
            PushedLine {
                time: entry.time,
                text: entry.text,
                metadata: entry.metadata,
            },
        ))
    }

    fn apply(&self, entry: &mut Entry) -> bool {
        self.0.iter().all(|stage| stage.apply(entry))
    }
}

impl Stage {
    fn new(config: &StageConfig) -> Result<Self, String> {
        let compile = |pattern: &str| Regex::new(&re2::to_rust(pattern)).map_err(|error| error.to_string());
        Ok(match config {
            StageConfig::Json(json) => Self::Json(json.clone()),
            StageConfig::Regex(stage) => Self::Regex(compile(&stage.expression)?, stage.source.clone()),
            StageConfig::Labels(labels) => Self::Labels(labels.clone()),
            StageConfig::StructuredMetadata(labels) => Self::Metadata(labels.clone()),
            StageConfig::StaticLabels(labels) => Self::StaticLabels(labels.clone()),
            StageConfig::Labeldrop(names) => Self::LabelDrop(names.clone()),
            StageConfig::Timestamp(timestamp) => Self::Timestamp(timestamp.clone()),
            StageConfig::Output(output) => Self::Output(output.source.clone()),
            StageConfig::Match(matching) => Self::Match(
                parse_log(&matching.selector).map_err(|error| error.to_string())?,
                Pipeline::new(&matching.stages)?,
                matching.action,
            ),
            StageConfig::Drop(drop) => {
                let regex = drop.expression.as_deref().map(compile).transpose()?;
                Self::Drop(drop.clone(), regex)
            }
        })
    }

    /// False when the line is dropped.
    fn apply(&self, entry: &mut Entry) -> bool {
        match self {
            Self::Json(json) => return json.apply(entry),
            Self::Regex(regex, source) => {
                let text = source_of(entry, source.as_deref());
                if let Some(text) = text
                    && let Some(found) = regex.captures(&text)
                {
                    for name in regex.capture_names().flatten() {
                        if let Some(value) = found.name(name) {
                            entry.extracted.insert(name.to_owned(), value.as_str().to_owned());
                        }
                    }
                }
            }
            Self::Labels(wanted) => entry.labels = with_extracted(&entry.labels, wanted, &entry.extracted),
            Self::Metadata(wanted) => entry.metadata = with_extracted(&entry.metadata, wanted, &entry.extracted),
            Self::StaticLabels(labels) => {
                for (name, value) in labels {
                    entry.labels = entry.labels.edit().set(name.as_str(), value.as_str()).build();
                }
            }
            Self::LabelDrop(names) => {
                entry.labels = entry.labels.filter(|name| !names.iter().any(|other| other == name));
            }
            Self::Timestamp(stage) => {
                let formats = std::iter::once(&stage.format).chain(&stage.fallback_formats);
                if let Some(text) = entry.extracted.get(&stage.source)
                    && let Some(time) = formats.filter_map(|format| layout::read(format, text).ok()).next()
                {
                    entry.time = time;
                }
            }
            Self::Output(source) => {
                if let Some(text) = entry.extracted.get(source) {
                    entry.text.clone_from(text);
                }
            }
            Self::Match(expr, pipeline, action) => {
                let line = block::Line {
                    time: entry.time,
                    text: &entry.text,
                    metadata: Some(&entry.metadata),
                };
                let matches = expr.matchers.iter().all(|matcher| matcher.matches(&entry.labels))
                    && through(expr, &entry.labels, line).is_some();
                if matches {
                    return *action == Action::Keep && pipeline.apply(entry);
                }
            }
            Self::Drop(drop, regex) => return !drop.drops(entry, regex.as_ref()),
        }
        true
    }
}

fn source_of(entry: &Entry, source: Option<&str>) -> Option<String> {
    match source {
        None => Some(entry.text.clone()),
        Some(name) => entry.extracted.get(name).cloned(),
    }
}

fn with_extracted(
    labels: &Labels,
    wanted: &BTreeMap<String, Option<String>>,
    extracted: &BTreeMap<String, String>,
) -> Labels {
    let mut labels = labels.edit();
    for (name, source) in wanted {
        let source = source.as_deref().filter(|source| !source.is_empty()).unwrap_or(name);
        if let Some(value) = extracted.get(source) {
            labels.set(name.as_str(), value.as_str());
        }
    }
    labels.build()
}

impl JsonStage {
    fn apply(&self, entry: &mut Entry) -> bool {
        let Some(text) = source_of(entry, self.source.as_deref()) else {
            return true;
        };
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else {
            return !self.drop_malformed;
        };
        for (name, path) in &self.expressions {
            let path = path.as_deref().filter(|path| !path.is_empty()).unwrap_or(name);
            let keys = path.split('.').map(|key| key.trim_matches('"'));
            let found = keys.into_iter().try_fold(&value, |value, key| value.get(key));
            match found {
                None | Some(serde_json::Value::Null) => {}
                Some(serde_json::Value::String(text)) => _ = entry.extracted.insert(name.clone(), text.clone()),
                Some(other) => _ = entry.extracted.insert(name.clone(), other.to_string()),
            }
        }
        true
    }
}

impl DropStage {
    /// All that is said must hold.
    fn drops(&self, entry: &Entry, regex: Option<&Regex>) -> bool {
        let text = source_of(entry, self.source.as_deref());
        let tests = [
            self.source.as_ref().map(|_| text.is_some()),
            self.value.as_ref().map(|value| text.as_ref() == Some(value)),
            regex.map(|regex| text.as_ref().is_some_and(|text| regex.is_match(text))),
            self.longer_than.map(|most| entry.text.len() > most),
        ];
        tests.iter().any(Option::is_some) && tests.iter().flatten().all(|holds| *holds)
    }
}
