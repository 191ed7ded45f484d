//! `/federate`: the last sample of each selected series, as text for another server to scrape.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::Api;
use super::envelope::ApiError;
use super::params::Params;
use crate::metrics::labels::{Labels, is_plain_name};
use crate::metrics::matchers::Matcher;
use crate::metrics::promql::number::general;
use crate::metrics::samples::{Samples, is_stale};
use crate::metrics::source::{Selection, Source as _, SourceError};
use crate::metrics::store::Store;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8";

/// `GET /federate?match[]=…`
pub(super) async fn federate(State(api): Api, params: Params) -> Response {
    let sets = match params.matcher_sets() {
        Ok(sets) => sets,
        Err(error) => return refuse(error),
    };
    let now = api.now();
    let lookback = i64::try_from(api.engine.options().lookback.as_millis()).unwrap_or(i64::MAX / 4);
    // An empty instance keeps the other server from putting its own in.
    let mut outside: BTreeMap<String, String> = api.process.external_labels().iter().map(owned).collect();
    outside.entry("instance".to_owned()).or_default();
    let text = api.read(move |store| {
        let last = last_samples(store, &sets, now - lookback + 1, now)?;
        Ok(write(&last, &outside))
    });
    match text.await {
        Ok(text) => ([(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))], text).into_response(),
        Err(error) => refuse(error),
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Errors are texts here.
fn refuse(error: ApiError) -> Response {
    let text = error.message.clone() + "\n";
    let status = error.into_response().status();
    (status, text).into_response()
}

/// By name and labels: series without a name cannot be scraped.
type Last = BTreeMap<(String, Labels), (i64, f64)>;

fn last_samples(store: &Store, sets: &[Vec<Matcher>], start: i64, end: i64) -> Result<Last, SourceError> {
    let (mut last, mut scratch) = (Last::new(), Samples::default());
    for matchers in sets {
        for series in store.select(&Selection { start, end, matchers })? {
            let samples = series.samples(&mut scratch)?;
            let (Some(time), Some(value)) = (samples.times.last(), samples.values.last()) else {
                continue;
            };
            let name = series.labels().metric_name();
            if !is_stale(*value) && !name.is_empty() {
                last.insert((name.to_owned(), series.labels().clone()), (*time, *value));
            }
        }
    }
    Ok(last)
}

fn write(last: &Last, outside: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut family = "";
    for ((name, labels), (time, value)) in last {
        if name != family {
            family = name;
            let shown = if is_metric_name(name) {
                name.clone()
            } else {
                quoted(name)
            };
            _ = writeln!(text, "# TYPE {shown} untyped");
        }
        let mut pairs = Vec::new();
        if is_metric_name(name) {
            text.push_str(name);
        } else {
            pairs.push(quoted(name));
        }
        let own = labels
            .iter()
            .filter(|(name, _)| *name != crate::metrics::labels::METRIC_NAME);
        let added = outside
            .iter()
            .filter(|(name, _)| labels.get(name).is_empty())
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(added) {
            let name = if is_plain_name(name) {
                name.to_owned()
            } else {
                quoted(name)
            };
            pairs.push(format!("{name}={}", quoted(value)));
        }
        _ = writeln!(text, "{{{}}} {} {time}", pairs.join(","), general(*value));
    }
    text
}

fn is_metric_name(name: &str) -> bool {
    is_plain_name(&name.replace(':', "_"))
}

/// The text format knows three escapes.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
