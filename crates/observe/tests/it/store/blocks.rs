//! Cutting, merging and giving up blocks.

use std::sync::Arc;

use observe::metrics::matchers::{MatchOp, Matcher};
use observe::metrics::samples::Samples;
use observe::metrics::source::{Selection, Source};
use observe::metrics::store::{Settings, Store, StoreThreads};
use units::HumanDuration;

use super::{
    RANGE, SECOND, all, block_folders, commit, everything, open, scrape, segments, select, settings, try_select,
};

#[test]
fn old_samples_go_to_blocks_and_nothing_changes_for_queries() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    scrape(&store, 0..270);
    let status = store.status();
    assert_eq!((status.blocks_cut, status.head_min_time), (2, Some(2 * RANGE)));
    let samples = &everything(&store)[0].1;
    assert_eq!(samples.len(), 27);
    assert!(samples.windows(2).all(|pair| pair[1].0 - pair[0].0 == 10 * SECOND));
    // At, before and behind the border of two blocks, and of blocks and memory.
    for (start, end, count) in [
        (95, 105, 1),
        (90, 100, 2),
        (100, 100, 1),
        (195, 205, 1),
        (190, 210, 3),
        (-50, 0, 1),
    ] {
        let found = select(&store, &all(), start * SECOND, end * SECOND);
        assert!(
            found.iter().all(|(_, samples)| samples.len() == count),
            "{start}..{end}"
        );
        assert_eq!(found.len(), 4);
    }
}

#[test]
fn blocks_are_merged_and_the_parents_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    scrape(&store, 0..1200);
    let levels: Vec<_> = store
        .blocks()
        .iter()
        .map(|block| (block.min_time / RANGE, block.max_time / RANGE, block.level))
        .collect();
    assert_eq!(levels, [(0, 9, 3), (9, 10, 1), (10, 11, 1)]);
    assert_eq!(block_folders(folder.path()).len(), 3);
    assert_eq!(everything(&store)[0].1.len(), 120);
    let before = everything(&store);
    drop(store);
    assert_eq!(everything(&open(folder.path())), before);
}

#[test]
fn the_log_holds_no_more_than_memory() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    scrape(&store, 0..2000);
    assert!(segments(folder.path()).len() <= 3, "{:?}", segments(folder.path()));
    let status = store.status();
    assert!(status.checkpoints >= 18 && status.wal_bytes < 20_000, "{status:?}");
}

#[test]
fn a_log_that_grows_long_within_one_block_is_shortened() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for step in 0..5000 {
        commit(&store, (0..4).map(|number| (number, step * 10, 1.0)));
        if step % 100 == 0 {
            store.maintain();
        }
    }
    let status = store.status();
    assert!(status.blocks == 0 && status.checkpoints > 2, "{status:?}");
    assert!(
        status.wal_bytes < 60_000 && status.wal_written_bytes > 250_000,
        "{status:?}"
    );
    let before = everything(&store);
    drop(store);
    assert_eq!(everything(&open(folder.path())), before);
}

#[test]
fn a_query_keeps_what_it_found_while_everything_moves() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for time in (0..=150).step_by(10) {
        commit(&store, [(0, time * SECOND, time as f64)]);
    }
    let matchers = all();
    let selected = store
        .select(&Selection {
            start: 0,
            end: i64::MAX,
            matchers: &matchers,
        })
        .unwrap();
    scrape(&store, 160..1500);
    assert!(store.status().compactions > 0);
    let mut scratch = Samples::default();
    let samples = selected[0].samples(&mut scratch).unwrap();
    let expected: Vec<i64> = (0..=150).step_by(10).map(|time| time * SECOND).collect();
    assert_eq!(samples.times, expected);
    // And the head lets go of it when the query has ended.
    let kept = store.status().head_min_time.unwrap();
    drop(selected);
    store.maintain();
    assert!(kept == 0 && store.status().head_min_time.unwrap() >= 1300 * SECOND);
}

#[test]
fn the_oldest_blocks_go_when_they_are_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(
        folder.path(),
        Settings {
            retention: HumanDuration::from_secs(500),
            ..settings()
        },
    )
    .unwrap();
    scrape(&store, 0..1200);
    let oldest = everything(&store)[0].1[0].0;
    assert_eq!(oldest, 600 * SECOND);
    assert!(store.status().time_retentions > 0);
}

#[test]
fn the_oldest_blocks_go_when_all_is_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let limit = 4_000;
    let store = Store::open(
        folder.path(),
        Settings {
            retention_bytes: limit,
            ..settings()
        },
    )
    .unwrap();
    scrape(&store, 0..3000);
    let status = store.status();
    assert!(
        status.size_retentions > 0 && status.blocks > 0 && status.block_bytes + status.wal_bytes <= limit,
        "{status:?}"
    );
}

#[test]
fn a_long_silence_makes_no_empty_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    scrape(&store, 0..50);
    scrape(&store, 100_000..100_300);
    let spans: Vec<_> = store.blocks().iter().map(|block| block.min_time / RANGE).collect();
    assert_eq!(spans, [0, 1000, 1001]);
    assert_eq!(everything(&store)[0].1.len(), 35);
}

#[test]
fn blocks_that_overlap_are_read_as_one_and_merged() {
    let [one, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (folder, offset) in [(&one, 0), (&other, 5)] {
        let store = open(folder.path());
        for time in (0..300).step_by(10) {
            // Both have a sample at 0, of different values.
            let at = if time == 0 { 0 } else { time + offset };
            commit(&store, [(0, at * SECOND, (time + offset) as f64)]);
        }
        store.maintain();
    }
    let copied = one.path().join("blocks/block-00000099");
    std::fs::rename(&block_folders(other.path())[0], &copied).unwrap();
    let store = open(one.path());
    let expected: Vec<(i64, u64)> = (0..100)
        .step_by(5)
        .filter(|time| *time != 5)
        .map(|time| (time * SECOND, (time as f64).to_bits()))
        .collect();
    assert_eq!(select(&store, &all(), 0, RANGE - 1)[0].1, expected);
    store.maintain();
    assert_eq!(store.status().compactions, 1);
    assert_eq!(select(&store, &all(), 0, RANGE - 1)[0].1, expected);
}

#[test]
fn a_query_over_too_many_series_is_refused_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(
        folder.path(),
        Settings {
            max_selected_series: 3,
            ..settings()
        },
    )
    .unwrap();
    scrape(&store, 0..200);
    for (start, end) in [(0, RANGE - 1), (RANGE, 2 * RANGE), (0, 2 * RANGE)] {
        let error = try_select(&store, &all(), start, end).unwrap_err();
        assert_eq!(error, "query selects too many series: the limit is 3");
    }
    let even = vec![Matcher::new("__name__", MatchOp::Equal, "even").unwrap()];
    assert_eq!(select(&store, &even, 0, 2 * RANGE).len(), 2);
}

#[test]
fn two_threads_sync_and_keep_up_until_they_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let soon = HumanDuration::from_millis(1);
    let quick = Settings {
        sync_interval: soon,
        upkeep_interval: soon,
        ..settings()
    };
    let store = Arc::new(Store::open(folder.path(), quick).unwrap());
    let threads = StoreThreads::start(&store).unwrap();
    for time in (0..400).step_by(10) {
        commit(&store, [(0, time * SECOND, 1.0)]);
    }
    while store.status().blocks_cut < 2 || store.status().checkpoints == 0 || store.status().wal_syncs == 0 {
        std::thread::yield_now();
    }
    commit(&store, [(0, 400 * SECOND, 1.0)]);
    drop(threads);
    assert_eq!(everything(&store)[0].1.len(), 41);
    assert_eq!(Arc::strong_count(&store), 1);
}
