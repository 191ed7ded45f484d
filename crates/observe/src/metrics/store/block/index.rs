//! Reading a block's index. Only the label names are kept in memory; the rest is read where it lies.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use roaring::RoaringBitmap;

use super::super::super::labels::Labels;
use super::super::coding::{Input, Malformed};
use super::super::errors::FileError;
use super::super::files::{Window, checksum};
use super::super::postings::LabelIndex;
use super::format::{CHECKSUM, ENTRY, FOOTER, INDEX_FORMAT, Places, read_record};

/// Bytes read ahead where series or values are walked.
const AHEAD: usize = 16 << 10;

#[derive(Debug)]
pub(in super::super) struct IndexReader {
    file: File,
    path: PathBuf,
    bytes: u64,
    ranks_at: u64,
    series: u32,
    names: Vec<LabelName>,
}

#[derive(Debug)]
struct LabelName {
    name: Box<str>,
    /// Where the array of its values is.
    at: u64,
    values: u64,
}

/// One value of a label: its text, and where its posting list is.
struct Entry<'a> {
    value: &'a str,
    list_at: u64,
    list_bytes: usize,
}

impl IndexReader {
    /// Opens an index and checks all of it, so that what is read later is what was written.
    pub(super) fn open(path: &Path, bytes: u64) -> Result<Self, FileError> {
        let wrong = |why| FileError::corrupt(path, why);
        let failed = FileError::of("read", path);
        let file = File::open(path).map_err(FileError::of("open", path))?;
        if file.metadata().map_err(&failed)?.len() != bytes || bytes < (INDEX_FORMAT.len() + FOOTER) as u64 {
            return Err(wrong("it has not the length it was written with"));
        }
        let mut footer = [0; FOOTER];
        file.read_exact_at(&mut footer, bytes - FOOTER as u64)
            .map_err(&failed)?;
        let mut fields = Input(&footer);
        let (Ok(ranks_at), Ok(names_at), Ok(series), Ok(sum)) =
            (fields.array(), fields.array(), fields.array(), fields.array())
        else {
            return Err(wrong("its footer is too short"));
        };
        let (ranks_at, names_at) = (u64::from_le_bytes(ranks_at), u64::from_le_bytes(names_at));
        if checksum(&file, bytes - CHECKSUM as u64).map_err(&failed)? != u32::from_le_bytes(sum) {
            return Err(wrong("its checksum is wrong"));
        }
        let length = (bytes - FOOTER as u64)
            .checked_sub(names_at)
            .ok_or_else(|| wrong("its footer is wrong"))?;
        let mut names = vec![0; length as usize];
        file.read_exact_at(&mut names, names_at).map_err(&failed)?;
        let names = read_names(&names).map_err(|_| wrong("its names are malformed"))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            bytes,
            ranks_at,
            series: u32::from_le_bytes(series),
            names,
        })
    }

    pub(in super::super) fn series_count(&self) -> u32 {
        self.series
    }

    pub(in super::super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &*name.name)
    }

    /// Gives every value of a label in their order to `each`.
    pub(in super::super) fn values(&self, name: &str, mut each: impl FnMut(&str)) -> Result<(), FileError> {
        self.walk(name, |entry, _| {
            each(entry.value);
            Ok(())
        })
    }

    /// Reads the records of series by their ranks, which should rise.
    pub(in super::super) fn series(&self) -> SeriesReader<'_> {
        SeriesReader {
            index: self,
            ranks: Window::new(&self.file, self.bytes, AHEAD / 4),
            records: Window::new(&self.file, self.bytes, AHEAD),
        }
    }

    /// What a record means that says nonsense.
    pub(in super::super) fn malformed(&self) -> FileError {
        FileError::corrupt(&self.path, "a record is malformed")
    }

    fn name(&self, name: &str) -> Option<&LabelName> {
        let found = self.names.binary_search_by(|other| (*other.name).cmp(name)).ok()?;
        Some(&self.names[found])
    }

    /// Gives every entry of a label's array to `each`, with a way to read its posting list.
    fn walk(
        &self,
        name: &str,
        mut each: impl FnMut(&Entry<'_>, &mut Window<'_>) -> io::Result<()>,
    ) -> Result<(), FileError> {
        let Some(name) = self.name(name) else { return Ok(()) };
        let [mut entries, mut texts, mut lists] = [(); 3].map(|()| Window::new(&self.file, self.bytes, AHEAD));
        let walked = (0..name.values).try_for_each(|n| {
            let entry = entry(&mut entries, &mut texts, name.at + n * ENTRY as u64)?;
            each(&entry, &mut lists)
        });
        walked.map_err(FileError::of("read", &self.path))
    }

    fn find(&self, name: &LabelName, value: &str) -> io::Result<Option<RoaringBitmap>> {
        let [mut entries, mut texts] = [ENTRY, 64].map(|ahead| Window::new(&self.file, self.bytes, ahead));
        let (mut low, mut high) = (0, name.values);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = entry(&mut entries, &mut texts, name.at + middle * ENTRY as u64)?;
            match entry.value.cmp(value) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => {
                    let mut list = Window::new(&self.file, self.bytes, 0);
                    return entry.ranks(&mut list).map(Some);
                }
            }
        }
        Ok(None)
    }
}

impl Entry<'_> {
    fn ranks(&self, lists: &mut Window<'_>) -> io::Result<RoaringBitmap> {
        RoaringBitmap::deserialize_from(lists.get(self.list_at, self.list_bytes)?)
    }
}

fn entry<'a>(entries: &mut Window<'_>, texts: &'a mut Window<'_>, at: u64) -> io::Result<Entry<'a>> {
    let mut fields = Input(entries.get(at, ENTRY)?);
    let malformed = |Malformed| io::ErrorKind::InvalidData;
    let text_at = u64::from_le_bytes(fields.array().map_err(malformed)?);
    let text_bytes = u32::from_le_bytes(fields.array().map_err(malformed)?) as usize;
    let list_at = u64::from_le_bytes(fields.array().map_err(malformed)?);
    let list_bytes = u32::from_le_bytes(fields.array().map_err(malformed)?) as usize;
    let value = std::str::from_utf8(texts.get(text_at, text_bytes)?).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Entry {
        value,
        list_at,
        list_bytes,
    })
}

fn read_names(bytes: &[u8]) -> Result<Vec<LabelName>, Malformed> {
    let mut input = Input(bytes);
    let mut names = Vec::new();
    for _ in 0..input.count()? {
        names.push(LabelName {
            name: input.text()?.into(),
            at: input.unsigned()?,
            values: input.unsigned()?,
        });
    }
    Ok(names)
}

impl LabelIndex for IndexReader {
    type Error = FileError;

    fn all(&self) -> Result<RoaringBitmap, FileError> {
        Ok(RoaringBitmap::from_iter(0..self.series))
    }

    fn having(&self, name: &str, values: &[&str]) -> Result<RoaringBitmap, FileError> {
        let Some(name) = self.name(name) else {
            return Ok(RoaringBitmap::new());
        };
        let mut having = RoaringBitmap::new();
        for value in values {
            if let Some(ranks) = self.find(name, value).map_err(FileError::of("read", &self.path))? {
                having |= ranks;
            }
        }
        Ok(having)
    }

    fn having_where(&self, name: &str, accept: &dyn Fn(&str) -> bool) -> Result<RoaringBitmap, FileError> {
        let mut having = RoaringBitmap::new();
        self.walk(name, |entry, lists| {
            if accept(entry.value) {
                having |= entry.ranks(lists)?;
            }
            Ok(())
        })?;
        Ok(having)
    }
}

/// Reads series one after the other.
pub(in super::super) struct SeriesReader<'a> {
    index: &'a IndexReader,
    ranks: Window<'a>,
    records: Window<'a>,
}

impl SeriesReader<'_> {
    /// The labels of a series and where its chunks are.
    pub(in super::super) fn get(&mut self, rank: u32) -> Result<(Labels, Places<&[u8]>), FileError> {
        let path = &self.index.path;
        let places = self
            .ranks
            .get(self.index.ranks_at + u64::from(rank) * 8, 16)
            .map_err(FileError::of("read", path))?;
        let place = |n: usize| u64::from_le_bytes(places[n..n + 8].try_into().expect("eight bytes"));
        let (start, end) = (place(0), place(8));
        let length = end.checked_sub(start).and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or_else(|| FileError::corrupt(path, "a record ends before it begins"))?;
        let record = self.records.get(start, length).map_err(FileError::of("read", path))?;
        read_record(record).map_err(|_| self.index.malformed())
    }
}
