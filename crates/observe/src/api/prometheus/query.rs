//! `query`, `query_range` and `format_query`.

use std::time::Instant;

use axum::extract::State;
use http::StatusCode;
use promql_parser::parser;
use serde_json::json;

use super::envelope::{ApiError, ApiResult, Success, json as json_response};
use super::params::{Params, as_duration};
use super::values::write_result;
use super::{Api, Prometheus};
use crate::metrics::promql::{Answer, Cancel, Engine, Level, Query, QueryError};
use crate::metrics::store::Store;

/// `GET|POST /api/v1/query`: `query`, and `time`, `timeout`, `lookback_delta`, `limit`, `stats` where wanted.
pub(super) async fn instant(State(api): Api, params: Params) -> ApiResult {
    let limit = params.limit()?;
    let time = params.time("time")?.unwrap_or_else(|| api.now());
    let asked = Asked::read(&api, &params, limit)?;
    asked
        .answer(&api, move |engine, store, query, cancel| {
            engine.instant(store, query, time, cancel)
        })
        .await
}

/// `GET|POST /api/v1/query_range`: as `query`, with `start`, `end` and `step` in the place of `time`.
pub(super) async fn range(State(api): Api, params: Params) -> ApiResult {
    let limit = params.limit()?;
    let (start, end) = (params.required_time("start")?, params.required_time("end")?);
    if end < start {
        return Err(ApiError::invalid("end", "end timestamp must not be before start time"));
    }
    let step = params
        .duration("step")?
        .ok_or_else(|| ApiError::invalid("step", "cannot parse \"\" to a valid duration"))?;
    if step <= 0 {
        return Err(ApiError::invalid(
            "step",
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    // Before the query is parsed and before it waits for its turn.
    let max_steps = api.engine.options().max_steps;
    if (end - start) / step > i64::try_from(max_steps).unwrap_or(i64::MAX) {
        return Err(QueryError::TooManySteps(max_steps).into());
    }
    let asked = Asked::read(&api, &params, limit)?;
    asked
        .answer(&api, move |engine, store, query, cancel| {
            engine.range(store, query, (start, end, step), cancel)
        })
        .await
}

/// `GET|POST /api/v1/format_query`: the query, well laid out.
pub(super) async fn format(State(api): Api, params: Params) -> ApiResult<Success<String>> {
    let text = params.get("query").unwrap_or_default();
    // The parser alone takes more than it should, and some of it badly.
    Query::parse(text, api.engine.options()).map_err(|error| ApiError::invalid("query", error))?;
    parser::parse(text)
        .map(|expression| Success::new(expression.prettify()))
        .map_err(|error| ApiError::invalid("query", error))
}

/// A query with the settings it is to be asked with.
struct Asked {
    engine: Engine,
    query: Query,
    limit: usize,
    with_stats: bool,
}

impl Asked {
    fn read(api: &Prometheus, params: &Params, limit: usize) -> ApiResult<Self> {
        let mut options = api.engine.options().clone();
        if let Some(timeout) = params.duration("timeout")? {
            options.timeout = options.timeout.min(as_duration(timeout));
        }
        match params.duration("lookback_delta")? {
            Some(lookback) if lookback > 0 => options.lookback = as_duration(lookback),
            Some(_) | None => {}
        }
        let text = params.get("query").unwrap_or_default();
        let query = Query::parse(text, &options).map_err(|error| ApiError::invalid("query", error))?;
        Ok(Self {
            engine: Engine::new(options),
            query,
            limit,
            with_stats: params.get("stats").is_some(),
        })
    }

    async fn answer(
        self,
        api: &Prometheus,
        ask: impl FnOnce(&Engine, &Store, &Query, Cancel) -> Result<Answer, QueryError> + Send + 'static,
    ) -> ApiResult {
        let queued = Instant::now();
        let timeout = self.engine.options().timeout;
        let written = api.run(timeout, move |store, cancel| {
            let started = Instant::now();
            let answer = ask(&self.engine, store, &self.query, cancel)?;
            let stats = self.with_stats.then(|| Stats {
                queued: (started - queued).as_secs_f64(),
                evaluated: started.elapsed().as_secs_f64(),
                peak_samples: answer.peak_samples,
            });
            write(answer, self.limit, stats)
        });
        Ok(json_response(StatusCode::OK, written.await?))
    }
}

/// What a query cost, in seconds.
struct Stats {
    queued: f64,
    evaluated: f64,
    peak_samples: usize,
}

/// The whole body. It is written where the query ran, since a large answer takes as long to write as to find.
fn write(answer: Answer, limit: usize, stats: Option<Stats>) -> ApiResult<Vec<u8>> {
    let mut out = br#"{"status":"success","data":{"#.to_vec();
    let truncated = write_result(&mut out, &answer.result, limit);
    if let Some(stats) = stats {
        let stats = json!({
            "timings": {
                "evalTotalTime": stats.evaluated,
                "execQueueTime": stats.queued,
                "execTotalTime": stats.queued + stats.evaluated,
            },
            "samples": { "peakSamples": stats.peak_samples },
        });
        out.extend_from_slice(format!(",\"stats\":{stats}").as_bytes());
    }
    out.push(b'}');
    let texts = |level| {
        let of_level = answer.annotations.iter().filter(move |note| note.level == level);
        of_level.map(|note| note.text.as_str()).collect::<Vec<_>>()
    };
    let (mut warnings, infos) = (texts(Level::Warning), texts(Level::Info));
    if truncated {
        warnings.push("results truncated due to limit");
    }
    for (name, texts) in [("warnings", warnings), ("infos", infos)] {
        if !texts.is_empty() {
            out.extend_from_slice(format!(",\"{name}\":{}", json!(texts)).as_bytes());
        }
    }
    out.push(b'}');
    Ok(out)
}
