//! `query_exemplars`: the traces behind a query's series.

use axum::extract::State;
use http::StatusCode;

use super::Api;
use super::envelope::{ApiError, ApiResult, json};
use super::params::Params;
use super::values::{write_labels, write_time, write_value};
use crate::metrics::matchers::Matcher;
use crate::metrics::promql::Query;
use crate::metrics::store::Exemplar;

/// `GET|POST /api/v1/query_exemplars`: `query`, `start`, `end`. Every selector of the query counts.
pub(super) async fn list(State(api): Api, params: Params) -> ApiResult {
    let (start, end) = params.span()?;
    let text = params.get("query").unwrap_or_default();
    let query = Query::parse(text, api.engine.options()).map_err(|error| ApiError::invalid("query", error))?;
    let selectors: Vec<Vec<Matcher>> = query.selectors().into_iter().map(<[Matcher]>::to_vec).collect();
    let body = api.read(move |store| {
        // No selector is no condition to the store, but no series to a query.
        let found = if selectors.is_empty() {
            Vec::new()
        } else {
            store.exemplars(&selectors, start, end)
        };
        let mut out = br#"{"status":"success","data":["#.to_vec();
        for (index, (series, exemplars)) in found.iter().enumerate() {
            out.extend_from_slice(if index > 0 {
                b",{\"seriesLabels\":"
            } else {
                b"{\"seriesLabels\":"
            });
            write_labels(&mut out, series);
            out.extend_from_slice(b",\"exemplars\":[");
            for (index, exemplar) in exemplars.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_exemplar(&mut out, exemplar);
            }
            out.extend_from_slice(b"]}");
        }
        out.extend_from_slice(b"]}");
        Ok(out)
    });
    Ok(json(StatusCode::OK, body.await?))
}

fn write_exemplar(out: &mut Vec<u8>, exemplar: &Exemplar) {
    out.extend_from_slice(b"{\"labels\":");
    write_labels(out, &exemplar.labels);
    out.extend_from_slice(b",\"value\":\"");
    write_value(out, exemplar.value);
    out.extend_from_slice(b"\",\"timestamp\":");
    write_time(out, exemplar.time);
    out.push(b'}');
}
