//! One file of the store, as its readers have it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use prost::Message as _;
use sqlx::sqlite::SqlitePool;
use time::{Date, OffsetDateTime};

use super::super::lock;
use super::super::trace::Origin;
use crate::sqlite;

/// Readers of one file at the same time.
const READERS: u32 = 4;
/// KiB of pages each of them remembers.
const READER_CACHE: u32 = 2048;
/// Origins remembered, before they are read anew.
const ORIGINS: usize = 10_000;

/// A file: `2026-11-24-0.db`, the day its spans arrived and a number for days that take several.
#[derive(Debug)]
pub(in crate::traces) struct Partition {
    pub(in crate::traces) day: Date,
    pub(in crate::traces) number: u32,
    pub(in crate::traces) path: PathBuf,
    pub(super) readers: SqlitePool,
    origins: Mutex<HashMap<i64, Arc<Origin>>>,
}

/// The day, in UTC, of a moment in milliseconds since the epoch.
pub(in crate::traces) fn day_of(now: i64) -> Date {
    OffsetDateTime::from_unix_timestamp(now.div_euclid(1000)).map_or(Date::MIN, OffsetDateTime::date)
}

impl Partition {
    pub(in crate::traces) fn new(folder: &Path, day: Date, number: u32) -> Self {
        let (year, month) = (day.year(), u8::from(day.month()));
        let path = folder.join(format!("{year:04}-{month:02}-{:02}-{number}.db", day.day()));
        Self {
            day,
            number,
            readers: sqlite::readers(&path, READERS, READER_CACHE),
            path,
            origins: Mutex::default(),
        }
    }

    /// The files of a folder, the oldest first. Other files are left alone.
    pub(in crate::traces) fn list(folder: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for file in std::fs::read_dir(folder)? {
            let name = file?.file_name();
            if let Some((day, number)) = name.to_str().and_then(parse) {
                found.push(Self::new(folder, day, number));
            }
        }
        found.sort_by_key(|partition| (partition.day, partition.number));
        Ok(found)
    }

    /// What it takes on the disk.
    pub(in crate::traces) fn bytes(&self) -> u64 {
        sqlite::bytes(&self.path)
    }

    /// Lets go of the file.
    pub(in crate::traces) async fn close(&self) {
        self.readers.close().await;
    }

    /// Where a group of spans comes from.
    pub(super) async fn origin(&self, id: i64) -> Result<Arc<Origin>, sqlx::Error> {
        if let Some(origin) = lock(&self.origins).get(&id) {
            return Ok(Arc::clone(origin));
        }
        let body: Vec<u8> = sqlx::query_scalar("SELECT body FROM origins WHERE id = ?")
            .bind(id)
            .fetch_one(&self.readers)
            .await?;
        let shell = ResourceSpans::decode(body.as_slice()).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let origin = Arc::new(Origin::new(shell));
        let mut origins = lock(&self.origins);
        if origins.len() >= ORIGINS {
            origins.clear();
        }
        origins.insert(id, Arc::clone(&origin));
        Ok(origin)
    }
}

/// `2026-11-24-0.db`
fn parse(name: &str) -> Option<(Date, u32)> {
    let mut parts = name.strip_suffix(".db")?.split('-');
    let mut next = || parts.next()?.parse::<u32>().ok();
    let (year, month, day, number) = (next()?, next()?, next()?, next()?);
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    parts.next().is_none().then_some((date, number))
}
