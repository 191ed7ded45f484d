//! A run of lines of one stream in the order of their times, and its form on the disk.

use crate::metrics::labels::Labels;

/// Lines with their times, in one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    text: String,
    rows: Vec<Row>,
    /// Sets of structured metadata that rows name by their place, from 1.
    metadata: Vec<Labels>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    time: i64,
    end: u32,
    metadata: u32,
}

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// As it was sent.
    pub text: &'a str,
    /// Sent with it.
    pub metadata: Option<&'a Labels>,
}

/// Bytes that are no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no block of lines")]
pub struct NotABlock;

/// How large the text of a block may be: rows count in 32 bits.
const MAX_TEXT: usize = 1 << 31;

impl Block {
    /// Adds a line; false when there is no room for it. Order is the caller's: see [`Block::sorted`].
    pub fn push(&mut self, line: Line<'_>) -> bool {
        if self.text.len() + line.text.len() > MAX_TEXT {
            return false;
        }
        let metadata = match line.metadata.filter(|metadata| !metadata.is_empty()) {
            None => 0,
            Some(metadata) => {
                if self.metadata.last() != Some(metadata) {
                    self.metadata.push(metadata.clone());
                }
                u32::try_from(self.metadata.len()).unwrap_or(u32::MAX)
            }
        };
        self.text.push_str(line.text);
        self.rows.push(Row {
            time: line.time,
            end: u32::try_from(self.text.len()).unwrap_or(u32::MAX),
            metadata,
        });
        true
    }

    /// How many lines it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bytes of the lines.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// All lines, one after the other.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The times of the first and the last line; the block is in order.
    pub fn span(&self) -> Option<(i64, i64)> {
        Some((self.rows.first()?.time, self.rows.last()?.time))
    }

    /// A line by its place.
    pub fn line(&self, index: usize) -> Line<'_> {
        let row = self.rows[index];
        let start = if index == 0 {
            0
        } else {
            self.rows[index - 1].end as usize
        };
        let place = (row.metadata as usize).checked_sub(1);
        Line {
            time: row.time,
            text: &self.text[start..row.end as usize],
            metadata: place.and_then(|place| self.metadata.get(place)),
        }
    }

    /// The lines in their order.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> {
        (0..self.rows.len()).map(|index| self.line(index))
    }

    /// The place of the line that holds a byte of [`Block::text`].
    pub fn line_at(&self, byte: usize) -> usize {
        self.rows.partition_point(|row| row.end as usize <= byte)
    }

    /// The byte of [`Block::text`] after a line.
    pub fn end_of(&self, index: usize) -> usize {
        self.rows[index].end as usize
    }

    /// Whether the lines are in order.
    fn is_sorted(&self) -> bool {
        self.rows.windows(2).all(|pair| pair[0].time <= pair[1].time)
    }

    /// The same lines in the order of their times, those of the same time in the order they came.
    #[must_use]
    pub fn sorted(self) -> Self {
        if self.is_sorted() {
            return self;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|index| self.rows[*index].time);
        let mut sorted = Self::default();
        for index in order {
            sorted.push(self.line(index));
        }
        sorted
    }

    /// The bytes to keep; `rows` first, since they are read even where the text is not.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + self.rows.len() * 4 + 16);
        put(&mut out, self.rows.len() as u64);
        let (mut time, mut end) = (0_i64, 0_u32);
        for row in &self.rows {
            let change = row.time.wrapping_sub(time);
            put(&mut out, ((change << 1) ^ (change >> 63)) as u64);
            put(&mut out, u64::from(row.end - end));
            (time, end) = (row.time, row.end);
        }
        put(&mut out, self.metadata.len() as u64);
        if !self.metadata.is_empty() {
            for row in &self.rows {
                put(&mut out, u64::from(row.metadata));
            }
        }
        for set in &self.metadata {
            put(&mut out, set.len() as u64);
            for text in set.iter().flat_map(|(name, value)| [name, value]) {
                put(&mut out, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
        }
        out.extend_from_slice(self.text.as_bytes());
        out
    }

    /// Reads what [`Block::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn decode(bytes: &[u8]) -> Result<Self, NotABlock> {
        let mut rest = bytes;
        let count = take_count(&mut rest)?;
        let mut rows = Vec::with_capacity(count);
        let (mut time, mut end) = (0_i64, 0_u32);
        for _ in 0..count {
            let change = take(&mut rest)?;
            time = time.wrapping_add((change >> 1) as i64 ^ -((change & 1) as i64));
            let length = u32::try_from(take(&mut rest)?).map_err(|_| NotABlock)?;
            end = end.checked_add(length).ok_or(NotABlock)?;
            rows.push(Row { time, end, metadata: 0 });
        }
        let sets = take_count(&mut rest)?;
        if sets > 0 {
            for row in &mut rows {
                row.metadata = u32::try_from(take(&mut rest)?).map_err(|_| NotABlock)?;
            }
        }
        let mut metadata = Vec::with_capacity(sets);
        for _ in 0..sets {
            let count = take_count(&mut rest)?;
            let mut pairs = Vec::with_capacity(count);
            for _ in 0..count {
                pairs.push((take_text(&mut rest)?, take_text(&mut rest)?));
            }
            metadata.push(Labels::from_pairs(pairs));
        }
        let text = std::str::from_utf8(rest).map_err(|_| NotABlock)?;
        let fits = text.len() == end as usize && rows.iter().all(|row| text.is_char_boundary(row.end as usize));
        if !fits {
            return Err(NotABlock);
        }
        Ok(Self {
            text: text.to_owned(),
            rows,
            metadata,
        })
    }
}

impl FromIterator<(i64, String)> for Block {
    fn from_iter<I: IntoIterator<Item = (i64, String)>>(lines: I) -> Self {
        let mut block = Self::default();
        for (time, text) in lines {
            block.push(Line {
                time,
                text: &text,
                metadata: None,
            });
        }
        block.sorted()
    }
}

/// A number in groups of seven bits.
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn take(rest: &mut &[u8]) -> Result<u64, NotABlock> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(NotABlock)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(NotABlock)
}

/// A number of things of which each takes at least one byte.
pub(super) fn take_count(rest: &mut &[u8]) -> Result<usize, NotABlock> {
    let count = usize::try_from(take(rest)?).map_err(|_| NotABlock)?;
    if count > rest.len() { Err(NotABlock) } else { Ok(count) }
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, NotABlock> {
    let length = take_count(rest)?;
    let (text, after) = rest.split_at(length);
    *rest = after;
    std::str::from_utf8(text).map_err(|_| NotABlock)
}
