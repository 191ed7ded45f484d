//! Who is logged in: tokens in the memory of this process, which end with it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// Sessions at a time. Beyond that the one that would end first ends.
const MOST: usize = 1_000;

/// Living sessions by the hash of their token. Times are Unix milliseconds, handed in.
pub(super) struct Sessions {
    life: Duration,
    until: Mutex<HashMap<[u8; 32], i64>>,
}

impl Sessions {
    pub(super) fn new(life: Duration) -> Self {
        Self {
            life,
            until: Mutex::default(),
        }
    }

    /// Begins one; its token is the caller's alone. `None`: the system has no random numbers.
    pub(super) fn begin(&self, now_ms: i64) -> Option<String> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let life = i64::try_from(self.life.as_millis()).unwrap_or(i64::MAX);
        let mut until = self.lock();
        until.retain(|_, end| *end > now_ms);
        if until.len() >= MOST
            && let Some(first) = until.iter().min_by_key(|(_, end)| **end).map(|(hash, _)| *hash)
        {
            until.remove(&first);
        }
        until.insert(hash(&token), now_ms.saturating_add(life));
        Some(token)
    }

    pub(super) fn lives(&self, token: &str, now_ms: i64) -> bool {
        self.lock().get(&hash(token)).is_some_and(|end| *end > now_ms)
    }

    pub(super) fn end(&self, token: &str) {
        self.lock().remove(&hash(token));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], i64>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looked up by its hash, a token cannot be found out piece by piece from how long that takes.
fn hash(token: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_live_as_long_as_they_should() {
        let sessions = Sessions::new(Duration::from_secs(60));
        let token = sessions.begin(0).unwrap();
        assert!(sessions.lives(&token, 59_999) && !sessions.lives(&token, 60_000));
        assert!(!sessions.lives("", 0) && !sessions.lives(&token[1..], 0));
        sessions.end(&token);
        assert!(!sessions.lives(&token, 0));
    }

    #[test]
    fn there_are_never_too_many() {
        let sessions = Sessions::new(Duration::from_secs(60));
        let first = sessions.begin(0).unwrap();
        let last = (1..=MOST as i64)
            .map(|now| sessions.begin(now).unwrap())
            .last()
            .unwrap();
        assert_eq!(sessions.lock().len(), MOST);
        assert!(!sessions.lives(&first, 2_000) && sessions.lives(&last, 2_000));
    }
}
