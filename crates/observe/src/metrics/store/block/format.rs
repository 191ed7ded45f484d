//! How a block lies on disk.
//!
//! `chunks`: [`CHUNKS_FORMAT`], then for each series, in the order of their labels, its chunks one behind the other, each
//! followed by its CRC-32.
//!
//! `index`: [`INDEX_FORMAT`], then
//! 1. series records: labels, the place of the first chunk, and of every chunk its times, samples and bytes;
//! 2. where each record begins, and where the last one ends, eight bytes each: a series is named by its rank here;
//! 3. posting lists, roaring bitmaps of ranks, and the texts of label values;
//! 4. per label name an array of [`ENTRY`] bytes a value, sorted by value, so that one value is found by bisection;
//! 5. the label names, each with the place and the length of its array;
//! 6. the [`FOOTER`]: places of 2 and 5, the number of series, and the CRC-32 of everything before it.

use super::super::super::labels::Labels;
use super::super::chunk::Chunk;
use super::super::coding::{Input, Malformed, put_labels, put_signed, put_unsigned};

pub(super) const CHUNKS_FORMAT: [u8; 8] = *b"TXSCHK01";
pub(super) const INDEX_FORMAT: [u8; 8] = *b"TXSIDX01";
/// Place and length of a value's text, place and length of its posting list: 8, 4, 8 and 4 bytes.
pub(super) const ENTRY: usize = 24;
/// Places of the ranks and of the names, number of series, checksum: 8, 8, 4 and 4 bytes.
pub(super) const FOOTER: usize = 24;
pub(super) const CHECKSUM: usize = 4;

/// Where a chunk lies, and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct ChunkPlace {
    pub(in super::super) min: i64,
    pub(in super::super) max: i64,
    pub(in super::super) count: u32,
    pub(super) at: u64,
    /// Without the checksum.
    pub(super) bytes: u32,
}

impl ChunkPlace {
    pub(super) fn end(&self) -> u64 {
        self.at + u64::from(self.bytes) + CHECKSUM as u64
    }
}

pub(super) fn put_record(out: &mut Vec<u8>, labels: &Labels, at: u64, chunks: &[Chunk]) {
    put_labels(out, labels);
    put_unsigned(out, at);
    let mut time = 0;
    for chunk in chunks {
        put_signed(out, chunk.min.wrapping_sub(time));
        put_unsigned(out, chunk.max.wrapping_sub(chunk.min) as u64);
        put_unsigned(out, u64::from(chunk.count));
        put_unsigned(out, chunk.bytes.len() as u64);
        time = chunk.max;
    }
}

/// Reads the labels of a series, and where the list of its chunks is.
pub(super) fn read_record(record: &[u8]) -> Result<(Labels, Places<&[u8]>), Malformed> {
    let mut input = Input(record);
    let (labels, at) = (input.labels()?, input.unsigned()?);
    Ok((
        labels,
        Places {
            at,
            time: 0,
            entries: input.0,
        },
    ))
}

/// Chunks of one series that follow one another, as the index lists them: some bytes each. A query that selects very many
/// series keeps these until it reads the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Places<B> {
    /// Where the first chunk is.
    at: u64,
    /// What the time of the first entry counts from.
    time: i64,
    entries: B,
}

impl<B: AsRef<[u8]>> Places<B> {
    pub(in super::super) fn list(&self) -> Result<Vec<ChunkPlace>, Malformed> {
        let mut places = Places {
            at: self.at,
            time: self.time,
            entries: self.entries.as_ref(),
        };
        let mut list = Vec::new();
        while let Some(place) = places.next()? {
            list.push(place);
        }
        Ok(list)
    }
}

impl Places<&[u8]> {
    /// Takes the first one off.
    fn next(&mut self) -> Result<Option<ChunkPlace>, Malformed> {
        let mut input = Input(self.entries);
        if input.is_empty() {
            return Ok(None);
        }
        let min = self.time.wrapping_add(input.signed()?);
        let max = min.wrapping_add(input.unsigned()? as i64);
        let count = u32::try_from(input.unsigned()?).map_err(|_| Malformed)?;
        let bytes = u32::try_from(input.unsigned()?).map_err(|_| Malformed)?;
        let place = ChunkPlace {
            min,
            max,
            count,
            at: self.at,
            bytes,
        };
        if count == 0 || max < min || self.at > u64::MAX / 2 {
            return Err(Malformed);
        }
        *self = Self {
            at: place.end(),
            time: max,
            entries: input.0,
        };
        Ok(Some(place))
    }

    /// Those that may have samples from `start` to `end`, if any.
    pub(in super::super) fn between(mut self, start: i64, end: i64) -> Result<Option<Places<Box<[u8]>>>, Malformed> {
        let mut first = self;
        let mut length = 0;
        loop {
            let before = self;
            match self.next()? {
                Some(place) if place.max < start => first = self,
                Some(place) if place.min <= end => length += before.entries.len() - self.entries.len(),
                Some(_) | None => break,
            }
        }
        let entries = &first.entries[..length];
        Ok((length > 0).then(|| Places {
            at: first.at,
            time: first.time,
            entries: entries.into(),
        }))
    }
}
