//! Which samples are taken, and what those who append learn.

use observe::metrics::labels::Labels;
use observe::metrics::samples::{STALE, STALE_BITS};
use observe::metrics::store::{AppendError, Committed, Exemplar, ExemplarError};

use super::{RANGE, SECOND, all, commit, everything, open, select, series};

#[test]
fn a_sample_that_is_there_is_taken_again_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(0, 1000, 1.0)]);
    assert_eq!(
        commit(&store, [(0, 1000, 1.0)]),
        Committed {
            known: 1,
            ..Committed::default()
        }
    );
    assert_eq!(everything(&store), [(series(0), vec![(1000, 1.0_f64.to_bits())])]);
    assert_eq!(store.status().samples_appended, 1);
}

#[test]
fn contradictions_are_refused_in_the_words_of_prometheus_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(0, 10 * RANGE, 1.0)]);
    let mut batch = store.appender();
    let mut refused = |time, value| batch.append(&series(0), time, value).unwrap_err();
    assert_eq!(refused(10 * RANGE, 2.0).to_string(), "duplicate sample for timestamp");
    assert_eq!(refused(10 * RANGE - 1, 1.0).to_string(), "out of order sample");
    assert_eq!(refused(10 * RANGE - RANGE / 2 - 1, 1.0).to_string(), "too old sample");
    assert_eq!(
        batch.append(&Labels::empty(), 10 * RANGE, 1.0),
        Err(AppendError::NoLabels)
    );
    let status = store.status();
    assert_eq!(
        (
            status.duplicate_samples,
            status.out_of_order_samples,
            status.too_old_samples
        ),
        (1, 1, 1)
    );
}

#[test]
fn another_series_may_be_late_by_half_a_block() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(0, 10 * RANGE, 1.0)]);
    commit(&store, [(1, 10 * RANGE - RANGE / 2, 1.0)]);
}

#[test]
fn what_contradicts_itself_within_a_batch_is_left_out_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let committed = commit(&store, [(0, 1000, 1.0), (0, 1000, 2.0), (0, 500, 1.0), (0, 2000, 3.0)]);
    assert_eq!(
        committed,
        Committed {
            added: 2,
            known: 0,
            refused: 2
        }
    );
    let expected = vec![(series(0), vec![(1000, 1.0_f64.to_bits()), (2000, 3.0_f64.to_bits())])];
    assert_eq!(everything(&store), expected);
    drop(store);
    assert_eq!(everything(&open(folder.path())), expected);
}

#[test]
fn two_batches_may_race_and_the_first_to_commit_wins() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let [mut first, mut second] = [store.appender(), store.appender()];
    first.append(&series(0), 1000, 1.0).unwrap();
    second.append(&series(0), 1000, 2.0).unwrap();
    assert_eq!(second.commit().unwrap().added, 1);
    assert_eq!(
        first.commit().unwrap(),
        Committed {
            refused: 1,
            ..Committed::default()
        }
    );
    assert_eq!(store.status().duplicate_samples, 1);
}

#[test]
fn a_dropped_batch_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.appender().append(&series(0), 1000, 1.0).unwrap();
    assert_eq!(everything(&store), []);
    assert_eq!(store.series(&[], i64::MIN, i64::MAX).unwrap(), []);
    assert_eq!(
        store.label_names(&[], i64::MIN, i64::MAX).unwrap(),
        Vec::<String>::new()
    );
}

#[test]
fn the_mark_of_a_series_end_keeps_its_bits() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(0, 1000, f64::NAN), (0, 2000, STALE), (0, 3000, -0.0)]);
    let bits = vec![
        (1000, f64::NAN.to_bits()),
        (2000, STALE_BITS),
        (3000, (-0.0_f64).to_bits()),
    ];
    assert_eq!(everything(&store), [(series(0), bits.clone())]);
    drop(store);
    assert_eq!(everything(&open(folder.path())), [(series(0), bits)]);
}

#[test]
fn a_reference_holds_while_its_series_has_samples_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut batch = store.appender();
    let (steady, ending) = (
        batch.append(&series(0), 0, 1.0).unwrap(),
        batch.append(&series(1), 0, 1.0).unwrap(),
    );
    batch.commit().unwrap();
    for time in (10..400).step_by(10) {
        let mut batch = store.appender();
        batch.append_to(steady, time * SECOND, 1.0).unwrap();
        batch.commit().unwrap();
        store.maintain();
    }
    let mut batch = store.appender();
    assert_eq!(
        batch.append_to(ending, 400 * SECOND, 2.0),
        Err(AppendError::UnknownSeries)
    );
    let again = batch.append(&series(1), 400 * SECOND, 2.0).unwrap();
    assert_ne!(again, ending);
    batch.commit().unwrap();
    let all = everything(&store);
    let ended = all.iter().find(|(labels, _)| *labels == series(1)).unwrap();
    assert_eq!(ended.1, [(0, 1.0_f64.to_bits()), (400 * SECOND, 2.0_f64.to_bits())]);
    assert_eq!((all.len(), all[0].1.len()), (2, 40));
}

#[test]
fn a_batch_keeps_its_series_while_the_head_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(0, 0, 1.0), (1, 0, 1.0)]);
    commit(&store, [(0, 155 * SECOND, 1.0)]);
    let mut waiting = store.appender();
    waiting.append(&series(1), 150 * SECOND, 2.0).unwrap();
    store.maintain();
    assert_eq!(store.status().blocks, 1);
    waiting.commit().unwrap();
    let samples = &select(&store, &all(), 150 * SECOND, 150 * SECOND)[0];
    assert_eq!(samples, &(series(1), vec![(150 * SECOND, 2.0_f64.to_bits())]));
    drop(waiting);
    drop(store);
    assert_eq!(
        select(&open(folder.path()), &all(), 150 * SECOND, 150 * SECOND).len(),
        1
    );
}

#[test]
fn exemplars_are_found_again_also_after_a_restart_and_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let exemplar = |trace: &str, time| Exemplar {
        labels: Labels::from_pairs([("trace_id", trace)]),
        time,
        value: 0.5,
    };
    let mut store = open(folder.path());
    let mut batch = store.appender();
    batch.append(&series(0), 1000, 1.0).unwrap();
    batch.append_exemplar(&series(0), exemplar("a", 900)).unwrap();
    batch.append_exemplar(&series(1), exemplar("b", 800)).unwrap();
    batch.commit().unwrap();
    assert_eq!(
        batch.append_exemplar(&series(0), exemplar("c", 100)),
        Err(ExemplarError::OutOfOrder)
    );
    drop(batch);
    let expected = vec![
        (series(0), vec![exemplar("a", 900)]),
        (series(1), vec![exemplar("b", 800)]),
    ];
    for _ in 0..3 {
        assert_eq!(store.exemplars(&[all()], 0, 1000), expected);
        drop(store);
        store = open(folder.path());
        store.maintain();
    }
    assert!(store.status().checkpoints > 0);
    assert_eq!(store.exemplars(&[all()], 850, 1000), expected[..1]);
}
