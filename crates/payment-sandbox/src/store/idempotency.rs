//! Answers kept for their `Idempotency-Key` for 24 hours, and the keys of requests that are running.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::model::{Name, Session};

/// How long an answer is replayed, in seconds.
const KEPT: i64 = 24 * 60 * 60;

/// A digest of the account and the key, or of a request's path and parameters.
pub(crate) type Key = [u8; 16];

/// The first answer to a key.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub(crate) fingerprint: Key,
    pub(crate) path: Name,
    /// The request that was answered: `Original-Request`.
    pub(crate) request: Box<str>,
    pub(crate) at: i64,
    pub(crate) answer: SavedAnswer,
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) enum SavedAnswer {
    Body {
        status: u16,
        body: Box<str>,
    },
    /// The session as it was when created: rendered again, since holding the text for each would take gigabytes.
    Session(Arc<Session>),
}

/// What a request with a key meets.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Nobody had the key: it is now this request's, until it is saved or let go.
    Fresh,
    Replay(Saved),
    /// Another request with the key is running.
    Running,
    OtherParameters,
    OtherEndpoint {
        first: Name,
    },
}

#[derive(Debug, Default)]
pub(crate) struct Idempotency {
    saved: HashMap<Key, Saved>,
    running: HashSet<Key>,
}

impl Idempotency {
    pub(crate) fn claim(&mut self, key: Key, fingerprint: Key, path: &str, now: i64) -> Claim {
        match self.saved.get(&key).filter(|saved| saved.at + KEPT > now) {
            Some(saved) if &*saved.path != path => Claim::OtherEndpoint {
                first: saved.path.clone(),
            },
            Some(saved) if saved.fingerprint != fingerprint => Claim::OtherParameters,
            Some(saved) => Claim::Replay(saved.clone()),
            None if self.running.insert(key) => Claim::Fresh,
            None => Claim::Running,
        }
    }

    pub(crate) fn release(&mut self, key: &Key) {
        self.running.remove(key);
    }

    pub(crate) fn save(&mut self, key: Key, saved: Saved) {
        self.running.remove(&key);
        self.saved.insert(key, saved);
    }

    pub(crate) fn forget_old(&mut self, now: i64) {
        self.saved.retain(|_, saved| saved.at + KEPT > now);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Key, &Saved)> {
        self.saved.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(at: i64) -> Saved {
        Saved {
            fingerprint: [1; 16],
            path: Name::from("/v1/refunds"),
            request: "req_1".into(),
            at,
            answer: SavedAnswer::Body {
                status: 200,
                body: "{}".into(),
            },
        }
    }

    #[test]
    fn a_key_is_running_then_replayed_then_forgotten() {
        let mut keys = Idempotency::default();
        let key = [7; 16];
        assert!(matches!(keys.claim(key, [1; 16], "/v1/refunds", 100), Claim::Fresh));
        assert!(matches!(keys.claim(key, [1; 16], "/v1/refunds", 100), Claim::Running));
        keys.save(key, saved(100));
        assert!(matches!(keys.claim(key, [1; 16], "/v1/refunds", 101), Claim::Replay(_)));
        assert!(matches!(
            keys.claim(key, [2; 16], "/v1/refunds", 101),
            Claim::OtherParameters
        ));
        assert!(matches!(
            keys.claim(key, [1; 16], "/v1/charges", 101),
            Claim::OtherEndpoint { .. }
        ));
        keys.forget_old(100 + KEPT);
        assert!(matches!(
            keys.claim(key, [2; 16], "/v1/refunds", 100 + KEPT),
            Claim::Fresh
        ));
        keys.release(&key);
        assert!(matches!(
            keys.claim(key, [2; 16], "/v1/refunds", 100 + KEPT),
            Claim::Fresh
        ));
    }
}
