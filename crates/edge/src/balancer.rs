//! Which instance of a pool gets the next request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::config::Balance;
use crate::pool::Instance;
use crate::signals::Series;

/// An instance as one route sees it.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) instance: Arc<Instance>,
    /// Share of the pool's requests; 0 takes none.
    pub(crate) weight: u32,
    pub(crate) series: Arc<Series>,
}

/// The instances among which one request's is chosen.
#[derive(Debug)]
pub(crate) struct Pool {
    targets: Box<[Arc<Target>]>,
    total_weight: u64,
    even: bool,
    next: AtomicUsize,
}

impl Pool {
    pub(crate) fn new(targets: Vec<Arc<Target>>) -> Self {
        let targets: Box<[_]> = targets.into_iter().filter(|target| target.weight > 0).collect();
        Self {
            total_weight: targets.iter().map(|target| u64::from(target.weight)).sum(),
            even: targets.windows(2).all(|pair| pair[0].weight == pair[1].weight),
            targets,
            next: AtomicUsize::new(0),
        }
    }

    /// An instance that is up and not among `tried`.
    pub(crate) fn pick(&self, balance: Balance, tried: &[Arc<Target>]) -> Option<&Arc<Target>> {
        let count = self.targets.len();
        if count == 0 {
            return None;
        }
        let turn = self.next.fetch_add(1, Relaxed);
        let usable = |target: &&Arc<Target>| {
            target.instance.is_up() && !tried.iter().any(|other| Arc::ptr_eq(&other.instance, &target.instance))
        };
        let start = match balance {
            Balance::RoundRobin if !self.even => self.weighted(turn),
            _ => turn % count,
        };
        let mut in_order = self.targets[start..]
            .iter()
            .chain(&self.targets[..start])
            .filter(usable);
        match balance {
            Balance::RoundRobin => in_order.next(),
            // The first of equals wins, and who is first goes around.
            Balance::LeastConnections => in_order.min_by(|a, b| a.load().total_cmp(&b.load())),
        }
    }

    /// The place of turn `turn` when each target gets its weight's share. Steps of the golden ratio spread a target's
    /// turns evenly over any stretch of them, with no state but the counter.
    fn weighted(&self, turn: usize) -> usize {
        let step = (turn as u32).wrapping_mul(0x9E37_79B9);
        let mut at = (u64::from(step) * self.total_weight) >> 32;
        for (index, target) in self.targets.iter().enumerate() {
            match at.checked_sub(u64::from(target.weight)) {
                Some(rest) => at = rest,
                None => return index,
            }
        }
        0
    }
}

impl Target {
    fn load(&self) -> f64 {
        (self.instance.active() + 1) as f64 / f64::from(self.weight)
    }
}

/// A request's place at an instance, given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    target: Arc<Target>,
}

impl Lease {
    pub(crate) fn new(target: Arc<Target>) -> Self {
        target.instance.enter();
        Self { target }
    }

    pub(crate) fn target(&self) -> &Arc<Target> {
        &self.target
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.target.instance.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::Origin;

    fn pool(weights: &[u32]) -> Pool {
        let series = Series::of(Origin::unmatched());
        let target = |(index, &weight): (usize, &u32)| {
            let id = format!("test-{index}");
            Arc::new(Target {
                instance: Arc::new(Instance::new(id, "127.0.0.1:1".parse().unwrap(), String::new(), 1)),
                weight,
                series: Arc::clone(&series),
            })
        };
        Pool::new(weights.iter().enumerate().map(target).collect())
    }

    fn turns(pool: &Pool, balance: Balance, count: usize) -> Vec<usize> {
        let mut taken = vec![0; pool.targets.len()];
        for _ in 0..count {
            let picked = pool.pick(balance, &[]).unwrap();
            taken[pool
                .targets
                .iter()
                .position(|target| Arc::ptr_eq(target, picked))
                .unwrap()] += 1;
        }
        taken
    }

    #[test]
    fn equals_take_turns() {
        assert_eq!(
            turns(&pool(&[100, 100, 100]), Balance::RoundRobin, 300),
            [100, 100, 100]
        );
    }

    #[test]
    fn weights_are_kept_within_two_in_a_hundred() {
        let taken = turns(&pool(&[90, 10]), Balance::RoundRobin, 100);
        assert!((88..=92).contains(&taken[0]), "{taken:?}");
    }

    #[test]
    fn a_weight_of_zero_takes_nothing() {
        let pool = pool(&[0, 100]);
        assert!((0..10).all(|_| pool.pick(Balance::RoundRobin, &[]).unwrap().instance.id() == "test-1"));
    }

    #[test]
    fn the_least_busy_is_taken() {
        let pool = pool(&[100, 100]);
        let busy = Lease::new(Arc::clone(&pool.targets[0]));
        assert_eq!(turns(&pool, Balance::LeastConnections, 5), [0, 5]);
        drop(busy);
        assert_eq!(turns(&pool, Balance::LeastConnections, 4), [2, 2]);
    }

    #[test]
    fn what_is_down_or_tried_is_passed_over() {
        let pool = pool(&[100, 100]);
        let first = Arc::clone(&pool.targets[0]);
        assert!((0..4).all(|_| !Arc::ptr_eq(pool.pick(Balance::RoundRobin, &[Arc::clone(&first)]).unwrap(), &first)));
        first.instance.mark_down();
        assert!((0..4).all(|_| !Arc::ptr_eq(pool.pick(Balance::RoundRobin, &[]).unwrap(), &first)));
        pool.targets[1].instance.mark_down();
        assert!(pool.pick(Balance::RoundRobin, &[]).is_none());
    }
}
