//! Tasks are owned: in the programs every task belongs to a tracked set with a stop signal, none is let go of.

use std::fs;
use std::path::{Path, PathBuf};

/// What lets go of a task. `JoinSet::spawn`, `TaskTracker::spawn` and threads that are joined are other words.
const DETACHED: &[&str] = &["tokio::spawn(", "task::spawn(", "tokio::task::spawn_local("];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "tests" {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

#[test]
fn no_program_lets_go_of_a_task() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for krate in fs::read_dir(root.join("crates")).unwrap() {
        let krate = krate.unwrap().path();
        // The testkit's tasks live as long as a test; engineioxide is another's, and its tasks end with their connections.
        if !krate.ends_with("testkit") && !krate.ends_with("engineioxide") {
            sources(&krate.join("src"), &mut files);
        }
    }
    assert!(files.len() > 50, "the sources have moved");
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        // Tests stand last in a file.
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (number, line) in program.lines().enumerate() {
            if DETACHED.iter().any(|word| line.contains(word)) && !line.trim_start().starts_with("//") {
                wrong.push(format!("{}:{}", file.strip_prefix(root).unwrap().display(), number + 1));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "spawn these into a tracked set (TaskTracker, JoinSet) with a stop signal: {wrong:?}"
    );
}
