//! Files that are cut, flipped or missing: the rest is served, and somebody is told.

use std::fs;
use std::path::{Path, PathBuf};

use observe::metrics::store::Store;
use proptest::prelude::*;

use super::{RANGE, SECOND, all, block_folders, commit, everything, open, scrape, segments, select, try_select};

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_into(from, to.path());
    to
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            fs::create_dir(&target).unwrap();
            copy_into(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

fn flip(path: &Path, bit: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap();
}

fn cut(path: &Path, length: u64) {
    fs::File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(length)
        .unwrap();
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

fn damage(store: &Store) -> Vec<String> {
    store.status().problems.get("damage").cloned().unwrap_or_default()
}

/// Batches of one sample each, and how long the log was after each.
fn logged(folder: &Path, count: i64) -> Vec<u64> {
    let store = open(folder);
    let lengths = (0..count).map(|n| {
        commit(&store, [(n as usize % 3, n * SECOND, n as f64)]);
        size(&segments(folder)[0])
    });
    lengths.collect()
}

fn sample_count(store: &Store) -> usize {
    everything(store).iter().map(|(_, samples)| samples.len()).sum()
}

#[test]
fn a_log_torn_in_its_last_record_loses_that_record_only() {
    let folder = tempfile::tempdir().unwrap();
    let lengths = logged(folder.path(), 5);
    for end in lengths[3]..lengths[4] {
        let torn = copy(folder.path());
        cut(&segments(torn.path())[0], end);
        let store = open(torn.path());
        assert_eq!(sample_count(&store), 4, "cut at {end}");
        assert_eq!(damage(&store).len(), usize::from(end > lengths[3]), "cut at {end}");
        // It goes on from there, and the damage is reported once.
        commit(&store, [(0, 100 * SECOND, 1.0)]);
        drop(store);
        let store = open(torn.path());
        assert_eq!((sample_count(&store), damage(&store).len()), (5, 0), "cut at {end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_log_cut_anywhere_holds_the_batches_before(count in 1_i64..40, place in 0.0..1.0) {
        let folder = tempfile::tempdir().unwrap();
        let lengths = logged(folder.path(), count);
        let end = (place * *lengths.last().unwrap() as f64) as u64;
        cut(&segments(folder.path())[0], end);
        let store = open(folder.path());
        prop_assert_eq!(sample_count(&store), lengths.iter().filter(|length| **length <= end).count());
    }

    #[test]
    fn a_flipped_bit_in_the_log_costs_one_batch_and_the_series_it_defined(bit in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let lengths = logged(folder.path(), 12);
        let bit = bit.index(*lengths.last().unwrap() as usize * 8);
        flip(&segments(folder.path())[0], bit);
        let store = open(folder.path());
        // The first three batches define a series each, which has four samples.
        let hit = lengths.iter().position(|length| bit / 8 < *length as usize).unwrap();
        let lost = if bit / 8 < 8 { 0 } else if hit < 3 { 4 } else { 1 };
        prop_assert_eq!(sample_count(&store), 12 - lost);
        prop_assert_eq!(damage(&store).len(), 1);
        prop_assert_eq!(store.status().wal_corruptions, 1);
    }
}

#[test]
fn a_damaged_or_missing_file_in_the_middle_of_the_log_leaves_those_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for n in 0..1000 {
        commit(&store, (0..3).map(|number| (number, n * 100, n as f64)));
    }
    drop(store);
    assert!(segments(folder.path()).len() >= 4);

    let nonsense = copy(folder.path());
    let middle = &segments(nonsense.path())[1];
    fs::write(middle, "nonsense ".repeat(450)).unwrap();
    let store = open(nonsense.path());
    let times: Vec<i64> = everything(&store)[0].1.iter().map(|(time, _)| *time).collect();
    assert!(times[0] == 0 && *times.last().unwrap() == 999 * 100 && times.len() > 500 && times.len() < 1000);
    assert!(
        damage(&store)[0].contains("lost 4050 bytes that are no record"),
        "{:?}",
        damage(&store)
    );

    let missing = copy(folder.path());
    fs::remove_file(&segments(missing.path())[1]).unwrap();
    let store = open(missing.path());
    assert_eq!(everything(&store)[0].1.len(), times.len());
    assert!(damage(&store)[0].ends_with("is missing"), "{:?}", damage(&store));
}

#[test]
fn a_damaged_checkpoint_loses_what_is_damaged_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    scrape(&store, 0..200);
    drop(store);
    let checkpoint = super::files(folder.path().join("wal"), |name| name.starts_with("checkpoint.")).remove(0);
    flip(&checkpoint, 8 * size(&checkpoint) as usize / 2);
    let store = open(folder.path());
    // What is in blocks is not concerned; what memory held before the checkpoint is lost with the series' names.
    assert!(!damage(&store).is_empty(), "{:?}", damage(&store));
    assert_eq!(select(&store, &all(), 0, RANGE - 1)[0].1.len(), 10);
    commit(&store, [(0, 200 * SECOND, 1.0)]);
}

/// A store with one block and something in memory.
fn with_block() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    scrape(&store, 0..200);
    assert_eq!(store.status().blocks, 1);
    folder
}

fn is_set_aside_and_the_rest_served(folder: &Path, what: &str) {
    let store = open(folder);
    assert_eq!(
        (store.status().blocks, store.status().blocks_set_aside),
        (0, 1),
        "{what}"
    );
    assert!(damage(&store)[0].contains("block-"), "{what}: {:?}", damage(&store));
    assert_eq!(select(&store, &all(), RANGE, 2 * RANGE)[0].1.len(), 10, "{what}");
    drop(store);
    assert_eq!(open(folder).status().blocks_set_aside, 1);
}

#[test]
fn a_block_that_is_cut_or_lacks_a_file_is_set_aside() {
    for file in ["index", "chunks", "meta.json"] {
        let whole = with_block();
        let path = |folder: &Path| -> PathBuf { block_folders(folder)[0].join(file) };
        for length in [0, 1, size(&path(whole.path())) / 2, size(&path(whole.path())) - 1] {
            let damaged = copy(whole.path());
            cut(&path(damaged.path()), length);
            is_set_aside_and_the_rest_served(damaged.path(), &format!("{file} cut at {length}"));
        }
        let damaged = copy(whole.path());
        fs::remove_file(path(damaged.path())).unwrap();
        is_set_aside_and_the_rest_served(damaged.path(), &format!("no {file}"));
    }
}

#[test]
fn a_flipped_bit_in_an_index_is_found_when_it_is_opened() {
    let whole = with_block();
    let index = |folder: &Path| block_folders(folder)[0].join("index");
    for bit in (0..size(&index(whole.path())) as usize * 8).step_by(97) {
        let damaged = copy(whole.path());
        flip(&index(damaged.path()), bit);
        is_set_aside_and_the_rest_served(damaged.path(), &format!("bit {bit}"));
    }
}

#[test]
fn a_flipped_bit_in_a_chunk_is_found_when_it_is_read() {
    let whole = with_block();
    let chunks = |folder: &Path| block_folders(folder)[0].join("chunks");
    for bit in (64..size(&chunks(whole.path())) as usize * 8).step_by(97) {
        let damaged = copy(whole.path());
        flip(&chunks(damaged.path()), bit);
        let store = open(damaged.path());
        let error = try_select(&store, &all(), 0, 2 * RANGE).unwrap_err();
        assert!(error.contains("the checksum of a chunk is wrong"), "{error}");
        store.maintain();
        assert_eq!((store.status().blocks, store.status().blocks_set_aside), (0, 1));
        assert!(damage(&store)[0].contains("is damaged and was set aside"));
        assert_eq!(select(&store, &all(), 0, 2 * RANGE)[0].1.len(), 10);
    }
}

#[test]
fn what_a_crash_left_half_done_is_cleared_away() {
    let folder = with_block();
    let blocks = folder.path().join("blocks");
    fs::create_dir(blocks.join("block-00000050.tmp")).unwrap();
    fs::write(blocks.join("block-00000050.tmp/chunks"), "half").unwrap();
    fs::write(folder.path().join("wal/checkpoint.tmp"), "half").unwrap();
    // A parent that was to be removed after its merged block was published.
    let store = open(folder.path());
    let parent = copy(&block_folders(folder.path())[0]);
    scrape(&store, 200..1000);
    drop(store);
    let merged = block_folders(folder.path())[0].join("meta.json");
    let parents: serde_json::Value = serde_json::from_slice(&fs::read(merged).unwrap()).unwrap();
    let name = parents["parents"][0].as_str().unwrap();
    fs::create_dir(blocks.join(name)).unwrap();
    copy_into(parent.path(), &blocks.join(name));

    let store = open(folder.path());
    assert_eq!(everything(&store)[0].1.len(), 100);
    assert!(!blocks.join("block-00000050.tmp").exists() && !blocks.join(name).exists());
    assert!(!folder.path().join("wal/checkpoint.tmp").exists());
    assert_eq!(damage(&store), Vec::<String>::new());
}

#[test]
fn a_store_in_use_is_not_opened_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let second = Store::open(folder.path(), super::settings()).unwrap_err();
    assert!(second.to_string().ends_with("is in use by another process"), "{second}");
    drop(store);
    open(folder.path());
}
