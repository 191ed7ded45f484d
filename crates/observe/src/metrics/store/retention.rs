//! Giving up the oldest blocks.

use std::sync::Arc;

use super::Store;
use super::block::Block;
use super::errors::FileError;
use super::files::folder_bytes;

/// Which limit made blocks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Time,
    Size,
}

impl Store {
    /// Removes the blocks that are too old, and the oldest while everything together is too large.
    pub(super) fn give_up_blocks(&self) -> Result<(), FileError> {
        let view = self.blocks.view();
        let too_old = too_old(&view.blocks, self.settings.retention.as_ms());
        self.give_up(&view.blocks[..too_old], Limit::Time)?;
        let limit = self.settings.retention_bytes;
        let rest = &view.blocks[too_old..];
        if limit > 0 {
            let others = folder_bytes(&self.log_folder);
            self.give_up(&rest[..too_large(rest, limit.saturating_sub(others))], Limit::Size)?;
        }
        Ok(())
    }

    fn give_up(&self, blocks: &[Arc<Block>], limit: Limit) -> Result<(), FileError> {
        if blocks.is_empty() {
            return Ok(());
        }
        let removed = match limit {
            Limit::Time => &self.counters.time_retentions,
            Limit::Size => &self.counters.size_retentions,
        };
        removed.add(1);
        tracing::info!(blocks = blocks.len(), reason = ?limit, "gave up the oldest blocks");
        self.blocks.remove(blocks)
    }
}

/// How many of the blocks, which are in the order of time, end before what is kept.
fn too_old(blocks: &[Arc<Block>], retention: i64) -> usize {
    let newest = blocks.iter().map(|block| block.meta.max_time).max().unwrap_or(i64::MIN);
    blocks
        .iter()
        .take_while(|block| block.meta.max_time <= newest.saturating_sub(retention))
        .count()
}

/// How many of the oldest must go for the rest to fit.
fn too_large(blocks: &[Arc<Block>], limit: u64) -> usize {
    let mut kept = 0;
    let fitting = blocks.iter().rev().take_while(|block| {
        kept += block.bytes();
        kept <= limit
    });
    blocks.len() - fitting.count()
}
