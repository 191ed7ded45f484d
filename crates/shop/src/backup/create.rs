//! Taking a backup.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use sea_orm::{ConnectionTrait, Value};

use super::archive::Writer;
use super::manifest::{FORMAT, FileEntry, Manifest, NAME, TableEntry};
use super::tables::{self, Table, quoted};
use super::{BackupError, Part, Progress, Watcher, rows, verify};
use crate::config::Config;
use crate::db::{Db, Sql};

/// Rows of one question.
const PAGE: u64 = 2_000;
/// Bytes of rows an entry is about.
const ENTRY: usize = 1024 * 1024;

/// What to take.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateOptions {
    /// Keys and secrets too. Without them everybody has to sign in again after a restore on another machine.
    pub secrets: bool,
}

/// Writes everything to `to`, which is there only when it is whole and has been read back. Services go on meanwhile.
pub async fn create(
    db: &Db,
    config: &Config,
    to: &Path,
    options: CreateOptions,
    version: &str,
    now_ms: i64,
    watch: Watcher<'_>,
) -> Result<Manifest, BackupError> {
    let mut writer = Writer::create(to, now_ms)?;
    // One transaction: everything below is the database of one moment.
    let snapshot = db.snapshot().await?;
    let schema = tables::applied(&snapshot).await?;
    let all = tables::all(&snapshot).await?;
    let mut counts = BTreeMap::new();
    for table in &all {
        counts.insert(table.name.as_str(), tables::count(&snapshot, &table.name).await?);
    }
    watch(Progress::Begin(Part::Rows, counts.values().sum()));
    let mut written = BTreeMap::new();
    for table in &all {
        let entry = write_table(&snapshot, table, &mut writer, watch).await?;
        if Some(&entry.rows) != counts.get(table.name.as_str()) {
            return Err(BackupError::table(
                &table.name,
                "was read with another number of rows than it has",
            ));
        }
        written.insert(table.name.clone(), entry);
    }
    snapshot.rollback().await?;

    // After the rows: pictures are never changed, so each that a row names is there.
    let mut folders = vec![("media", config.media_dir.as_path())];
    if options.secrets {
        folders.push(("secrets", config.secrets_dir.as_path()));
    }
    let files = write_files(&folders, &mut writer, watch)?;
    let manifest = Manifest {
        format: FORMAT,
        version: version.to_owned(),
        created_at: crate::clock::rfc3339(now_ms),
        database: tables::word(db.backend()).to_owned(),
        schema,
        tables: written,
        files,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| BackupError::damaged(to, error.to_string()))?;
    writer.add(NAME, &text)?;
    let read_back = verify(writer.close()?, watch)?;
    if read_back != manifest {
        return Err(BackupError::damaged(to, "it was read back otherwise than written"));
    }
    writer.publish()?;
    Ok(manifest)
}

async fn write_table(
    on: &impl ConnectionTrait,
    table: &Table,
    writer: &mut Writer,
    watch: Watcher<'_>,
) -> Result<TableEntry, BackupError> {
    let mut entry = TableEntry {
        columns: table.columns.clone(),
        rows: 0,
        parts: Vec::new(),
    };
    let first = Sql::assembled("backup_rows", page(table, false));
    let next = Sql::assembled("backup_rows", page(table, true));
    let mut lines = Vec::with_capacity(ENTRY * 2);
    let mut after: Option<Vec<Value>> = None;
    loop {
        let found = match &after {
            None => first.rows(on, Vec::new()).await?,
            Some(key) => next.rows(on, key.clone()).await?,
        };
        for row in &found {
            rows::write(row, &table.columns, &mut lines)?;
            entry.rows += 1;
            if lines.len() >= ENTRY {
                add_part(&table.name, &mut entry, &mut lines, writer)?;
            }
        }
        watch(Progress::Done(found.len() as u64));
        match found.last() {
            Some(last) if found.len() as u64 == PAGE => after = Some(key_after(last, table)?),
            _ => break,
        }
    }
    if !lines.is_empty() {
        add_part(&table.name, &mut entry, &mut lines, writer)?;
    }
    Ok(entry)
}

fn add_part(table: &str, entry: &mut TableEntry, lines: &mut Vec<u8>, writer: &mut Writer) -> Result<(), BackupError> {
    let name = Manifest::part_name(table, entry.parts.len());
    entry.parts.push(writer.add(&name, lines)?);
    lines.clear();
    Ok(())
}

/// Rows in the order of the primary key, from its beginning or after one of them. The first column is also compared by itself: MySQL
/// finds no place in an index by a pair.
fn page(table: &Table, after: bool) -> String {
    let names: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let key: Vec<&str> = table.key.iter().map(|&place| names[place].as_str()).collect();
    let condition = match key.as_slice() {
        _ if !after => String::new(),
        [only] => format!(" WHERE {only} > ?"),
        [first, ..] => {
            let marks = vec!["?"; key.len()].join(", ");
            format!(" WHERE {first} >= ? AND ({}) > ({marks})", key.join(", "))
        }
        [] => String::new(),
    };
    format!(
        "SELECT {} FROM {}{condition} ORDER BY {} LIMIT {PAGE}",
        names.join(", "),
        quoted(&table.name),
        key.join(", ")
    )
}

/// The parameters of the next page.
fn key_after(row: &sea_orm::QueryResult, table: &Table) -> Result<Vec<Value>, BackupError> {
    let mut key = Vec::with_capacity(table.key.len() + 1);
    for &place in &table.key {
        key.push(rows::value(row, place, table.columns[place].kind)?);
    }
    if key.len() > 1 {
        key.insert(0, key[0].clone());
    }
    Ok(key)
}

fn write_files(
    folders: &[(&str, &Path)],
    writer: &mut Writer,
    watch: Watcher<'_>,
) -> Result<BTreeMap<String, FileEntry>, BackupError> {
    let mut names = Vec::new();
    for (prefix, folder) in folders {
        list(folder, prefix, &mut names)?;
    }
    watch(Progress::Begin(Part::Files, names.len() as u64));
    let mut files = BTreeMap::new();
    for (name, path) in names {
        match fs::read(&path) {
            Ok(bytes) => drop(files.insert(name.clone(), writer.add(&name, &bytes)?)),
            // Taken away since it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(BackupError::file(&path)(error)),
        }
        watch(Progress::Done(1));
    }
    Ok(files)
}

/// Every file below a folder with its name in the archive. Hidden ones are still being written.
fn list(folder: &Path, prefix: &str, into: &mut Vec<(String, std::path::PathBuf)>) -> Result<(), BackupError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BackupError::file(folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(BackupError::file(folder))?;
        let kind = entry.file_type().map_err(BackupError::file(&entry.path()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.ends_with(".tmp") {
            found.push((name, kind, entry.path()));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, kind, path) in found {
        let name = format!("{prefix}/{name}");
        if kind.is_dir() {
            list(&path, &name, into)?;
        } else if kind.is_file() {
            into.push((name, path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tables::{Column, Kind};
    use super::*;

    #[test]
    fn pages_follow_the_primary_key() {
        let column = |name: &str| Column {
            name: name.into(),
            kind: Kind::Integer,
        };
        let mut table = Table {
            name: "t".into(),
            columns: vec![column("a"), column("b")],
            key: vec![1],
        };
        assert_eq!(page(&table, false), "SELECT `a`, `b` FROM `t` ORDER BY `b` LIMIT 2000");
        assert_eq!(
            page(&table, true),
            "SELECT `a`, `b` FROM `t` WHERE `b` > ? ORDER BY `b` LIMIT 2000"
        );
        table.key = vec![1, 0];
        assert_eq!(
            page(&table, true),
            "SELECT `a`, `b` FROM `t` WHERE `b` >= ? AND (`b`, `a`) > (?, ?) ORDER BY `b`, `a` LIMIT 2000"
        );
    }
}
