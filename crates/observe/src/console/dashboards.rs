//! The dashboards of a folder: Grafana's JSON files, as its provisioning reads them. They are read anew at every request, so that a
//! changed file shows at once.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

/// Bytes of one file. Grafana's largest published dashboards have a third of that.
const MOST_BYTES: u64 = 4 << 20;
/// Files of the folder.
const MOST_FILES: usize = 500;
/// Folders in folders.
const MOST_DEPTH: usize = 4;

/// One line of the list: a dashboard, or why a file is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The file, relative to the folder.
    pub file: String,
    /// Its `uid`, or, where it has none, the file's name without `.json`.
    pub uid: String,
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The subfolder it lies in, empty for none: a folder of dashboards in Grafana.
    pub folder: String,
    /// Why it cannot be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Lists the folder, by folder and title. A file that is no dashboard is listed with its error.
///
/// # Errors
/// When the folder itself cannot be read, in words.
pub fn list(folder: &Path) -> Result<Vec<Entry>, String> {
    let mut files = Vec::new();
    find(folder, 0, &mut files)?;
    files.sort();
    if files.len() > MOST_FILES {
        return Err(format!(
            "{} holds {} JSON files; at most {MOST_FILES} are read",
            folder.display(),
            files.len()
        ));
    }
    let mut first: HashMap<String, String> = HashMap::new();
    let mut entries: Vec<_> = files.iter().map(|path| entry(folder, path)).collect();
    for entry in entries.iter_mut().filter(|entry| entry.error.is_none()) {
        if let Some(other) = first.get(&entry.uid) {
            entry.error = Some(format!("the uid {:?} is that of {other} too", entry.uid));
        } else {
            first.insert(entry.uid.clone(), entry.file.clone());
        }
    }
    entries.sort_by(|a, b| (&a.folder, &a.title, &a.file).cmp(&(&b.folder, &b.title, &b.file)));
    Ok(entries)
}

/// The dashboard of this uid, as its file has it.
///
/// # Errors
/// When the folder cannot be read, in words.
pub fn by_uid(folder: &Path, uid: &str) -> Result<Option<Value>, String> {
    let entries = list(folder)?;
    let Some(entry) = entries.iter().find(|entry| entry.error.is_none() && entry.uid == uid) else {
        return Ok(None);
    };
    read(&folder.join(&entry.file)).map(Some)
}

fn find(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("unable to read {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            if depth < MOST_DEPTH {
                find(&path, depth + 1, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
        {
            files.push(path);
        }
    }
    Ok(())
}

fn entry(folder: &Path, path: &Path) -> Entry {
    let file = path.strip_prefix(folder).unwrap_or(path);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let within = file.parent().map(|parent| parent.to_string_lossy().into_owned());
    let mut entry = Entry {
        file: file.to_string_lossy().into_owned(),
        uid: stem.clone(),
        title: stem,
        tags: Vec::new(),
        folder: within.unwrap_or_default(),
        error: None,
    };
    match read(path) {
        Err(error) => entry.error = Some(error),
        Ok(dashboard) => {
            let text = |key: &str| dashboard[key].as_str().filter(|text| !text.is_empty());
            if let Some(uid) = text("uid") {
                entry.uid = uid.to_owned();
            }
            match text("title") {
                Some(title) => entry.title = title.to_owned(),
                None => entry.error = Some("it has no title".to_owned()),
            }
            let tags = dashboard["tags"].as_array().into_iter().flatten();
            entry.tags = tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
        }
    }
    entry
}

/// Reads a file. What Grafana's API exports lies one level deeper, under `dashboard`.
fn read(path: &Path) -> Result<Value, String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut limited = file.take(MOST_BYTES + 1);
    limited.read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > MOST_BYTES {
        return Err(format!("more than {} MiB", MOST_BYTES >> 20));
    }
    let mut value: Value = serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}"))?;
    if value["dashboard"].is_object() {
        value = value["dashboard"].take();
    }
    let shown = value["panels"].is_array() || value["rows"].is_array();
    match (value.is_object(), shown) {
        (true, true) => Ok(value),
        (true, false) => Err("neither `panels` nor `rows` in it".to_owned()),
        (false, _) => Err("no JSON object".to_owned()),
    }
}
