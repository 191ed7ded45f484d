//! `query`, `query_range` and `format_query`.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::answer::{self, CATEGORIZE, json_response};
use super::errors::{ApiError, ApiResult};
use super::params::{LINES_SPAN, Params};
use super::{Api, Loki};
use crate::logs::logql::ast::{Expr, MetricExpr};
use crate::logs::logql::{LinesQuery, NumberSeries, Numbers, Steps, parse};
use crate::metrics::labels::Labels;

/// `GET|POST /loki/api/v1/query`: `query`, and `time` where wanted. Only queries for numbers have an answer at one time.
pub(super) async fn instant(State(api): Api, params: Params) -> ApiResult {
    let time = params.time("time")?.unwrap_or_else(|| api.logs.now());
    match parse(params.query())? {
        Expr::Log(_) => Err(ApiError::bad(
            "log queries are not supported as an instant query type, please change your query to a range query type",
        )),
        Expr::Metric(expr) => numbers(&api, expr, Steps::at(time), Some(time)).await,
    }
}

/// `GET|POST /loki/api/v1/query_range`: `query`, and `start`, `end`, `since`, `limit`, `direction`, `step`, `interval`.
pub(super) async fn range(State(api): Api, headers: HeaderMap, params: Params) -> ApiResult {
    let (start, end) = params.limited_span(api.logs.now(), LINES_SPAN, api.logs.limits())?;
    let (limit, direction) = (params.limit(100)?, params.direction()?);
    let expr = match parse(params.query())? {
        Expr::Metric(expr) => return numbers(&api, expr, params.steps((start, end))?, None).await,
        Expr::Log(expr) => expr,
    };
    let interval = params.duration("interval")?.unwrap_or(0);
    if interval < 0 {
        return Err(ApiError::bad("interval must be >= 0"));
    }
    if end == start {
        return Err(ApiError::bad("end timestamp must not be before or equal to start time"));
    }
    let query = LinesQuery {
        start,
        end,
        limit,
        direction,
        interval,
    };
    let categorized = wants_categories(&headers);
    let body = api.ask(move |evaluation| {
        let streams = evaluation.lines(&expr, query)?;
        Ok(answer::streams(&streams, categorized, direction, evaluation.stats()))
    });
    Ok(json_response(body.await?))
}

/// `GET|POST /loki/api/v1/format_query`: the query, laid out in the one way.
pub(super) async fn format(params: Params) -> ApiResult<Response> {
    let expr = parse(params.query())?;
    Ok(json_response(answer::success(&expr.to_string())))
}

/// Whether the client asked for labels by where they come from (`X-Loki-Response-Encoding-Flags`).
pub(super) fn wants_categories(headers: &HeaderMap) -> bool {
    let flags = headers
        .get_all("x-loki-response-encoding-flags")
        .iter()
        .filter_map(|flags| flags.to_str().ok());
    flags
        .flat_map(|flags| flags.split(','))
        .any(|flag| flag.trim() == CATEGORIZE)
}

async fn numbers(api: &Loki, expr: MetricExpr, steps: Steps, instant: Option<i64>) -> ApiResult {
    let body = api.ask(move |evaluation| {
        let mut numbers = evaluation.numbers(&expr, steps)?;
        // Over a range, a number is a series of it.
        if let (Numbers::Scalar(number), None) = (&numbers, instant) {
            numbers = Numbers::Series(vec![NumberSeries {
                labels: Labels::empty(),
                values: (0..steps.count()).map(|index| (steps.time(index), *number)).collect(),
            }]);
        }
        Ok(answer::numbers(&numbers, instant, evaluation.stats()))
    });
    Ok(json_response(body.await?))
}
