//! `rules` and `alerts`.

use axum::extract::State;
use serde::Serialize;

use super::Api;
use super::envelope::{ApiError, ApiResult, Success};
use super::params::Params;
use crate::metrics::labels::Labels;
use crate::metrics::matchers::Matcher;
use crate::metrics::promql::number::plain;
use crate::rules::alerting::{Alert, AlertingRule, State as AlertState};
use crate::rules::notify::as_map;
use crate::rules::{Group, Health, Kind, Rule, moment};

#[derive(Serialize)]
pub(super) struct Groups {
    groups: Vec<GroupView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupView {
    name: String,
    file: String,
    rules: Vec<RuleView>,
    interval: f64,
    limit: usize,
    evaluation_time: f64,
    last_evaluation: String,
}

/// The fields come in Prometheus's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<AlertState>,
    name: String,
    query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_firing_for: Option<f64>,
    #[serde(serialize_with = "as_optional_map", skip_serializing_if = "Option::is_none")]
    labels: Option<Labels>,
    #[serde(serialize_with = "as_optional_map", skip_serializing_if = "Option::is_none")]
    annotations: Option<Labels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<AlertView>>,
    health: Health,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    evaluation_time: f64,
    last_evaluation: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlertView {
    #[serde(serialize_with = "as_map")]
    labels: Labels,
    #[serde(serialize_with = "as_map")]
    annotations: Labels,
    state: AlertState,
    active_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_firing_since: Option<String>,
    value: String,
}

/// `GET /api/v1/rules`: `type` is `alert` or `record`; `rule_name[]`, `rule_group[]`, `file[]` and `match[]` select;
/// `exclude_alerts` leaves alerts out.
pub(super) async fn list(State(api): Api, params: Params) -> ApiResult<Success<Groups>> {
    let filter = Filter::read(&params)?;
    let groups = api.rules.groups();
    let shown = groups
        .iter()
        .filter(|group| filter.wants_group(group))
        .map(|group| filter.view(group))
        // A group of which no rule is wanted is not wanted.
        .filter(|group| !group.rules.is_empty());
    Ok(Success::new(Groups {
        groups: shown.collect(),
    }))
}

#[derive(Serialize)]
pub(super) struct Alerts {
    alerts: Vec<AlertView>,
}

/// `GET /api/v1/alerts`: all that are pending or firing.
pub(super) async fn alerts(State(api): Api) -> Success<Alerts> {
    let mut alerts = Vec::new();
    for group in api.rules.groups() {
        for rule in group.rules() {
            if let Kind::Alerting(alerting) = rule.kind() {
                alerts.extend(alerting.active().into_iter().map(alert_view));
            }
        }
    }
    Success::new(Alerts { alerts })
}

struct Filter<'p> {
    alerting: bool,
    recording: bool,
    names: Vec<&'p str>,
    groups: Vec<&'p str>,
    files: Vec<&'p str>,
    sets: Vec<Vec<Matcher>>,
    with_alerts: bool,
}

impl<'p> Filter<'p> {
    fn read(params: &'p Params) -> ApiResult<Self> {
        let kind = params.get("type").map(str::to_lowercase);
        let (alerting, recording) = match kind.as_deref() {
            None => (true, true),
            Some("alert") => (true, false),
            Some("record") => (false, true),
            Some(other) => return Err(ApiError::invalid("type", format_args!("not supported value {other:?}"))),
        };
        let with_alerts = match params.get("exclude_alerts") {
            None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => true,
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => false,
            Some(other) => {
                let why =
                    format!("error converting exclude_alerts: strconv.ParseBool: parsing {other:?}: invalid syntax");
                return Err(ApiError::invalid("exclude_alerts", why));
            }
        };
        Ok(Self {
            alerting,
            recording,
            names: params.all("rule_name[]").collect(),
            groups: params.all("rule_group[]").collect(),
            files: params.all("file[]").collect(),
            sets: params.matcher_sets()?,
            with_alerts,
        })
    }

    fn wants_group(&self, group: &Group) -> bool {
        let listed = |list: &[&str], name: &str| list.is_empty() || list.contains(&name);
        listed(&self.groups, group.name()) && listed(&self.files, &group.file().to_string_lossy())
    }

    fn wants(&self, rule: &Rule) -> bool {
        let kind = match rule.kind() {
            Kind::Alerting(_) => self.alerting,
            Kind::Recording => self.recording,
        };
        let satisfies = |set: &Vec<Matcher>| set.iter().all(|matcher| matcher.matches(rule.labels()));
        kind && (self.names.is_empty() || self.names.contains(&rule.name()))
            && (self.sets.is_empty() || self.sets.iter().any(satisfies))
    }

    fn view(&self, group: &Group) -> GroupView {
        let last = group.last_evaluation();
        let rules = group.rules().iter().filter(|rule| self.wants(rule));
        GroupView {
            name: group.name().to_owned(),
            file: group.file().to_string_lossy().into_owned(),
            rules: rules.map(|rule| self.rule(rule)).collect(),
            interval: seconds(group.interval()),
            limit: group.limit(),
            evaluation_time: last.duration.as_secs_f64(),
            last_evaluation: moment::write_optional(last.at),
        }
    }

    fn rule(&self, rule: &Rule) -> RuleView {
        let status = rule.status();
        let view = RuleView {
            state: None,
            name: rule.name().to_owned(),
            query: rule.expression().to_owned(),
            duration: None,
            keep_firing_for: None,
            labels: Some(rule.labels().clone()).filter(|labels| !labels.is_empty()),
            annotations: None,
            alerts: None,
            health: status.health,
            last_error: status.last_error,
            evaluation_time: status.duration.as_secs_f64(),
            last_evaluation: moment::write_optional(status.evaluated_at),
            kind: "recording",
        };
        match rule.kind() {
            Kind::Recording => view,
            Kind::Alerting(alerting) => self.alerting(rule, alerting, view),
        }
    }

    fn alerting(&self, rule: &Rule, alerting: &AlertingRule, view: RuleView) -> RuleView {
        let delays = alerting.delays();
        let alerts = self
            .with_alerts
            .then(|| alerting.active().into_iter().map(alert_view).collect());
        RuleView {
            state: Some(alerting.state()),
            duration: Some(seconds(delays.hold)),
            keep_firing_for: Some(seconds(delays.keep)),
            labels: Some(rule.labels().clone()),
            annotations: Some(rule.annotations().clone()),
            alerts,
            kind: "alerting",
            ..view
        }
    }
}

fn alert_view(alert: Alert) -> AlertView {
    AlertView {
        labels: alert.labels,
        annotations: alert.annotations,
        state: alert.life.state,
        active_at: moment::write(alert.life.active_at),
        keep_firing_since: alert.life.keep_firing_since.map(moment::write),
        value: with_exponent(alert.value),
    }
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// `1.5e+00`, as Go writes it with `'e'`.
fn with_exponent(value: f64) -> String {
    if !value.is_finite() {
        return plain(value);
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').expect("the format has an exponent");
    let (sign, digits) = exponent
        .strip_prefix('-')
        .map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn as_optional_map<S: serde::Serializer>(labels: &Option<Labels>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(labels.iter().flat_map(Labels::iter))
}
