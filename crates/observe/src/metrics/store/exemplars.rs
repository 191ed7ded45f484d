//! Exemplars: the traces behind some samples. A bounded number of them, in memory; the oldest make room for new ones.

use std::collections::{HashMap, VecDeque};

use super::super::labels::Labels;
use super::super::matchers::Matcher;
use super::errors::ExemplarError;

/// Characters that the names and values of an exemplar's labels may have together, as OpenMetrics says.
const MAX_LABEL_CHARS: usize = 128;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// Its own labels, such as the trace's id.
    pub labels: Labels,
    /// Milliseconds since the epoch.
    pub time: i64,
    /// The observed value.
    pub value: f64,
}

#[derive(Debug)]
pub(super) struct Exemplars {
    by_series: HashMap<Labels, VecDeque<Exemplar>>,
    /// Whose exemplar is the oldest, the second oldest and so on.
    order: VecDeque<Labels>,
    capacity: usize,
    pub(super) appended: u64,
    pub(super) out_of_order: u64,
}

impl Exemplars {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            by_series: HashMap::new(),
            order: VecDeque::new(),
            capacity,
            appended: 0,
            out_of_order: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn series_len(&self) -> usize {
        self.by_series.len()
    }

    /// Whether an exemplar would be taken. One that is known already would, and changes nothing.
    pub(super) fn check(&self, series: &Labels, exemplar: &Exemplar) -> Result<(), ExemplarError> {
        let chars = exemplar
            .labels
            .iter()
            .map(|(name, value)| name.chars().count() + value.chars().count());
        if chars.sum::<usize>() > MAX_LABEL_CHARS {
            return Err(ExemplarError::TooLong);
        }
        match self.newest(series) {
            Some(newest) if newest != exemplar && (exemplar.time, exemplar.value) <= (newest.time, newest.value) => {
                Err(ExemplarError::OutOfOrder)
            }
            _ => Ok(()),
        }
    }

    fn newest(&self, series: &Labels) -> Option<&Exemplar> {
        self.by_series.get(series)?.back()
    }

    pub(super) fn push(&mut self, series: &Labels, exemplar: Exemplar) -> Result<(), ExemplarError> {
        if let Err(error) = self.check(series, &exemplar) {
            self.out_of_order += u64::from(error == ExemplarError::OutOfOrder);
            return Err(error);
        }
        if self.capacity == 0 || self.newest(series) == Some(&exemplar) {
            return Ok(());
        }
        if self.order.len() == self.capacity {
            self.forget_oldest();
        }
        self.order.push_back(series.clone());
        self.by_series.entry(series.clone()).or_default().push_back(exemplar);
        self.appended += 1;
        Ok(())
    }

    fn forget_oldest(&mut self) {
        let Some(series) = self.order.pop_front() else { return };
        let Some(of_series) = self.by_series.get_mut(&series) else {
            return;
        };
        of_series.pop_front();
        if of_series.is_empty() {
            self.by_series.remove(&series);
        }
    }

    /// Exemplars from `start` to `end` of the series that satisfy all matchers of one of the sets, in the order of the
    /// series' labels and then of time.
    pub(super) fn select(&self, sets: &[Vec<Matcher>], start: i64, end: i64) -> Vec<(Labels, Vec<Exemplar>)> {
        let wanted = |series: &Labels| sets.iter().any(|set| set.iter().all(|matcher| matcher.matches(series)));
        let mut found: Vec<_> = self
            .by_series
            .iter()
            .filter(|(series, _)| wanted(series))
            .map(|(series, all)| {
                let between = all.iter().filter(|exemplar| (start..=end).contains(&exemplar.time));
                (series.clone(), between.cloned().collect::<Vec<_>>())
            })
            .filter(|(_, exemplars)| !exemplars.is_empty())
            .collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Labels, &Exemplar)> {
        let mut seen: HashMap<&Labels, usize> = HashMap::new();
        self.order.iter().filter_map(move |series| {
            let next = seen.entry(series).or_default();
            *next += 1;
            Some((series, self.by_series.get(series)?.get(*next - 1)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::matchers::MatchOp;
    use super::*;

    fn series(route: &str) -> Labels {
        Labels::from_pairs([("__name__", "latency"), ("route", route)])
    }

    fn exemplar(trace: &str, time: i64) -> Exemplar {
        Exemplar {
            labels: Labels::from_pairs([("trace_id", trace)]),
            time,
            value: 1.0,
        }
    }

    #[test]
    fn the_oldest_make_room() {
        let mut exemplars = Exemplars::new(2);
        for (route, time) in [("/a", 1), ("/b", 2), ("/a", 3)] {
            exemplars.push(&series(route), exemplar("t", time)).unwrap();
        }
        let kept: Vec<_> = exemplars
            .iter()
            .map(|(series, exemplar)| (series.get("route"), exemplar.time))
            .collect();
        assert_eq!(kept, [("/b", 2), ("/a", 3)]);
    }

    #[test]
    fn order_repetition_and_length_are_watched() {
        let mut exemplars = Exemplars::new(10);
        exemplars.push(&series("/a"), exemplar("t1", 5)).unwrap();
        assert_eq!(exemplars.push(&series("/a"), exemplar("t1", 5)), Ok(()));
        assert_eq!(
            exemplars.push(&series("/a"), exemplar("t2", 5)),
            Err(ExemplarError::OutOfOrder)
        );
        assert_eq!(
            exemplars.push(&series("/a"), exemplar("t2", 4)),
            Err(ExemplarError::OutOfOrder)
        );
        assert_eq!(
            exemplars.push(&series("/b"), exemplar(&"t".repeat(121), 6)),
            Err(ExemplarError::TooLong)
        );
        assert_eq!((exemplars.len(), exemplars.out_of_order), (1, 2));
    }

    #[test]
    fn they_are_found_by_matchers_and_time() {
        let mut exemplars = Exemplars::new(10);
        for time in 1..=5 {
            exemplars.push(&series("/b"), exemplar("t", time)).unwrap();
            exemplars.push(&series("/a"), exemplar("t", time)).unwrap();
        }
        let all = vec![Matcher::new("route", MatchOp::Regex, "/.*").unwrap()];
        let found = exemplars.select(&[all], 2, 3);
        let times: Vec<_> = found
            .iter()
            .map(|(s, es)| (s.get("route"), es.iter().map(|e| e.time).collect::<Vec<_>>()))
            .collect();
        assert_eq!(times, [("/a", vec![2, 3]), ("/b", vec![2, 3])]);
    }
}
