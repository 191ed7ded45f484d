//! The project's own LogQL test files: every evaluation passes, and none is skipped.

use std::path::Path;

use observe::logs::logqltest::{Outcome, run};

#[test]
fn every_evaluation_of_our_logql_files_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logql");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 7, "the files are there: {files:?}");
    for file in files {
        let reports = run(&std::fs::read_to_string(&file).unwrap()).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        assert!(!reports.is_empty(), "{file:?} evaluates something");
        for report in reports {
            let place = format!("{}:{}: {}", file.display(), report.line, report.query);
            assert_eq!(report.outcome, Outcome::Passed, "{place}");
        }
    }
}

#[test]
fn what_is_wrong_fails() {
    let load = "load\n  {a=\"b\"}\n    1s one\n    2s two\n\n";
    for (evaluation, reason) in [
        (
            "eval lines from 0s to 5s {a=\"b\"}\n  {a=\"b\"}\n    2s two",
            "line 2 of {a=\"b\"}",
        ),
        (
            "eval lines from 0s to 5s {a=\"b\"}\n  {a=\"b\"}\n    2s two\n    1s one\n    0s zero",
            "expected the line",
        ),
        ("eval lines from 0s to 5s {a=\"b\"}", "unexpected stream"),
        (
            "eval lines from 0s to 5s {a=\"c\"}\n  {a=\"c\"}\n    1s x",
            "was not found",
        ),
        (
            "eval instant at 5s count_over_time({a=\"b\"}[5s])\n  {a=\"b\"} 3",
            "expected 3",
        ),
        ("eval instant at 5s count_over_time({a=\"b\"}[5s])", "unexpected series"),
        ("eval instant at 5s vector(1)\n  {} 1\n  {x=\"y\"} 1", "was not found"),
        ("eval instant at 5s 1\n  2", "expected 2"),
        ("eval instant at 5s 1\n  expect fail", "expected an error"),
        (
            "eval instant at 5s {}\n  expect fail msg: another",
            "expected the error",
        ),
        ("eval instant at 5s {a=\"b\"}", "the query is for lines"),
        ("eval format 1+1\n  expect string \"3\"", "expected \"3\""),
    ] {
        let reports = run(&format!("{load}{evaluation}\n")).unwrap();
        let Outcome::Failed(why) = &reports[0].outcome else {
            panic!("{evaluation}: {:?}", reports[0].outcome)
        };
        assert!(why.contains(reason), "{evaluation}: {why}");
    }
    let skipped = run("eval instant at 5s approx_topk(2, rate({a=\"b\"}[5m]))\n").unwrap();
    assert_eq!(
        skipped[0].outcome,
        Outcome::Skipped("approx_topk is not supported".into())
    );
}

#[test]
fn a_malformed_file_names_its_line() {
    for (file, line) in [
        ("clear\n\nlod", 3),
        ("load\n  1s a line before any stream", 2),
        ("load\n  {a=\"b\"}\n    soon x", 3),
        ("eval instant at x 1", 1),
        ("eval instant at 1s 1\n  expect nothing", 2),
    ] {
        assert_eq!(run(file).unwrap_err().line, line, "{file}");
    }
}
