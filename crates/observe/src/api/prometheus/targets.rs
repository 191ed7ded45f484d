//! `targets`, `targets/metadata`, `metadata` and `alertmanagers`.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};

use super::Api;
use super::envelope::{ApiError, ApiResult, ErrorType, Success};
use super::params::Params;
use super::views::{ActiveTarget, DroppedTarget, Metadata};
use crate::metrics::labels::Labels;
use crate::rules::notify::as_map;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Targets {
    active_targets: Vec<ActiveTarget>,
    dropped_targets: Vec<DroppedTarget>,
    dropped_target_counts: Option<BTreeMap<String, usize>>,
}

/// `GET /api/v1/targets`: `state` is `active`, `dropped` or `any`, `scrapePool` a job.
pub(super) async fn list(State(api): Api, params: Params) -> Success<Targets> {
    let state = params.get("state").unwrap_or("any").to_lowercase();
    let pool = params.get("scrapePool");
    let in_pool = |other: &str| pool.is_none_or(|pool| pool == other);
    let (active, dropped) = (
        matches!(state.as_str(), "any" | "active"),
        matches!(state.as_str(), "any" | "dropped"),
    );
    let mut targets = Targets {
        active_targets: if active {
            api.scrape.active_targets()
        } else {
            Vec::new()
        },
        dropped_targets: if dropped {
            api.scrape.dropped_targets()
        } else {
            Vec::new()
        },
        dropped_target_counts: dropped.then(|| api.scrape.dropped_target_counts()),
    };
    targets.active_targets.retain(|target| in_pool(&target.scrape_pool));
    targets.dropped_targets.retain(|target| in_pool(&target.scrape_pool));
    if let Some(counts) = &mut targets.dropped_target_counts {
        counts.retain(|pool, _| in_pool(pool));
    }
    Success::new(targets)
}

#[derive(Serialize)]
pub(super) struct OfTarget {
    #[serde(serialize_with = "as_map")]
    target: Labels,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<String>,
    #[serde(flatten)]
    metadata: Metadata,
}

/// `GET /api/v1/targets/metadata`: `match_target` selects targets by their labels, `metric` a metric.
pub(super) async fn metadata_of_targets(State(api): Api, params: Params) -> ApiResult<Success<Vec<OfTarget>>> {
    let limit = params.limit()?;
    let matchers = params.selector("match_target")?;
    let metric = params.get("metric");
    let found: Vec<OfTarget> = api
        .scrape
        .metadata()
        .into_iter()
        .filter(|of| metric.is_none_or(|metric| metric == of.metric))
        .filter(|of| matchers.iter().all(|matcher| matcher.matches(&of.target)))
        .take(limit)
        .map(|of| OfTarget {
            target: of.target,
            // Whoever asks for one metric knows its name.
            metric: metric.is_none().then_some(of.metric),
            metadata: of.metadata,
        })
        .collect();
    if found.is_empty() {
        return Err(ApiError::new(ErrorType::NotFound, "specified metadata not found"));
    }
    Ok(Success::new(found))
}

/// `GET /api/v1/metadata`: by metric, what targets say of it, each variant once. `limit` is of metrics.
pub(super) async fn metadata(
    State(api): Api,
    params: Params,
) -> ApiResult<Success<BTreeMap<String, BTreeSet<Metadata>>>> {
    let (limit, per_metric) = (params.limit()?, params.count("limit_per_metric")?);
    let metric = params.get("metric");
    let mut found: BTreeMap<String, BTreeSet<Metadata>> = BTreeMap::new();
    let all = api.scrape.metadata().into_iter();
    for of in all.filter(|of| metric.is_none_or(|metric| metric == of.metric)) {
        if found.contains_key(&of.metric) || found.len() < limit {
            let variants = found.entry(of.metric).or_default();
            if variants.len() < per_metric {
                variants.insert(of.metadata);
            }
        }
    }
    Ok(Success::new(found))
}

/// `GET /api/v1/alertmanagers`
pub(super) async fn alertmanagers(State(api): Api) -> Success<Value> {
    let (active, dropped) = api.process.alertmanagers();
    let list = |urls: Vec<String>| urls.into_iter().map(|url| json!({ "url": url })).collect::<Vec<_>>();
    Success::new(json!({
        "activeAlertmanagers": list(active),
        "droppedAlertmanagers": list(dropped),
    }))
}
