//! Blocks: immutable samples of some hours or days, on disk, with an index of their own.

mod format;
mod index;
mod meta;
mod writer;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use self::format::{CHECKSUM, CHUNKS_FORMAT};
pub(super) use self::format::{ChunkPlace, Places};
pub(super) use self::index::IndexReader;
pub use self::meta::Meta;
pub(super) use self::writer::BlockWriter;
use super::chunk::{Chunk, decode};
use super::coding::Malformed;
use super::errors::FileError;

const CHUNKS: &str = "chunks";
const INDEX: &str = "index";
const META: &str = "meta.json";

/// An open block. Its files stay readable for who holds it, also after they have been removed.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) name: String,
    pub(super) meta: Meta,
    pub(super) index: IndexReader,
    chunks: File,
    chunks_path: PathBuf,
    /// Something in it turned out to be wrong since it was opened.
    broken: AtomicBool,
}

impl Block {
    /// Opens a block and checks its index and the size of its chunks; chunks are checked when they are read.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, FileError> {
        let path = folder.join(name);
        let meta = Meta::read(&path.join(META))?;
        let index = IndexReader::open(&path.join(INDEX), meta.index_bytes)?;
        let chunks_path = path.join(CHUNKS);
        let chunks = File::open(&chunks_path).map_err(FileError::of("open", &chunks_path))?;
        let mut format = [0; CHUNKS_FORMAT.len()];
        chunks
            .read_exact_at(&mut format, 0)
            .map_err(FileError::of("read", &chunks_path))?;
        let bytes = chunks.metadata().map_err(FileError::of("read", &chunks_path))?.len();
        if format != CHUNKS_FORMAT || bytes != meta.chunk_bytes {
            return Err(FileError::corrupt(
                &chunks_path,
                "it has not the length it was written with",
            ));
        }
        if index.series_count() != meta.series {
            return Err(FileError::corrupt(&path, "its index is that of another block"));
        }
        Ok(Self {
            name: name.to_owned(),
            meta,
            index,
            chunks,
            chunks_path,
            broken: AtomicBool::new(false),
        })
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Notes that the block must be set aside if this is about what is in it.
    pub(super) fn blame(&self, error: FileError) -> FileError {
        if error.is_corrupt() {
            self.broken.store(true, Ordering::Relaxed);
        }
        error
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.meta.index_bytes + self.meta.chunk_bytes
    }

    /// Reads chunks that follow one another in the file, with one read, checks them, and gives each with its bytes to
    /// `each`.
    fn read_chunks(
        &self,
        places: &[ChunkPlace],
        mut each: impl FnMut(&ChunkPlace, &[u8]) -> Result<(), Malformed>,
    ) -> Result<(), FileError> {
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return Ok(());
        };
        let corrupt = |why| self.blame(FileError::corrupt(&self.chunks_path, why));
        if last.end() > self.meta.chunk_bytes {
            return Err(corrupt("a chunk lies behind its end"));
        }
        let mut bytes = vec![0; (last.end() - first.at) as usize];
        let read = self.chunks.read_exact_at(&mut bytes, first.at);
        read.map_err(FileError::of("read", &self.chunks_path))
            .map_err(|error| self.blame(error))?;
        for place in places {
            let (content, rest) = bytes[(place.at - first.at) as usize..].split_at(place.bytes as usize);
            if crc32fast::hash(content).to_le_bytes() != rest[..CHECKSUM] {
                return Err(corrupt("the checksum of a chunk is wrong"));
            }
            each(place, content).map_err(|_| corrupt("a chunk is malformed"))?;
        }
        Ok(())
    }

    /// Chunks that follow one another in the file, as they are.
    pub(super) fn chunks(&self, places: &[ChunkPlace]) -> Result<Vec<Chunk>, FileError> {
        let mut chunks = Vec::with_capacity(places.len());
        self.read_chunks(places, |place, bytes| {
            chunks.push(Chunk {
                min: place.min,
                max: place.max,
                count: place.count,
                bytes: bytes.into(),
            });
            Ok(())
        })?;
        Ok(chunks)
    }

    /// Gives the samples of chunks that follow one another in the file to `sink`.
    pub(super) fn samples(&self, places: &[ChunkPlace], mut sink: impl FnMut(i64, f64)) -> Result<(), FileError> {
        self.read_chunks(places, |place, bytes| decode(place.min, place.count, bytes, &mut sink))
    }
}
