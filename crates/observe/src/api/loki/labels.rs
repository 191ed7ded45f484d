//! Labels, their values, streams, and how much there is of them.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;

use super::answer::{self, LabelMap, json_response};
use super::errors::{ApiError, ApiResult};
use super::params::{LABELS_SPAN, LINES_SPAN, Params};
use super::{Api, Loki};
use crate::logs::logql::{NumberSeries, Numbers, QueryError, Stats, parse_matchers};
use crate::logs::source::{SelectedStream, Selection, Source};
use crate::metrics::labels::Labels;
use crate::metrics::matchers::Matcher;

/// The streams that `query`, where there is one, selects in the time asked for.
async fn streams(api: &Loki, params: &Params, sets: Vec<Vec<Matcher>>) -> ApiResult<BTreeSet<Labels>> {
    let (start, end) = params.limited_span(api.logs.now(), LABELS_SPAN, api.logs.limits())?;
    let logs = std::sync::Arc::clone(&api.logs);
    let found = tokio::task::spawn_blocking(move || logs.streams(&sets, (start, end.saturating_add(1)))).await;
    found.map_err(|error| ApiError::internal(error.to_string()))
}

fn of_query(params: &Params) -> ApiResult<Vec<Vec<Matcher>>> {
    match params.get("query") {
        // What Grafana sends for «all».
        None | Some("{}") => Ok(Vec::new()),
        Some(text) => Ok(vec![parse_matchers(text)?]),
    }
}

/// `GET|POST /loki/api/v1/labels`
pub(super) async fn names(State(api): Api, params: Params) -> ApiResult {
    let streams = streams(&api, &params, of_query(&params)?).await?;
    let names: BTreeSet<&str> = streams
        .iter()
        .flat_map(|labels| labels.iter().map(|(name, _)| name))
        .collect();
    Ok(json_response(answer::success(&names)))
}

/// `GET|POST /loki/api/v1/label/{name}/values`
pub(super) async fn values(State(api): Api, Path(name): Path<String>, params: Params) -> ApiResult {
    let streams = streams(&api, &params, of_query(&params)?).await?;
    let values: BTreeSet<&str> = streams
        .iter()
        .map(|labels| labels.get(&name))
        .filter(|value| !value.is_empty())
        .collect();
    Ok(json_response(answer::success(&values)))
}

/// `GET|POST /loki/api/v1/series`: `match[]`, several of them, or all streams.
pub(super) async fn series(State(api): Api, params: Params) -> ApiResult {
    let texts = params
        .all("match[]")
        .chain(params.all("match"))
        .filter(|text| !text.is_empty() && *text != "{}");
    let sets: Result<Vec<_>, QueryError> = texts.map(parse_matchers).collect();
    let streams = streams(&api, &params, sets?).await?;
    let maps: Vec<LabelMap<'_>> = streams.iter().map(LabelMap).collect();
    Ok(json_response(answer::success(&maps)))
}

async fn selected(api: &Loki, params: &Params, matchers: Vec<Matcher>) -> ApiResult<Vec<SelectedStream>> {
    let (start, end) = params.limited_span(api.logs.now(), LINES_SPAN, api.logs.limits())?;
    let patience = api.options.timeout;
    let selected = api.read(patience, move |snapshot, _| {
        let selection = Selection {
            matchers: &matchers,
            start,
            end,
        };
        Ok(snapshot.select(selection)?)
    });
    selected.await
}

/// `GET|POST /loki/api/v1/index/stats`: how much a selector names.
pub(super) async fn stats(State(api): Api, params: Params) -> ApiResult {
    #[derive(Default, Serialize)]
    struct IndexStats {
        streams: usize,
        chunks: usize,
        bytes: u64,
        entries: u64,
    }
    let selected = selected(&api, &params, parse_matchers(params.query())?).await?;
    let names: BTreeSet<&Labels> = selected.iter().map(|stream| &stream.labels).collect();
    let mut stats = IndexStats {
        streams: names.len(),
        ..IndexStats::default()
    };
    for piece in selected.iter().flat_map(|stream| &stream.pieces) {
        stats.chunks += 1;
        stats.bytes += piece.bytes;
        stats.entries += piece.lines;
    }
    Ok(axum::Json(json!(stats)).into_response())
}

/// `GET|POST /loki/api/v1/index/volume`: bytes by the labels of the selector, or by `targetLabels`.
pub(super) async fn volume(State(api): Api, params: Params) -> ApiResult {
    let limit = params.limit(100)?;
    let matchers = parse_matchers(params.query())?;
    let mut wanted: Vec<String> = match params.get("targetLabels") {
        Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        None => matchers.iter().map(|matcher| matcher.name.clone()).collect(),
    };
    wanted.sort();
    let by_labels = match params.get("aggregateBy") {
        None | Some("series") => false,
        Some("labels") => true,
        Some(other) => return Err(ApiError::bad(format!("invalid aggregation option: {other}"))),
    };
    let all_names = params.get("targetLabels").is_none() && by_labels;
    let (_, end) = params.span(api.logs.now(), LINES_SPAN)?;
    let mut volumes: BTreeMap<Labels, u64> = BTreeMap::new();
    for stream in selected(&api, &params, matchers).await? {
        let bytes: u64 = stream.pieces.iter().map(|piece| piece.bytes).sum();
        let is_wanted = |name: &str| all_names || wanted.iter().any(|other| other == name);
        if by_labels {
            for (name, _) in stream.labels.iter().filter(|(name, _)| is_wanted(name)) {
                *volumes
                    .entry(Labels::from_pairs([(name, "")]).edit().set("__name__", name).build())
                    .or_default() += bytes;
            }
        } else {
            *volumes.entry(stream.labels.filter(is_wanted)).or_default() += bytes;
        }
    }
    let mut volumes: Vec<(Labels, u64)> = volumes.into_iter().collect();
    volumes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    volumes.truncate(limit);
    let series = volumes.into_iter().map(|(labels, bytes)| NumberSeries {
        // By labels, the name of the label stands where a stream would have its labels.
        labels: match labels.metric_name() {
            "" => labels,
            name => Labels::from_pairs([(name, name)]),
        },
        values: vec![(end, bytes as f64)],
    });
    let answer = answer::numbers(&Numbers::Series(series.collect()), Some(end), Stats::default());
    Ok(json_response(answer))
}
