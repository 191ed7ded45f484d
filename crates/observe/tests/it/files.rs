//! The project's own test files: every evaluation passes, and none is skipped.

use std::path::Path;

use observe::metrics::promqltest::{Outcome, run};

#[test]
fn every_evaluation_of_our_files_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promql");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 8, "the files are there: {files:?}");
    for file in files {
        let reports = run(&std::fs::read_to_string(&file).unwrap()).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        assert!(!reports.is_empty(), "{file:?} evaluates something");
        for report in reports {
            assert_eq!(
                report.outcome,
                Outcome::Passed,
                "{}:{}: {}",
                file.display(),
                report.line,
                report.query
            );
        }
    }
}

#[test]
fn what_is_wrong_fails() {
    let load = "load 1m\n  m{a=\"1\"} 1 2 3\n\n";
    for (evaluation, reason) in [
        ("eval instant at 1m m\n  m{a=\"1\"} 3", "expected 3 for"),
        ("eval instant at 1m m\n  m{a=\"2\"} 2", "unexpected metric"),
        ("eval instant at 1m m", "unexpected metric"),
        ("eval instant at 1m m\n  m{a=\"1\"} 2\n  m{a=\"2\"} 2", "not found"),
        ("eval range from 0 to 2m step 1m m\n  m{a=\"1\"} 1 2", "expected [(0"),
        ("eval instant at 1m m\n  expect fail", "expected an error"),
        (
            "eval instant at 1m m + on () group_left m\n  expect fail msg: another",
            "expected an error",
        ),
        (
            "eval instant at 1m topk(NaN, m)\n  expect fail msg: another",
            "expected the error",
        ),
        (
            "eval instant at 1m m\n  expect warn\n  m{a=\"1\"} 2",
            "no warning annotation",
        ),
        (
            "eval instant at 1m quantile(2, m)\n  expect no_warn\n  {} Inf",
            "unexpected warning",
        ),
        ("eval instant at 1m 1\n  2", "expected 2"),
        ("eval instant at 1m \"a\"\n  expect string \"b\"", "expected the string"),
    ] {
        let reports = run(&format!("{load}{evaluation}\n")).unwrap();
        let Outcome::Failed(why) = &reports[0].outcome else {
            panic!("{evaluation}: {:?}", reports[0].outcome)
        };
        assert!(why.contains(reason), "{evaluation}: {why}");
    }
}

#[test]
fn what_the_engine_leaves_out_is_skipped_with_its_reason() {
    let load = "load 1m\n  m 1\n  h {{count:1}}x2\n\nload_with_nhcb 1m\n  c_bucket{le=\"+Inf\"} 1\n\nload 1m\n  s@st -1m\n  s 1\n\n";
    for (evaluation, reason) in [
        ("eval instant at 0 h", "native histograms: the query selects"),
        (
            "eval instant at 0 m\n  m {{count:1}}",
            "native histograms: one is expected",
        ),
        ("eval instant at 0 c", "native histograms: the query selects"),
        ("eval instant at 0 s\n  s 1", "start timestamps"),
        ("eval instant at 0 info(m)\n  m 1", "\"info\" is not supported"),
        ("eval instant at 0 rate(m[5m+1m])", "arithmetic in durations"),
        ("eval instant at 0 m smoothed", "anchored and smoothed"),
    ] {
        let reports = run(&format!("{load}{evaluation}\n")).unwrap();
        let Outcome::Skipped(why) = &reports[0].outcome else {
            panic!("{evaluation}: {:?}", reports[0].outcome)
        };
        assert!(why.contains(reason), "{evaluation}: {why}");
    }
    assert_eq!(
        run(&format!("{load}eval instant at 0 m\n  m 1\n")).unwrap()[0].outcome,
        Outcome::Passed
    );
}

#[test]
fn a_malformed_file_names_its_line() {
    for (file, line) in [
        ("clear\n\nlod 5m", 3),
        ("load 5m\n  m 1y", 2),
        ("eval instant at x m", 1),
        ("load", 1),
    ] {
        assert_eq!(run(file).unwrap_err().line, line, "{file}");
    }
}
