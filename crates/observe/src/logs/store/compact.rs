//! From pushes to chunks, off the way of those who push.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::block::Block;
use super::day::Day;
use super::push::unique;

/// What a chunk holds at most, in bytes of lines.
const CHUNK_BYTES: usize = 1 << 20;
/// What one transaction writes, in bytes of lines: those who push wait for it.
const TRANSACTION_BYTES: usize = 8 << 20;
/// How many chunks that a push overlaps are made anew with it; more stay, and are merged when they are read.
const MAX_REPLACED: usize = 4;
const MAX_REPLACED_BYTES: i64 = 4 << 20;

/// A chunk ready to be written.
struct Chunk {
    stream: i64,
    span: (i64, i64),
    lines: usize,
    bytes: usize,
    size: usize,
    crc: u32,
    body: Vec<u8>,
}

/// What one stream's lines become.
#[derive(Default)]
struct Made {
    chunks: Vec<Chunk>,
    replaced: Vec<i64>,
}

/// Makes chunks of what is pending in a day.
pub(super) async fn compact(day: &Day, now: i64) -> Result<(), sqlx::Error> {
    let _only_one = day.compacting.lock().await;
    let pending = day.state().pending.clone();
    let Some(up_to) = pending.last().map(|pending| pending.seq) else {
        return Ok(());
    };
    let mut streams: BTreeMap<i64, Vec<Arc<Block>>> = BTreeMap::new();
    for (stream, block) in pending.iter().flat_map(|pending| &pending.streams) {
        streams.entry(*stream).or_default().push(Arc::clone(block));
    }
    let mut made: Vec<(i64, Made)> = Vec::new();
    let mut bytes = 0;
    for (stream, blocks) in streams {
        bytes += blocks.iter().map(|block| block.bytes()).sum::<usize>();
        made.push((stream, make(day, stream, blocks).await?));
        if bytes > TRANSACTION_BYTES {
            write(day, &std::mem::take(&mut made), up_to).await?;
            bytes = 0;
        }
    }
    write(day, &made, up_to).await?;
    let writing = day.writing.lock().await;
    sqlx::query("DELETE FROM pushes WHERE seq <= ?")
        .bind(up_to)
        .execute(&day.pool)
        .await?;
    drop(writing);
    day.state_mut().forget_pending(up_to, now);
    Ok(())
}

/// Puts a stream's new lines together with the chunks they overlap, and with the newest one as long as it is small.
async fn make(day: &Day, stream: i64, mut blocks: Vec<Arc<Block>>) -> Result<Made, sqlx::Error> {
    let first = blocks
        .iter()
        .filter_map(|block| block.span())
        .map(|(first, _)| first)
        .min()
        .unwrap_or(i64::MAX);
    let new_bytes = blocks.iter().map(|block| block.bytes()).sum::<usize>();
    let newest: Vec<(i64, i64, i64)> =
        sqlx::query_as("SELECT id, last, bytes FROM chunks WHERE stream = ? ORDER BY last DESC LIMIT ?")
            .bind(stream)
            .bind(MAX_REPLACED as i64 + 1)
            .fetch_all(&day.pool)
            .await?;
    let overlaps = newest.iter().take_while(|(_, last, _)| *last >= first).count();
    let overlapped: i64 = newest[..overlaps].iter().map(|(.., bytes)| *bytes).sum();
    let mut replaced: Vec<i64> = Vec::new();
    if overlaps > 0 && overlaps <= MAX_REPLACED && overlapped <= MAX_REPLACED_BYTES {
        replaced.extend(newest[..overlaps].iter().map(|(id, ..)| *id));
    } else if let (0, Some((id, _, bytes))) = (overlaps, newest.first()) {
        // Sizes grow by a factor, so that a line is written a few times and not once a round.
        let bytes = usize::try_from(*bytes).unwrap_or(usize::MAX);
        if bytes < CHUNK_BYTES / 2 && bytes <= new_bytes.saturating_mul(4) {
            replaced.push(*id);
        }
    }
    let mut before = Vec::new();
    for id in &replaced {
        let row: Option<(i64, i64, Vec<u8>)> = sqlx::query_as("SELECT size, crc, body FROM chunks WHERE id = ?")
            .bind(id)
            .fetch_optional(&day.pool)
            .await?;
        match row.and_then(|(size, crc, body)| decode(size, crc, &body)) {
            Some(block) => before.push((*id, Arc::new(block))),
            None => tracing::warn!(day = %day.path.display(), chunk = id, "left a damaged chunk as it is"),
        }
    }
    let replaced = before.iter().map(|(id, _)| *id).collect();
    before.sort_by_key(|(_, block)| block.span());
    blocks.splice(0..0, before.into_iter().map(|(_, block)| block));
    let chunks = tokio::task::spawn_blocking(move || cut(stream, &blocks)).await;
    let chunks = chunks.map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))??;
    Ok(Made { chunks, replaced })
}

/// All lines in order and once, in chunks.
fn cut(stream: i64, blocks: &[Arc<Block>]) -> std::io::Result<Vec<Chunk>> {
    let mut all = Block::default();
    let mut chunks = Vec::new();
    for line in blocks.iter().flat_map(|block| block.lines()) {
        all.push(line);
    }
    let all = unique(all.sorted());
    let mut part = Block::default();
    for line in all.lines() {
        // Lines of the same time stay together, so that chunks do not overlap.
        let ends = part.bytes() >= CHUNK_BYTES && part.span().is_some_and(|(_, last)| last < line.time);
        if ends {
            chunks.push(encode(stream, &std::mem::take(&mut part))?);
        }
        part.push(line);
    }
    if !part.is_empty() {
        chunks.push(encode(stream, &part)?);
    }
    Ok(chunks)
}

fn encode(stream: i64, block: &Block) -> std::io::Result<Chunk> {
    let bytes = block.encode();
    let body = zstd::bulk::compress(&bytes, 3)?;
    Ok(Chunk {
        stream,
        span: block.span().unwrap_or_default(),
        lines: block.len(),
        bytes: block.bytes(),
        size: bytes.len(),
        crc: crc32fast::hash(&body),
        body,
    })
}

/// A chunk's lines; nothing when its bytes are not those that were written.
pub(super) fn decode(size: i64, crc: i64, body: &[u8]) -> Option<Block> {
    if i64::from(crc32fast::hash(body)) != crc {
        return None;
    }
    let bytes = zstd::bulk::decompress(body, usize::try_from(size).ok()?).ok()?;
    Block::decode(&bytes).ok()
}

/// Writes chunks together with the watermarks of their streams.
async fn write(day: &Day, made: &[(i64, Made)], up_to: i64) -> Result<(), sqlx::Error> {
    if made.is_empty() {
        return Ok(());
    }
    let _writing = day.writing.lock().await;
    let mut transaction = day.pool.begin().await?;
    for (stream, made) in made {
        for id in &made.replaced {
            sqlx::query("DELETE FROM chunks WHERE id = ?")
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        }
        for chunk in &made.chunks {
            sqlx::query(
                "INSERT INTO chunks (stream, first, last, lines, bytes, size, crc, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(chunk.stream)
            .bind(chunk.span.0)
            .bind(chunk.span.1)
            .bind(chunk.lines as i64)
            .bind(chunk.bytes as i64)
            .bind(chunk.size as i64)
            .bind(i64::from(chunk.crc))
            .bind(chunk.body.as_slice())
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query("UPDATE streams SET compacted = ? WHERE id = ?")
            .bind(up_to)
            .bind(stream)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    day.state_mut().unsynced = true;
    Ok(())
}
