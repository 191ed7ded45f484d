//! The one connection that writes, and the names it knows.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use prost::Message;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::super::intake::{EncodedOrigin, Entry, Fragment};
use super::partition::Partition;
use super::schema;
use crate::sqlite;

/// KiB of pages it remembers: what grows at its ends and the upper part of what does not.
const CACHE: u32 = 32 << 10;
/// Rows a statement.
const ROWS: usize = 64;
/// Names remembered, before they are looked up anew.
const NAMES: usize = 100_000;

/// The ids of a fragment's origins, in the order of its groups.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OriginIds {
    #[prost(int64, repeated, tag = "1")]
    pub(super) ids: Vec<i64>,
}

/// Writes into one file. Whatever fails leaves nothing of its batch; the writer is then to be opened anew.
#[derive(Debug)]
pub(in crate::traces) struct Writer {
    pub(in crate::traces) partition: Arc<Partition>,
    pub(super) connection: SqliteConnection,
    names: Names,
    next_fragment: i64,
    /// Something was written since the last sync.
    dirty: bool,
}

impl Writer {
    /// Opens a file, making it where there is none.
    pub(in crate::traces) async fn open(partition: Arc<Partition>) -> Result<Self, sqlx::Error> {
        let mut connection = sqlite::writer(&partition.path, CACHE).await?;
        schema::prepare(&mut connection).await?;
        let last: Option<i64> = sqlx::query_scalar("SELECT max(id) FROM fragments")
            .fetch_one(&mut connection)
            .await?;
        Ok(Self {
            partition,
            connection,
            names: Names::default(),
            next_fragment: last.unwrap_or(0) + 1,
            dirty: false,
        })
    }

    /// Writes a batch in one transaction. Returns how many spans were new; fragments that are there are passed over.
    pub(in crate::traces) async fn write(&mut self, fragments: &[Fragment]) -> Result<u64, sqlx::Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let first = self.next_fragment;
        let mut new = 0;
        for (chunk, id) in fragments.chunks(ROWS).zip((first..).step_by(ROWS)) {
            let inserted = insert_fragments(&mut transaction, &mut self.names, chunk, id).await?;
            let mut rows = Vec::new();
            for (fragment, id) in chunk.iter().zip(id..) {
                if !inserted.contains(&id) {
                    continue;
                }
                for (entry, number) in fragment.entries.iter().zip(0_i64..) {
                    let (service, operation) = self.names.entry(&mut transaction, entry).await?;
                    rows.push((service, operation, id, number, entry));
                }
            }
            new += rows.len() as u64;
            for rows in rows.chunks(ROWS) {
                insert_entries(&mut transaction, rows).await?;
            }
        }
        transaction.commit().await?;
        self.next_fragment = first + fragments.len() as i64;
        self.dirty |= new > 0;
        self.names.bound();
        Ok(new)
    }

    /// Makes what was written survive the death of the machine.
    pub(in crate::traces) async fn sync(&mut self) -> Result<(), sqlx::Error> {
        if std::mem::take(&mut self.dirty) {
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
                .fetch_all(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    /// Closes a file that nothing is written to any more.
    pub(in crate::traces) async fn finish(mut self) -> Result<(), sqlx::Error> {
        while self.count_links().await? {}
        self.close().await
    }

    /// Closes the file, its log written into it.
    pub(in crate::traces) async fn close(self) -> Result<(), sqlx::Error> {
        self.connection.close().await
    }
}

async fn insert_fragments(
    connection: &mut SqliteConnection,
    names: &mut Names,
    fragments: &[Fragment],
    first: i64,
) -> Result<HashSet<i64>, sqlx::Error> {
    let mut origins = Vec::with_capacity(fragments.len());
    for fragment in fragments {
        let mut ids = OriginIds::default();
        for origin in &fragment.origins {
            ids.ids.push(names.origin(connection, origin).await?);
        }
        origins.push(ids.encode_to_vec());
    }
    let sql = rows(
        "INSERT OR IGNORE INTO fragments (id, trace, digest, origins, size, body) VALUES ",
        "(?,?,?,?,?,?)",
        fragments.len(),
    ) + " RETURNING id";
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
    for ((fragment, id), origins) in fragments.iter().zip(first..).zip(origins) {
        query = query
            .bind(id)
            .bind(fragment.trace.bytes().to_vec())
            .bind(fragment.digest)
            .bind(origins)
            .bind(fragment.size as i64)
            .bind(fragment.body.clone());
    }
    Ok(query.fetch_all(connection).await?.into_iter().collect())
}

async fn insert_entries(
    connection: &mut SqliteConnection,
    entries: &[(i64, i64, i64, i64, &Entry)],
) -> Result<(), sqlx::Error> {
    let sql = rows(
        "INSERT INTO spans (service, operation, fragment, number, start, duration, error) VALUES ",
        "(?,?,?,?,?,?,?)",
        entries.len(),
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (service, operation, fragment, number, entry) in entries {
        query = query
            .bind(service)
            .bind(operation)
            .bind(fragment)
            .bind(number)
            .bind(entry.start)
            .bind(entry.duration)
            .bind(entry.error);
    }
    query.execute(connection).await?;
    Ok(())
}

/// A statement with so many rows of placeholders.
fn rows(head: &str, row: &str, count: usize) -> String {
    let mut sql = String::with_capacity(head.len() + (row.len() + 1) * count);
    sql.push_str(head);
    for number in 0..count {
        if number > 0 {
            sql.push(',');
        }
        sql.push_str(row);
    }
    sql
}

/// The ids of names, as far as they were needed. A batch that fails takes its writer, and with it these, along.
#[derive(Debug, Default)]
struct Names {
    services: HashMap<Arc<str>, i64>,
    operations: HashMap<(i64, Arc<str>, i32), i64>,
    origins: HashMap<Vec<u8>, i64>,
}

impl Names {
    async fn entry(&mut self, connection: &mut SqliteConnection, entry: &Entry) -> Result<(i64, i64), sqlx::Error> {
        let service = match self.services.get(&entry.service) {
            Some(id) => *id,
            None => {
                let id = sqlx::query_scalar(
                    "INSERT INTO services (name) VALUES (?) ON CONFLICT DO UPDATE SET name = name RETURNING id",
                )
                .bind(&*entry.service)
                .fetch_one(&mut *connection)
                .await?;
                remember(&mut self.services, Arc::clone(&entry.service), id)
            }
        };
        let key = (service, Arc::clone(&entry.operation), entry.kind);
        let operation = match self.operations.get(&key) {
            Some(id) => *id,
            None => {
                let id = sqlx::query_scalar(
                    "INSERT INTO operations (service, name, kind) VALUES (?, ?, ?) \
                     ON CONFLICT DO UPDATE SET name = name RETURNING id",
                )
                .bind(service)
                .bind(&*entry.operation)
                .bind(entry.kind)
                .fetch_one(connection)
                .await?;
                remember(&mut self.operations, key, id)
            }
        };
        Ok((service, operation))
    }

    async fn origin(&mut self, connection: &mut SqliteConnection, origin: &EncodedOrigin) -> Result<i64, sqlx::Error> {
        if let Some(id) = self.origins.get(&origin.body) {
            return Ok(*id);
        }
        let id = sqlx::query_scalar(
            "INSERT INTO origins (body) VALUES (?) ON CONFLICT DO UPDATE SET body = body RETURNING id",
        )
        .bind(origin.body.clone())
        .fetch_one(connection)
        .await?;
        Ok(remember(&mut self.origins, origin.body.clone(), id))
    }

    fn bound(&mut self) {
        if self.services.len() + self.operations.len() > NAMES {
            self.services.clear();
            self.operations.clear();
        }
        if self.origins.len() > NAMES / 10 {
            self.origins.clear();
        }
    }
}

fn remember<K: Eq + Hash>(names: &mut HashMap<K, i64>, name: K, id: i64) -> i64 {
    names.insert(name, id);
    id
}
