//! Putting a backup back: all of it, or nothing.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbBackend, Value};

use super::archive::{self, sync_folder};
use super::manifest::Manifest;
use super::tables::{self, Table, quoted};
use super::{BackupError, Part, Progress, Watcher, rows, verify};
use crate::catalog;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Batch, Db, Sql, Tx, params};

/// Values of one INSERT: SQLite binds at most 32,766, MySQL 65,535.
const MOST_VALUES: usize = 30_000;
/// Rows of one INSERT.
const MOST_ROWS: usize = 500;
/// Bytes of rows of one INSERT: servers take 16 MiB a statement by default, and less when told to.
const MOST_BYTES: usize = 512 * 1024;

/// How to put it back.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestoreOptions {
    /// What is in the database goes.
    pub replace: bool,
}

/// Checks the archive first, then loads it in one transaction, looks whether it holds together, and only then commits. Nothing may run
/// on the database meanwhile but this.
pub async fn restore(
    db: &Db,
    config: &Config,
    from: &Path,
    options: RestoreOptions,
    clock: &Clock,
    watch: Watcher<'_>,
) -> Result<Manifest, BackupError> {
    let manifest = verify(from, watch)?;
    prepare(db, &manifest, options, clock).await?;
    let tx = db.begin().await?;
    let there = tables::all(&tx).await?;
    let fitting = fit(&manifest, &there)?;
    constraints(&tx, false).await?;
    for table in &there {
        let sql = format!("DELETE FROM {}", quoted(&table.name));
        Sql::assembled("restore_clear", sql).execute(&tx, params![]).await?;
    }
    let files = load(&tx, &fitting, config, from, &manifest, watch).await?;
    check(&tx, &manifest, &there).await?;
    // Whoever should be running after all reads the catalogue anew.
    let mut batch = Batch::new("restore_note");
    catalog::note_everything(&mut batch, clock);
    batch.execute(&tx).await?;
    constraints(&tx, true).await?;
    tx.commit().await?;
    files.publish()?;
    db.migrate(clock.now_ms()).await?;
    Ok(manifest)
}

/// How many other programs are connected to a server's database. SQLite cannot tell: there the data folder's lock says it.
pub async fn others(db: &Db) -> Result<u64, BackupError> {
    static SQL: Sql = Sql::new(
        "restore_others",
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST
         WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND COMMAND <> 'Daemon'",
    );
    if db.backend() == DbBackend::Sqlite {
        return Ok(0);
    }
    let connections = SQL.integer(db.read(), params![]).await?.unwrap_or_default();
    // This program's own pool has one connection as long as nobody asks for two at once.
    Ok(u64::try_from(connections).unwrap_or_default())
}

/// Makes the schema the archive's, where nothing is lost by it.
async fn prepare(db: &Db, manifest: &Manifest, options: RestoreOptions, clock: &Clock) -> Result<(), BackupError> {
    if let Some(unknown) = manifest.schema.iter().find(|name| !Db::knows_migration(name)) {
        return Err(BackupError::TooNew(unknown.clone()));
    }
    let applied = tables::applied(db.read()).await?;
    let there = if applied.is_empty() {
        Vec::new()
    } else {
        tables::all(db.read()).await?
    };
    let mut empty = true;
    for table in there.iter().filter(|table| is_peoples(&table.name)) {
        empty &= tables::count(db.read(), &table.name).await? == 0;
    }
    match (empty, options.replace) {
        (false, false) => Err(BackupError::NotEmpty),
        (false, true) if applied == manifest.schema => Ok(()),
        (false, true) => Err(BackupError::OtherSchema),
        (true, _) if applied == manifest.schema => Ok(()),
        (true, _) => {
            if !applied.is_empty() {
                let names = there.iter().map(|table| table.name.as_str()).chain([tables::LEDGER]);
                drop_all(db, names).await?;
            }
            // The later changes come after the rows, so that they do to them what they did to others.
            let steps: Vec<&str> = manifest.schema.iter().map(String::as_str).collect();
            Ok(db.migrate_through(&steps, clock.now_ms()).await?)
        }
    }
}

/// A database whose people's tables are empty is empty: keys and ledgers are made by starting.
fn is_peoples(table: &str) -> bool {
    matches!(table, "users" | "stores" | "products" | "purchases" | "orders")
}

async fn drop_all(db: &Db, names: impl Iterator<Item = &str>) -> Result<(), BackupError> {
    let tx = db.begin().await?;
    constraints(&tx, false).await?;
    for name in names {
        tx.execute_unprepared(&format!("DROP TABLE {}", quoted(name))).await?;
    }
    constraints(&tx, true).await?;
    Ok(tx.commit().await?)
}

/// Lets rows come in any order until everything is there.
async fn constraints(tx: &Tx, on: bool) -> Result<(), BackupError> {
    let sql = match (tx.get_database_backend(), on) {
        (DbBackend::Sqlite, false) => "PRAGMA defer_foreign_keys = ON",
        // Ends with the transaction, whose commit looks at all of them.
        (DbBackend::Sqlite, true) => return Ok(()),
        (_, false) => "SET SESSION FOREIGN_KEY_CHECKS = 0",
        (_, true) => "SET SESSION FOREIGN_KEY_CHECKS = 1",
    };
    tx.execute_unprepared(sql).await?;
    Ok(())
}

/// The archive's tables with the statements that fill them.
fn fit(manifest: &Manifest, there: &[Table]) -> Result<BTreeMap<String, String>, BackupError> {
    let mut heads = BTreeMap::new();
    for (name, entry) in &manifest.tables {
        let Some(table) = there.iter().find(|table| table.name == *name) else {
            return Err(BackupError::table(name, "is in the backup and not in this database"));
        };
        if let Some(column) = entry.columns.iter().find(|column| !table.columns.contains(column)) {
            return Err(BackupError::table(
                name,
                format!("has no column {} of that kind", column.name),
            ));
        }
        let columns: Vec<String> = entry.columns.iter().map(|column| quoted(&column.name)).collect();
        let head = format!("INSERT INTO {} ({}) VALUES ", quoted(name), columns.join(", "));
        heads.insert(name.clone(), head);
    }
    Ok(heads)
}

/// Reads the archive's rows into the transaction, and its files beside their places.
async fn load(
    tx: &Tx,
    heads: &BTreeMap<String, String>,
    config: &Config,
    from: &Path,
    manifest: &Manifest,
    watch: Watcher<'_>,
) -> Result<Files, BackupError> {
    let mut files = Files::default();
    watch(Progress::Begin(Part::Rows, manifest.rows()));
    // The archive is read on this thread, a part at a time, between the statements.
    let (send, mut parts) = tokio::sync::mpsc::channel::<(String, Vec<u8>)>(2);
    let path = from.to_owned();
    let reader = tokio::task::spawn_blocking(move || {
        archive::entries(&path, &mut |_| {}, |name, bytes| {
            // Nobody listens any more: the other side has failed and says why.
            drop(send.blocking_send((name, bytes)));
            Ok(())
        })
    });
    while let Some((name, bytes)) = parts.recv().await {
        if let Some((table, _)) = name.strip_prefix("rows/").and_then(|rest| rest.split_once('/')) {
            let (Some(head), Some(entry)) = (heads.get(table), manifest.tables.get(table)) else {
                return Err(BackupError::damaged(from, format!("`{name}` was not there before")));
            };
            let mut insert = Insert::new(head, entry.columns.len());
            for line in bytes.split_inclusive(|&byte| byte == b'\n') {
                let values = rows::read(line, &entry.columns).map_err(|what| BackupError::table(table, what))?;
                insert.add(tx, values, line.len(), watch).await?;
            }
            insert.flush(tx, watch).await?;
        } else if let Some(file) = name.strip_prefix("media/") {
            files.stage(&config.media_dir, file, &bytes, 0o644)?;
        } else if let Some(file) = name.strip_prefix("secrets/") {
            files.stage(&config.secrets_dir, file, &bytes, 0o600)?;
        }
    }
    match reader.await {
        Ok(read) => read.map(|()| files),
        Err(error) => Err(BackupError::damaged(from, error.to_string())),
    }
}

/// Rows on their way into a table.
struct Insert<'a> {
    head: &'a str,
    columns: usize,
    rows: usize,
    bytes: usize,
    values: Vec<Value>,
}

impl<'a> Insert<'a> {
    fn new(head: &'a str, columns: usize) -> Self {
        Self {
            head,
            columns,
            rows: 0,
            bytes: 0,
            values: Vec::new(),
        }
    }

    async fn add(&mut self, tx: &Tx, values: Vec<Value>, bytes: usize, watch: Watcher<'_>) -> Result<(), BackupError> {
        self.rows += 1;
        self.bytes += bytes;
        self.values.extend(values);
        let full = self.rows >= MOST_ROWS || self.values.len() + self.columns > MOST_VALUES || self.bytes >= MOST_BYTES;
        if full { self.flush(tx, watch).await } else { Ok(()) }
    }

    async fn flush(&mut self, tx: &Tx, watch: Watcher<'_>) -> Result<(), BackupError> {
        if self.rows == 0 {
            return Ok(());
        }
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        let text = format!("{}{}", self.head, vec![row.as_str(); self.rows].join(", "));
        let values = std::mem::take(&mut self.values);
        Sql::assembled("restore_rows", text).execute(tx, values).await?;
        watch(Progress::Done(self.rows as u64));
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

/// Every table has the rows it should have, and every row what it refers to.
async fn check(tx: &Tx, manifest: &Manifest, there: &[Table]) -> Result<(), BackupError> {
    for table in there {
        let wanted = manifest.tables.get(&table.name).map_or(0, |entry| entry.rows);
        let rows = tables::count(tx, &table.name).await?;
        if rows != wanted {
            let what = format!("table {} has {rows} rows instead of {wanted}", table.name);
            return Err(BackupError::Inconsistent(what));
        }
    }
    if tx.get_database_backend() == DbBackend::Sqlite {
        static ORPHANS: Sql = Sql::new("restore_orphans", "SELECT COUNT(*) FROM pragma_foreign_key_check");
        static FAULTS: Sql = Sql::new(
            "restore_faults",
            "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        );
        for (sql, what) in [
            (&ORPHANS, "rows that refer to nothing"),
            (&FAULTS, "faults in the file"),
        ] {
            match sql.integer(tx, params![]).await? {
                Some(0) => {}
                n => return Err(BackupError::Inconsistent(format!("{} {what}", n.unwrap_or(-1)))),
            }
        }
        return Ok(());
    }
    for reference in tables::references(tx).await? {
        let orphans = Sql::assembled("restore_orphans", reference.orphans());
        if let Some(n @ 1..) = orphans.integer(tx, params![]).await? {
            let what = format!("{n} rows of {} refer to nothing in {}", reference.table, reference.to);
            return Err(BackupError::Inconsistent(what));
        }
    }
    Ok(())
}

/// Files written beside their places, to be renamed once the rows are in. Dropped before that, they are gone.
#[derive(Default)]
struct Files {
    staged: Vec<(PathBuf, PathBuf)>,
}

impl Files {
    fn stage(&mut self, folder: &Path, file: &str, bytes: &[u8], mode: u32) -> Result<(), BackupError> {
        let place = folder.join(file);
        if fs::read(&place).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        let parent = place.parent().unwrap_or(folder);
        let private = if mode == 0o600 { 0o700 } else { 0o755 };
        DirBuilder::new()
            .recursive(true)
            .mode(private)
            .create(parent)
            .map_err(BackupError::file(parent))?;
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let temporary = place.with_file_name(format!(".{name}.{}.restoring", std::process::id()));
        self.staged.push((temporary.clone(), place));
        let write = || {
            let mut out = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(mode)
                .open(&temporary)?;
            out.write_all(bytes)?;
            out.sync_all()
        };
        write().map_err(BackupError::file(&temporary))
    }

    fn publish(mut self) -> Result<(), BackupError> {
        for (temporary, place) in std::mem::take(&mut self.staged) {
            fs::rename(&temporary, &place).map_err(BackupError::file(&place))?;
            if let Some(folder) = place.parent() {
                sync_folder(folder)?;
            }
        }
        Ok(())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for (temporary, _) in &self.staged {
            drop(fs::remove_file(temporary));
        }
    }
}
