//! So many calls at the same time, and one more is refused at once: a slow dependency must not take every task and connection.

use std::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

use crate::stripes::{Padded, STRIPES, stripe};

/// No place is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many calls at the same time")]
pub struct Full;

/// Counts the calls under way.
///
/// The free places are spread over stripes, so that threads seldom meet at one number; who finds none at home looks at the others.
#[derive(Debug)]
pub struct Bulkhead {
    limit: u32,
    free: [Padded<AtomicU32>; STRIPES],
}

impl Bulkhead {
    /// At least one place.
    pub fn new(limit: u32) -> Self {
        let limit = limit.max(1);
        let stripes = STRIPES as u32;
        Self {
            limit,
            free: std::array::from_fn(|at| {
                Padded(AtomicU32::new(
                    limit / stripes + u32::from((at as u32) < limit % stripes),
                ))
            }),
        }
    }

    /// A place, until it is dropped.
    pub fn enter(&self) -> Result<Place<'_>, Full> {
        let home = stripe();
        for at in (home..STRIPES).chain(0..home) {
            let free = &self.free[at].0;
            let mut places = free.load(Relaxed);
            while places > 0 {
                match free.compare_exchange_weak(places, places - 1, Acquire, Relaxed) {
                    Ok(_) => return Ok(Place { free }),
                    Err(now) => places = now,
                }
            }
        }
        Err(Full)
    }

    /// Calls under way.
    pub fn taken(&self) -> u32 {
        self.limit
            - self
                .free
                .iter()
                .map(|free| free.0.load(Acquire))
                .sum::<u32>()
                .min(self.limit)
    }
}

/// One call's place.
#[derive(Debug)]
#[must_use = "the place is free again when this is dropped"]
pub struct Place<'a> {
    free: &'a AtomicU32,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.free.fetch_add(1, Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_call_ends() {
        let bulkhead = Bulkhead::new(2);
        let first = bulkhead.enter().expect("free");
        let _second = bulkhead.enter().expect("free");
        assert_eq!(bulkhead.enter().unwrap_err(), Full);
        drop(first);
        let _third = bulkhead.enter().expect("free again");
        assert_eq!(bulkhead.taken(), 2);
    }

    #[test]
    fn threads_never_exceed_the_limit() {
        let bulkhead = Bulkhead::new(3);
        let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        if let Ok(_place) = bulkhead.enter() {
                            most.fetch_max(inside.fetch_add(1, Relaxed) + 1, Relaxed);
                            inside.fetch_sub(1, Relaxed);
                        }
                    }
                });
            }
        });
        assert!(most.load(Relaxed) <= 3);
        assert_eq!(bulkhead.taken(), 0);
    }
}
