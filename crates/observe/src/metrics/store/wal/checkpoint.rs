//! Writing checkpoints.

use std::path::Path;
use std::sync::Arc;

use super::super::super::labels::Labels;
use super::super::errors::FileError;
use super::super::exemplars::Exemplar;
use super::super::files::{publish, remove};
use super::super::head::Series;
use super::record::{Batch, begin_series, put_series};
use super::segment::{SegmentWriter, begin, seal};
use super::{UNFINISHED, checkpoint_path};

/// Series are put into one record up to this size: little to lose when it is damaged, few headers.
const RECORD_BYTES: usize = 64 << 10;

/// Writes what the head holds from `floor` on as the checkpoint of this number. `before_visible` is called when it is
/// complete, and must see to it that the log is as durable as it is.
pub(in super::super) fn write_checkpoint(
    folder: &Path,
    number: u64,
    (series, floor): (&[Arc<Series>], i64),
    exemplars: &[(Labels, Exemplar)],
    before_visible: impl FnOnce() -> Result<(), FileError>,
) -> Result<(), FileError> {
    let unfinished = folder.join(UNFINISHED);
    let written = write_unfinished(&unfinished, series, floor, exemplars)
        .and_then(|()| before_visible())
        .and_then(|()| publish(&unfinished, &checkpoint_path(folder, number)));
    if written.is_err() {
        // It takes room that may be what is missing; the next attempt overwrites it anyway.
        _ = remove(&unfinished);
    }
    written
}

fn write_unfinished(
    path: &Path,
    series: &[Arc<Series>],
    floor: i64,
    exemplars: &[(Labels, Exemplar)],
) -> Result<(), FileError> {
    let mut file = SegmentWriter::create(path)?;
    let mut buffer = Vec::new();
    let mut put = |buffer: &mut Vec<u8>| {
        seal(buffer).map_err(|_| FileError::corrupt(path, "a series is too large"))?;
        file.append(buffer).map_err(FileError::of("write", path))?;
        begin(buffer);
        Ok(())
    };
    begin(&mut buffer);
    let empty = buffer.len();
    // One the log does not know yet is either empty or will be in a file behind this checkpoint.
    for series in series.iter().filter(|series| series.is_logged()) {
        if buffer.len() == empty {
            begin_series(&mut buffer);
        }
        put_series(
            &mut buffer,
            series.reference.serial,
            &series.labels,
            &series.chunks(floor, i64::MAX),
        );
        if buffer.len() >= RECORD_BYTES {
            put(&mut buffer)?;
        }
    }
    if buffer.len() > empty {
        put(&mut buffer)?;
    }
    for some in exemplars.chunks(1000) {
        let mut batch = Batch::begin(&mut buffer, std::iter::empty::<(u64, &Labels)>());
        batch.exemplars(some.iter().map(|(series, exemplar)| (series, exemplar)));
        put(&mut buffer)?;
    }
    file.file.sync_all().map_err(FileError::of("sync", path))
}
