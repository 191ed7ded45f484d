//! `alerts` and `alerts/groups`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Api;
use super::answer::{Body, Named, Refusal};
use super::params;
use crate::alerts::alert::{Alert, Fingerprint};
use crate::alerts::moment::{self, ZERO};
use crate::alerts::template::{Pairs, as_map};
use crate::alerts::{AlertView, Alertmanager, GroupView};
use crate::metrics::labels::{Labels, is_plain_name};

/// An alert as somebody tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    labels: Option<BTreeMap<String, Option<String>>>,
    annotations: Option<BTreeMap<String, Option<String>>>,
    starts_at: Option<Moment>,
    ends_at: Option<Moment>,
    #[serde(rename = "generatorURL")]
    generator_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Moment(#[serde(with = "moment::rfc3339")] OffsetDateTime);

/// The body of a POST.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct ToldAlerts(Vec<Told>);

impl Named for ToldAlerts {
    const NAME: &'static str = "alerts";
}

/// `POST /api/v2/alerts`: alerts that fire, still fire, or are over. Those that are good are taken even when others are
/// not.
pub(super) async fn put(State(api): Api, Body(told): Body<ToldAlerts>) -> Result<StatusCode, Refusal> {
    for (index, told) in told.0.iter().enumerate() {
        check_shape(index, told)?;
    }
    let now = api.now();
    let timeout = now + api.resolve_timeout();
    let (mut alerts, mut errors) = (Vec::with_capacity(told.0.len()), Vec::new());
    for told in told.0 {
        match alert(told, now, timeout) {
            Ok(alert) => {
                count(&api, &alert, now);
                alerts.push(alert);
            }
            Err(why) => {
                api.metrics().invalid.add();
                errors.push(why);
            }
        }
    }
    api.put(alerts)
        .map_err(|why| Refusal::Text(StatusCode::INTERNAL_SERVER_ERROR, why))?;
    if errors.is_empty() {
        Ok(StatusCode::OK)
    } else {
        Err(Refusal::bad_request(errors.join("; ")))
    }
}

fn count(api: &Alertmanager, alert: &Alert, now: OffsetDateTime) {
    let metrics = api.metrics();
    if alert.is_resolved(now) {
        metrics.received_resolved.add();
    } else {
        metrics.received_firing.add();
    }
}

/// What the API's description asks for.
fn check_shape(index: usize, told: &Told) -> Result<(), Refusal> {
    if told.labels.is_none() {
        return Err(Refusal::required(&format!("{index}.labels")));
    }
    let url = told.generator_url.as_deref().unwrap_or("");
    if !(url.is_empty() || url.starts_with('/') || url::Url::parse(url).is_ok()) {
        let message = format!("{index}.generatorURL in body must be of type uri: {url:?}");
        return Err(Refusal::invalid(601, message));
    }
    Ok(())
}

/// What is told, checked; an end that is not said is when nobody may speak of it any more.
fn alert(told: Told, now: OffsetDateTime, timeout: OffsetDateTime) -> Result<Alert, String> {
    let said = |moment: Option<Moment>| moment.map(|moment| moment.0).filter(|time| *time != ZERO);
    let ends_at = said(told.ends_at);
    let starts_at = said(told.starts_at).or(ends_at).unwrap_or(now);
    let texts = |pairs: Option<BTreeMap<String, Option<String>>>| -> BTreeMap<String, String> {
        let pairs = pairs.into_iter().flatten();
        pairs.map(|(name, value)| (name, value.unwrap_or_default())).collect()
    };
    let (labels, annotations) = (texts(told.labels), texts(told.annotations));
    let invalid = |pairs: &BTreeMap<String, String>| {
        let name = pairs.keys().find(|name| !is_plain_name(name));
        name.map(|name| format!("invalid name {name:?}"))
    };
    let labels = labels.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    if let Some(why) = invalid(&labels) {
        return Err(format!("invalid label set: {why}"));
    }
    if labels.is_empty() {
        return Err("at least one label pair required".into());
    }
    if let Some(why) = invalid(&annotations) {
        return Err(format!("invalid annotations: {why}"));
    }
    if ends_at.is_some_and(|end| end < starts_at) {
        return Err("start time must be before end time".into());
    }
    let labels = Labels::from_pairs(labels);
    Ok(Alert {
        fingerprint: Fingerprint::of(&labels),
        labels,
        annotations: Arc::new(annotations),
        starts_at,
        ends_at: ends_at.unwrap_or(timeout),
        generator_url: told.generator_url.unwrap_or_default(),
        updated_at: now,
        timeout: ends_at.is_none(),
    })
}

#[derive(Serialize)]
struct Name {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusShown {
    inhibited_by: Vec<String>,
    silenced_by: Vec<String>,
    state: &'static str,
}

/// An alert as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    #[serde(serialize_with = "as_map")]
    annotations: Pairs,
    ends_at: String,
    fingerprint: String,
    receivers: Vec<Name>,
    starts_at: String,
    status: StatusShown,
    updated_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "String::is_empty")]
    generator_url: String,
    #[serde(serialize_with = "crate::rules::notify::as_map")]
    labels: Labels,
}

/// A group as it is shown.
#[derive(Serialize)]
pub(super) struct ShownGroup {
    alerts: Vec<Shown>,
    #[serde(serialize_with = "crate::rules::notify::as_map")]
    labels: Labels,
    receiver: Name,
}

fn shown(view: AlertView) -> Shown {
    let alert = &view.alert;
    Shown {
        annotations: Arc::clone(&alert.annotations),
        ends_at: moment::write_milliseconds(alert.ends_at),
        fingerprint: alert.fingerprint.to_string(),
        receivers: view.receivers.into_iter().map(|name| Name { name }).collect(),
        starts_at: moment::write_milliseconds(alert.starts_at),
        status: StatusShown {
            state: view.status.state(),
            inhibited_by: view.status.inhibited_by.iter().map(ToString::to_string).collect(),
            silenced_by: view.status.silenced_by,
        },
        updated_at: moment::write_milliseconds(alert.updated_at),
        generator_url: alert.generator_url.clone(),
        labels: alert.labels.clone(),
    }
}

/// `GET /api/v2/alerts`: those that fire. `filter` is a matcher and may be repeated, `receiver` an expression; `active`,
/// `silenced` and `inhibited` leave out what is not wanted.
pub(super) async fn list(State(api): Api, query: RawQuery) -> Result<Json<Vec<Shown>>, Refusal> {
    let views = api.alerts(&params::filter(&query)?);
    Ok(Json(views.into_iter().map(shown).collect()))
}

/// `GET /api/v2/alerts/groups`: the same, in the groups they are told of in.
pub(super) async fn groups(State(api): Api, query: RawQuery) -> Result<Json<Vec<ShownGroup>>, Refusal> {
    let groups = api.groups(&params::filter(&query)?);
    let shown = |group: GroupView| ShownGroup {
        alerts: group.alerts.into_iter().map(shown).collect(),
        labels: group.labels,
        receiver: Name { name: group.receiver },
    };
    Ok(Json(groups.into_iter().map(shown).collect()))
}
