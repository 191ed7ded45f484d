//! `write`: samples from other servers, by Prometheus's remote-write protocol 1.0 (protobuf in snappy's block format).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use prost::Message;

use super::Api;
use crate::metrics::labels::Labels;
use crate::metrics::store::{Exemplar, Store};

/// `prometheus.WriteRequest`, without metadata and native histograms.
#[derive(Clone, PartialEq, Message)]
pub struct WriteRequest {
    /// Series with their new samples.
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
}

/// `prometheus.TimeSeries`
#[derive(Clone, PartialEq, Message)]
pub struct TimeSeries {
    /// Sorted by name.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// Rising in time.
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    /// Rising in time.
    #[prost(message, repeated, tag = "3")]
    pub exemplars: Vec<WrittenExemplar>,
}

/// `prometheus.Label`
#[derive(Clone, PartialEq, Message)]
pub struct Label {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// `prometheus.Sample`
#[derive(Clone, PartialEq, Message)]
pub struct Sample {
    /// The value, or the staleness marker.
    #[prost(double, tag = "1")]
    pub value: f64,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

/// `prometheus.Exemplar`
#[derive(Clone, PartialEq, Message)]
pub struct WrittenExemplar {
    /// Its own labels.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// The observed value.
    #[prost(double, tag = "2")]
    pub value: f64,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "3")]
    pub timestamp: i64,
}

/// How much larger a request may become when it is unpacked.
const MAX_GROWTH: usize = 8;

/// `POST /api/v1/write`. 204 when everything was taken. 400, which the sender must not try again, when the request is none
/// or some samples were refused; the others are taken. 500, which it must, when nothing could be written.
pub(super) async fn write(State(api): Api, headers: HeaderMap, body: Bytes) -> Response {
    if !api.limits.remote_write {
        let text = "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n";
        return (StatusCode::NOT_FOUND, text).into_response();
    }
    if let Err(text) = check_headers(&headers) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    let (store, limit) = (
        Arc::clone(&api.store),
        api.limits.write_bytes.saturating_mul(MAX_GROWTH),
    );
    match tokio::task::spawn_blocking(move || take(&store, &body, limit)).await {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err((status, text))) => (status, text + "\n").into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let content_type = text(header::CONTENT_TYPE);
    let mut parts = content_type.split(';').map(str::trim);
    let is_protobuf = matches!(parts.next(), Some("application/x-protobuf"));
    let is_version_1 = parts.all(|part| !part.starts_with("proto=") || part == "proto=prometheus.WriteRequest");
    if !is_protobuf || !is_version_1 {
        return Err("expected application/x-protobuf with prometheus.WriteRequest\n");
    }
    match text(header::CONTENT_ENCODING) {
        "" | "snappy" => Ok(()),
        _ => Err("expected snappy as content encoding\n"),
    }
}

fn take(store: &Store, body: &[u8], limit: usize) -> Result<(), (StatusCode, String)> {
    let bad = |error: String| (StatusCode::BAD_REQUEST, error);
    let size = snap::raw::decompress_len(body).map_err(|error| bad(error.to_string()))?;
    if size > limit {
        let text = format!("a request of {size} bytes is larger than {limit}");
        return Err((StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    let unpacked = snap::raw::Decoder::new().decompress_vec(body);
    let unpacked = unpacked.map_err(|error| bad(error.to_string()))?;
    let request = WriteRequest::decode(unpacked.as_slice()).map_err(|error| bad(error.to_string()))?;

    let mut batch = store.appender();
    let (mut refused, mut first) = (0_u64, None);
    let mut refuse = |count: u64, why: String| {
        refused += count;
        first.get_or_insert(why);
    };
    for series in &request.timeseries {
        let labels = match labels_of(&series.labels) {
            Ok(labels) => labels,
            Err(why) => {
                refuse(series.samples.len() as u64, why);
                continue;
            }
        };
        for sample in &series.samples {
            if let Err(error) = batch.append(&labels, sample.timestamp, sample.value) {
                refuse(1, format!("{error}: {labels}"));
            }
        }
        for exemplar in &series.exemplars {
            let labels_of_exemplar =
                Labels::from_pairs(exemplar.labels.iter().map(|label| (&label.name, &label.value)));
            let exemplar = Exemplar {
                labels: labels_of_exemplar,
                time: exemplar.timestamp,
                value: exemplar.value,
            };
            if let Err(error) = batch.append_exemplar(&labels, exemplar) {
                tracing::debug!(%error, series = %labels, "refused an exemplar of a remote write");
            }
        }
    }
    let committed = batch.commit();
    let committed = committed.map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let late = "another write came first".to_owned();
    match (refused + committed.refused, first) {
        (0, _) => Ok(()),
        (count, first) => Err(bad(format!(
            "{count} samples refused, the first: {}",
            first.unwrap_or(late)
        ))),
    }
}

/// A series' labels: with a name, each once.
fn labels_of(written: &[Label]) -> Result<Labels, String> {
    let labels = Labels::from_pairs(written.iter().map(|label| (&label.name, &label.value)));
    let given = written.iter().filter(|label| !label.value.is_empty()).count();
    if labels.metric_name().is_empty() || labels.len() != given || !labels.get("").is_empty() {
        return Err(format!("invalid labels: {labels}"));
    }
    Ok(labels)
}
