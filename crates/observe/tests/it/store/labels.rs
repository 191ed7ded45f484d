//! What labels there are, and which are many.

use observe::metrics::matchers::{MatchOp, Matcher};
use observe::metrics::store::Ranked;

use super::{RANGE, SECOND, commit, open, scrape, series};

fn matcher(name: &str, op: MatchOp, value: &str) -> Vec<Matcher> {
    vec![Matcher::new(name, op, value).unwrap()]
}

#[test]
fn names_values_and_series_come_from_memory_and_from_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [(9, 0, 1.0)]);
    scrape(&store, 10..400);
    commit(&store, [(7, 400 * SECOND, 1.0)]);
    let (all, late) = ((i64::MIN, i64::MAX), (3 * RANGE, i64::MAX));
    assert_eq!(store.label_names(&[], all.0, all.1).unwrap(), ["__name__", "number"]);
    assert_eq!(
        store.label_values("number", &[], all.0, all.1).unwrap(),
        ["0", "1", "2", "3", "7", "9"]
    );
    assert_eq!(
        store.label_values("number", &[], late.0, late.1).unwrap(),
        ["0", "1", "2", "3", "7"]
    );
    let odd = [matcher("__name__", MatchOp::Equal, "odd")];
    assert_eq!(
        store.label_values("number", &odd, all.0, all.1).unwrap(),
        ["1", "3", "7", "9"]
    );
    assert_eq!(store.label_values("number", &odd, 0, SECOND).unwrap(), ["9"]);
    let either = [
        matcher("number", MatchOp::Regex, "2|9"),
        matcher("number", MatchOp::Equal, "1"),
    ];
    assert_eq!(
        store.series(&either, all.0, all.1).unwrap(),
        [series(2), series(1), series(9)]
    );
    assert_eq!(
        store.label_names(&either, all.0, all.1).unwrap(),
        ["__name__", "number"]
    );
    assert_eq!(
        store.label_values("absent", &[], all.0, all.1).unwrap(),
        Vec::<String>::new()
    );
}

#[test]
fn every_kind_of_matcher_finds_the_same_in_memory_and_in_a_block() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for time in [0, 290] {
        commit(&store, (0..6).map(|number| (number, time * SECOND, 1.0)));
    }
    store.maintain();
    assert_eq!(store.status().blocks, 1);
    for (name, op, value, count) in [
        ("number", MatchOp::Equal, "3", 1),
        ("number", MatchOp::Equal, "", 0),
        ("number", MatchOp::NotEqual, "3", 5),
        ("number", MatchOp::NotEqual, "", 6),
        ("number", MatchOp::Regex, "1|2|99|", 2),
        ("number", MatchOp::Regex, "[0-3]", 4),
        ("number", MatchOp::NotRegex, "1|2", 4),
        ("number", MatchOp::NotRegex, "[0-3]", 2),
        ("absent", MatchOp::Equal, "", 6),
        ("absent", MatchOp::NotEqual, "x", 6),
        ("absent", MatchOp::Regex, ".*", 6),
        ("absent", MatchOp::Regex, ".+", 0),
        ("absent", MatchOp::NotRegex, "x.*", 6),
        ("absent", MatchOp::NotRegex, ".*", 0),
    ] {
        let sets = [matcher(name, op, value)];
        for (start, end) in [(0, 0), (290 * SECOND, 290 * SECOND), (0, 290 * SECOND)] {
            assert_eq!(
                store.series(&sets, start, end).unwrap().len(),
                count,
                "{} {start}..{end}",
                sets[0][0]
            );
        }
    }
}

#[test]
fn the_largest_metrics_and_labels_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, [0, 2, 4, 1].map(|number| (number, SECOND, 1.0)));
    let ranked = |name: &str, value| Ranked {
        name: name.to_owned(),
        value,
    };
    let cardinality = store.cardinality(10);
    assert_eq!(
        cardinality.series_count_by_metric_name,
        [ranked("even", 3), ranked("odd", 1)]
    );
    assert_eq!(
        cardinality.label_value_count_by_label_name,
        [ranked("number", 4), ranked("__name__", 2)]
    );
    assert_eq!(
        cardinality.memory_in_bytes_by_label_name,
        [ranked("__name__", 7), ranked("number", 4)]
    );
    assert_eq!(
        cardinality.series_count_by_label_value_pair[0],
        ranked("__name__=even", 3)
    );
    let head = cardinality.head_stats;
    assert_eq!((head.num_series, head.num_label_pairs, head.chunk_count), (4, 6, 4));
    assert_eq!((head.min_time, head.max_time), (SECOND, SECOND));
    assert_eq!(store.cardinality(1).series_count_by_label_value_pair.len(), 1);
}
