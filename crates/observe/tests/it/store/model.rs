//! The store beside a plain list of samples, through random histories.

use std::collections::BTreeMap;

use observe::metrics::labels::Labels;
use observe::metrics::matchers::{MatchOp, Matcher};
use observe::metrics::memory::MemorySource;
use observe::metrics::store::{AppendError, Store};
use proptest::prelude::*;

use super::{RANGE, all, everything, open, select, series};

/// What may happen.
#[derive(Debug, Clone)]
enum Event {
    /// Time passes, and a batch comes in: series, how much earlier, value.
    Batch {
        pause: i64,
        samples: Vec<(usize, i64, u8)>,
    },
    Upkeep,
    /// The process dies and starts again; all that was committed was written.
    Restart,
    Query {
        matchers: Vec<Matcher>,
        ago: i64,
        length: i64,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let late = prop_oneof![8 => Just(0_i64), 1 => 0..RANGE];
    let samples = prop::collection::vec((0_usize..6, late, any::<u8>()), 0..8);
    let pause = prop_oneof![6 => 0..RANGE / 4, 1 => 0..RANGE * 5];
    let matcher = (
        "__name__|number|absent",
        0_usize..4,
        "|.*|.+|even|[0-3]|1\\|2\\|5|odd\\|",
    )
        .prop_map(|(name, op, value)| {
            let op = [MatchOp::Equal, MatchOp::NotEqual, MatchOp::Regex, MatchOp::NotRegex][op];
            Matcher::new(name, op, value).unwrap_or_else(|_| all().remove(0))
        });
    prop_oneof![
        10 => (pause, samples).prop_map(|(pause, samples)| Event::Batch { pause, samples }),
        3 => Just(Event::Upkeep),
        1 => Just(Event::Restart),
        3 => (prop::collection::vec(matcher, 0..3), 0..RANGE * 20, 0..RANGE * 8)
            .prop_map(|(matchers, ago, length)| Event::Query { matchers, ago, length }),
    ]
}

/// What the store must hold.
#[derive(Default)]
struct Model {
    samples: MemorySource,
    last: BTreeMap<Labels, (i64, f64)>,
    newest: Option<i64>,
}

impl Model {
    fn oldest_acceptable(&self) -> i64 {
        self.newest.map_or(i64::MIN, |newest| newest - RANGE / 2)
    }

    fn judge(&self, labels: &Labels, time: i64, value: f64) -> Result<(), AppendError> {
        match self.last.get(labels) {
            _ if time < self.oldest_acceptable() => Err(AppendError::TooOld),
            Some((last, _)) if time < *last => Err(AppendError::OutOfOrder),
            Some((last, known)) if time == *last && value != *known => Err(AppendError::Duplicate),
            _ => Ok(()),
        }
    }

    fn commit(&mut self, batch: Vec<(Labels, i64, f64)>) {
        for (labels, time, value) in batch {
            let is_new = self.last.get(&labels).is_none_or(|(last, _)| *last < time);
            if is_new {
                self.samples.insert(&labels, time, value);
                self.last.insert(labels, (time, value));
                self.newest = self.newest.max(Some(time));
            }
        }
    }
}

fn append(store: &Store, model: &mut Model, now: i64, samples: &[(usize, i64, u8)]) -> Result<(), TestCaseError> {
    let mut batch = store.appender();
    let mut taken = Vec::new();
    for (number, late, value) in samples {
        let (labels, time, value) = (series(*number), now - late, f64::from(*value));
        let judged = model.judge(&labels, time, value);
        prop_assert_eq!(batch.append(&labels, time, value).map(|_| ()), judged);
        if judged.is_ok() {
            taken.push((labels, time, value));
        }
    }
    batch.commit().unwrap();
    model.commit(taken);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_store_holds_what_a_plain_list_would(events in prop::collection::vec(event(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let mut model = Model::default();
        let mut now = 0;
        for event in events {
            match event {
                Event::Batch { pause, samples } => {
                    now += pause;
                    append(&store, &mut model, now, &samples)?;
                }
                Event::Upkeep => store.maintain(),
                Event::Restart => {
                    drop(store);
                    store = open(folder.path());
                }
                Event::Query { matchers, ago, length } => {
                    let (start, end) = (now - ago, now - ago + length);
                    prop_assert_eq!(select(&store, &matchers, start, end), select(&model.samples, &matchers, start, end));
                }
            }
        }
        prop_assert_eq!(everything(&store), select(&model.samples, &all(), i64::MIN, i64::MAX));
        prop_assert_eq!(store.status().problems.len(), 0);
    }
}
