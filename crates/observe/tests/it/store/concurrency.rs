//! Many threads at once: batches, queries and upkeep.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{SECOND, all, everything, open, select, series};

const WRITERS: usize = 3;
const STEPS: i64 = 600;

#[test]
fn batches_are_seen_whole_while_blocks_are_cut_and_merged() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = &store;
                scope.spawn(move || {
                    // Each batch holds a pair of series at one time.
                    for step in 0..STEPS {
                        let mut batch = store.appender();
                        for number in [writer * 2, writer * 2 + 1] {
                            // The others may be ahead by more than may be late.
                            _ = batch.append(&series(number), step * SECOND, step as f64);
                        }
                        batch.commit().unwrap();
                    }
                })
            })
            .collect();
        let (store, done) = (&store, &done);
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                store.maintain();
                _ = store.sync();
            }
        });
        let reader = scope.spawn(move || {
            let mut queries = 0;
            while !done.load(Ordering::Relaxed) {
                let found = select(store, &all(), 0, i64::MAX);
                for writer in 0..WRITERS {
                    let samples = |number| {
                        let of = found.iter().find(|(labels, _)| *labels == series(number));
                        of.map(|(_, samples)| samples.clone()).unwrap_or_default()
                    };
                    assert_eq!(
                        samples(writer * 2),
                        samples(writer * 2 + 1),
                        "half a batch of writer {writer}"
                    );
                }
                queries += 1;
            }
            queries
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    store.maintain();
    let status = store.status();
    assert!(status.blocks_cut > 0 && status.problems.is_empty(), "{status:?}");
    let held: u64 = everything(&store).iter().map(|(_, samples)| samples.len() as u64).sum();
    assert_eq!(held, status.samples_appended);
    let before = everything(&store);
    drop(store);
    assert_eq!(everything(&open(folder.path())), before);
}
