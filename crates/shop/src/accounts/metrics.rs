//! What accounts count: logins, registrations, the work of hashing.

use std::{sync::LazyLock, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
};

/// The process's, registered when first used.
pub(super) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::register);

/// Shows them from zero.
pub(crate) fn declare() {
    LazyLock::force(&METRICS);
}

pub(super) struct Metrics {
    verifications: Family<Outcome, Counter>,
    hash_seconds: Histogram,
    logins: Family<Outcome, Counter>,
}

/// How a password was verified.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verification {
    /// By a hash.
    Hashed,
    /// By the memory of a recent success.
    Remembered,
    /// Not at all: the line was full.
    Refused,
}

/// How a login ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Login {
    Succeeded,
    Failed,
    Throttled,
    /// A session family was ended because one of its old refresh tokens came back.
    RefreshReused,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl Metrics {
    fn register() -> Self {
        let metrics = Self {
            verifications: Family::default(),
            hash_seconds: Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5]),
            logins: Family::default(),
        };
        telemetry::metrics::registry(|registry| {
            registry.register(
                "password_verifications",
                "Passwords verified, by how: a hash, the memory of a recent success, or refused because the line was full",
                metrics.verifications.clone(),
            );
            registry.register(
                "password_hash_duration_seconds",
                "Duration of one password hash, without waiting for its turn",
                metrics.hash_seconds.clone(),
            );
            registry.register("logins", "Logins by outcome", metrics.logins.clone());
        });
        let of = |outcomes: &'static [&'static str]| outcomes.iter().map(|&outcome| Outcome { outcome });
        let logins = of(&["succeeded", "failed", "throttled", "refresh_reused"]);
        telemetry::metrics::from_zero(&metrics.logins, logins);
        let verifications = of(&["hashed", "remembered", "refused"]);
        telemetry::metrics::from_zero(&metrics.verifications, verifications);
        metrics
    }

    pub(super) fn verified(&self, how: Verification) {
        let outcome = match how {
            Verification::Hashed => "hashed",
            Verification::Remembered => "remembered",
            Verification::Refused => "refused",
        };
        self.verifications.get_or_create(&Outcome { outcome }).inc();
    }

    pub(super) fn hashed(&self, duration: Duration) {
        self.hash_seconds.observe(duration.as_secs_f64());
    }

    pub(super) fn login(&self, how: Login) {
        let outcome = match how {
            Login::Succeeded => "succeeded",
            Login::Failed => "failed",
            Login::Throttled => "throttled",
            Login::RefreshReused => "refresh_reused",
        };
        self.logins.get_or_create(&Outcome { outcome }).inc();
    }
}
