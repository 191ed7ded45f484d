//! A file that grows, is set aside and begun anew.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::positions::Position;

/// A longer line is pushed in parts of this size.
const MAX_LINE: usize = 256 << 10;
/// How many files set aside are looked through for the one that was being read.
const ROTATIONS: u32 = 20;

pub(super) struct Tailed {
    path: PathBuf,
    file: File,
    inode: u64,
    /// Of the first byte that has not been given on.
    offset: u64,
    /// Files that were set aside after this one and before the present one, the oldest first.
    next: VecDeque<File>,
}

impl Tailed {
    /// Opens a file where it was left. When it was set aside since, the old one is read to its end first.
    pub(super) fn open(path: &Path, position: Option<Position>) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let (inode, length) = (metadata.ino(), metadata.len());
        let mut tailed = Self {
            path: path.to_owned(),
            file,
            inode,
            offset: 0,
            next: VecDeque::new(),
        };
        match position {
            Some(Position { inode: known, offset }) if known.is_none_or(|known| known == inode) => {
                // A file that is shorter now was begun anew.
                tailed.offset = if offset <= length { offset } else { 0 };
            }
            Some(Position {
                inode: Some(known),
                offset,
            }) => tailed.resume_aside(known, offset),
            _ => {}
        }
        Ok(tailed)
    }

    /// Goes on in `FILE.3` when that is what was being read, and then in `FILE.2`, `FILE.1` and the file.
    fn resume_aside(&mut self, inode: u64, offset: u64) {
        let mut younger = VecDeque::new();
        for age in 1..=ROTATIONS {
            let Some(aside) = self.aside(age) else { return };
            if aside.metadata().is_ok_and(|metadata| metadata.ino() == inode) {
                let present = std::mem::replace(&mut self.file, aside);
                younger.push_back(present);
                self.next = younger;
                (self.inode, self.offset) = (inode, offset);
                return;
            }
            younger.push_front(aside);
        }
    }

    fn aside(&self, age: u32) -> Option<File> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{age}"));
        File::open(PathBuf::from(name)).ok()
    }

    pub(super) fn inode(&self) -> u64 {
        self.inode
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn is_at_end(&self) -> bool {
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        self.next.is_empty() && self.offset >= length
    }

    /// Gives on whole lines, about `limit` bytes of them. True when there were any.
    pub(super) fn read(&mut self, limit: usize, mut take: impl FnMut(&str)) -> io::Result<bool> {
        let before = (self.inode, self.offset);
        if self.read_lines(limit, false, &mut take)? {
            return Ok(true);
        }
        // Nothing new: is it still the file of this name?
        let following = match self.next.front() {
            Some(_) => self.next.pop_front(),
            None => match File::open(&self.path) {
                Ok(file) if file.metadata()?.ino() != self.inode => {
                    // It may have been set aside more than once since.
                    self.collect_missed();
                    self.next.push_back(file);
                    self.next.pop_front()
                }
                Ok(file) => {
                    if file.metadata()?.len() < self.offset {
                        self.offset = 0;
                        return self.read_lines(limit, false, &mut take);
                    }
                    None
                }
                // Between the two renames of a rotation there is no present file.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            },
        };
        let Some(file) = following else { return Ok(false) };
        // What was written between the last look and the rotation, and a last line without its end.
        while self.read_lines(limit, true, &mut take)? {}
        self.inode = file.metadata()?.ino();
        (self.file, self.offset) = (file, 0);
        self.read_lines(limit, false, &mut take)?;
        Ok((self.inode, self.offset) != before)
    }

    /// Files that were begun after this one and set aside before anybody looked.
    fn collect_missed(&mut self) {
        let mut missed = VecDeque::new();
        for age in 1..=ROTATIONS {
            match self.aside(age) {
                Some(file) if file.metadata().is_ok_and(|metadata| metadata.ino() != self.inode) => {
                    missed.push_front(file);
                }
                Some(_) => {
                    self.next.extend(missed);
                    return;
                }
                None => return,
            }
        }
    }

    fn read_lines(&mut self, limit: usize, last: bool, take: &mut impl FnMut(&str)) -> io::Result<bool> {
        self.file.seek(SeekFrom::Start(self.offset))?;
        let mut buffer = Vec::new();
        let size = limit.max(MAX_LINE) as u64;
        (&mut self.file).take(size).read_to_end(&mut buffer)?;
        let end = match memchr::memrchr(b'\n', &buffer) {
            Some(end) => end + 1,
            // A line without an end is waited for, unless it is too long or nothing more will come.
            None if last || buffer.len() >= MAX_LINE => buffer.len(),
            None => 0,
        };
        for line in buffer[..end].split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            let text = text.trim_end_matches(['\n', '\r']);
            if !text.is_empty() {
                take(text);
            }
        }
        self.offset += end as u64;
        Ok(end > 0)
    }
}
