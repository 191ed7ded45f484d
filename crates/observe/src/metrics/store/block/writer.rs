//! Writing a block: series in the order of their labels, then everything that finds them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::super::super::labels::Labels;
use super::super::chunk::Chunk;
use super::super::coding::{put_bytes, put_unsigned};
use super::super::errors::FileError;
use super::super::files::{publish, remove, sync_folder};
use super::super::postings::Postings;
use super::format::{CHUNKS_FORMAT, INDEX_FORMAT, put_record};
use super::meta::Meta;
use super::{CHUNKS, INDEX, META};

/// A block in the making, in a folder of its own that is not looked at. Dropped unfinished, it goes.
pub(in super::super) struct BlockWriter {
    folder: PathBuf,
    chunks: Hashed,
    index: Hashed,
    /// Where each series record begins.
    places: Vec<u64>,
    postings: Postings,
    meta: Meta,
    buffer: Vec<u8>,
}

/// A file, how long it is, and the checksum of all of it.
struct Hashed {
    path: PathBuf,
    file: BufWriter<File>,
    at: u64,
    checksum: crc32fast::Hasher,
}

impl Hashed {
    fn create(path: PathBuf, format: &[u8]) -> Result<Self, FileError> {
        let file = BufWriter::with_capacity(64 << 10, File::create(&path).map_err(FileError::of("create", &path))?);
        let mut hashed = Self {
            path,
            file,
            at: 0,
            checksum: crc32fast::Hasher::new(),
        };
        hashed.put(format)?;
        Ok(hashed)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.at += bytes.len() as u64;
        self.checksum.update(bytes);
        self.file.write_all(bytes).map_err(FileError::of("write", &self.path))
    }

    fn finish(&mut self) -> Result<u64, FileError> {
        let finished: io::Result<()> = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        finished.map(|()| self.at).map_err(FileError::of("write", &self.path))
    }
}

impl BlockWriter {
    /// Begins a block in `folder`, which is emptied.
    pub(in super::super) fn create(folder: &Path, meta: Meta) -> Result<Self, FileError> {
        remove(folder)?;
        fs::create_dir(folder).map_err(FileError::of("create", folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            chunks: Hashed::create(folder.join(CHUNKS), &CHUNKS_FORMAT)?,
            index: Hashed::create(folder.join(INDEX), &INDEX_FORMAT)?,
            places: Vec::new(),
            postings: Postings::default(),
            meta,
            buffer: Vec::new(),
        })
    }

    /// Adds a series, whose labels come after those of all before, with chunks in the order of time.
    pub(in super::super) fn add(&mut self, labels: &Labels, chunks: &[Chunk]) -> Result<(), FileError> {
        if chunks.is_empty() {
            return Ok(());
        }
        let rank = u32::try_from(self.places.len()).map_err(|_| FileError::corrupt(&self.folder, "too many series"))?;
        self.places.push(self.index.at);
        self.postings.add(rank, labels);
        self.buffer.clear();
        put_record(&mut self.buffer, labels, self.chunks.at, chunks);
        self.index.put(&self.buffer)?;
        for chunk in chunks {
            self.chunks.put(&chunk.bytes)?;
            self.chunks.put(&crc32fast::hash(&chunk.bytes).to_le_bytes())?;
            self.meta.samples += u64::from(chunk.count);
        }
        self.meta.series += 1;
        self.meta.chunks += chunks.len() as u64;
        Ok(())
    }

    /// How many samples were added.
    pub(in super::super) fn samples(&self) -> u64 {
        self.meta.samples
    }

    /// Completes the block and puts it under its name, durably.
    pub(in super::super) fn publish(mut self, name: &Path) -> Result<(), FileError> {
        self.finish_index()?;
        self.meta.index_bytes = self.index.finish()?;
        self.meta.chunk_bytes = self.chunks.finish()?;
        self.meta.write(&self.folder.join(META))?;
        sync_folder(&self.folder)?;
        publish(&self.folder, name)
    }

    fn finish_index(&mut self) -> Result<(), FileError> {
        let index = &mut self.index;
        let ranks_at = index.at;
        for place in self.places.iter().chain([&ranks_at]) {
            index.put(&place.to_le_bytes())?;
        }
        let mut sorted: Vec<_> = self.postings.names().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        let mut names = Vec::new();
        put_unsigned(&mut names, sorted.len() as u64);
        for (name, values) in sorted {
            let mut entries = Vec::new();
            for (value, ranks) in values {
                entries.extend_from_slice(&index.at.to_le_bytes());
                entries.extend_from_slice(&(value.len() as u32).to_le_bytes());
                index.put(value.as_bytes())?;
                self.buffer.clear();
                ranks
                    .serialize_into(&mut self.buffer)
                    .map_err(FileError::of("write", &index.path))?;
                entries.extend_from_slice(&index.at.to_le_bytes());
                entries.extend_from_slice(&(self.buffer.len() as u32).to_le_bytes());
                index.put(&self.buffer)?;
            }
            put_bytes(&mut names, name.as_bytes());
            put_unsigned(&mut names, index.at);
            put_unsigned(&mut names, values.len() as u64);
            index.put(&entries)?;
        }
        let names_at = index.at;
        index.put(&names)?;
        index.put(&ranks_at.to_le_bytes())?;
        index.put(&names_at.to_le_bytes())?;
        index.put(&self.meta.series.to_le_bytes())?;
        let checksum = index.checksum.clone().finalize();
        index.put(&checksum.to_le_bytes())
    }
}

impl Drop for BlockWriter {
    fn drop(&mut self) {
        // After `publish` there is nothing under this name.
        _ = remove(&self.folder);
    }
}
