//! Events on their way to webhook endpoints.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::model::Trace;

/// Settled deliveries that stay visible under `/_sandbox/webhooks`.
const SETTLED_KEPT: usize = 2_000;
/// Attempts shown per delivery.
const ATTEMPTS_KEPT: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    Pending,
    /// Held back by the switch `webhook_mode: "lost"` until asked for.
    Lost,
    Delivered,
    /// Given up after hours of refusals, or its endpoint is gone.
    Failed,
}

impl DeliveryState {
    pub(crate) fn is_settled(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Lost => "lost",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One POST and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) at: i64,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    pub(crate) milliseconds: u64,
}

/// One event for one endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) id: u64,
    pub(crate) event: Box<str>,
    pub(crate) endpoint: Box<str>,
    pub(crate) created: i64,
    pub(crate) state: DeliveryState,
    /// How often it is sent in all: 2 under `webhook_mode: "duplicate"`.
    pub(crate) copies: u8,
    /// W3C trace context of what caused the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<Trace>,
    #[serde(default)]
    pub(crate) tries: u32,
    #[serde(default)]
    pub(crate) attempts: Vec<Attempt>,
}

/// All deliveries that are not settled, and the last settled ones.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    items: BTreeMap<u64, Delivery>,
    settled: VecDeque<u64>,
    /// How many of each event's deliveries are not settled: `pending_webhooks`.
    pending: HashMap<Box<str>, usize>,
    next: u64,
}

impl Deliveries {
    pub(crate) fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn put(&mut self, delivery: Delivery) {
        self.next = self.next.max(delivery.id);
        let id = delivery.id;
        if delivery.state.is_settled() {
            self.remember_settled(id);
        } else {
            *self.pending.entry(delivery.event.clone()).or_default() += 1;
        }
        self.items.insert(id, delivery);
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Delivery> {
        self.items.get(&id)
    }

    pub(crate) fn note(&mut self, id: u64, attempt: Attempt) {
        if let Some(delivery) = self.items.get_mut(&id) {
            delivery.tries += 1;
            if delivery.attempts.len() == ATTEMPTS_KEPT {
                delivery.attempts.remove(0);
            }
            delivery.attempts.push(attempt);
        }
    }

    pub(crate) fn set_state(&mut self, id: u64, state: DeliveryState) {
        let Some(delivery) = self.items.get_mut(&id) else {
            return;
        };
        let was = std::mem::replace(&mut delivery.state, state);
        match (was.is_settled(), state.is_settled()) {
            (false, true) => {
                if let Some(count) = self.pending.get_mut(&delivery.event) {
                    *count -= 1;
                    if *count == 0 {
                        self.pending.remove(&delivery.event);
                    }
                }
                self.remember_settled(id);
            }
            (true, false) => {
                *self.pending.entry(delivery.event.clone()).or_default() += 1;
                self.settled.retain(|other| *other != id);
            }
            _ => {}
        }
    }

    /// Makes the delivery due again, sent once.
    pub(crate) fn revive(&mut self, id: u64) {
        self.set_state(id, DeliveryState::Pending);
        if let Some(delivery) = self.items.get_mut(&id) {
            delivery.copies = 1;
            delivery.tries = 0;
        }
    }

    pub(crate) fn pending_of(&self, event: &str) -> usize {
        self.pending.get(event).copied().unwrap_or(0)
    }

    pub(crate) fn count(&self, state: DeliveryState) -> usize {
        self.items.values().filter(|delivery| delivery.state == state).count()
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.items.values()
    }

    fn remember_settled(&mut self, id: u64) {
        self.settled.push_back(id);
        if self.settled.len() > SETTLED_KEPT
            && let Some(oldest) = self.settled.pop_front()
        {
            self.items.remove(&oldest);
        }
    }
}
