//! The metric store: what goes in comes out, whatever happens in between.

mod appending;
mod blocks;
mod concurrency;
mod damage;
mod disk_full;
mod killed;
mod labels;
mod model;

use std::path::{Path, PathBuf};

use observe::metrics::labels::Labels;
use observe::metrics::matchers::{MatchOp, Matcher};
use observe::metrics::samples::Samples;
use observe::metrics::source::{Selection, Source};
use observe::metrics::store::{Committed, Settings, Store};
use units::HumanDuration;

/// A second, in the milliseconds of sample times.
const SECOND: i64 = 1000;
/// What one block covers in these tests.
const RANGE: i64 = 100 * SECOND;

/// Small enough for everything to happen within few samples: a block is 100 s, a file of the log 4 KiB.
fn settings() -> Settings {
    Settings {
        block_range: HumanDuration::from_secs(100),
        retention: HumanDuration::from_secs(1_000_000),
        segment_bytes: 4096,
        max_exemplars: 100,
        ..Settings::default()
    }
}

fn open(folder: &Path) -> Store {
    Store::open(folder, settings()).expect("a store opens whatever its files hold")
}

fn series(number: usize) -> Labels {
    let name = if number.is_multiple_of(2) { "even" } else { "odd" };
    Labels::from_pairs([("__name__", name), ("number", &number.to_string())])
}

fn all() -> Vec<Matcher> {
    vec![Matcher::new("__name__", MatchOp::Regex, ".+").unwrap()]
}

/// One batch; every sample of it is expected to be taken.
fn commit(store: &Store, samples: impl IntoIterator<Item = (usize, i64, f64)>) -> Committed {
    let mut batch = store.appender();
    for (number, time, value) in samples {
        batch.append(&series(number), time, value).unwrap();
    }
    batch.commit().unwrap()
}

/// A series and its samples, values by their bits.
type Found = Vec<(Labels, Vec<(i64, u64)>)>;

fn select(source: &impl Source, matchers: &[Matcher], start: i64, end: i64) -> Found {
    try_select(source, matchers, start, end).unwrap()
}

fn try_select(source: &impl Source, matchers: &[Matcher], start: i64, end: i64) -> Result<Found, String> {
    let selected = source
        .select(&Selection { start, end, matchers })
        .map_err(|error| error.to_string())?;
    let mut scratch = Samples::default();
    let mut found = Found::new();
    for series in selected {
        let samples = series.samples(&mut scratch).map_err(|error| error.to_string())?;
        let pairs = samples
            .times
            .iter()
            .copied()
            .zip(samples.values.iter().map(|value| value.to_bits()));
        found.push((series.labels().clone(), pairs.collect()));
    }
    found.retain(|(_, samples)| !samples.is_empty());
    Ok(found)
}

fn everything(store: &Store) -> Found {
    select(store, &all(), i64::MIN, i64::MAX)
}

/// Scrapes series 0 to 3 every ten seconds in `times`, their values telling the time, with an upkeep after each.
fn scrape(store: &Store, times: std::ops::Range<i64>) {
    for time in times.step_by(10) {
        commit(
            store,
            (0..4).map(|number| (number, time * SECOND, (time * 10) as f64 + number as f64)),
        );
        store.maintain();
    }
}

/// The files of a folder whose names satisfy a condition, in the order of these names.
fn files(folder: PathBuf, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = names
        .filter(|path| wanted(path.file_name().unwrap().to_str().unwrap()))
        .collect();
    names.sort();
    names
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    files(folder.join("wal"), |name| {
        name.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn block_folders(folder: &Path) -> Vec<PathBuf> {
    files(folder.join("blocks"), |name| {
        name.starts_with("block-") && !name.contains('.')
    })
}
