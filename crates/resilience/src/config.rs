//! One dependency's limits, as written in a configuration file.

use serde::{Deserialize, Serialize};
use units::HumanDuration;

use crate::{breaker, retry};

/// Limits of the calls to one dependency. Counts of zero that would make no sense are taken as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Calls at the same time; one more is refused at once.
    pub max_concurrent: u32,
    /// One attempt's deadline.
    pub timeout: HumanDuration,
    /// A successful call that took longer counts as bad in the window (not among the consecutive failures).
    pub slow_call: HumanDuration,
    /// How far back the failure share looks, in ten buckets.
    pub window: HumanDuration,
    /// The failure share means nothing below this many calls in the window.
    pub minimum_calls: u32,
    /// Opens when this share of the window's calls failed or were slow, 1 to 100; 0 looks at consecutive failures only.
    pub failure_percent: u8,
    /// Opens after this many failures in a row; 0 looks at the share only.
    pub consecutive_failures: u32,
    /// How long the breaker stays open the first time; doubles each time the probes fail.
    pub open: HumanDuration,
    /// The doubling ends here; a longer `Retry-After` is cut to this too.
    pub open_max: HumanDuration,
    /// Spread of the open time, plus or minus, in percent.
    pub open_jitter_percent: u8,
    /// Calls let through half-open to see whether the dependency works again.
    pub probes: u32,
    /// A probe unanswered this long has failed.
    pub probe_deadline: HumanDuration,
    /// Closes when this share of the probes passed, 1 to 100.
    pub close_percent: u8,
    /// When and how often to try again.
    pub retry: retry::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_concurrent: 25,
            timeout: HumanDuration::from_secs(10),
            slow_call: HumanDuration::from_secs(1),
            window: HumanDuration::from_secs(30),
            minimum_calls: 20,
            failure_percent: 50,
            consecutive_failures: 5,
            open: HumanDuration::from_secs(5),
            open_max: HumanDuration::from_secs(300),
            open_jitter_percent: 20,
            probes: 5,
            probe_deadline: HumanDuration::from_secs(10),
            close_percent: 80,
            retry: retry::Config::default(),
        }
    }
}

impl Config {
    /// The simple form: opens after `failures` in a row, for `open` each time, closes when one probe passes.
    pub fn consecutive(failures: u32, open: HumanDuration) -> Self {
        Self {
            failure_percent: 0,
            consecutive_failures: failures,
            open,
            open_max: open,
            open_jitter_percent: 0,
            probes: 1,
            close_percent: 100,
            ..Self::default()
        }
    }

    /// What the state machine goes by.
    pub fn breaker(&self) -> breaker::Settings {
        let share = |percent: u8| f64::from(percent.min(100)) / 100.0;
        breaker::Settings {
            window: *self.window,
            minimum_calls: self.minimum_calls.max(1),
            failure_share: (self.failure_percent > 0).then(|| share(self.failure_percent)),
            consecutive_failures: (self.consecutive_failures > 0).then_some(self.consecutive_failures),
            open: *self.open,
            open_max: (*self.open_max).max(*self.open),
            open_jitter: share(self.open_jitter_percent),
            probes: self.probes.max(1),
            probe_deadline: *self.probe_deadline,
            close_share: share(self.close_percent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_default_and_a_wrong_one_is_named() {
        let config: Config = toml::from_str("timeout = \"3s\"\n[retry]\nattempts = 3").expect("a part is enough");
        let expected = Config {
            timeout: HumanDuration::from_secs(3),
            retry: retry::Config {
                attempts: 3,
                ..retry::Config::default()
            },
            ..Config::default()
        };
        assert_eq!(config, expected);
        assert_eq!(
            toml::from_str::<Config>(&toml::to_string(&config).expect("TOML")).expect("what was written"),
            config
        );
        let error = toml::from_str::<Config>("time_out = \"3s\"")
            .expect_err("a typing mistake")
            .to_string();
        assert!(error.contains("time_out"), "{error}");
    }
}
