//! What has to be done from time to time, step by step. A step that fails is noted, tried again the next time, and keeps
//! none of the others from being done.

use std::sync::atomic::Ordering;

use super::Store;
use super::errors::FileError;
use super::locks::lock;
use super::status::Subject;
use super::wal::{is_long, remove_before, write_checkpoint};

impl Store {
    /// Makes durable what was committed up to now.
    ///
    /// # Errors
    /// When the disk refuses. What it did not take may be lost to it for good, whatever it says the next time; so the next
    /// upkeep writes everything anew from memory.
    pub fn sync(&self) -> Result<(), FileError> {
        let (unsynced, failure) = {
            let mut log = lock(&self.log);
            (log.take_unsynced(), log.take_sync_failure())
        };
        let synced = match (unsynced, failure) {
            (_, Some(failure)) => Err(failure),
            (Some((path, file)), None) => file.sync_data().map_err(FileError::of("sync", &path)),
            (None, None) => return Ok(()),
        };
        self.counters.log_syncs.add(1);
        match &synced {
            Ok(()) => self.clear(Subject::Sync),
            Err(error) => {
                self.note(Subject::Sync, error);
                self.checkpoint_due.store(true, Ordering::Relaxed);
            }
        }
        synced
    }

    /// Cuts, merges and gives up blocks, and shortens the log, where there is reason to. It may take minutes; batches and
    /// queries go on.
    pub fn maintain(&self) {
        let _alone = lock(&self.upkeep);
        self.set_aside_broken();
        self.retry_blocks();
        loop {
            match self.cut_block() {
                Ok(true) => self.counters.blocks_cut.add(1),
                Ok(false) => break self.clear(Subject::Block),
                Err(error) => break self.note(Subject::Block, &error),
            }
        }
        let reasons = [
            self.truncate_head(),
            self.checkpoint_due.swap(false, Ordering::Relaxed),
            self.log_is_long(),
        ];
        if reasons.contains(&true) {
            match self.checkpoint() {
                Ok(()) => {
                    self.counters.checkpoints.add(1);
                    self.clear(Subject::Checkpoint);
                }
                Err(error) => {
                    self.checkpoint_due.store(true, Ordering::Relaxed);
                    self.counters.checkpoint_failures.add(1);
                    self.note(Subject::Checkpoint, &error);
                }
            }
        }
        loop {
            match self.compact() {
                Ok(true) => self.counters.compactions.add(1),
                Ok(false) => break self.clear(Subject::Compaction),
                Err(error) => {
                    self.counters.compaction_failures.add(1);
                    break self.note(Subject::Compaction, &error);
                }
            }
        }
        match self.give_up_blocks() {
            Ok(()) => self.clear(Subject::Retention),
            Err(error) => self.note(Subject::Retention, &error),
        }
    }

    /// Blocks that could not be opened before, for another reason than what is in them.
    pub(super) fn retry_blocks(&self) {
        match self.blocks.retry().first() {
            None => self.clear(Subject::Unopened),
            Some(error) => self.note(Subject::Unopened, error),
        }
    }

    fn set_aside_broken(&self) {
        let view = self.blocks.view();
        for block in view.blocks.iter().filter(|block| block.is_broken()) {
            self.note(
                Subject::Damage,
                &format!(
                    "{} is damaged and was set aside",
                    self.blocks.path(&block.name).display()
                ),
            );
            if let Err(error) = self.blocks.set_aside(block) {
                self.note(Subject::Damage, &error);
            }
        }
    }

    fn log_is_long(&self) -> bool {
        is_long(&self.log_folder, self.settings.segment_bytes).unwrap_or_else(|error| {
            self.note(Subject::Checkpoint, &error);
            false
        })
    }

    /// Writes what memory holds as the beginning of the log, and removes what that makes superfluous.
    fn checkpoint(&self) -> Result<(), FileError> {
        let number = {
            let mut log = lock(&self.log);
            let number = log.rotate()?;
            // This takes the place of whatever could not be synced.
            _ = log.take_sync_failure();
            number
        };
        let series = self.head.all();
        let exemplars: Vec<_> = lock(&self.exemplars)
            .iter()
            .map(|(series, exemplar)| (series.clone(), exemplar.clone()))
            .collect();
        let floor = self.blocks.view().head_from;
        // It may hold half of a batch that is in the new file: that file must not be lost when the checkpoint is not.
        let sync_log = || {
            let present = lock(&self.log).present();
            present.map_or(Ok(()), |(path, file)| {
                file.sync_data().map_err(FileError::of("sync", &path))
            })
        };
        write_checkpoint(&self.log_folder, number, (&series, floor), &exemplars, sync_log)?;
        remove_before(&self.log_folder, number)
    }

    /// Notes a problem for [`Store::status`], and for the log that people read when it is a new one: a full disk refuses
    /// every batch.
    pub(super) fn note(&self, subject: Subject, what: &dyn std::fmt::Display) {
        let is_new = lock(&self.problems).note(subject, what.to_string());
        if is_new {
            tracing::error!(subject = subject.name(), error = %what, "the metric store met a problem");
        }
    }

    pub(super) fn clear(&self, subject: Subject) {
        lock(&self.problems).clear(subject);
    }
}
