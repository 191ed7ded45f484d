//! The journal's records. A line is a JSON array of them: what one request changed, all of it or nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Attempt, Delivery, DeliveryState, Key, Saved, SavedAnswer, State};
use crate::model::{Charge, Document, Event, Intent, Kind, Method, Name, Refund, Session};

/// As written: borrowed.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry<'a> {
    Session(&'a Session),
    Intent(&'a Intent),
    Charge(&'a Charge),
    Refund(&'a Refund),
    Method(&'a Method),
    Event(&'a Event),
    Document(&'a Document),
    Gone {
        kind: Kind,
        id: &'a str,
    },
    Delivery(&'a Delivery),
    Settled {
        id: u64,
        state: DeliveryState,
        attempts: &'a [Attempt],
    },
    Revived {
        id: u64,
    },
    Answer {
        key: String,
        fingerprint: String,
        path: &'a str,
        request: &'a str,
        at: i64,
        answer: AnswerEntry<'a>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerEntry<'a> {
    Body {
        status: u16,
        body: &'a str,
    },
    /// The session in the same line, as it is there.
    Session(&'a str),
    /// An earlier version of a session that has changed since.
    Version(&'a Session),
}

/// As read: owned.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    Session(Session),
    Intent(Intent),
    Charge(Charge),
    Refund(Refund),
    Method(Method),
    Event(Event),
    Document(Document),
    Gone {
        kind: Kind,
        id: Box<str>,
    },
    Delivery(Delivery),
    Settled {
        id: u64,
        state: DeliveryState,
        attempts: Vec<Attempt>,
    },
    Revived {
        id: u64,
    },
    Answer {
        key: String,
        fingerprint: String,
        path: Name,
        request: Box<str>,
        at: i64,
        answer: AnswerRecord,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerRecord {
    Body { status: u16, body: Box<str> },
    Session(Box<str>),
    Version(Box<Session>),
}

impl Record {
    /// Puts what was recorded into `state`.
    pub(super) fn apply(self, state: &mut State) {
        match self {
            Self::Session(session) => state.put_session(Arc::new(session)),
            Self::Intent(intent) => state.intents.put(Arc::new(intent)),
            Self::Charge(charge) => state.charges.put(Arc::new(charge)),
            Self::Refund(refund) => state.refunds.put(Arc::new(refund)),
            Self::Method(method) => state.methods.put(Arc::new(method)),
            Self::Event(event) => state.put_event(Arc::new(event)),
            Self::Document(document) => state.documents_mut(document.kind).put(Arc::new(document)),
            Self::Gone { kind, id } => {
                state.documents_mut(kind).remove(&id);
            }
            Self::Delivery(delivery) => state.deliveries.put(delivery),
            Self::Settled {
                id,
                state: settled,
                attempts,
            } => {
                for attempt in attempts {
                    state.deliveries.note(id, attempt);
                }
                state.deliveries.set_state(id, settled);
            }
            Self::Revived { id } => state.deliveries.revive(id),
            Self::Answer {
                key,
                fingerprint,
                path,
                request,
                at,
                answer,
            } => {
                let answer = match answer {
                    AnswerRecord::Body { status, body } => Some(SavedAnswer::Body { status, body }),
                    AnswerRecord::Session(id) => state.sessions.get(&id).cloned().map(SavedAnswer::Session),
                    AnswerRecord::Version(session) => Some(SavedAnswer::Session(Arc::new(*session))),
                };
                if let (Some(key), Some(fingerprint), Some(answer)) = (from_hex(&key), from_hex(&fingerprint), answer) {
                    state.idempotency.save(
                        key,
                        Saved {
                            fingerprint,
                            path,
                            request,
                            at,
                            answer,
                        },
                    );
                }
            }
        }
    }
}

impl<'a> Entry<'a> {
    /// `current` is the session's version in the store, to tell whether the answer may refer to it.
    pub(super) fn answer(key: &Key, saved: &'a Saved, current: Option<&Arc<Session>>) -> Self {
        let answer = match &saved.answer {
            SavedAnswer::Body { status, body } => AnswerEntry::Body { status: *status, body },
            SavedAnswer::Session(session) if current.is_some_and(|current| Arc::ptr_eq(current, session)) => {
                AnswerEntry::Session(&session.id)
            }
            SavedAnswer::Session(session) => AnswerEntry::Version(session),
        };
        Self::Answer {
            key: to_hex(key),
            fingerprint: to_hex(&saved.fingerprint),
            path: &saved.path,
            request: &saved.request,
            at: saved.at,
            answer,
        }
    }
}

fn to_hex(key: &Key) -> String {
    crate::hex(key)
}

fn from_hex(text: &str) -> Option<Key> {
    let mut key = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(key)
}
