//! Files of JSON, one value a line: whole or not there, and readable as far as they are whole.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads all lines; a file that is not there is empty. A line that is broken is reported and left out: the last one may
/// have been cut short by a failure.
pub(super) fn read_lines<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(named(path, error)),
    };
    let mut values = Vec::new();
    for (index, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = line.map_err(|error| named(path, error))?;
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice(&line) {
            Ok(value) => values.push(value),
            Err(error) => {
                tracing::error!(file = %path.display(), line = index + 1, %error, "a line is broken and left out");
            }
        }
    }
    Ok(values)
}

/// Writes all lines: to another name first, synced, then renamed.
pub(super) fn write_lines<'a, T: Serialize + 'a>(path: &Path, values: impl Iterator<Item = &'a T>) -> io::Result<()> {
    let draft = path.with_extension("new");
    let write = || {
        let mut writer = BufWriter::new(File::create(&draft)?);
        for value in values {
            serde_json::to_writer(&mut writer, value)?;
            writer.write_all(b"\n")?;
        }
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|error| named(path, error))
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
