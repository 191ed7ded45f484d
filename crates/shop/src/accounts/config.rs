//! `[shop.accounts]`: lives of tokens, the work of password hashing, login throttling.

use serde::{Deserialize, Serialize};
use units::HumanDuration;

/// How long people stay signed in, and how hard guessing is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `iss` of access tokens; a token of another issuer is refused.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// Life of an access token. An ended session's access tokens die with it at most this much later.
    pub access_token_life: HumanDuration,
    /// Life of a refresh token, counted anew at every rotation.
    pub refresh_token_life: HumanDuration,
    /// Life of a page session since it was last seen.
    pub web_session_life: HumanDuration,
    /// Password hashes computed at the same time; 0 is one a core. Each takes 19 MiB while it runs.
    pub password_hash_concurrency: usize,
    /// Logins that may wait for a hash; the next one is answered 503 with `Retry-After`.
    pub password_hash_queue: usize,
    /// How long a successful verification is remembered (as a keyed digest, in memory).
    pub verification_cache_life: HumanDuration,
    /// Failed logins only.
    pub throttle: ThrottleConfig,
    /// Letters asked for: a forgotten password, a verification sent again. Counted by e-mail and by address as failed logins are.
    pub mail_throttle: ThrottleConfig,
}

/// Leaky buckets of failed logins: `burst` at once, then one every `refill`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThrottleConfig {
    /// One account from one address: somebody guessing, or a caps-lock key.
    pub account_from_address: Limit,
    /// One account from anywhere: guessing spread over many addresses. Wide, so that a stranger cannot easily lock the owner
    /// out; NIST SP 800-63B asks for no more than 100 failures in a row.
    pub account: Limit,
    /// One address (IPv6: its /64) on any accounts: stuffing of leaked lists. Wide, as a whole town may share one address.
    pub address: Limit,
    /// Buckets remembered at once; about 32 bytes each.
    pub capacity: usize,
}

/// One leaky bucket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Failures that fit at once.
    pub burst: u32,
    /// Time for one failure to leak out.
    pub refill: HumanDuration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: "textisur".into(),
            audience: "textisur-api".into(),
            access_token_life: HumanDuration::from_secs(15 * 60),
            refresh_token_life: HumanDuration::from_secs(30 * 24 * 3600),
            web_session_life: HumanDuration::from_secs(30 * 24 * 3600),
            password_hash_concurrency: 0,
            password_hash_queue: 1024,
            verification_cache_life: HumanDuration::from_secs(5 * 60),
            throttle: ThrottleConfig::default(),
            mail_throttle: ThrottleConfig {
                account_from_address: Limit {
                    burst: 3,
                    refill: HumanDuration::from_secs(10 * 60),
                },
                account: Limit {
                    burst: 5,
                    refill: HumanDuration::from_secs(10 * 60),
                },
                address: Limit {
                    burst: 30,
                    refill: HumanDuration::from_secs(60),
                },
                capacity: 50_000,
            },
        }
    }
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self {
            account_from_address: Limit {
                burst: 10,
                refill: HumanDuration::from_secs(60),
            },
            account: Limit {
                burst: 100,
                refill: HumanDuration::from_secs(5 * 60),
            },
            address: Limit {
                burst: 100,
                refill: HumanDuration::from_secs(3),
            },
            capacity: 100_000,
        }
    }
}
