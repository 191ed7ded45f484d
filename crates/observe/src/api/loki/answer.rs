//! Answers as Loki writes them.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};

use crate::logs::logql::{AnsweredLine, AnsweredStream, Direction, Numbers, Stats};
use crate::metrics::labels::Labels;
use crate::metrics::promql::number::plain;

/// The flag by which a client asks for labels by where they come from.
pub(super) const CATEGORIZE: &str = "categorize-labels";

/// Labels as an object.
pub(super) struct LabelMap<'a>(pub(super) &'a Labels);

impl Serialize for LabelMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct StreamAnswer<'a> {
    stream: LabelMap<'a>,
    values: Lines<'a>,
}

struct Lines<'a> {
    lines: Vec<&'a AnsweredLine>,
    categorized: bool,
}

/// What there is besides the stream's labels, in categorized answers.
#[derive(Serialize)]
struct Besides<'a> {
    #[serde(rename = "structuredMetadata", skip_serializing_if = "Option::is_none")]
    metadata: Option<LabelMap<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parsed: Option<LabelMap<'a>>,
}

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lines = serializer.serialize_seq(Some(self.lines.len()))?;
        for line in &self.lines {
            let time = line.time.to_string();
            if self.categorized {
                let some = |labels: &'_ Labels| !labels.is_empty();
                let besides = Besides {
                    metadata: Some(&line.labels.metadata).filter(|labels| some(labels)).map(LabelMap),
                    parsed: Some(&line.labels.parsed).filter(|labels| some(labels)).map(LabelMap),
                };
                lines.serialize_element(&(time, &line.text, besides))?;
            } else {
                lines.serialize_element(&(time, &line.text))?;
            }
        }
        lines.end()
    }
}

/// Lines as `result`.
fn stream_answers(streams: &[AnsweredStream], categorized: bool, direction: Direction) -> Vec<StreamAnswer<'_>> {
    if !categorized {
        return streams
            .iter()
            .map(|stream| StreamAnswer {
                stream: LabelMap(&stream.labels),
                values: Lines {
                    lines: stream.lines.iter().collect(),
                    categorized,
                },
            })
            .collect();
    }
    let mut by_stream: BTreeMap<&Labels, Vec<&AnsweredLine>> = BTreeMap::new();
    for line in streams.iter().flat_map(|stream| &stream.lines) {
        by_stream.entry(&line.labels.stream).or_default().push(line);
    }
    let mut answers = Vec::with_capacity(by_stream.len());
    for (labels, mut lines) in by_stream {
        lines.sort_by_key(|line| {
            if direction == Direction::Backward {
                !line.time
            } else {
                line.time
            }
        });
        answers.push(StreamAnswer {
            stream: LabelMap(labels),
            values: Lines { lines, categorized },
        });
    }
    answers
}

/// Lines with what they cost.
pub(super) fn streams(streams: &[AnsweredStream], categorized: bool, direction: Direction, stats: Stats) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        result_type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        encoding_flags: Option<[&'static str; 1]>,
        result: Vec<StreamAnswer<'a>>,
        stats: Value,
    }
    let entries = streams.iter().map(|stream| stream.lines.len()).sum();
    success(&Data {
        result_type: "streams",
        encoding_flags: categorized.then_some([CATEGORIZE]),
        result: stream_answers(streams, categorized, direction),
        stats: stats_block(stats, entries),
    })
}

/// One message to whoever follows lines.
pub(super) fn followed(streams: &[AnsweredStream], dropped: &[(i64, Labels)], categorized: bool) -> String {
    #[derive(Serialize)]
    struct Dropped<'a> {
        timestamp: String,
        labels: LabelMap<'a>,
    }
    #[derive(Serialize)]
    struct Message<'a> {
        streams: Vec<StreamAnswer<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        dropped_entries: Vec<Dropped<'a>>,
        #[serde(rename = "encodingFlags", skip_serializing_if = "Option::is_none")]
        encoding_flags: Option<[&'static str; 1]>,
    }
    let dropped_entries = dropped.iter().map(|(time, labels)| Dropped {
        timestamp: time.to_string(),
        labels: LabelMap(labels),
    });
    let message = Message {
        streams: stream_answers(streams, categorized, Direction::Forward),
        dropped_entries: dropped_entries.collect(),
        encoding_flags: categorized.then_some([CATEGORIZE]),
    };
    serde_json::to_string(&message).unwrap_or_default()
}

#[derive(Serialize)]
struct SeriesAnswer<'a> {
    metric: LabelMap<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Sample>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Sample>>,
}

/// A time and a number.
type Sample = (Seconds, String);

/// Seconds since the epoch, to the millisecond; whole ones without a point.
#[derive(Serialize)]
#[serde(untagged)]
enum Seconds {
    Whole(i64),
    Part(f64),
}

fn value(time: i64, value: f64) -> Sample {
    let milliseconds = time.div_euclid(1_000_000);
    let seconds = match milliseconds % 1000 {
        0 => Seconds::Whole(milliseconds / 1000),
        _ => Seconds::Part(milliseconds as f64 / 1e3),
    };
    (seconds, plain(value))
}

/// Numbers with what they cost: of one time, or of several.
pub(super) fn numbers(numbers: &Numbers, instant: Option<i64>, stats: Stats) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        result_type: &'static str,
        result: Vec<SeriesAnswer<'a>>,
        stats: Value,
    }
    let series = match numbers {
        Numbers::Scalar(number) => {
            let time = instant.unwrap_or_default();
            return success(&json!({
                "resultType": "scalar", "result": value(time, *number), "stats": stats_block(stats, 1),
            }));
        }
        Numbers::Series(series) => series,
    };
    let result = series.iter().map(|series| {
        let metric = LabelMap(&series.labels);
        let (one, several) = match instant {
            Some(time) => (series.values.first().map(|(_, number)| value(time, *number)), None),
            None => (
                None,
                Some(
                    series
                        .values
                        .iter()
                        .map(|(time, number)| value(*time, *number))
                        .collect(),
                ),
            ),
        };
        SeriesAnswer {
            metric,
            value: one,
            values: several,
        }
    });
    success(&Data {
        result_type: if instant.is_some() { "vector" } else { "matrix" },
        result: result.collect(),
        stats: stats_block(stats, series.len()),
    })
}

/// The parts of Loki's statistics that mean something here; the others are 0.
pub(super) fn stats_block(stats: Stats, entries: usize) -> Value {
    let a_second = |count: u64| {
        if stats.seconds > 0.0 {
            (count as f64 / stats.seconds) as u64
        } else {
            0
        }
    };
    let chunk = json!({
        "headChunkBytes": 0, "headChunkLines": 0, "decompressedBytes": stats.bytes, "decompressedLines": stats.lines,
        "compressedBytes": 0, "totalDuplicates": 0,
    });
    let store = json!({
        "totalChunksRef": stats.pieces, "totalChunksDownloaded": stats.pieces, "chunksDownloadTime": 0, "chunk": chunk,
    });
    json!({
        "summary": {
            "bytesProcessedPerSecond": a_second(stats.bytes),
            "linesProcessedPerSecond": a_second(stats.lines),
            "totalBytesProcessed": stats.bytes,
            "totalLinesProcessed": stats.lines,
            "execTime": stats.seconds,
            "queueTime": 0.0,
            "subqueries": 0,
            "totalEntriesReturned": entries,
            "splits": 0,
            "shards": 0,
            "totalPostFilterLines": 0,
            "totalStructuredMetadataBytesProcessed": 0,
        },
        "querier": { "store": store },
        "ingester": {
            "totalReached": 0, "totalChunksMatched": 0, "totalBatches": 0, "totalLinesSent": 0, "store": {},
        },
        "cache": {},
        "index": {},
    })
}

/// `{"status":"success","data":…}`
pub(super) fn success<T: Serialize>(data: &T) -> Vec<u8> {
    #[derive(Serialize)]
    struct Success<'a, T> {
        status: &'static str,
        data: &'a T,
    }
    serde_json::to_vec(&Success {
        status: "success",
        data,
    })
    .unwrap_or_default()
}

/// A finished answer.
pub(super) fn json_response(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response()
}
