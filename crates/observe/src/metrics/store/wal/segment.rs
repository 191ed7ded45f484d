//! Files of records: those of the log, and checkpoints.
//!
//! After eight bytes that name the format, record follows record: a mark, the length and the CRC-32 of the content, each
//! four bytes, little-endian, and the content. The mark lets a reader find the next record behind a damaged stretch.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::super::errors::FileError;
use super::super::files::Window;

const FORMAT: [u8; 8] = *b"TXSLOG01";
const MARK: [u8; 4] = [0xd1, 0xa7, 0x9e, 0x5c];
const HEADER: usize = 12;
/// A record's content, at most. A million samples make eleven million bytes.
pub(in super::super) const MAX_RECORD: usize = 256 << 20;

/// A file that records are added to.
#[derive(Debug)]
pub(super) struct SegmentWriter {
    pub(super) file: Arc<File>,
    pub(super) bytes: u64,
}

impl SegmentWriter {
    /// Begins a file; one of that name is overwritten.
    pub(super) fn create(path: &Path) -> Result<Self, FileError> {
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .map_err(FileError::of("create", path))?;
        file.write_all_at(&FORMAT, 0).map_err(FileError::of("write", path))?;
        Ok(Self {
            file: Arc::new(file),
            bytes: FORMAT.len() as u64,
        })
    }

    /// Adds what [`begin`] and [`seal`] made. Of a record that could not be written whole nothing stays.
    pub(super) fn append(&mut self, framed: &[u8]) -> io::Result<()> {
        let written = self.file.write_all_at(framed, self.bytes);
        match &written {
            Ok(()) => self.bytes += framed.len() as u64,
            // The next record begins at the same place, so that rests do no harm if this fails too.
            Err(_) => _ = self.file.set_len(self.bytes),
        }
        written
    }
}

/// Makes room for a record's header at the beginning of an empty buffer.
pub(super) fn begin(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.resize(HEADER, 0);
}

/// Fills in the header in front of the content.
///
/// # Errors
/// With the content's length when it is too long.
pub(super) fn seal(buffer: &mut [u8]) -> Result<(), usize> {
    let (header, content) = buffer.split_at_mut(HEADER);
    let length = u32::try_from(content.len())
        .ok()
        .filter(|length| *length as usize <= MAX_RECORD)
        .ok_or(content.len())?;
    header[..4].copy_from_slice(&MARK);
    header[4..8].copy_from_slice(&length.to_le_bytes());
    header[8..].copy_from_slice(&crc32fast::hash(content).to_le_bytes());
    Ok(())
}

/// What a file holds besides whole records.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    /// Bytes that belong to no readable record.
    pub(super) bytes: u64,
    /// Where the last readable record ends, when there is only damage behind it.
    pub(super) tail_from: Option<u64>,
}

/// Gives the content of every readable record to `each`, which says whether it made sense of it.
///
/// # Errors
/// When the file cannot be read at all. Damage is no error.
pub(super) fn read(path: &Path, mut each: impl FnMut(&[u8]) -> bool) -> Result<Damage, FileError> {
    let file = File::open(path).map_err(FileError::of("open", path))?;
    let size = file.metadata().map_err(FileError::of("read", path))?.len();
    let mut window = Window::new(&file, size, 256 << 10);
    let mut damage = Damage::default();
    let mut at = match window.get(0, FORMAT.len()) {
        Ok(format) if format == FORMAT => FORMAT.len() as u64,
        _ => 0,
    };
    let mut good_until = at;
    while at < size {
        match record_at(&mut window, at).map_err(FileError::of("read", path))? {
            Some(length) => {
                let end = at + (HEADER + length) as u64;
                let content = window
                    .get(at + HEADER as u64, length)
                    .map_err(FileError::of("read", path))?;
                let lost = at - good_until;
                damage.bytes += if each(content) { lost } else { lost + end - at };
                (at, good_until) = (end, end);
            }
            None => at = next_mark(&mut window, at + 1, size).map_err(FileError::of("read", path))?,
        }
    }
    if good_until < size || (size as usize) < FORMAT.len() {
        damage.bytes += size - good_until;
        damage.tail_from = Some(good_until);
    }
    Ok(damage)
}

/// The length of the content of the record that begins here, if a whole one does.
fn record_at(window: &mut Window<'_>, at: u64) -> io::Result<Option<usize>> {
    let Some(header) = readable(window.get(at, HEADER))? else {
        return Ok(None);
    };
    let number = |place: usize| u32::from_le_bytes(header[place..place + 4].try_into().expect("four bytes"));
    let (length, checksum) = (number(4) as usize, number(8));
    if header[..4] != MARK || length > MAX_RECORD {
        return Ok(None);
    }
    let content = readable(window.get(at + HEADER as u64, length))?;
    Ok(content
        .filter(|content| crc32fast::hash(content) == checksum)
        .map(|_| length))
}

/// The next place where a record may begin, or the end.
fn next_mark(window: &mut Window<'_>, from: u64, size: u64) -> io::Result<u64> {
    let mut at = from;
    while at + HEADER as u64 <= size {
        let piece = window.get(at, (size - at).min(64 << 10) as usize)?;
        if let Some(found) = piece.windows(MARK.len()).position(|bytes| bytes == MARK) {
            return Ok(at + found as u64);
        }
        at += (piece.len() + 1 - MARK.len()) as u64;
    }
    Ok(size)
}

/// `None` behind the end of the file.
fn readable(read: io::Result<&[u8]>) -> io::Result<Option<&[u8]>> {
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn written(contents: &[&[u8]]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segment");
        let mut segment = SegmentWriter::create(&path).unwrap();
        let mut buffer = Vec::new();
        for content in contents {
            begin(&mut buffer);
            buffer.extend_from_slice(content);
            seal(&mut buffer).unwrap();
            segment.append(&buffer).unwrap();
        }
        fs::read(path).unwrap()
    }

    fn read_bytes(bytes: &[u8]) -> (Vec<Vec<u8>>, Damage) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segment");
        fs::write(&path, bytes).unwrap();
        let mut contents = Vec::new();
        let damage = read(&path, |content| {
            contents.push(content.to_vec());
            true
        });
        (contents, damage.unwrap())
    }

    const CONTENTS: [&[u8]; 3] = [b"first", b"the second", b"third"];

    #[test]
    fn records_come_back() {
        assert_eq!(
            read_bytes(&written(&CONTENTS)),
            (CONTENTS.map(<[u8]>::to_vec).to_vec(), Damage::default())
        );
        assert_eq!(read_bytes(&written(&[])), (Vec::new(), Damage::default()));
    }

    #[test]
    fn a_file_cut_anywhere_gives_the_whole_records_before() {
        let whole = written(&CONTENTS);
        let ends: Vec<usize> = CONTENTS
            .iter()
            .scan(8, |end, content| {
                *end += HEADER + content.len();
                Some(*end)
            })
            .collect();
        for cut in 0..whole.len() {
            let (contents, damage) = read_bytes(&whole[..cut]);
            let complete = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(contents.len(), complete, "cut at {cut}");
            let good = if complete > 0 {
                ends[complete - 1]
            } else {
                cut.min(8) / 8 * 8
            };
            assert_eq!(damage.bytes, (cut - good) as u64, "cut at {cut}");
            assert_eq!(damage.tail_from.is_some(), cut > good || cut < 8, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_costs_one_record_at_most() {
        let whole = written(&CONTENTS);
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (contents, damage) = read_bytes(&bytes);
            assert!(contents.len() >= CONTENTS.len() - 1, "bit {bit}");
            assert!(
                contents.iter().all(|content| CONTENTS.contains(&content.as_slice())),
                "bit {bit}"
            );
            assert!(damage.bytes > 0, "bit {bit}");
        }
    }
}
