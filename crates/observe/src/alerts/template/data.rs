//! What a notification is made of: the data of templates, and the body of webhooks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use time::OffsetDateTime;

use super::super::alert::{Fingerprint, Member};
use super::super::moment;
use super::times;
use crate::metrics::labels::Labels;
use crate::rules::template::{Object, Value};

/// Names and texts; empty texts stay.
pub type Pairs = Arc<BTreeMap<String, String>>;

/// The data of one notification, as Alertmanager's templates and webhooks have it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    /// Who is told, with what means something in regular expressions escaped, for links.
    pub receiver: String,
    /// `firing` as long as any alert is.
    pub status: &'static str,
    /// The alerts, in their order.
    pub alerts: Vec<AlertData>,
    /// What they were brought together by.
    #[serde(serialize_with = "as_map")]
    pub group_labels: Pairs,
    /// What all have in common.
    #[serde(serialize_with = "as_map")]
    pub common_labels: Pairs,
    /// What all have in common to tell people.
    #[serde(serialize_with = "as_map")]
    pub common_annotations: Pairs,
    /// Where this Alertmanager is reached.
    #[serde(rename = "externalURL")]
    pub external_url: String,
}

/// One alert of a notification.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertData {
    /// `firing` or `resolved`.
    pub status: &'static str,
    /// Who it is.
    #[serde(serialize_with = "as_map")]
    pub labels: Pairs,
    /// What to tell people.
    #[serde(serialize_with = "as_map")]
    pub annotations: Pairs,
    /// Since when it fires.
    #[serde(with = "moment::rfc3339")]
    pub starts_at: OffsetDateTime,
    /// When it ended; the year 1 where it has not.
    #[serde(with = "moment::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// Where it comes from.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    /// Its labels' hash, sixteen hexadecimal digits.
    #[serde(serialize_with = "as_text")]
    pub fingerprint: Fingerprint,
}

fn as_text<S: serde::Serializer>(fingerprint: &Fingerprint, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(fingerprint)
}

pub(crate) fn as_map<S: serde::Serializer>(pairs: &Pairs, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter())
}

fn status(resolved: bool) -> &'static str {
    if resolved { "resolved" } else { "firing" }
}

fn pairs(labels: &Labels) -> BTreeMap<String, String> {
    let owned = labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.collect()
}

impl Data {
    /// Of these alerts of a group.
    pub fn new(receiver: &str, group_labels: &Labels, members: &[Member], external_url: &str) -> Self {
        let alerts: Vec<AlertData> = members.iter().map(AlertData::new).collect();
        Self {
            receiver: quoted(receiver),
            status: status(alerts.iter().all(|alert| alert.status == "resolved")),
            group_labels: Arc::new(pairs(group_labels)),
            common_labels: common(alerts.iter().map(|alert| &alert.labels)),
            common_annotations: common(alerts.iter().map(|alert| &alert.annotations)),
            external_url: external_url.to_owned(),
            alerts,
        }
    }

    /// As templates see it.
    pub fn value(&self) -> Value {
        Value::record([
            ("Receiver", self.receiver.as_str().into()),
            ("Status", self.status.into()),
            ("Alerts", alerts(self.alerts.iter().map(AlertData::value).collect())),
            ("GroupLabels", kv(&self.group_labels)),
            ("CommonLabels", kv(&self.common_labels)),
            ("CommonAnnotations", kv(&self.common_annotations)),
            ("ExternalURL", self.external_url.as_str().into()),
        ])
    }
}

impl AlertData {
    fn new(member: &Member) -> Self {
        let alert = &member.alert;
        Self {
            status: status(member.resolved),
            labels: Arc::new(pairs(&alert.labels)),
            annotations: Arc::clone(&alert.annotations),
            starts_at: alert.starts_at,
            ends_at: if member.resolved { alert.ends_at } else { moment::ZERO },
            generator_url: alert.generator_url.clone(),
            fingerprint: alert.fingerprint,
        }
    }

    fn value(&self) -> Value {
        Value::record([
            ("Status", self.status.into()),
            ("Labels", kv(&self.labels)),
            ("Annotations", kv(&self.annotations)),
            ("StartsAt", times::time(self.starts_at)),
            ("EndsAt", times::time(self.ends_at)),
            ("GeneratorURL", self.generator_url.as_str().into()),
            ("Fingerprint", self.fingerprint.to_string().into()),
        ])
    }
}

fn common<'a>(mut all: impl Iterator<Item = &'a Pairs>) -> Pairs {
    let Some(first) = all.next() else {
        return Pairs::default();
    };
    let mut common = BTreeMap::clone(first);
    for pairs in all {
        common.retain(|name, value| pairs.get(name).map_or("", String::as_str) == value);
    }
    Arc::new(common)
}

/// As Go's `regexp.QuoteMeta`.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

/// Names and texts with their methods.
#[derive(Debug)]
struct Kv(Pairs);

fn kv(pairs: &Pairs) -> Value {
    Value::typed(Value::Texts(Arc::clone(pairs)), Kv(Arc::clone(pairs)))
}

impl Kv {
    /// By name, `alertname` first.
    fn sorted(&self) -> Vec<(String, String)> {
        let mut sorted: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        sorted.sort_by_key(|(name, _)| name != "alertname");
        sorted
    }
}

impl Object for Kv {
    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        match (name, args) {
            ("SortedPairs", []) => Some(Ok(sorted_pairs(self.sorted()))),
            ("Names", []) => Some(Ok(names(&self.sorted()))),
            ("Values", []) => Some(Ok(values(&self.sorted()))),
            ("Remove", [Value::List(names)]) => {
                let mut left = BTreeMap::clone(&self.0);
                left.retain(|name, _| !names.iter().any(|other| other.text() == Ok(name)));
                Some(Ok(kv(&Arc::new(left))))
            }
            ("Remove", _) => Some(Err("Remove takes a list of names".into())),
            _ => None,
        }
    }
}

/// Pairs in their order, with their methods.
#[derive(Debug)]
struct SortedPairs(Vec<(String, String)>);

fn sorted_pairs(pairs: Vec<(String, String)>) -> Value {
    let list = pairs
        .iter()
        .map(|(name, value)| Value::record([("Name", name.as_str().into()), ("Value", value.as_str().into())]));
    Value::typed(list.collect(), SortedPairs(pairs))
}

fn names(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, _)| Value::from(name.as_str())).collect()
}

fn values(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(_, value)| Value::from(value.as_str())).collect()
}

impl Object for SortedPairs {
    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        match (name, args) {
            ("Names", []) => Some(Ok(names(&self.0))),
            ("Values", []) => Some(Ok(values(&self.0))),
            _ => None,
        }
    }
}

/// Alerts with their methods.
#[derive(Debug)]
struct Alerts(Vec<Value>);

fn alerts(alerts: Vec<Value>) -> Value {
    Value::typed(alerts.iter().cloned().collect(), Alerts(alerts))
}

impl Object for Alerts {
    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let status = match (name, args) {
            ("Firing", []) => "firing",
            ("Resolved", []) => "resolved",
            _ => return None,
        };
        let has_it = |alert: &&Value| matches!(alert, Value::Record(fields) if fields["Status"].text() == Ok(status));
        Some(Ok(alerts(self.0.iter().filter(has_it).cloned().collect())))
    }
}
