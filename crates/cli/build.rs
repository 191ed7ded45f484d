//! Embeds the files of `ops/`, and tells the program which commit it was built from, as `BUILD_COMMIT` (twelve digits, or `unknown`).
//!
//! Not `TEXTISUR_…`: that prefix is configuration, and Cargo shows the variable to what it runs.
//!
//! Reads git's files instead of running git: cheaper, and works where git is not installed. Only files that exist may be
//! watched, since Cargo takes a missing one for changed and would build again every time.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    embed_ops();
    println!("cargo::rerun-if-env-changed=BUILD_COMMIT");
    // Set by whoever builds from an archive without a repository.
    let commit = std::env::var("BUILD_COMMIT")
        .ok()
        .filter(|commit| !commit.is_empty())
        .or_else(from_git);
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=BUILD_COMMIT={}", commit.get(..12).unwrap_or(&commit));
}

fn from_git() -> Option<String> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?).join("../..");
    let git = git_folder(&root.join(".git"))?;
    let head_file = git.join("HEAD");
    let head = fs::read_to_string(&head_file).ok()?;
    watch(&head_file);
    let Some(reference) = head.trim().strip_prefix("ref: ") else {
        return Some(head.trim().to_owned());
    };
    // In a worktree the branches are in the main repository.
    let common = fs::read_to_string(git.join("commondir"))
        .map(|path| git.join(path.trim()))
        .unwrap_or(git);
    let (loose, packed) = (common.join(reference), common.join("packed-refs"));
    // Every commit and checkout adds a line here; before the first one, the folder changes.
    watch(&common.join("logs/HEAD"));
    watch(&loose);
    watch(&packed);
    if !loose.exists() {
        watch(loose.parent()?);
    }
    let from_packed = || {
        let packed = fs::read_to_string(&packed).ok()?;
        packed
            .lines()
            .find_map(|line| line.strip_suffix(reference)?.strip_suffix(' ').map(str::to_owned))
    };
    fs::read_to_string(&loose)
        .ok()
        .map(|commit| commit.trim().to_owned())
        .or_else(from_packed)
}

/// `.git` is a folder, or in a worktree a file that names one.
fn git_folder(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return Some(path.to_owned());
    }
    let text = fs::read_to_string(path).ok()?;
    Some(path.parent()?.join(text.trim().strip_prefix("gitdir: ")?))
}

fn watch(path: &Path) {
    if path.exists() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// Writes `ops.rs`: every file below `ops/` with its contents, as an array of paths and bytes.
fn embed_ops() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../ops");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut text = String::from("&[\n");
    for path in &files {
        let name = path.strip_prefix(&root).unwrap_or(path);
        text.push_str(&format!(
            "    ({:?}, include_bytes!({:?})),\n",
            name.display().to_string(),
            path.display().to_string()
        ));
    }
    text.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("ops.rs");
    if let Err(error) = fs::write(&out, text) {
        println!("cargo::error=cannot write {}: {error}", out.display());
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    // A folder's time changes when files come and go.
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
