//! What one query sees: of every day the pushes that were pending when it came, and the file as it was then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Sqlite, Transaction};
use tokio::runtime::Handle;

use super::super::block::Block;
use super::super::source::{Piece, Place, SelectedStream, Selection, Source, SourceError};
use super::compact;
use super::day::{Day, Pending};
use super::push::DAY;

/// With more streams than this the index is read from one end to the other.
const FEW_STREAMS: usize = 32;

/// The store at one moment. Queries run on threads that may block.
pub struct Snapshot {
    days: Vec<Arc<Day>>,
    runtime: Handle,
    open: Mutex<BTreeMap<i64, Open>>,
}

/// A day that has been looked at.
struct Open {
    pending: Vec<Arc<Pending>>,
    /// It only reads, and ends when it is dropped.
    transaction: Transaction<'static, Sqlite>,
}

impl Snapshot {
    pub(super) fn new(days: Vec<Arc<Day>>, runtime: Handle) -> Self {
        Self {
            days,
            runtime,
            open: Mutex::default(),
        }
    }

    /// Does something with a day, which is opened where it is not yet.
    fn with<T>(&self, day: &Day, work: impl FnOnce(&mut Open) -> Result<T, sqlx::Error>) -> Result<T, SourceError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: sqlx::Error| SourceError(format!("{}: {error}", day.path.display()));
        if !open.contains_key(&day.number) {
            // The pushes first: what becomes a chunk in between is there twice, and told apart by whoever merges.
            let pending = day.state().pending.clone();
            let transaction = self.runtime.block_on(async {
                let mut transaction = day.pool.begin().await?;
                sqlx::query("SELECT count(*) FROM streams WHERE id = 0")
                    .execute(&mut *transaction)
                    .await?;
                Ok::<_, sqlx::Error>(transaction)
            });
            let transaction = transaction.map_err(failed)?;
            open.insert(day.number, Open { pending, transaction });
        }
        match open.get_mut(&day.number) {
            Some(open) => work(open).map_err(failed),
            None => Err(SourceError("the day is not open".into())),
        }
    }
}

impl Source for Snapshot {
    fn select(&self, selection: Selection<'_>) -> Result<Vec<SelectedStream>, SourceError> {
        let mut selected = Vec::new();
        let within = |day: &&Arc<Day>| {
            let begin = day.number.saturating_mul(DAY);
            begin < selection.end && begin.saturating_add(DAY) > selection.start
        };
        for day in self.days.iter().filter(within) {
            let mut streams: BTreeMap<i64, SelectedStream> = {
                let state = day.state();
                let wanted = state.streams.iter().filter(|(_, stream)| {
                    stream.first < selection.end
                        && stream.last >= selection.start
                        && selection.matchers.iter().all(|matcher| matcher.matches(&stream.labels))
                });
                let empty = |(id, stream): (&i64, &super::day::StreamState)| {
                    let labels = stream.labels.clone();
                    let pieces = Vec::new();
                    (*id, SelectedStream { labels, pieces })
                };
                wanted.map(empty).collect()
            };
            if streams.is_empty() {
                continue;
            }
            self.with(day, |open| {
                for (id, block) in open.pending.iter().flat_map(|pending| &pending.streams) {
                    if let Some(stream) = streams.get_mut(id) {
                        let piece = Piece::in_memory(block);
                        let within = |piece: &Piece| piece.first < selection.end && piece.last >= selection.start;
                        stream.pieces.extend(piece.filter(within));
                    }
                }
                let ids: Vec<i64> = streams.keys().copied().collect();
                let rows = self
                    .runtime
                    .block_on(chunks_of(open, &ids, (selection.start, selection.end)))?;
                for (id, stream, first, last, lines, bytes) in rows {
                    if let Some(stream) = streams.get_mut(&stream) {
                        stream.pieces.push(Piece {
                            first,
                            last,
                            lines: lines.unsigned_abs(),
                            bytes: bytes.unsigned_abs(),
                            place: Place::Chunk { day: day.number, id },
                        });
                    }
                }
                Ok(())
            })?;
            selected.extend(streams.into_values().filter(|stream| !stream.pieces.is_empty()));
        }
        Ok(selected)
    }

    fn read(&self, piece: &Piece) -> Result<Arc<Block>, SourceError> {
        let (number, id) = match &piece.place {
            Place::Memory(block) => return Ok(Arc::clone(block)),
            Place::Chunk { day, id } => (*day, *id),
        };
        let day = self.days.iter().find(|day| day.number == number);
        let day = day.ok_or_else(|| SourceError("the day is gone".into()))?;
        let row: Option<(i64, i64, Vec<u8>)> = self.with(day, |open| {
            let row = sqlx::query_as("SELECT size, crc, body FROM chunks WHERE id = ?").bind(id);
            self.runtime.block_on(row.fetch_optional(&mut *open.transaction))
        })?;
        let block = row.and_then(|(size, crc, body)| compact::decode(size, crc, &body));
        if block.is_none() {
            tracing::warn!(day = %day.path.display(), chunk = id, lines = piece.lines, "left out a damaged chunk");
        }
        Ok(Arc::new(block.unwrap_or_default()))
    }
}

type ChunkRow = (i64, i64, i64, i64, i64, i64);

async fn chunks_of(open: &mut Open, ids: &[i64], (start, end): (i64, i64)) -> Result<Vec<ChunkRow>, sqlx::Error> {
    if ids.len() > FEW_STREAMS {
        return sqlx::query_as(
            "SELECT id, stream, first, last, lines, bytes FROM chunks WHERE last >= ? AND first < ?",
        )
        .bind(start)
        .bind(end)
        .fetch_all(&mut *open.transaction)
        .await;
    }
    let mut rows = Vec::new();
    for id in ids {
        let of_stream: Vec<ChunkRow> = sqlx::query_as(
            "SELECT id, stream, first, last, lines, bytes FROM chunks WHERE stream = ? AND last >= ? AND first < ?",
        )
        .bind(id)
        .bind(start)
        .bind(end)
        .fetch_all(&mut *open.transaction)
        .await?;
        rows.extend(of_stream);
    }
    Ok(rows)
}
