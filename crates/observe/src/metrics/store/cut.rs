//! From the head to a block.

use super::Store;
use super::block::{BlockWriter, Meta};
use super::errors::FileError;
use super::locks::lock;

impl Store {
    /// Writes the oldest range of the head as a block when the head spans more than one and a half ranges. Returns
    /// whether it did. Where writing fails, everything stays as it is.
    pub(super) fn cut_block(&self) -> Result<bool, FileError> {
        let range = self.head.range;
        let Some(newest) = self.head.newest() else {
            return Ok(false);
        };
        let due = |oldest: i64| newest.saturating_sub(oldest) > range + range / 2;
        if !due(self.blocks.view().head_from) {
            return Ok(false);
        }
        let Some(oldest) = self
            .head
            .first_from(self.blocks.view().head_from)
            .filter(|oldest| due(*oldest))
        else {
            return Ok(false);
        };
        let start = oldest.div_euclid(range) * range;
        let end = start + range;
        // From here on nothing can come in before the end: the holder of the log is the one who puts samples in.
        {
            let _between_batches = lock(&self.log);
            self.head.raise_floor(end);
        }
        let from = start.max(self.blocks.view().head_from);
        let name = self.write_block(from, end)?;
        self.blocks.add_cut(name.as_deref(), end)?;
        Ok(true)
    }

    fn write_block(&self, start: i64, end: i64) -> Result<Option<String>, FileError> {
        let (name, folder) = self.blocks.reserve();
        let mut block = BlockWriter::create(&folder, Meta::new((start, end), 1, Vec::new()))?;
        for series in self.head.all() {
            block.add(&series.labels, &series.chunks(start, end - 1))?;
        }
        if block.samples() == 0 {
            return Ok(None);
        }
        block.publish(&self.blocks.path(&name))?;
        Ok(Some(name))
    }

    /// Lets go of what is in blocks, as soon as no query that began before looks for it in the head. Returns whether
    /// samples went.
    pub(super) fn truncate_head(&self) -> bool {
        let time = self.blocks.view().head_from;
        if self.blocks.head_is_watched_before(time) {
            return false;
        }
        let (chunks, series) = self.head.truncate(time);
        self.counters.chunks_removed.add(chunks as u64);
        self.counters.series_removed.add(series as u64);
        chunks > 0
    }
}
