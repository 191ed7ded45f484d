//! Lines in memory: what tests ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::{Block, Line};
use super::source::{Piece, Place, SelectedStream, Selection, Source, SourceError};
use crate::metrics::labels::Labels;

/// Streams with their lines.
#[derive(Debug, Default)]
pub struct MemoryLogs(BTreeMap<Labels, Arc<Block>>);

impl MemoryLogs {
    /// Adds lines to a stream.
    pub fn add<'a>(&mut self, labels: &Labels, lines: impl IntoIterator<Item = Line<'a>>) {
        let block = self.0.entry(labels.clone()).or_default();
        let mut whole = Block::clone(block);
        for line in lines {
            whole.push(line);
        }
        *block = Arc::new(whole.sorted());
    }
}

impl Source for MemoryLogs {
    fn select(&self, selection: Selection<'_>) -> Result<Vec<SelectedStream>, SourceError> {
        let wanted = self.0.iter().filter(|(labels, block)| {
            let spans = block
                .span()
                .is_some_and(|(first, last)| first < selection.end && last >= selection.start);
            spans && selection.matchers.iter().all(|matcher| matcher.matches(labels))
        });
        let selected = wanted.map(|(labels, block)| SelectedStream {
            labels: labels.clone(),
            pieces: Piece::in_memory(block).into_iter().collect(),
        });
        Ok(selected.collect())
    }

    fn read(&self, piece: &Piece) -> Result<Arc<Block>, SourceError> {
        match &piece.place {
            Place::Memory(block) => Ok(Arc::clone(block)),
            Place::Chunk { .. } => Err(SourceError("nothing but memory here".into())),
        }
    }
}
