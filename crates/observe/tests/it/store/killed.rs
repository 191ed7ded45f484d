//! `kill -9` while a process writes, cuts, merges and shortens its log.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{SECOND, commit, everything, open};

const FOLDER: &str = "STORE_TO_WRITE";

/// Not a test of its own: what the killed process does. It tells every batch it has been promised to keep.
#[test]
#[ignore = "writes until it is killed"]
fn writer() {
    let folder = env::var_os(FOLDER).expect("started by the test below");
    let store = open(Path::new(&folder));
    let first = everything(&store)
        .first()
        .map_or(0, |(_, samples)| samples.last().unwrap().0 / SECOND + 1);
    for step in first.. {
        commit(&store, (0..20).map(|number| (number, step * SECOND, step as f64)));
        println!("committed {step}");
        if step % 7 == 0 {
            store.maintain();
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_it_has_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = -1;
    // Killed ever later: after so many further batches, the last times with blocks and merged blocks.
    for (round, lines) in [1_usize, 3, 40, 170, 333, 700].into_iter().enumerate() {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["store::killed::writer", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut steps = output
            .map(Result::unwrap)
            .filter_map(|line| line.rsplit_once("committed ")?.1.parse::<i64>().ok());
        told = steps.by_ref().take(lines).last().expect("it writes until it is killed");
        child.kill().unwrap();
        told = steps.last().unwrap_or(told);
        child.wait().unwrap();

        let store = open(folder.path());
        let found = everything(&store);
        assert_eq!(found.len(), 20, "round {round}");
        for (labels, samples) in &found {
            let steps: Vec<i64> = samples.iter().map(|(time, _)| time / SECOND).collect();
            // At most one batch more than was told: committed, and killed before saying so.
            assert!(
                steps.len() as i64 - 1 == told || steps.len() as i64 - 2 == told,
                "round {round}: {labels}"
            );
            assert!(
                steps.iter().zip(0..).all(|(step, expected)| *step == expected),
                "round {round}: {labels}"
            );
        }
        assert_eq!(
            store.status().problems.get("damage").map_or(0, Vec::len),
            0,
            "{:?}",
            store.status().problems
        );
    }
    assert!(told > 1000 && open(folder.path()).status().blocks > 0);
}
