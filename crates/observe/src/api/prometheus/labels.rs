//! `series`, `labels` and `label/<name>/values`: what there is to be asked for.

use axum::extract::{Path, State};
use http::StatusCode;

use super::envelope::{ApiError, ApiResult, Success, json};
use super::params::{Params, unescape_label_name};
use super::values::write_labels;
use super::{Api, Prometheus};
use crate::metrics::matchers::Matcher;
use crate::metrics::source::SourceError;
use crate::metrics::store::Store;

const TRUNCATED: &str = "results truncated due to limit";

/// `GET|POST /api/v1/series`: the label sets that satisfy one of `match[]`.
pub(super) async fn series(State(api): Api, params: Params) -> ApiResult {
    if params.all("match[]").next().is_none() {
        return Err(ApiError::bad_data("no match[] parameter provided"));
    }
    let (limit, (start, end), sets) = (params.limit()?, params.span()?, params.matcher_sets()?);
    let body = api.read(move |store| {
        let found = store.series(&sets, start, end)?;
        let mut out = br#"{"status":"success","data":["#.to_vec();
        for (index, labels) in found.iter().take(limit).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_labels(&mut out, labels);
        }
        out.push(b']');
        if found.len() > limit {
            out.extend_from_slice(format!(",\"warnings\":[\"{TRUNCATED}\"]").as_bytes());
        }
        out.push(b'}');
        Ok(out)
    });
    Ok(json(StatusCode::OK, body.await?))
}

/// `GET|POST /api/v1/labels`: the names of labels.
pub(super) async fn names(State(api): Api, params: Params) -> ApiResult {
    list(&api, &params, |store, sets, start, end| {
        store.label_names(sets, start, end)
    })
    .await
}

/// `GET /api/v1/label/<name>/values`: the values of one label.
pub(super) async fn values(State(api): Api, Path(name): Path<String>, params: Params) -> ApiResult {
    let name = unescape_label_name(&name);
    list(&api, &params, move |store, sets, start, end| {
        store.label_values(&name, sets, start, end)
    })
    .await
}

/// A sorted list of texts, cut at the limit.
async fn list(
    api: &Prometheus,
    params: &Params,
    find: impl FnOnce(&Store, &[Vec<Matcher>], i64, i64) -> Result<Vec<String>, SourceError> + Send + 'static,
) -> ApiResult {
    let (limit, (start, end), sets) = (params.limit()?, params.span()?, params.matcher_sets()?);
    let body = api.read(move |store| {
        let mut found = find(store, &sets, start, end)?;
        let truncated = found.len() > limit;
        found.truncate(limit);
        let success = Success::new(found);
        if truncated { success.warn(TRUNCATED) } else { success }.to_bytes()
    });
    Ok(json(StatusCode::OK, body.await?))
}
