//! Log files: written with a bound on their size, read from their end.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::config::LogsConfig;

/// A log file that is set aside as `FILE.1` (older ones `FILE.2`, …) when it grows too big.
#[derive(Debug)]
pub(crate) struct RotatingLog {
    path: PathBuf,
    file: Option<File>,
    written: u64,
    max_bytes: u64,
    kept: u32,
}

impl RotatingLog {
    pub(crate) fn new(path: PathBuf, config: &LogsConfig) -> Self {
        Self {
            path,
            file: None,
            written: 0,
            max_bytes: config.max_bytes,
            kept: config.kept,
        }
    }

    /// Appends whole lines in one write, rotating before if they do not fit. The file is opened at the first write, and
    /// again after a failure: a disk that was full may have room now.
    pub(crate) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let result = self.try_write(lines);
        if result.is_err() {
            self.file = None;
        }
        result
    }

    fn try_write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            let file = OpenOptions::new().append(true).create(true).open(&self.path)?;
            self.written = file.metadata()?.len();
            self.file = Some(file);
        }
        if self.written > 0 && self.written + lines.len() as u64 > self.max_bytes {
            self.rotate()?;
        }
        if let Some(file) = &mut self.file {
            file.write_all(lines)?;
            self.written += lines.len() as u64;
        }
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file = None;
        for age in (1..self.kept).rev() {
            match std::fs::rename(self.aside(age), self.aside(age + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if self.kept > 0 {
            std::fs::rename(&self.path, self.aside(1))?;
        } else {
            std::fs::remove_file(&self.path)?;
        }
        self.file = Some(OpenOptions::new().append(true).create(true).open(&self.path)?);
        self.written = 0;
        Ok(())
    }

    fn aside(&self, age: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{age}"));
        name.into()
    }
}

/// A log has no invariant that a panic elsewhere could have broken.
pub(crate) fn lock(log: &Mutex<RotatingLog>) -> MutexGuard<'_, RotatingLog> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a log file from its last lines on, and over rotations.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: File,
    inode: u64,
}

impl Reader {
    /// Opens `path` so that the first read begins `lines` lines before its end.
    pub fn from_last(path: &Path, lines: usize) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let start = start_of_last(&mut file, lines)?;
        file.seek(SeekFrom::Start(start))?;
        Ok(Self {
            path: path.to_owned(),
            inode: file.metadata()?.ino(),
            file,
        })
    }

    /// Copies what is there now to `out`; goes on in the new file when this one was set aside. Returns the bytes copied:
    /// 0 when there is nothing new.
    pub fn copy_new(&mut self, out: &mut impl Write) -> io::Result<u64> {
        let mut copied = io::copy(&mut self.file, out)?;
        match File::open(&self.path) {
            Ok(current) if current.metadata()?.ino() != self.inode => {
                copied += io::copy(&mut self.file, out)?;
                self.inode = current.metadata()?.ino();
                self.file = current;
                copied += io::copy(&mut self.file, out)?;
            }
            // Between the two renames of a rotation there is no current file.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(copied)
    }
}

/// The last lines of a log file as text; empty when there is no file.
pub fn last_lines(path: &Path, lines: usize) -> Vec<String> {
    let mut out = Vec::new();
    let read = Reader::from_last(path, lines).and_then(|mut reader| reader.copy_new(&mut out));
    match read {
        Ok(_) => String::from_utf8_lossy(&out).lines().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    }
}

/// Where the last `lines` lines begin, found from the end in blocks: log files are large and their ends are short.
fn start_of_last(file: &mut File, lines: usize) -> io::Result<u64> {
    const BLOCK: u64 = 8192;
    let length = file.metadata()?.len();
    if lines == 0 {
        return Ok(length);
    }
    let mut end = length;
    let mut newlines = 0;
    let mut block = [0; BLOCK as usize];
    while end > 0 {
        let begin = end.saturating_sub(BLOCK);
        let block = &mut block[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(block)?;
        for (index, _) in block.iter().enumerate().rev().filter(|&(_, &byte)| byte == b'\n') {
            let position = begin + index as u64;
            // The newline at the very end closes the last line, it does not begin one.
            if position + 1 < length {
                newlines += 1;
                if newlines == lines {
                    return Ok(position + 1);
                }
            }
        }
        end = begin;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(folder: &Path, max_bytes: u64) -> RotatingLog {
        RotatingLog::new(folder.join("a.log"), &LogsConfig { max_bytes, kept: 3 })
    }

    #[test]
    fn files_are_set_aside_by_size_and_three_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = log(folder.path(), 10);
        for line in [
            "one\n",
            "two two\n",
            "three\n",
            "four four four four\n",
            "five five\n",
            "six six\n",
        ] {
            written.write(line.as_bytes()).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("a.log"), "six six\n");
        assert_eq!(read("a.log.1"), "five five\n");
        assert_eq!(read("a.log.2"), "four four four four\n");
        assert_eq!(read("a.log.3"), "three\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_log_goes_on_where_an_earlier_run_ended() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path(), 100).write(b"before\n").unwrap();
        log(folder.path(), 100).write(b"after\n").unwrap();
        assert_eq!(last_lines(&folder.path().join("a.log"), 10), ["before", "after"]);
    }

    #[test]
    fn the_last_lines_are_found_across_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let text: String = (0..3000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(&path, &text).unwrap();
        assert_eq!(last_lines(&path, 2), ["line 2998", "line 2999"]);
        assert_eq!(last_lines(&path, 1500).len(), 1500);
        assert_eq!(last_lines(&path, 5000).len(), 3000);
        assert!(last_lines(&path, 0).is_empty());
        std::fs::write(&path, "no newline at the end\nhere").unwrap();
        assert_eq!(last_lines(&path, 1), ["here"]);
    }

    #[test]
    fn a_reader_follows_over_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = log(folder.path(), 12);
        written.write(b"old\n").unwrap();
        let mut reader = Reader::from_last(&folder.path().join("a.log"), 0).unwrap();
        written.write(b"before\n").unwrap();
        written.write(b"after it\n").unwrap();
        let mut out = Vec::new();
        reader.copy_new(&mut out).unwrap();
        assert_eq!(out, b"before\nafter it\n");
        assert_eq!(reader.copy_new(&mut out).unwrap(), 0);
    }
}
