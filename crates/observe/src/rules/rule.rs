//! One rule: what it is, and how its last evaluation went.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::World;
use super::alerting::{AlertingRule, Evaluation};
use super::expression::{EvalError, Expression, Sample};
use super::file::RuleSpec;
use crate::metrics::labels::{Labels, METRIC_NAME};
use crate::metrics::promql::Options;

/// A rule of a group.
#[derive(Debug)]
pub struct Rule {
    name: String,
    labels: Labels,
    annotations: Labels,
    expression: Expression,
    kind: Kind,
    status: Mutex<RuleStatus>,
}

/// What becomes of a rule's results.
#[derive(Debug)]
pub enum Kind {
    /// They are written as series.
    Recording,
    /// They are alerts.
    Alerting(AlertingRule),
}

/// Whether a rule works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It has not been evaluated.
    #[default]
    Unknown,
    /// The last evaluation went well.
    Ok,
    /// The last evaluation failed.
    Err,
}

/// How the last evaluation went.
#[derive(Debug, Clone, Default)]
pub struct RuleStatus {
    /// Whether it went well.
    pub health: Health,
    /// What was wrong with it.
    pub last_error: Option<String>,
    /// When it was: milliseconds since the epoch.
    pub evaluated_at: Option<i64>,
    /// How long it took.
    pub duration: Duration,
}

impl Rule {
    /// # Errors
    /// When its expression or one of its templates is none; files are checked before.
    pub(super) fn new(spec: &RuleSpec, options: &Options) -> Result<Self, String> {
        let kind = match &spec.alert {
            Some(_) => Kind::Alerting(AlertingRule::new(spec).map_err(|error| error.to_string())?),
            None => Kind::Recording,
        };
        Ok(Self {
            name: spec.name().to_owned(),
            labels: Labels::from_pairs(&spec.labels),
            annotations: Labels::from_pairs(&spec.annotations),
            expression: Expression::parse(&spec.expr, options).map_err(|error| error.to_string())?,
            kind,
            status: Mutex::default(),
        })
    }

    /// Of the metric or the alert.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As they stand in the file: those of alerts are templates.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The templates of what is told to people.
    pub fn annotations(&self) -> &Labels {
        &self.annotations
    }

    /// The query, well laid out.
    pub fn expression(&self) -> &str {
        self.expression.shown()
    }

    /// What it makes.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// How its last evaluation went.
    pub fn status(&self) -> RuleStatus {
        self.status_mut().clone()
    }

    pub(super) fn status_mut(&self) -> MutexGuard<'_, RuleStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is a version of another rule, so that it may go on where that one was.
    pub(super) fn succeeds(&self, other: &Rule) -> bool {
        let same_kind = matches!(
            (&self.kind, &other.kind),
            (Kind::Recording, Kind::Recording) | (Kind::Alerting(_), Kind::Alerting(_))
        );
        same_kind && self.name == other.name && self.labels == other.labels
    }

    pub(super) fn adopt(&self, other: &Rule) {
        *self.status_mut() = other.status();
        if let (Kind::Alerting(new), Kind::Alerting(old)) = (&self.kind, &other.kind) {
            new.adopt(old);
        }
    }

    /// Evaluates it, and notes how that went. Returns the series to write.
    pub(super) fn evaluate(&self, world: &World, evaluation: Evaluation) -> Option<Vec<Sample>> {
        let began = Instant::now();
        let result = self
            .expression
            .evaluate(&*world.store, &world.engine, evaluation.sampled_at)
            .and_then(|samples| match &self.kind {
                Kind::Recording => self.record(samples, evaluation.limit),
                Kind::Alerting(alerting) => alerting.update(samples, world, evaluation),
            });
        let mut status = self.status_mut();
        status.evaluated_at = Some(evaluation.at);
        status.duration = began.elapsed();
        match result {
            Ok(samples) => {
                (status.health, status.last_error) = (Health::Ok, None);
                Some(samples)
            }
            Err(error) => {
                tracing::warn!(rule = self.name, %error, "evaluating a rule failed");
                (status.health, status.last_error) = (Health::Err, Some(error.to_string()));
                None
            }
        }
    }

    /// Notes that the results could not be written, or not all of them.
    pub(super) fn blame(&self, error: String) {
        let mut status = self.status_mut();
        (status.health, status.last_error) = (Health::Err, Some(error));
    }

    fn record(&self, samples: Vec<Sample>, limit: usize) -> Result<Vec<Sample>, EvalError> {
        let mut seen = BTreeSet::new();
        let mut recorded = Vec::with_capacity(samples.len());
        for Sample { labels, value } in samples {
            let mut named = labels.edit();
            named.set(METRIC_NAME, self.name.as_str());
            for (name, value) in self.labels.iter() {
                named.set(name, value);
            }
            let labels = named.build();
            if !seen.insert(labels.clone()) {
                return Err(EvalError::SameLabels("rule"));
            }
            recorded.push(Sample { labels, value });
        }
        if limit > 0 && recorded.len() > limit {
            return Err(EvalError::Limit {
                limit,
                found: recorded.len(),
                what: "series",
            });
        }
        Ok(recorded)
    }
}
