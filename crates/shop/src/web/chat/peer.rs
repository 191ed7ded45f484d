//! What is known of a socket: for whom it speaks, what it listens to, how much it has said lately.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use socketioxide::extract::AckSender;
use tokio::time::Instant;

use crate::accounts::{SessionId, UserId};
use crate::messaging::{Config, ConversationId};

/// Calls that may wait for the one that is being done. The rate limit comes first; this is for calls that take long.
const WAITING: usize = 64;

/// An event that a client has sent.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) event: String,
    /// Its first argument.
    pub(super) data: Option<serde_json::Value>,
    pub(super) ack: Reply,
}

/// Where a call's answer goes, if the client wants one.
pub(super) struct Reply(pub(super) AckSender);

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}

/// One connected socket. There are many of them: every byte counts.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) english: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the access token expires, unix milliseconds; `None` for a cookie's session, which goes on while it is used.
    until: Option<i64>,
    warned: bool,
    open: bool,
    joined: Vec<ConversationId>,
    waiting: VecDeque<Call>,
    /// Somebody is doing the calls that wait.
    working: bool,
    bucket: Bucket,
}

/// What becomes of a call.
pub(super) enum Taken {
    /// It waits, and somebody is at it.
    Waiting,
    /// It waits, and the caller has to see to it.
    Work,
    /// There have been too many.
    Refused(Call),
    /// There have been far too many.
    Abuse,
}

impl Peer {
    pub(super) fn new(user: UserId, session: SessionId, english: bool, until: Option<i64>, config: &Config) -> Self {
        Self {
            user,
            session,
            english,
            state: Mutex::new(State {
                until,
                warned: false,
                open: true,
                joined: Vec::new(),
                waiting: VecDeque::new(),
                working: false,
                bucket: Bucket::full(config),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lines a call up behind those before it: a socket's calls are done one after the other, in the order they came.
    pub(super) fn take(&self, call: Call, config: &Config) -> Taken {
        let mut state = self.state();
        match state.bucket.take(config, Instant::now()) {
            Verdict::Fine if state.waiting.len() < WAITING => {}
            Verdict::Fine | Verdict::TooMany => return Taken::Refused(call),
            Verdict::Abuse => return Taken::Abuse,
        }
        state.waiting.push_back(call);
        if std::mem::replace(&mut state.working, true) {
            Taken::Waiting
        } else {
            Taken::Work
        }
    }

    /// The next call; `None` ends the work.
    pub(super) fn next(&self) -> Option<Call> {
        let mut state = self.state();
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.working = false;
            state.waiting = VecDeque::new();
        }
        next
    }

    /// Notes that it listens to a conversation, unless it does already or has gone; `enter` makes it so.
    pub(super) fn join(&self, conversation: ConversationId, enter: impl FnOnce()) -> bool {
        let mut state = self.state();
        if !state.open || state.joined.contains(&conversation) {
            return false;
        }
        enter();
        state.joined.push(conversation);
        true
    }

    /// False if it did not listen.
    pub(super) fn leave(&self, conversation: ConversationId) -> bool {
        let mut state = self.state();
        let before = state.joined.len();
        state.joined.retain(|joined| *joined != conversation);
        state.joined.len() < before
    }

    pub(super) fn has_joined(&self, conversation: ConversationId) -> bool {
        self.state().joined.contains(&conversation)
    }

    /// It has gone; answers what it listened to.
    pub(super) fn close(&self) -> Vec<ConversationId> {
        let mut state = self.state();
        state.open = false;
        state.waiting.clear();
        std::mem::take(&mut state.joined)
    }

    /// A newer token of the same session.
    pub(super) fn renew(&self, until: i64) {
        let mut state = self.state();
        state.until = Some(until);
        state.warned = false;
    }

    pub(super) fn is_expired(&self, now_ms: i64) -> bool {
        self.state().until.is_some_and(|until| until <= now_ms)
    }

    /// The moment of expiry, once, when it is `soon_ms` away or nearer.
    pub(super) fn expires_soon(&self, now_ms: i64, soon_ms: i64) -> Option<i64> {
        let mut state = self.state();
        let until = state.until.filter(|until| *until <= now_ms + soon_ms)?;
        (!std::mem::replace(&mut state.warned, true)).then_some(until)
    }
}

/// A token bucket that counts how often it was found empty.
#[derive(Debug)]
struct Bucket {
    tokens: f32,
    filled: Instant,
    refusals: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    TooMany,
    Abuse,
}

impl Bucket {
    fn full(config: &Config) -> Self {
        Self {
            tokens: config.event_burst as f32,
            filled: Instant::now(),
            refusals: 0,
        }
    }

    fn take(&mut self, config: &Config, now: Instant) -> Verdict {
        let most = config.event_burst as f32;
        let seconds = now.duration_since(self.filled).as_secs_f32();
        self.tokens = (self.tokens + seconds * config.events_per_second as f32).min(most);
        self.filled = now;
        if self.tokens >= most {
            self.refusals = 0;
        }
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Verdict::Fine;
        }
        self.refusals += 1;
        if self.refusals > config.refusals {
            Verdict::Abuse
        } else {
            Verdict::TooMany
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_says_too_much_is_refused_then_disconnected_and_forgiven_after_a_rest() {
        let config = Config {
            events_per_second: 2,
            event_burst: 3,
            refusals: 2,
            ..Config::default()
        };
        let mut bucket = Bucket::full(&config);
        let start = bucket.filled;
        let mut at = |ms: u64| bucket.take(&config, start + Duration::from_millis(ms));
        assert_eq!([at(0), at(0), at(0)], [Verdict::Fine; 3]);
        assert_eq!(
            [at(0), at(0), at(0)],
            [Verdict::TooMany, Verdict::TooMany, Verdict::Abuse]
        );
        assert_eq!(at(500), Verdict::Fine, "one more after half a second");
        assert_eq!(at(500), Verdict::Abuse);
        assert_eq!(at(5_000), Verdict::Fine);
        assert_eq!(
            [at(5_000), at(5_000), at(5_000)],
            [Verdict::Fine, Verdict::Fine, Verdict::TooMany]
        );
    }
}
