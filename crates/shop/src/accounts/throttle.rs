//! Login throttling: leaky buckets of failed logins. Successes cost nothing, however many there are.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::config::{Limit, ThrottleConfig};

/// Too many failed logins; one more try is allowed after the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Throttled {
    pub retry_after: Duration,
}

/// Failed logins of accounts and addresses. Times are unix milliseconds, handed in.
///
/// A bucket is one number: the moment it will have leaked empty (the "theoretical arrival time" of GCRA). Memory is bounded: when
/// the table is full the buckets nearest to empty go first, so flooding it with invented accounts does not free a busy one.
pub(super) struct Throttle {
    config: ThrottleConfig,
    /// Keyed by process-random hashes: nobody can aim a collision, and no address or e-mail is kept.
    keys: RandomState,
    empty_at: Mutex<HashMap<u64, i64>>,
}

#[derive(Hash)]
enum Subject<'a> {
    AccountFromAddress(&'a str, Option<IpAddr>),
    Account(&'a str),
    Address(IpAddr),
}

impl Throttle {
    pub(super) fn new(config: ThrottleConfig) -> Self {
        Self {
            config,
            keys: RandomState::new(),
            empty_at: Mutex::default(),
        }
    }

    /// May this account (lower-case e-mail) be tried from this address now?
    pub(super) fn check(&self, email: &str, address: Option<IpAddr>, now_ms: i64) -> Result<(), Throttled> {
        let empty_at = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let wait_ms = self
            .subjects(email, address)
            .filter_map(|(key, limit)| empty_at.get(&key).map(|&at| wait_ms(at, limit, now_ms)))
            .max()
            .unwrap_or(0);
        match u64::try_from(wait_ms) {
            Ok(wait @ 1..) => Err(Throttled {
                retry_after: Duration::from_millis(wait),
            }),
            _ => Ok(()),
        }
    }

    /// Somebody failed to log in.
    pub(super) fn failed(&self, email: &str, address: Option<IpAddr>, now_ms: i64) {
        let mut empty_at = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, limit) in self.subjects(email, address) {
            let at = empty_at.entry(key).or_insert(now_ms);
            // Capped at a full bucket, also against a clock that was set back.
            *at = (*at).clamp(now_ms, now_ms + full_ms(limit)) + limit.refill.as_ms();
        }
        if empty_at.len() > self.config.capacity {
            make_room(&mut empty_at, self.config.capacity, now_ms);
        }
    }

    /// The owner got in from here: forgets this pair's failures, not the address's, which may be trying other accounts.
    pub(super) fn succeeded(&self, email: &str, address: Option<IpAddr>) {
        let mut empty_at = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        if !empty_at.is_empty() {
            empty_at.remove(&self.key(Subject::AccountFromAddress(email, address.map(neighbourhood))));
        }
    }

    fn subjects(&self, email: &str, address: Option<IpAddr>) -> impl Iterator<Item = (u64, Limit)> {
        let address = address.map(neighbourhood);
        let pair = self.key(Subject::AccountFromAddress(email, address));
        let account = self.key(Subject::Account(email));
        let address = address.map(|address| (self.key(Subject::Address(address)), self.config.address));
        [(pair, self.config.account_from_address), (account, self.config.account)]
            .into_iter()
            .chain(address)
    }

    fn key(&self, subject: Subject<'_>) -> u64 {
        self.keys.hash_one(subject)
    }
}

fn full_ms(limit: Limit) -> i64 {
    limit.refill.as_ms().saturating_mul(i64::from(limit.burst))
}

/// How long until one more failure fits.
fn wait_ms(empty_at: i64, limit: Limit, now_ms: i64) -> i64 {
    let level = (empty_at - now_ms).clamp(0, full_ms(limit));
    level + limit.refill.as_ms() - full_ms(limit)
}

/// Drops empty buckets, then the emptiest half if that was not enough: the cost is shared by as many insertions.
fn make_room(empty_at: &mut HashMap<u64, i64>, capacity: usize, now_ms: i64) {
    empty_at.retain(|_, at| *at > now_ms);
    if empty_at.len() > capacity / 2 {
        let mut times: Vec<i64> = empty_at.values().copied().collect();
        let drop = times.len() - capacity / 2;
        let (_, &mut threshold, _) = times.select_nth_unstable(drop - 1);
        empty_at.retain(|_, at| *at > threshold);
    }
}

/// One subscriber's addresses: an IPv6 customer owns a whole /64.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use units::HumanDuration;

    use super::*;

    const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)));
    const MINUTE: i64 = 60_000;

    fn throttle() -> Throttle {
        Throttle::new(ThrottleConfig::default())
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn ten_failures_then_one_a_minute() {
        let throttle = throttle();
        for _ in 0..10 {
            throttle.check("ana@example.com", HOME, 0).unwrap();
            throttle.failed("ana@example.com", HOME, 0);
        }
        let refused = throttle.check("ana@example.com", HOME, 0).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(60));
        throttle.check("ana@example.com", HOME, MINUTE - 1).unwrap_err();
        throttle.check("ana@example.com", HOME, MINUTE).unwrap();
        throttle.failed("ana@example.com", HOME, MINUTE);
        throttle.check("ana@example.com", HOME, MINUTE).unwrap_err();
    }

    #[test]
    fn others_are_not_disturbed_and_the_owner_elsewhere_gets_in() {
        let throttle = throttle();
        (0..10).for_each(|_| throttle.failed("ana@example.com", HOME, 0));
        throttle.check("beto@example.com", HOME, 0).unwrap();
        throttle.check("ana@example.com", address("10.0.0.2"), 0).unwrap();
    }

    #[test]
    fn many_addresses_guessing_one_account_are_stopped() {
        let throttle = throttle();
        (0..100u8).for_each(|host| throttle.failed("ana@example.com", address(&format!("10.1.0.{host}")), 0));
        throttle.check("ana@example.com", address("10.2.0.1"), 0).unwrap_err();
    }

    #[test]
    fn one_address_trying_many_accounts_is_stopped() {
        let throttle = throttle();
        (0..100).for_each(|n| throttle.failed(&format!("user{n}@example.com"), HOME, 0));
        throttle.check("someone@example.com", HOME, 0).unwrap_err();
        throttle.check("someone@example.com", address("10.0.0.2"), 0).unwrap();
    }

    #[test]
    fn an_ipv6_customer_is_one_address_and_a_mapped_one_is_its_v4() {
        let throttle = throttle();
        (0..100)
            .for_each(|n| throttle.failed(&format!("user{n}@example.com"), address(&format!("2001:db8::{n:x}")), 0));
        throttle
            .check("x@example.com", address("2001:db8::ffff:1"), 0)
            .unwrap_err();
        throttle.check("x@example.com", address("2001:db8:0:1::1"), 0).unwrap();
        (0..10).for_each(|_| throttle.failed("ana@example.com", HOME, 0));
        throttle
            .check("ana@example.com", address("::ffff:10.0.0.1"), 0)
            .unwrap_err();
    }

    #[test]
    fn getting_in_clears_the_pair_but_not_the_address() {
        let throttle = throttle();
        (0..9).for_each(|_| throttle.failed("ana@example.com", HOME, 0));
        throttle.succeeded("ana@example.com", HOME);
        (0..9).for_each(|_| throttle.failed("ana@example.com", HOME, 0));
        throttle.check("ana@example.com", HOME, 0).unwrap();
        (0..82).for_each(|n| throttle.failed(&format!("user{n}@example.com"), HOME, 0));
        throttle.succeeded("ana@example.com", HOME);
        throttle.check("ana@example.com", HOME, 0).unwrap_err();
    }

    #[test]
    fn a_flood_of_invented_accounts_frees_no_busy_bucket() {
        let capacity = 200;
        let throttle = Throttle::new(ThrottleConfig {
            capacity,
            ..Default::default()
        });
        (0..10).for_each(|_| throttle.failed("ana@example.com", HOME, 0));
        for n in 0..5_000 {
            throttle.failed(&format!("invented{n}@example.com"), None, 0);
            assert!(throttle.empty_at.lock().unwrap().len() <= capacity);
        }
        throttle.check("ana@example.com", HOME, 0).unwrap_err();
    }

    proptest! {
        #[test]
        fn a_bucket_never_lets_more_through_than_burst_and_refill_allow(
            tries in proptest::collection::vec(0i64..40_000, 1..200),
            burst in 1u32..12,
        ) {
            let refill = HumanDuration::from_secs(20);
            let wide = Limit { burst: 10_000, refill };
            let config = ThrottleConfig { account_from_address: Limit { burst, refill }, account: wide, address: wide, capacity: 100 };
            let throttle = Throttle::new(config);
            let (mut now, mut let_through) = (1_000_000, 0);
            for pause in &tries {
                now += pause;
                match throttle.check("ana@example.com", HOME, now) {
                    Ok(()) => { let_through += 1; throttle.failed("ana@example.com", HOME, now); }
                    Err(Throttled { retry_after }) => {
                        let then = now + i64::try_from(retry_after.as_millis()).unwrap();
                        prop_assert!(throttle.check("ana@example.com", HOME, then).is_ok(), "the promised wait is enough");
                        prop_assert!(throttle.check("ana@example.com", HOME, then - 1).is_err(), "and no longer than needed");
                    }
                }
            }
            prop_assert!(let_through <= i64::from(burst) + (now - 1_000_000) / refill.as_ms() + 1);
        }
    }
}
