//! How fast passwords may be guessed: five tries, then waits that double.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Wrong guesses before anybody has to wait.
const FREE: u32 = 5;
/// The first wait, in milliseconds; the next is twice as long.
const FIRST_WAIT_MS: i64 = 2_000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 5 * 60_000;
/// After so long without a wrong guess all is forgotten.
const FORGET_MS: i64 = 30 * 60_000;
/// Addresses remembered. Beyond that the oldest go.
const REMEMBERED: usize = 10_000;

/// Wrong guesses, by where they came from. Times are Unix milliseconds, handed in.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<Option<IpAddr>, Failures>>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_ms: i64,
}

impl Failures {
    fn open_at(self) -> i64 {
        match self.count.checked_sub(FREE) {
            None => i64::MIN,
            Some(over) => {
                let wait = FIRST_WAIT_MS.saturating_mul(1 << over.min(20));
                self.last_ms + wait.min(LONGEST_WAIT_MS)
            }
        }
    }
}

impl Throttle {
    /// Takes a guess from this address, counted as wrong until [`Throttle::succeeded`] says otherwise: guesses sent at once must not
    /// all get in before the first was judged.
    ///
    /// # Errors
    /// How many milliseconds to wait.
    pub(super) fn begin(&self, from: Option<IpAddr>, now_ms: i64) -> Result<(), i64> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = failures.entry(from.map(neighbourhood)).or_insert(Failures {
            count: 0,
            last_ms: now_ms,
        });
        if now_ms - entry.last_ms > FORGET_MS {
            entry.count = 0;
        }
        let open_at = entry.open_at();
        if now_ms < open_at {
            return Err(open_at - now_ms);
        }
        entry.count = entry.count.saturating_add(1);
        entry.last_ms = now_ms;
        if failures.len() > REMEMBERED {
            forget_oldest(&mut failures);
        }
        Ok(())
    }

    /// The guess was right.
    pub(super) fn succeeded(&self, from: Option<IpAddr>) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&from.map(neighbourhood));
    }
}

/// A tenth at a time: whoever floods the table must not make every guess a search through it.
fn forget_oldest(failures: &mut HashMap<Option<IpAddr>, Failures>) {
    let mut times: Vec<_> = failures.values().map(|failures| failures.last_ms).collect();
    let (_, cut, _) = times.select_nth_unstable(REMEMBERED / 10);
    let cut = *cut;
    let mut left = REMEMBERED / 10;
    failures.retain(|_, failures| {
        let goes = left > 0 && failures.last_ms <= cut;
        left -= usize::from(goes);
        !goes
    });
}

/// Who has one IPv6 address has the 2⁶⁴ beside it.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn guesses_become_slow_and_are_forgotten() {
        let throttle = Throttle::default();
        let here = address("192.0.2.1");
        for _ in 0..FREE {
            assert_eq!(throttle.begin(here, 0), Ok(()));
        }
        assert_eq!(throttle.begin(here, 500), Err(1_500));
        assert_eq!(throttle.begin(here, 2_000), Ok(()));
        assert_eq!(throttle.begin(here, 2_000), Err(4_000));
        assert_eq!(throttle.begin(here, 3_000 + FORGET_MS), Ok(()));
        assert_eq!(throttle.begin(here, 3_000 + FORGET_MS), Ok(()));
    }

    #[test]
    fn whoever_gets_in_starts_anew_and_others_are_not_held_up() {
        let throttle = Throttle::default();
        let (here, there) = (address("2001:db8::1"), address("2001:db8:0:1::1"));
        for _ in 0..FREE {
            throttle.begin(here, 0).unwrap();
        }
        assert!(throttle.begin(address("2001:db8::ffff"), 0).is_err());
        assert!(throttle.begin(there, 0).is_ok());
        throttle.succeeded(here);
        assert!(throttle.begin(here, 0).is_ok());
    }

    #[test]
    fn waits_have_an_end_and_memory_has_one() {
        let throttle = Throttle::default();
        let here = address("192.0.2.1");
        let mut now = 0;
        for _ in 0..60 {
            if let Err(wait) = throttle.begin(here, now) {
                assert!(wait <= LONGEST_WAIT_MS);
                now += wait;
            }
        }
        for n in 0..20_000_u32 {
            throttle.begin(Some(IpAddr::V4(n.into())), now).unwrap();
        }
        assert!(throttle.0.lock().unwrap().len() <= REMEMBERED);
    }
}
