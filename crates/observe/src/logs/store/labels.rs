//! Which labels and streams there are.

use std::collections::BTreeSet;

use super::Logs;
use super::push::DAY;
use crate::metrics::labels::Labels;
use crate::metrics::matchers::Matcher;

impl Logs {
    /// The streams with lines in a time, of which one of the sets of matchers holds; all when there is no set.
    pub fn streams(&self, sets: &[Vec<Matcher>], (start, end): (i64, i64)) -> BTreeSet<Labels> {
        let mut found = BTreeSet::new();
        for day in self.all_days() {
            let begin = day.number.saturating_mul(DAY);
            if begin >= end || begin.saturating_add(DAY) <= start {
                continue;
            }
            let state = day.state();
            let within = state
                .streams
                .values()
                .filter(|stream| stream.first < end && stream.last >= start);
            let holds = |labels: &Labels| {
                sets.is_empty() || sets.iter().any(|set| set.iter().all(|matcher| matcher.matches(labels)))
            };
            found.extend(
                within
                    .filter(|stream| holds(&stream.labels))
                    .map(|stream| stream.labels.clone()),
            );
        }
        found
    }

    /// How many streams there are today.
    pub fn active_streams(&self) -> usize {
        let today = self.known_day(self.now().div_euclid(DAY));
        today.map_or(0, |day| day.state().streams.len())
    }
}
