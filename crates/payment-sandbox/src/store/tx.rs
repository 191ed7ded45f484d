//! One request's changes: made in memory at once, collected as one journal line, with the events they cause.

use std::sync::Arc;

use serde_json::Value;

use super::{Delivery, DeliveryState, Key, Saved, State, Target, record::Entry};
use crate::{
    ids,
    model::{Charge, Document, Event, Intent, Kind, Method, Name, Refund, Session, Snapshot, Trace},
    switches::{Switches, WebhookMode},
};

/// The request on whose behalf something happens.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `req_…`; empty for the hosted page and the clock.
    pub(crate) request: Box<str>,
    pub(crate) idempotency_key: Option<Box<str>>,
    /// The API version to answer in.
    pub(crate) version: Name,
    /// What it belongs to.
    pub(crate) trace: Option<Trace>,
    /// Unix seconds.
    pub(crate) now: i64,
}

impl Call {
    /// What the hosted page and the clock do: no API request behind it.
    pub(crate) fn internal(now: i64) -> Self {
        Self {
            request: "".into(),
            idempotency_key: None,
            version: Name::from(crate::api::DEFAULT_VERSION),
            trace: None,
            now,
        }
    }
}

/// What a transaction needs to know of the sandbox around it.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// Where browsers reach the sandbox.
    pub(crate) base: String,
    /// Endpoints from the configuration; they take every event.
    pub(crate) targets: Vec<Target>,
    /// The version in which events are rendered.
    pub(crate) event_version: Name,
}

/// What is to be done once the line is in the journal.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Deliveries to send, in order.
    pub(crate) deliveries: Vec<u64>,
}

/// A running transaction; it ends in [`Tx::finish`].
pub(crate) struct Tx<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) call: &'a Call,
    pub(crate) around: &'a Surroundings,
    switches: Switches,
    line: Vec<u8>,
    sync: bool,
    effects: Effects,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(state: &'a mut State, call: &'a Call, around: &'a Surroundings, switches: Switches) -> Self {
        Self {
            state,
            call,
            around,
            switches,
            line: Vec::new(),
            sync: false,
            effects: Effects::default(),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.call.now
    }

    pub(crate) fn view(&self) -> crate::model::View<'a> {
        crate::model::View {
            base: &self.around.base,
            version: &self.call.version,
        }
    }

    /// Money moves: the answer waits until the line is on the disk, not only handed to the operating system.
    pub(crate) fn must_be_on_disk(&mut self) {
        self.sync = true;
    }

    pub(crate) fn put_session(&mut self, session: Session) -> Arc<Session> {
        self.record(&Entry::Session(&session));
        let session = Arc::new(session);
        self.state.put_session(Arc::clone(&session));
        session
    }

    pub(crate) fn put_intent(&mut self, intent: Intent) -> Arc<Intent> {
        self.record(&Entry::Intent(&intent));
        let intent = Arc::new(intent);
        self.state.intents.put(Arc::clone(&intent));
        intent
    }

    pub(crate) fn put_charge(&mut self, charge: Charge) -> Arc<Charge> {
        self.record(&Entry::Charge(&charge));
        let charge = Arc::new(charge);
        self.state.charges.put(Arc::clone(&charge));
        charge
    }

    pub(crate) fn put_refund(&mut self, refund: Refund) -> Arc<Refund> {
        self.record(&Entry::Refund(&refund));
        let refund = Arc::new(refund);
        self.state.refunds.put(Arc::clone(&refund));
        refund
    }

    pub(crate) fn put_method(&mut self, method: Method) -> Arc<Method> {
        self.record(&Entry::Method(&method));
        let method = Arc::new(method);
        self.state.methods.put(Arc::clone(&method));
        method
    }

    pub(crate) fn put_document(&mut self, document: Document) -> Arc<Document> {
        self.record(&Entry::Document(&document));
        let document = Arc::new(document);
        self.state.documents_mut(document.kind).put(Arc::clone(&document));
        document
    }

    pub(crate) fn remove_document(&mut self, kind: Kind, id: &str) {
        self.record(&Entry::Gone { kind, id });
        self.state.documents_mut(kind).remove(id);
    }

    /// Something happened to `object`: an event, and a delivery to every endpoint that wants it.
    pub(crate) fn emit(&mut self, kind: &str, object: Value) {
        self.emit_change(kind, object, None);
    }

    pub(crate) fn emit_change(&mut self, kind: &str, object: Value, previous: Option<Value>) {
        self.emit_snapshot(kind, Snapshot::Rendered(object.to_string().into()), previous);
    }

    pub(crate) fn emit_session(&mut self, kind: &str, session: &Arc<Session>) {
        self.emit_snapshot(kind, Snapshot::Session(Arc::clone(session)), None);
    }

    fn emit_snapshot(&mut self, kind: &str, snapshot: Snapshot, previous: Option<Value>) {
        let request = Some(self.call.request.clone()).filter(|request| !request.is_empty());
        let event = Event {
            id: ids::random("evt_1", 23),
            created: self.now(),
            kind: Name::from(kind),
            api_version: self.around.event_version.clone(),
            snapshot,
            previous,
            request,
            idempotency_key: self.call.idempotency_key.clone(),
        };
        self.record(&Entry::Event(&event));
        let lost = self.switches.webhook_mode == WebhookMode::Lost;
        for endpoint in self.wanting(kind) {
            let delivery = Delivery {
                id: self.state.deliveries.next_id(),
                event: event.id.clone(),
                endpoint,
                created: self.now(),
                state: if lost {
                    DeliveryState::Lost
                } else {
                    DeliveryState::Pending
                },
                copies: if self.switches.webhook_mode == WebhookMode::Duplicate {
                    2
                } else {
                    1
                },
                trace: self.call.trace,
                tries: 0,
                attempts: Vec::new(),
            };
            self.record(&Entry::Delivery(&delivery));
            if !lost {
                self.effects.deliveries.push(delivery.id);
            }
            self.state.deliveries.put(delivery);
        }
        self.state.put_event(Arc::new(event));
    }

    fn wanting(&self, kind: &str) -> Vec<Box<str>> {
        let configured = self.around.targets.iter().map(|target| target.id.clone());
        let wants = |document: &&Arc<Document>| {
            let listed = document.body["enabled_events"].as_array().into_iter().flatten();
            document.text("status") == Some("enabled")
                && listed.filter_map(Value::as_str).any(|name| name == "*" || name == kind)
        };
        configured
            .chain(
                self.state
                    .endpoints
                    .iter()
                    .filter(wants)
                    .map(|document| document.id.clone()),
            )
            .collect()
    }

    /// Keeps the answer for its idempotency key.
    pub(crate) fn save_answer(&mut self, key: Key, saved: Saved) {
        let current = match &saved.answer {
            super::SavedAnswer::Session(session) => self.state.sessions.get(&session.id).cloned(),
            super::SavedAnswer::Body { .. } => None,
        };
        self.record(&Entry::answer(&key, &saved, current.as_ref()));
        self.state.idempotency.save(key, saved);
    }

    pub(crate) fn settle_delivery(&mut self, id: u64, state: DeliveryState) {
        let attempts = self
            .state
            .deliveries
            .get(id)
            .map(|delivery| delivery.attempts.clone())
            .unwrap_or_default();
        self.record(&Entry::Settled {
            id,
            state,
            attempts: &attempts,
        });
        self.state.deliveries.set_state(id, state);
    }

    pub(crate) fn revive_delivery(&mut self, id: u64) {
        self.record(&Entry::Revived { id });
        self.state.deliveries.revive(id);
        self.effects.deliveries.push(id);
    }

    fn record(&mut self, entry: &Entry<'_>) {
        self.line.push(if self.line.is_empty() { b'[' } else { b',' });
        // Writing to memory cannot fail, and every record is maps with text keys.
        serde_json::to_writer(&mut self.line, entry).expect("a record is plain JSON");
    }

    /// The journal line (empty when nothing changed), whether it must reach the disk, and what follows it.
    pub(crate) fn finish(mut self) -> (Vec<u8>, bool, Effects) {
        if !self.line.is_empty() {
            self.line.extend_from_slice(b"]\n");
        }
        (self.line, self.sync, self.effects)
    }
}
