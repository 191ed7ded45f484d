//! What the templates of one alert see, and what becomes of them.

use super::super::World;
use super::super::template::{Template, Value};
use super::host::AlertHost;
use crate::metrics::labels::Labels;

/// What templates of one alert see.
pub(super) struct Context {
    dot: Value,
    variables: [(&'static str, Value); 4],
}

impl Context {
    pub(super) fn new(series: &Labels, value: f64, world: &World) -> Self {
        let (labels, external_labels) = (
            Value::Labels(series.clone()),
            Value::Labels(world.external_labels.clone()),
        );
        let external_url = Value::from(world.external_url.as_str());
        let dot = Value::record([
            ("Labels", labels.clone()),
            ("ExternalLabels", external_labels.clone()),
            ("ExternalURL", external_url.clone()),
            ("Value", value.into()),
        ]);
        let variables = [
            ("labels", labels),
            ("externalLabels", external_labels),
            ("externalURL", external_url),
            ("value", value.into()),
        ];
        Self { dot, variables }
    }

    /// What cannot be expanded says why in the place of the text: an alert is told in any case.
    pub(super) fn expand(&self, template: &Template, host: &AlertHost<'_>) -> String {
        template
            .render(&self.dot, &self.variables, host)
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "cannot expand the template of an alert");
                format!("<error expanding template: {error}>")
            })
    }
}
