//! `POST /loki/api/v1/push`: lines as JSON (plain, gzip or deflate) or as protobuf in snappy's block format.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use axum::body::Bytes;
use axum::extract::State;
use http::{HeaderMap, StatusCode, header};
use prost::Message;
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::Api;
use super::errors::{ApiError, ApiResult};
use crate::logs::logql::parse_matchers;
use crate::logs::{PushedLine, PushedStream};
use crate::metrics::labels::Labels;
use crate::metrics::matchers::MatchOp;

/// `logproto.PushRequest`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PushRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) streams: Vec<ProtoStream>,
}

/// `logproto.StreamAdapter`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProtoStream {
    #[prost(string, tag = "1")]
    pub(crate) labels: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) entries: Vec<ProtoEntry>,
}

/// `logproto.EntryAdapter`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProtoEntry {
    #[prost(message, optional, tag = "1")]
    pub(crate) timestamp: Option<ProtoTime>,
    #[prost(string, tag = "2")]
    pub(crate) line: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) metadata: Vec<ProtoPair>,
}

/// `google.protobuf.Timestamp`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProtoTime {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// `logproto.LabelPairAdapter`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProtoPair {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

/// 204 when everything was taken, 400 when something was refused (the rest is taken), 429 for too many streams, 500 when
/// nothing could be written.
pub(super) async fn push(State(api): Api, headers: HeaderMap, body: Bytes) -> ApiResult<StatusCode> {
    let limit = usize::try_from(api.logs.limits().max_push_size).unwrap_or(usize::MAX);
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let (kind, encoding) = (text(header::CONTENT_TYPE), text(header::CONTENT_ENCODING));
    let read = tokio::task::spawn_blocking(move || read(&kind, &encoding, &body, limit)).await;
    let streams = read.map_err(|error| ApiError::internal(error.to_string()))??;
    api.logs.push(streams).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(kind: &str, encoding: &str, body: &[u8], limit: usize) -> ApiResult<Vec<PushedStream>> {
    let mime = kind.split(';').next().unwrap_or_default().trim();
    match mime.to_ascii_lowercase().as_str() {
        "application/json" => {
            let unpacked = match encoding {
                "" | "identity" => Cow::Borrowed(body),
                "gzip" => Cow::Owned(inflate(flate2::read::MultiGzDecoder::new(body), limit)?),
                "deflate" => Cow::Owned(inflate(flate2::read::DeflateDecoder::new(body), limit)?),
                "snappy" => Cow::Owned(unsnap(body, limit)?),
                other => return Err(ApiError::bad(format!("Content-Encoding {other:?} not supported"))),
            };
            from_json(&unpacked)
        }
        "" | "application/x-protobuf" => match encoding {
            "" | "snappy" => from_protobuf(&unsnap(body, limit)?),
            "gzip" => from_protobuf(&inflate(flate2::read::MultiGzDecoder::new(body), limit)?),
            other => Err(ApiError::bad(format!("Content-Encoding {other:?} not supported"))),
        },
        other => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("Content-Type {other:?} not supported: application/json and application/x-protobuf are"),
        )),
    }
}

fn too_large(limit: usize) -> ApiError {
    let text = format!("push request is larger than {limit} bytes when it is unpacked");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, text)
}

fn inflate(packed: impl Read, limit: usize) -> ApiResult<Vec<u8>> {
    let mut unpacked = Vec::new();
    let read = packed.take(limit as u64 + 1).read_to_end(&mut unpacked);
    read.map_err(|error| ApiError::bad(format!("the body cannot be unpacked: {error}")))?;
    if unpacked.len() > limit {
        Err(too_large(limit))
    } else {
        Ok(unpacked)
    }
}

fn unsnap(body: &[u8], limit: usize) -> ApiResult<Vec<u8>> {
    let bad = |error: snap::Error| ApiError::bad(format!("snappy: {error}"));
    if snap::raw::decompress_len(body).map_err(bad)? > limit {
        return Err(too_large(limit));
    }
    snap::raw::Decoder::new().decompress_vec(body).map_err(bad)
}

fn from_protobuf(body: &[u8]) -> ApiResult<Vec<PushedStream>> {
    let request = PushRequest::decode(body).map_err(|error| ApiError::bad(error.to_string()))?;
    let streams = request.streams.into_iter().map(|stream| {
        let labels = read_labels(&stream.labels)?;
        let line = |entry: ProtoEntry| {
            let time = entry.timestamp.unwrap_or_default();
            PushedLine {
                time: time
                    .seconds
                    .saturating_mul(1_000_000_000)
                    .saturating_add(i64::from(time.nanos)),
                text: entry.line,
                metadata: match entry.metadata.as_slice() {
                    [] => Labels::empty(),
                    pairs => Labels::from_pairs(pairs.iter().map(|pair| (&pair.name, &pair.value))),
                },
            }
        };
        Ok(PushedStream {
            labels,
            lines: stream.entries.into_iter().map(line).collect(),
        })
    });
    streams.collect()
}

/// `{app="shop", level="info"}`
fn read_labels(text: &str) -> ApiResult<Labels> {
    if text.trim() == "{}" {
        return Ok(Labels::empty());
    }
    let wrong = |why: String| ApiError::bad(format!("error parsing labels {text}: {why}"));
    let matchers = parse_matchers(text).map_err(|error| wrong(error.to_string()))?;
    if matchers.iter().any(|matcher| matcher.op != MatchOp::Equal) {
        return Err(wrong("labels are set with =".into()));
    }
    Ok(Labels::from_pairs(
        matchers.iter().map(|matcher| (&matcher.name, &matcher.value)),
    ))
}

#[derive(Deserialize)]
struct JsonPush {
    streams: Vec<JsonStream>,
}

#[derive(Deserialize)]
struct JsonStream {
    #[serde(default, alias = "labels")]
    stream: JsonLabels,
    #[serde(default)]
    values: Vec<JsonLine>,
}

#[derive(Default)]
struct JsonLabels(Vec<(String, String)>);

impl<'de> Deserialize<'de> for JsonLabels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = std::collections::BTreeMap::<String, String>::deserialize(deserializer)?;
        Ok(Self(pairs.into_iter().collect()))
    }
}

/// `["1700000000000000000", "a line", {"trace_id": "…"}]`
struct JsonLine(PushedLine);

impl<'de> Deserialize<'de> for JsonLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = JsonLine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of a timestamp in nanoseconds as text, a line and maybe structured metadata")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<JsonLine, A::Error> {
                let time: Cow<'de, str> = parts
                    .next_element::<Time<'de>>()?
                    .ok_or_else(|| de::Error::invalid_length(0, &self))?
                    .0;
                let time = time.parse().map_err(|_| {
                    de::Error::custom(format!("{time:?} is no timestamp in nanoseconds since the epoch"))
                })?;
                let text = parts
                    .next_element()?
                    .ok_or_else(|| de::Error::invalid_length(1, &self))?;
                let metadata: Option<JsonLabels> = parts.next_element()?;
                if parts.next_element::<de::IgnoredAny>()?.is_some() {
                    return Err(de::Error::invalid_length(4, &self));
                }
                let metadata = metadata.map_or_else(Labels::empty, |pairs| Labels::from_pairs(pairs.0));
                Ok(JsonLine(PushedLine { time, text, metadata }))
            }
        }

        deserializer.deserialize_seq(Parts)
    }
}

/// A timestamp: text, as Loki wants it, or a number, as some send it.
struct Time<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Time<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Time<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a timestamp in nanoseconds as text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Time(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Time(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Time(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Time(Cow::Owned(number.to_string())))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

fn from_json(body: &[u8]) -> ApiResult<Vec<PushedStream>> {
    let request: JsonPush =
        serde_json::from_slice(body).map_err(|error| ApiError::bad(format!("the body is no push request: {error}")))?;
    let stream = |stream: JsonStream| PushedStream {
        labels: Labels::from_pairs(stream.stream.0),
        lines: stream.values.into_iter().map(|line| line.0).collect(),
    };
    Ok(request.streams.into_iter().map(stream).collect())
}
