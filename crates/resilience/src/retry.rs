//! Trying again: full jitter between attempts, and a budget so that retries cannot multiply the load on a dependency in trouble.

use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use units::HumanDuration;

/// How often, how soon, and how much in all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Attempts in all; 1 never tries again.
    pub attempts: u32,
    /// The first pause is at most this long; the bound doubles with each attempt.
    pub pause: HumanDuration,
    /// The doubling ends here; a dependency that asks for a longer pause is not tried again.
    pub pause_max: HumanDuration,
    /// Retries, in percent of the calls, that are paid for in the long run.
    pub budget_percent: u32,
    /// Retries that may be saved up, and that there are at the start.
    pub budget_reserve: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            attempts: 1,
            pause: HumanDuration::from_millis(100),
            pause_max: HumanDuration::from_secs(2),
            budget_percent: 20,
            budget_reserve: 10,
        }
    }
}

impl Config {
    /// The pause after the attempt numbered `attempt` (from 1): evenly spread (`chance`, 0 to 1) between nothing and the bound, after
    /// what the dependency asked for. `None`: not again.
    pub fn pause_after(&self, attempt: u32, retry_after: Option<Duration>, chance: f64) -> Option<Duration> {
        let asked = retry_after.unwrap_or_default();
        if attempt >= self.attempts || asked > *self.pause_max {
            return None;
        }
        let bound = self
            .pause
            .saturating_mul(2_u32.saturating_pow(attempt - 1))
            .min(*self.pause_max);
        Some(asked + bound.mul_f64(chance))
    }
}

/// Tokens for retries: calls earn them, retries spend them.
#[derive(Debug)]
pub struct Budget {
    earned_per_call: i64,
    most: i64,
    /// Hundredths of a retry.
    left: AtomicI64,
}

impl Budget {
    /// A full budget.
    pub fn new(config: &Config) -> Self {
        let most = i64::from(config.budget_reserve) * 100;
        Self {
            earned_per_call: i64::from(config.budget_percent),
            most,
            left: AtomicI64::new(most),
        }
    }

    /// A call was made.
    pub fn earn(&self) {
        if self.left.load(Relaxed) < self.most {
            self.left.fetch_add(self.earned_per_call, Relaxed);
        }
    }

    /// Whether one more retry is paid for; if so, it is spent.
    pub fn spend(&self) -> bool {
        self.left
            .fetch_update(Relaxed, Relaxed, |left| (left >= 100).then_some(left - 100))
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_their_bound_and_end() {
        let config = Config {
            attempts: 6,
            ..Config::default()
        };
        let bounds: Vec<_> = (1..=6)
            .map(|attempt| config.pause_after(attempt, None, 1.0).map(|p| p.as_millis()))
            .collect();
        assert_eq!(bounds, [Some(100), Some(200), Some(400), Some(800), Some(1_600), None]);
        assert_eq!(config.pause_after(3, None, 0.0), Some(Duration::ZERO));
        let asked = Some(Duration::from_secs(1));
        assert_eq!(config.pause_after(1, asked, 0.5), Some(Duration::from_millis(1_050)));
        assert_eq!(
            config.pause_after(1, Some(Duration::from_secs(3)), 0.5),
            None,
            "longer than we are ready to wait"
        );
    }

    #[test]
    fn the_budget_bounds_retries_by_calls() {
        let budget = Budget::new(&Config {
            budget_percent: 20,
            budget_reserve: 2,
            ..Config::default()
        });
        assert!(budget.spend() && budget.spend());
        let paid = (0..100)
            .filter(|_| {
                budget.earn();
                budget.spend()
            })
            .count();
        assert_eq!(paid, 20);
    }
}
