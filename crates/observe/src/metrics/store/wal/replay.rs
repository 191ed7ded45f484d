//! Reading the log back when the store is opened.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::super::super::labels::Labels;
use super::super::chunk::Chunk;
use super::super::errors::FileError;
use super::super::exemplars::{Exemplar, Exemplars};
use super::super::files::names;
use super::super::head::{Head, Pushed, Series};
use super::super::locks::{read, write};
use super::segment::{self, Damage};
use super::{Name, checkpoint_path, record, remove_before, segment_path};

/// What the log gave back.
#[derive(Debug, Default)]
pub(in super::super) struct Replayed {
    /// The number the log goes on with.
    pub(in super::super) next: u64,
    /// Samples put into the head.
    pub(in super::super) samples: u64,
    /// Samples of series whose definition is lost, and with it they.
    pub(in super::super) orphans: u64,
    /// What could not be read, file by file, said for people.
    pub(in super::super) warnings: Vec<String>,
    /// Whether files of an earlier run remain, which the next checkpoint will replace.
    pub(in super::super) has_segments: bool,
}

/// Puts everything readable into the head. Damage is reported, never refused.
///
/// # Errors
/// When a file cannot be read for another reason than its content.
pub(in super::super) fn replay(folder: &Path, head: &Head, exemplars: &mut Exemplars) -> Result<Replayed, FileError> {
    let found: Vec<Name> = names(folder)?.iter().filter_map(|name| Name::of(name)).collect();
    let checkpoint = found
        .iter()
        .filter_map(|name| if let Name::Checkpoint(n) = name { Some(*n) } else { None })
        .max();
    remove_before(folder, checkpoint.unwrap_or(0))?;
    let from = checkpoint.unwrap_or(0);
    let segments: BTreeSet<u64> = found
        .iter()
        .filter_map(|name| if let Name::Segment(n) = name { Some(*n) } else { None })
        .filter(|number| *number >= from)
        .collect();

    let last = segments.last().copied();
    let mut replayed = Replayed {
        next: last.or(checkpoint).map_or(1, |number| number + 1),
        has_segments: last.is_some(),
        ..Replayed::default()
    };
    let mut restore = Restore::new(head, exemplars);
    let mut read = |path: &Path, is_last: bool| {
        let before = restore.orphans;
        let damage = segment::read(path, |content| record::read(content, &mut restore).is_ok())?;
        replayed
            .warnings
            .extend(warning(path, damage, restore.orphans - before));
        match damage.tail_from {
            // What a crash tore is cut off, so that it is reported once.
            Some(end) if is_last => cut(path, end),
            _ => Ok(()),
        }
    };
    if let Some(number) = checkpoint {
        read(&checkpoint_path(folder, number), false)?;
    }
    for number in &segments {
        read(&segment_path(folder, *number), Some(*number) == last)?;
    }
    let missing = missing(&segments, checkpoint);
    (replayed.samples, replayed.orphans) = restore.finish();
    replayed.warnings.extend(
        missing
            .into_iter()
            .map(|n| format!("{} is missing", segment_path(folder, n).display())),
    );
    Ok(replayed)
}

fn cut(path: &Path, end: u64) -> Result<(), FileError> {
    let file = std::fs::File::options()
        .write(true)
        .open(path)
        .map_err(FileError::of("open", path))?;
    file.set_len(end)
        .and_then(|()| file.sync_all())
        .map_err(FileError::of("cut", path))
}

fn warning(path: &Path, damage: Damage, orphans: u64) -> Option<String> {
    let place = if damage.tail_from.is_some() {
        "its end"
    } else {
        "its middle"
    };
    let lost = (damage.bytes > 0).then(|| format!("{} bytes that are no record, at {place}", damage.bytes));
    let orphaned = (orphans > 0).then(|| format!("{orphans} samples of series it does not define"));
    let what: Vec<String> = lost.into_iter().chain(orphaned).collect();
    (!what.is_empty()).then(|| format!("{}: lost {}", path.display(), what.join(" and ")))
}

/// Numbers that should be there: the files follow one another, the first right at the checkpoint.
fn missing(segments: &BTreeSet<u64>, checkpoint: Option<u64>) -> Vec<u64> {
    let (Some(first), Some(last)) = (checkpoint.or(segments.first().copied()), segments.last()) else {
        return Vec::new();
    };
    (first..*last)
        .filter(|number| !segments.contains(number))
        .take(10)
        .collect()
}

/// Puts what records say into the head.
struct Restore<'a> {
    head: &'a Head,
    exemplars: &'a mut Exemplars,
    by_serial: HashMap<u64, Arc<Series>>,
    /// Above every serial the log mentions.
    next_serial: u64,
    samples: u64,
    orphans: u64,
}

impl<'a> Restore<'a> {
    fn new(head: &'a Head, exemplars: &'a mut Exemplars) -> Self {
        Self {
            head,
            exemplars,
            by_serial: HashMap::new(),
            next_serial: 0,
            samples: 0,
            orphans: 0,
        }
    }

    fn finish(self) -> (u64, u64) {
        write(&self.head.index).skip_serials(self.next_serial);
        (self.samples, self.orphans)
    }

    fn get(&mut self, serial: u64) -> Option<Arc<Series>> {
        self.next_serial = self.next_serial.max(serial.saturating_add(1));
        self.by_serial.get(&serial).cloned()
    }
}

impl record::Sink for Restore<'_> {
    fn series(&mut self, serial: u64, labels: Labels) {
        self.next_serial = self.next_serial.max(serial.saturating_add(1));
        // Labels that came back after they were gone have a new serial, and are the same series all the same.
        let known = read(&self.head.index).find(&labels).cloned();
        let series = known.unwrap_or_else(|| write(&self.head.index).insert_as(&labels, serial));
        series.mark_logged();
        self.by_serial.insert(serial, series);
    }

    fn sample(&mut self, serial: u64, time: i64, value: f64) {
        let Some(series) = self.get(serial) else {
            self.orphans += 1;
            return;
        };
        if time >= self.head.floor()
            && matches!(
                series.push(time, value, self.head.range),
                Ok(Pushed::Added | Pushed::Began)
            )
        {
            self.samples += 1;
            self.head.note_newest(time);
        }
    }

    fn chunk(&mut self, serial: u64, chunk: Chunk) {
        let Some(series) = self.get(serial) else { return };
        let max = chunk.max;
        let restored = series.restore(chunk, self.head.floor(), self.head.range);
        if restored > 0 {
            self.samples += restored;
            self.head.note_newest(max);
        }
    }

    fn exemplar(&mut self, series: Labels, exemplar: Exemplar) {
        // One that is known already is in the checkpoint and in a file behind it.
        _ = self.exemplars.push(&series, exemplar);
    }
}
