//! Pushing batches, as often as it takes.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prost::Message as _;
use tokio_util::sync::CancellationToken;

use super::config::ClientConfig;
use crate::api::loki::push::{ProtoEntry, ProtoPair, ProtoStream, ProtoTime, PushRequest};
use crate::logs::PushedLine;
use crate::metrics::labels::Labels;

pub(super) struct Client {
    config: ClientConfig,
    http: HyperClient<HttpConnector, Full<Bytes>>,
}

/// How one try ended.
enum Tried {
    Taken,
    /// It makes no sense to try again.
    Refused(String),
    Again(String),
}

impl Client {
    pub(super) fn new(config: &ClientConfig) -> Result<Self, String> {
        let url: http::Uri = config
            .url
            .parse()
            .map_err(|error| format!("client url {:?}: {error}", config.url))?;
        if url.scheme_str() != Some("http") {
            return Err(format!("client url {:?}: only http is supported", config.url));
        }
        Ok(Self {
            config: config.clone(),
            http: HyperClient::builder(TokioExecutor::new()).build(HttpConnector::new()),
        })
    }

    /// Pushes a batch. True when it was taken, or refused for good; false when it was stopped in between.
    pub(super) async fn push(&self, batch: &BTreeMap<Labels, Vec<PushedLine>>, stop: &CancellationToken) -> bool {
        let body = self.encode(batch);
        let mut pause = *self.config.backoff_config.min_period;
        loop {
            let tried = tokio::select! {
                () = stop.cancelled() => return false,
                tried = self.try_once(body.clone()) => tried,
            };
            match tried {
                Tried::Taken => return true,
                Tried::Refused(why) => {
                    tracing::warn!(url = self.config.url, why, "loki refused lines");
                    return true;
                }
                Tried::Again(why) => {
                    tracing::warn!(url = self.config.url, why, again_in = ?pause, "lines could not be pushed");
                    tokio::select! {
                        () = stop.cancelled() => return false,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2)
                        .min(*self.config.backoff_config.max_period)
                        .max(Duration::from_millis(1));
                }
            }
        }
    }

    async fn try_once(&self, body: Bytes) -> Tried {
        let mut request = match Request::post(&self.config.url).body(Full::new(body)) {
            Ok(request) => request,
            Err(error) => return Tried::Refused(error.to_string()),
        };
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if let Some(tenant) = self
            .config
            .tenant_id
            .as_deref()
            .and_then(|tenant| HeaderValue::try_from(tenant).ok())
        {
            headers.insert("x-scope-orgid", tenant);
        }
        let exchange = async {
            let response = self.http.request(request).await.map_err(|error| error.to_string())?;
            let status = response.status();
            let text = Limited::new(response.into_body(), 4096).collect().await;
            let text = text
                .map(|text| String::from_utf8_lossy(&text.to_bytes()).into_owned())
                .unwrap_or_default();
            Ok::<_, String>((status, text))
        };
        match tokio::time::timeout(*self.config.timeout, exchange).await {
            Err(_) => Tried::Again("no answer in time".into()),
            Ok(Err(error)) => Tried::Again(error),
            Ok(Ok((status, _))) if status.is_success() => Tried::Taken,
            Ok(Ok((status, text))) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                Tried::Refused(format!("{status}: {}", text.trim()))
            }
            Ok(Ok((status, text))) => Tried::Again(format!("{status}: {}", text.trim())),
        }
    }

    fn encode(&self, batch: &BTreeMap<Labels, Vec<PushedLine>>) -> Bytes {
        let streams = batch.iter().map(|(labels, lines)| {
            let mut all = labels.edit();
            for (name, value) in &self.config.external_labels {
                all.set(name.as_str(), value.as_str());
            }
            let entries = lines.iter().map(|line| ProtoEntry {
                timestamp: Some(ProtoTime {
                    seconds: line.time.div_euclid(1_000_000_000),
                    nanos: i32::try_from(line.time.rem_euclid(1_000_000_000)).unwrap_or(0),
                }),
                line: line.text.clone(),
                metadata: line
                    .metadata
                    .iter()
                    .map(|(name, value)| ProtoPair {
                        name: name.to_owned(),
                        value: value.to_owned(),
                    })
                    .collect(),
            });
            ProtoStream {
                labels: all.build().to_string(),
                entries: entries.collect(),
            }
        });
        let request = PushRequest {
            streams: streams.collect(),
        };
        let packed = snap::raw::Encoder::new().compress_vec(&request.encode_to_vec());
        // Only lengths of 4 GiB and more cannot be packed.
        packed.unwrap_or_default().into()
    }
}
