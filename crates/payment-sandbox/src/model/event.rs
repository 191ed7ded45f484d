//! Events: what happened to an object, with the object as it was then.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Name, Session, View};

/// The object inside an event.
#[derive(Clone, Debug)]
pub(crate) enum Snapshot {
    /// JSON, rendered when it happened; as text, which is a third of the tree's size.
    Rendered(Box<str>),
    /// A version of a session, rendered when asked for: sessions expire by the hundred thousand after a load test.
    Session(Arc<Session>),
}

/// One event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: Box<str>,
    pub(crate) created: i64,
    #[serde(rename = "type")]
    pub(crate) kind: Name,
    pub(crate) api_version: Name,
    pub(crate) snapshot: Snapshot,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<Value>,
    /// The API request that caused it; `None` for the hosted page and the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<Box<str>>,
}

impl Event {
    /// `pending` is how many endpoints have yet to take it.
    pub(crate) fn render(&self, base: &str, pending: usize) -> Value {
        let object = match &self.snapshot {
            Snapshot::Rendered(object) => serde_json::from_str(object).unwrap_or_default(),
            Snapshot::Session(session) => session.render(View {
                base,
                version: &self.api_version,
            }),
        };
        let mut data = json!({ "object": object });
        if let Some(previous) = &self.previous {
            data["previous_attributes"] = previous.clone();
        }
        json!({
            "id": &*self.id,
            "object": "event",
            "api_version": &*self.api_version,
            "created": self.created,
            "data": data,
            "livemode": false,
            "pending_webhooks": pending,
            "request": { "id": self.request.as_deref(), "idempotency_key": self.idempotency_key.as_deref() },
            "type": &*self.kind,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Written<'a> {
    Rendered(&'a str),
    Session(&'a Session),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Read {
    Rendered(Box<str>),
    Session(Box<Session>),
}

impl Serialize for Snapshot {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Rendered(text) => Written::Rendered(text).serialize(serializer),
            Self::Session(session) => Written::Session(session).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(deserializer)? {
            Read::Rendered(text) => Self::Rendered(text),
            Read::Session(session) => Self::Session(Arc::new(*session)),
        })
    }
}
