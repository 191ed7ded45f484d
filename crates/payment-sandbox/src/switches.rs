//! What a test can make the sandbox do: be slow, fail, be down, and treat webhooks badly.

use serde::{Deserialize, Serialize};

/// How the API answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    #[default]
    Ok,
    /// After `slow_ms`.
    Slow,
    /// With 500 for `failure_rate` of the requests.
    Failing,
    /// With 503 on a connection that is then closed; the hosted page too.
    Down,
}

/// How webhooks are delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookMode {
    #[default]
    Ok,
    /// Each twice.
    Duplicate,
    /// The events of one payment in reverse.
    Reorder,
    /// Held back until `POST /_sandbox/webhooks/redeliver`.
    Lost,
    /// `webhook_delay_ms` late.
    Slow,
}

/// All switches; not kept across a restart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Switches {
    pub(crate) mode: Mode,
    pub(crate) slow_ms: u64,
    /// 0 to 1.
    pub(crate) failure_rate: f64,
    pub(crate) webhook_mode: WebhookMode,
    pub(crate) webhook_delay_ms: u64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            mode: Mode::Ok,
            slow_ms: 2_000,
            failure_rate: 1.0,
            webhook_mode: WebhookMode::Ok,
            webhook_delay_ms: 2_000,
        }
    }
}

/// Nothing is slowed by more than this.
const MAX_DELAY: u64 = 10 * 60 * 1_000;

impl Switches {
    /// Refuses what makes no sense, naming the member.
    pub(crate) fn check(self) -> Result<Self, String> {
        if !(0.0..=1.0).contains(&self.failure_rate) {
            return Err("failure_rate must be from 0 to 1".to_owned());
        }
        for (name, value) in [("slow_ms", self.slow_ms), ("webhook_delay_ms", self.webhook_delay_ms)] {
            if value > MAX_DELAY {
                return Err(format!("{name} must be at most {MAX_DELAY}"));
            }
        }
        Ok(self)
    }
}
