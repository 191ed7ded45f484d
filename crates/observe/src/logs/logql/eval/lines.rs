//! Queries for lines.

use std::collections::{BTreeMap, HashMap};

use super::super::ast::LogExpr;
use super::super::error::{QueryError, Result};
use super::super::labels::{Categorized, LineLabels};
use super::super::pipeline;
use super::Evaluation;
use super::merge::hash;
use crate::logs::block::Line;
use crate::logs::source::Selection;
use crate::metrics::labels::Labels;

/// From which end lines are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    Forward,
    /// The newest first.
    Backward,
}

/// Which of the lines are wanted.
#[derive(Debug, Clone, Copy)]
pub struct LinesQuery {
    /// The first nanosecond since the epoch.
    pub start: i64,
    /// The nanosecond after the last.
    pub end: i64,
    /// How many.
    pub limit: usize,
    /// From which end.
    pub direction: Direction,
    /// The least time between two of them, in nanoseconds; 0 is all.
    pub interval: i64,
}

/// Lines with the same labels.
#[derive(Debug, Clone, PartialEq)]
pub struct AnsweredStream {
    /// The labels.
    pub labels: Labels,
    /// In the order asked for.
    pub lines: Vec<AnsweredLine>,
}

/// A line as the query left it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnsweredLine {
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// The text.
    pub text: String,
    /// Its labels by where they come from.
    pub labels: Categorized,
}

/// The best lines so far. The key is the place in the answer: time, stream, and the order within both.
struct Best {
    kept: BTreeMap<(i64, usize, u64), (AnsweredLine, Labels, u64)>,
    bytes: usize,
    next: u64,
}

impl Evaluation<'_> {
    /// Answers a query for lines.
    ///
    /// # Errors
    /// When it asks for more than it may, or lines cannot be read.
    pub fn lines(&self, expr: &LogExpr, query: LinesQuery) -> Result<Vec<AnsweredStream>> {
        let max = self.options.max_entries;
        if query.limit > max {
            return Err(QueryError::Limit(format!(
                "max entries limit per query exceeded, limit > max_entries_limit_per_query ({} > {max})",
                query.limit
            )));
        }
        let selected = self.source.select(Selection {
            matchers: &expr.matchers,
            start: query.start,
            end: query.end,
        })?;
        // The nearest pieces first; once there are enough lines, those further away are not read.
        let mut pieces: Vec<_> = (0..)
            .zip(&selected)
            .flat_map(|(stream, selected)| selected.pieces.iter().map(move |piece| (stream, piece)))
            .collect();
        let backward = query.direction == Direction::Backward;
        pieces.sort_by_key(|(_, piece)| if backward { !piece.last } else { piece.first });
        let needle = pipeline::first_needle(&expr.stages);
        // With an interval, which lines count is known only in the end.
        let limit = if query.interval > 0 { usize::MAX } else { query.limit };
        let mut best = Best {
            kept: BTreeMap::new(),
            bytes: 0,
            next: 0,
        };
        for (stream, piece) in pieces {
            let nearest = if backward { !piece.last } else { piece.first };
            if best.is_full(limit) && best.worst() < Some(nearest) {
                break;
            }
            let block = self.open(piece)?;
            let labels = &selected[stream].labels;
            self.in_block(&block, (query.start, query.end), needle.as_ref(), backward, |line| {
                let place = if backward { !line.time } else { line.time };
                if best.is_full(limit) && best.worst() <= Some(place) {
                    return Ok(());
                }
                if best.has(place, stream, line.text) {
                    return Ok(());
                }
                let Some((answered, set)) = through(expr, labels, line) else {
                    return Ok(());
                };
                self.keep(&mut best, (place, stream), limit, (answered, set, hash(line.text)))
            })?;
        }
        let mut kept: Vec<_> = best
            .kept
            .into_iter()
            .map(|((_, stream, _), kept)| (stream, kept))
            .collect();
        thin_out(&mut kept, query);
        Ok(grouped(kept))
    }

    fn keep(
        &self,
        best: &mut Best,
        (place, stream): (i64, usize),
        limit: usize,
        line: (AnsweredLine, Labels, u64),
    ) -> Result<()> {
        best.bytes += line.0.text.len();
        best.next += 1;
        best.kept.insert((place, stream, best.next), line);
        if best.kept.len() > limit
            && let Some((_, (dropped, ..))) = best.kept.pop_last()
        {
            best.bytes -= dropped.text.len();
        }
        if best.bytes > self.options.max_answer_bytes || best.kept.len() > self.options.max_values {
            return Err(QueryError::Limit(format!(
                "the answer is larger than {} bytes; ask for fewer lines",
                self.options.max_answer_bytes
            )));
        }
        Ok(())
    }
}

impl Best {
    fn is_full(&self, limit: usize) -> bool {
        self.kept.len() >= limit
    }

    fn worst(&self) -> Option<i64> {
        self.kept.last_key_value().map(|((place, ..), _)| *place)
    }

    /// Whether the same line of the same time is there already.
    fn has(&self, place: i64, stream: usize, text: &str) -> bool {
        let mut same = self
            .kept
            .range((place, stream, 0)..=(place, stream, u64::MAX))
            .peekable();
        same.peek().is_some() && {
            let wanted = hash(text);
            same.any(|(_, (_, _, hash))| *hash == wanted)
        }
    }
}

/// A line after the whole pipeline, with all its labels.
pub(crate) fn through(expr: &LogExpr, stream: &Labels, line: Line<'_>) -> Option<(AnsweredLine, Labels)> {
    let none = Labels::empty();
    let mut labels = LineLabels::new(stream, line.metadata.unwrap_or(&none));
    let text = pipeline::run(&expr.stages, line.time, line.text, &mut labels)?;
    let answered = AnsweredLine {
        time: line.time,
        text: text.into_owned(),
        labels: labels.categorize(),
    };
    Some((answered, labels.build()))
}

fn thin_out(kept: &mut Vec<(usize, (AnsweredLine, Labels, u64))>, query: LinesQuery) {
    if query.interval > 0 {
        let mut last: Option<i64> = None;
        kept.retain(|(_, (line, ..))| {
            let keeps = last.is_none_or(|last| line.time.abs_diff(last) >= query.interval.unsigned_abs());
            if keeps {
                last = Some(line.time);
            }
            keeps
        });
    }
    kept.truncate(query.limit);
}

/// By labels, in the order of these.
fn grouped(kept: Vec<(usize, (AnsweredLine, Labels, u64))>) -> Vec<AnsweredStream> {
    let mut streams: Vec<AnsweredStream> = Vec::new();
    let mut places: HashMap<Labels, usize> = HashMap::new();
    for (_, (line, labels, _)) in kept {
        let place = *places.entry(labels.clone()).or_insert_with(|| {
            streams.push(AnsweredStream {
                labels,
                lines: Vec::new(),
            });
            streams.len() - 1
        });
        streams[place].lines.push(line);
    }
    streams.sort_by(|one, other| one.labels.cmp(&other.labels));
    streams
}
