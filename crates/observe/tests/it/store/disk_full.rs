//! A disk that is full, and one that cannot be trusted. `/dev/full` stands in for the one: whatever is written there meets
//! «no space left on device»; `/dev/null` for the other: it takes everything and cannot be synced.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use observe::metrics::store::Store;

use super::{RANGE, SECOND, block_folders, commit, everything, open, scrape, segments, series};

/// Makes the next file of the log one that nothing can be written to. Returns its path.
fn fill_disk(folder: &Path) -> PathBuf {
    next_segment_is(folder, "/dev/full")
}

fn next_segment_is(folder: &Path, device: &str) -> PathBuf {
    let last = segments(folder).pop().unwrap();
    let number: u64 = last.file_name().unwrap().to_str().unwrap().parse().unwrap();
    let next = folder.join(format!("wal/{:08}", number + 1));
    symlink(device, &next).unwrap();
    next
}

/// Commits batches until one is refused. Returns how many were taken.
fn commit_until_full(store: &Store) -> i64 {
    for n in 0..10_000 {
        let mut batch = store.appender();
        batch.append(&series(0), n, n as f64).unwrap();
        if let Err(error) = batch.commit() {
            assert!(error.to_string().contains("No space left on device"), "{error}");
            return n;
        }
    }
    panic!("the disk never was full");
}

#[test]
fn a_batch_that_cannot_be_logged_is_not_visible_and_may_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(0, -1, 0.0)]);
    let full = fill_disk(folder.path());
    let taken = commit_until_full(&store);
    assert_eq!(everything(&store)[0].1.len() as i64, taken + 1);

    let mut batch = store.appender();
    let late = batch.append(&series(0), 50_000, 1.0).unwrap();
    batch.append(&series(5), 50_000, 1.0).unwrap();
    for _ in 0..3 {
        batch.commit().unwrap_err();
    }
    assert_eq!(everything(&store).len(), 1);
    let status = store.status();
    assert_eq!(
        (status.wal_write_failures, status.problems.contains_key("log")),
        (4, true)
    );

    fs::remove_file(full).unwrap();
    assert_eq!(batch.commit().unwrap().added, 2);
    batch.append_to(late, 51_000, 2.0).unwrap();
    batch.commit().unwrap();
    assert!(!store.status().problems.contains_key("log"));
    drop(batch);
    let before = everything(&store);
    assert_eq!((before.len(), before[0].1.len() as i64), (2, taken + 3));
    drop(store);
    assert_eq!(everything(&open(folder.path())), before);
}

#[test]
fn a_store_opens_on_a_full_disk_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    commit(&open(folder.path()), [(0, 1000, 1.0)]);
    let full = fill_disk(folder.path());
    // The next start goes on behind it.
    let number: u64 = full.file_name().unwrap().to_str().unwrap().parse().unwrap();
    fs::rename(&full, folder.path().join("wal/kept")).unwrap();
    let store = open(folder.path());
    symlink("/dev/full", folder.path().join(format!("wal/{number:08}"))).unwrap();
    assert_eq!(everything(&store).len(), 1);
    let mut batch = store.appender();
    batch.append(&series(0), 2000, 1.0).unwrap();
    batch.commit().unwrap_err();
    fs::remove_file(full).unwrap();
    batch.commit().unwrap();
    assert_eq!(everything(&store)[0].1.len(), 2);
}

#[test]
fn a_block_that_cannot_be_written_is_tried_again_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (blocks, away) = (folder.path().join("blocks"), folder.path().join("away"));
    fs::rename(&blocks, &away).unwrap();
    fs::write(&blocks, "in the way").unwrap();
    scrape(&store, 0..400);
    assert!(store.status().problems.contains_key("block"));
    assert_eq!((store.status().blocks, everything(&store)[0].1.len()), (0, 40));

    fs::remove_file(&blocks).unwrap();
    fs::rename(&away, &blocks).unwrap();
    store.maintain();
    let status = store.status();
    assert!(
        status.blocks == 1 && status.head_min_time.unwrap() >= 2 * RANGE && status.problems.is_empty(),
        "{status:?}"
    );
    assert_eq!(everything(&store)[0].1.len(), 40);
    assert!(status.head_max_time == Some(390 * SECOND));
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_tried_again_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let unfinished = folder.path().join("wal/checkpoint.tmp");
    for time in (0..200).step_by(10) {
        // It is removed with the failed attempt, as something that takes room.
        _ = symlink("/dev/full", &unfinished);
        commit(&store, [(0, time * SECOND, 1.0)]);
        store.maintain();
    }
    assert!(store.status().checkpoint_failures > 0 && store.status().problems.contains_key("checkpoint"));
    let before = everything(&store);
    store.maintain();
    assert_eq!((store.status().checkpoints, store.status().problems.len()), (1, 0));
    drop(store);
    let store = open(folder.path());
    assert_eq!((everything(&store), before[0].1.len()), (before, 20));
}

#[test]
fn what_cannot_be_synced_is_written_anew_from_memory() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(0, 0, 0.0)]);
    next_segment_is(folder.path(), "/dev/null");
    let mut time = 0;
    let error = loop {
        time += 1;
        commit(&store, [(0, time, 1.0), (1, time, 2.0)]);
        if let Err(error) = store.sync() {
            break error;
        }
    };
    assert!(error.to_string().contains("sync"), "{error}");
    assert!(store.status().problems.contains_key("sync"));
    store.maintain();
    commit(&store, [(0, time + 1, 1.0)]);
    store.sync().unwrap();
    assert!(store.status().problems.is_empty(), "{:?}", store.status().problems);
    let before = everything(&store);
    assert_eq!(before[0].1.len() as i64, time + 2);
    drop(store);
    assert_eq!(everything(&open(folder.path())), before);
}

#[test]
fn a_block_that_cannot_be_opened_for_another_reason_than_its_content_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    scrape(&store, 0..200);
    let before = everything(&store);
    drop(store);
    let index = block_folders(folder.path())[0].join("index");
    let away = folder.path().join("away");
    fs::rename(&index, &away).unwrap();
    // Too many levels of symbolic links.
    symlink(&index, &index).unwrap();
    let store = open(folder.path());
    for _ in 0..2 {
        let status = store.status();
        assert_eq!((status.blocks, status.blocks_set_aside), (0, 0));
        assert!(
            status.problems["unopened block"][0].contains("index"),
            "{:?}",
            status.problems
        );
        store.maintain();
    }
    fs::rename(&away, &index).unwrap();
    store.maintain();
    assert_eq!((store.status().blocks, everything(&store)), (1, before));
    assert!(store.status().problems.is_empty());
}
