//! Labels and fields as Grafana's log exploration asks for them.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::json;

use super::Api;
use super::errors::ApiResult;
use super::params::{LINES_SPAN, Params};
use crate::logs::logql::ast::{LogExpr, Logfmt, Stage};
use crate::logs::logql::{AnsweredStream, LinesQuery, parse_log, parse_matchers, units};
use crate::metrics::labels::Labels;

/// `GET|POST /loki/api/v1/detected_labels`: labels of streams with how many values each has.
pub(super) async fn labels(State(api): Api, params: Params) -> ApiResult {
    let sets = match params.get("query") {
        None | Some("{}") => Vec::new(),
        Some(text) => vec![parse_matchers(text)?],
    };
    let (start, end) = params.limited_span(api.logs.now(), LINES_SPAN, api.logs.limits())?;
    let streams = api.logs.streams(&sets, (start, end.saturating_add(1)));
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in streams.iter().flat_map(Labels::iter) {
        values.entry(name).or_default().insert(value);
    }
    let detected: Vec<_> = values
        .iter()
        .map(|(label, values)| json!({ "label": label, "cardinality": values.len() }))
        .collect();
    Ok(axum::Json(json!({ "detectedLabels": detected })).into_response())
}

/// How many lines are looked at where nothing is said.
const LINES: usize = 1000;

/// What is known of a field.
#[derive(Default)]
struct Field {
    values: BTreeSet<String>,
    parsers: BTreeSet<&'static str>,
}

/// `GET|POST /loki/api/v1/detected_fields`: what the newest lines hold besides the labels of their streams.
pub(super) async fn fields(State(api): Api, params: Params) -> ApiResult {
    let expr = parse_log(params.query())?;
    let (start, end) = params.limited_span(api.logs.now(), LINES_SPAN, api.logs.limits())?;
    let limit = params.limit(LINES)?;
    let query = LinesQuery {
        start,
        end,
        limit: params
            .get("line_limit")
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(LINES)
            .clamp(1, api.options.max_entries),
        direction: params.direction()?,
        interval: 0,
    };
    let with = |parser: Option<Stage>| LogExpr {
        matchers: expr.matchers.clone(),
        stages: expr.stages.iter().cloned().chain(parser).collect(),
    };
    let logfmt = Stage::Logfmt(Logfmt {
        strict: true,
        keep_empty: false,
        wanted: Vec::new(),
    });
    let asked = [
        ("", with(None)),
        ("json", with(Some(Stage::Json(Vec::new())))),
        ("logfmt", with(Some(logfmt))),
    ];
    let answers = api.ask(move |evaluation| {
        let answers = asked
            .into_iter()
            .map(|(parser, expr)| Ok((parser, evaluation.lines(&expr, query)?)));
        answers.collect::<Result<Vec<_>, _>>()
    });
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    for (parser, streams) in answers.await? {
        collect(parser, &streams, &mut fields);
    }
    let detected: Vec<_> = fields
        .iter()
        .take(limit)
        .map(|(label, field)| {
            json!({
                "label": label,
                "type": kind(&field.values),
                "cardinality": field.values.len(),
                "parsers": if field.parsers.is_empty() { json!(null) } else { json!(field.parsers) },
            })
        })
        .collect();
    Ok(axum::Json(json!({ "fields": detected, "limit": limit })).into_response())
}

fn collect(parser: &'static str, streams: &[AnsweredStream], fields: &mut BTreeMap<String, Field>) {
    for line in streams.iter().flat_map(|stream| &stream.lines) {
        let parsed = &line.labels.parsed;
        // A line that the parser cannot take apart has none of its fields.
        if !parser.is_empty() && !parsed.get("__error__").is_empty() {
            continue;
        }
        for (name, value) in line.labels.metadata.iter().chain(parsed.iter()) {
            let is_known = parser.is_empty() || line.labels.metadata.get(name).is_empty();
            if is_known && !name.starts_with("__error") {
                let field = fields.entry(name.to_owned()).or_default();
                field.values.insert(value.to_owned());
                field.parsers.extend((!parser.is_empty()).then_some(parser));
            }
        }
    }
}

/// What all values are: a number, a duration, a size; else text.
fn kind(values: &BTreeSet<String>) -> &'static str {
    let all = |is: fn(&str) -> bool| values.iter().all(|value| is(value));
    match () {
        () if all(|value| value.parse::<i64>().is_ok()) => "int",
        () if all(|value| value.parse::<f64>().is_ok()) => "float",
        () if all(|value| matches!(value, "true" | "false")) => "boolean",
        () if all(|value| units::duration(value).is_some()) => "duration",
        () if all(|value| units::bytes(value).is_some()) => "bytes",
        () => "string",
    }
}
