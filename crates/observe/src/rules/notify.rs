//! Where firing and resolved alerts go.

use serde::{Serialize, Serializer};

use super::moment;
use crate::metrics::labels::Labels;

/// Takes alerts: what stands between the rules and Alertmanager. Called from evaluations, so it must not wait.
pub trait Notify: Send + Sync {
    /// Alerts that fire, still fire, or are resolved.
    fn notify(&self, alerts: Vec<Notification>);
}

/// Nobody is told.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Notify for Nobody {
    fn notify(&self, _: Vec<Notification>) {}
}

/// An alert as `POST /api/v2/alerts` of Alertmanager takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// What it is: `alertname` and the rest, external labels included.
    #[serde(serialize_with = "as_map")]
    pub labels: Labels,
    /// What to tell people.
    #[serde(serialize_with = "as_map")]
    pub annotations: Labels,
    /// Since when it fires: milliseconds since the epoch, written as RFC 3339.
    #[serde(serialize_with = "as_text")]
    pub starts_at: i64,
    /// When it was resolved, or when it is to count as resolved unless it is sent again.
    #[serde(serialize_with = "as_text")]
    pub ends_at: i64,
    /// Where its expression is shown.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
}

/// Labels as a JSON object.
pub(crate) fn as_map<S: Serializer>(labels: &Labels, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(labels.iter())
}

fn as_text<S: Serializer>(time: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment::write(*time))
}
