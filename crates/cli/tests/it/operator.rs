//! The operator's commands: making admins, backups, restoring them.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::running::{Up, get, textisur, textisur_output};

/// Runs it with something on standard input.
fn with_input(args: &[&str], input: &str) -> Output {
    let mut child = textisur(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn code_and_errors(output: &Output) -> (Option<i32>, String) {
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn an_admin_is_made_beside_the_running_marketplace_and_backups_go_there_and_back() {
    let mut up = Up::start(&[]);
    let root = up.root().to_owned();
    let create = |email: &str, more: &[&str], input: &str| {
        let args = [
            "admin",
            "create",
            "--email",
            email,
            "--password-stdin",
            "--data-dir",
            &root,
        ];
        with_input(&[&args, more].concat(), input)
    };
    let made = create(
        "jefa@example.com",
        &["--name", "La Jefa", "--json"],
        "Una clave de verdad\n",
    );
    assert!(made.status.success(), "{:?}", code_and_errors(&made));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(
        (&made["email"], &made["promoted"]),
        (&"jefa@example.com".into(), &false.into())
    );

    let (code, errors) = code_and_errors(&create("jefa@example.com", &[], "Otra clave de verdad\n"));
    assert!(
        code == Some(2) && errors.contains("exists already") && errors.contains("--promote"),
        "{errors}"
    );
    let (code, errors) = code_and_errors(&create("otra@example.com", &[], "corta\n"));
    assert!(code == Some(2) && errors.contains("password:"), "{errors}");
    let promoted = create("test@example.com", &["--promote"], "Otra clave de verdad\n");
    assert!(promoted.status.success(), "{:?}", code_and_errors(&promoted));
    let unasked = textisur_output(&["admin", "create", "--email", "x@example.com", "--data-dir", &root]);
    assert!(
        unasked.code == 2 && unasked.errors.contains("--password-stdin"),
        "{}",
        unasked.errors
    );

    let backup = textisur_output(&["backup", "--json", "--data-dir", &root]);
    assert_eq!(backup.code, 0, "{}", backup.errors);
    assert!(backup.errors.is_empty(), "no bar without a terminal: {}", backup.errors);
    let backup: Value = serde_json::from_str(&backup.output).unwrap();
    let file = backup["file"].as_str().unwrap().to_owned();
    assert!(
        backup["tables"]["users"].as_u64() > Some(2) && backup["secrets"] == false,
        "{backup}"
    );
    let again = textisur_output(&["backup", "--to", &file, "--data-dir", &root]);
    assert!(
        again.code == 2 && again.errors.contains("is there already"),
        "{}",
        again.errors
    );

    let running = textisur_output(&["restore", &file, "--replace", "--data-dir", &root]);
    assert!(
        running.code == 1 && running.errors.contains("in use by another"),
        "{}",
        running.errors
    );
    assert_eq!(up.terminate(), 0);
    let full = textisur_output(&["restore", &file, "--data-dir", &root]);
    assert!(full.code == 2 && full.errors.contains("--replace"), "{}", full.errors);
    let replaced = textisur_output(&["restore", &file, "--replace", "--json", "--data-dir", &root]);
    assert_eq!(replaced.code, 0, "{}", replaced.errors);
    let replaced: Value = serde_json::from_str(&replaced.output).unwrap();
    assert_eq!(
        (&replaced["result"], &replaced["tables"]),
        (&"restored".into(), &backup["tables"])
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("data").to_str().unwrap().to_owned();
    let drill = textisur_output(&["restore", &file, "--data-dir", &other]);
    assert!(
        drill.code == 0 && drill.output.starts_with("restored: "),
        "{}",
        drill.errors
    );
    let mut restored = Up::start_on(up.folder(), &[]);
    assert_eq!(get(&restored.endpoint("edge"), "/products/1"), 200);
    assert_eq!(restored.terminate(), 0);

    let whole = textisur_output(&["restore", &file, "--check"]);
    assert!(
        whole.code == 0 && whole.output.starts_with("whole: "),
        "{}",
        whole.errors
    );
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let broken = textisur_output(&["restore", &file, "--replace", "--data-dir", &root]);
    assert!(
        broken.code == 1 && broken.errors.contains("not a whole backup"),
        "{}",
        broken.errors
    );
}

#[test]
fn a_backup_of_nothing_is_a_mistake_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("nothing");
    let failed = textisur_output(&["backup", "--data-dir", root.to_str().unwrap()]);
    assert!(
        failed.code == 2 && failed.errors.contains("there is no database"),
        "{}",
        failed.errors
    );
    assert!(!root.join("textisur.db").exists());
    let missing = textisur_output(&["restore", "/nowhere.tar.gz", "--check"]);
    assert!(
        missing.code == 1 && missing.errors.contains("/nowhere.tar.gz"),
        "{}",
        missing.errors
    );
}
