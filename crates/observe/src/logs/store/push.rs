//! A push: what was sent, checked, and as the bytes of its row.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::block::{self, Block, Line, NotABlock};
use super::super::limits::Limits;
use super::errors::PushError;
use crate::logs::logql::hash_line;
use crate::metrics::labels::{Labels, is_plain_name};

/// A stream's lines as they were sent.
#[derive(Debug, Clone, Default)]
pub struct PushedStream {
    /// Its labels.
    pub labels: Labels,
    /// In any order.
    pub lines: Vec<PushedLine>,
}

/// One line as it was sent.
#[derive(Debug, Clone, Default)]
pub struct PushedLine {
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// The text.
    pub text: String,
    /// Structured metadata.
    pub metadata: Labels,
}

/// What a push brings to each day.
pub(super) type ByDay = BTreeMap<i64, BTreeMap<Labels, Block>>;

/// Nanoseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000_000;

/// Sorts what may be taken by days. The error is the first of those that were refused.
pub(super) fn check(streams: Vec<PushedStream>, limits: &Limits, now: i64) -> (ByDay, Option<PushError>) {
    let mut days = ByDay::new();
    let mut refused: Option<(usize, String)> = None;
    let mut refuse = |count: usize, why: String| {
        let (total, _) = refused.get_or_insert((0, why));
        *total += count;
    };
    for stream in streams {
        if stream.lines.is_empty() {
            continue;
        }
        if let Err(why) = check_labels(&stream.labels, limits) {
            refuse(stream.lines.len(), why);
            continue;
        }
        for mut line in stream.lines {
            if let Err(why) = check_line(&stream.labels, &mut line, limits, now) {
                refuse(1, why);
                continue;
            }
            let of_day = days.entry(line.time.div_euclid(DAY)).or_default();
            let block = match of_day.get_mut(&stream.labels) {
                Some(block) => block,
                None => of_day.entry(stream.labels.clone()).or_default(),
            };
            let taken = block.push(Line {
                time: line.time,
                text: &line.text,
                metadata: Some(&line.metadata),
            });
            if !taken {
                refuse(1, format!("too many bytes in one push for stream '{}'", stream.labels));
            }
        }
    }
    for block in days.values_mut().flat_map(BTreeMap::values_mut) {
        *block = unique(std::mem::take(block).sorted());
    }
    let error = refused.map(|(count, why)| match count {
        1 => PushError::Invalid(why),
        count => PushError::Invalid(format!("{why}; {count} lines were refused for this or another reason")),
    });
    (days, error)
}

/// A sorted block without lines that are there twice: of the same time and text.
pub(super) fn unique(block: Block) -> Block {
    let mut seen: Vec<u64> = Vec::new();
    let mut now = i64::MIN;
    let mut doubles = Vec::new();
    for (index, line) in block.lines().enumerate() {
        let next_is_same = index + 1 < block.len() && block.line(index + 1).time == line.time;
        if line.time != now {
            seen.clear();
            now = line.time;
            // Nearly all times are there once, and need no hash.
            if !next_is_same {
                continue;
            }
        }
        let hash = hash_line(line.text);
        if seen.contains(&hash) {
            doubles.push(index);
        } else {
            seen.push(hash);
        }
    }
    if doubles.is_empty() {
        return block;
    }
    let mut kept = Block::default();
    let mut doubles = doubles.into_iter().peekable();
    for (index, line) in block.lines().enumerate() {
        if doubles.next_if_eq(&index).is_none() {
            kept.push(line);
        }
    }
    kept
}

fn check_labels(labels: &Labels, limits: &Limits) -> Result<(), String> {
    if labels.is_empty() {
        return Err("error at least one label pair is required per stream".into());
    }
    if labels.len() > limits.max_label_names_per_series {
        return Err(format!(
            "entry for stream '{labels}' has {} label names; limit {}",
            labels.len(),
            limits.max_label_names_per_series
        ));
    }
    for (name, value) in labels.iter() {
        if !is_plain_name(name) {
            return Err(format!("stream '{labels}' has invalid label name: '{name}'"));
        }
        if name.len() > limits.max_label_name_length {
            return Err(format!("stream '{labels}' has label name too long: '{name}'"));
        }
        if value.len() > limits.max_label_value_length {
            return Err(format!("stream '{labels}' has label value too long: '{value}'"));
        }
    }
    Ok(())
}

fn check_line(labels: &Labels, line: &mut PushedLine, limits: &Limits, now: i64) -> Result<(), String> {
    let (time, length) = (line.time, line.text.len() as u64);
    let ns = |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    let oldest = now.saturating_sub(ns(limits.reject_old_samples_max_age));
    if limits.reject_old_samples && time < oldest {
        return Err(format!(
            "entry for stream '{labels}' has timestamp too old: {}, oldest acceptable timestamp is: {}",
            written(time),
            written(oldest)
        ));
    }
    if time > now.saturating_add(ns(limits.creation_grace_period)) {
        return Err(format!(
            "entry for stream '{labels}' has timestamp too new: {}",
            written(time)
        ));
    }
    if limits.max_line_size > 0 && length > limits.max_line_size {
        if !limits.max_line_size_truncate {
            return Err(format!(
                "max entry size '{}' bytes exceeded for stream '{labels}' while adding an entry with length '{length}' bytes",
                limits.max_line_size
            ));
        }
        let size = usize::try_from(limits.max_line_size).unwrap_or(usize::MAX);
        line.text.truncate(line.text.floor_char_boundary(size));
    }
    if line.metadata.is_empty() {
        return Ok(());
    }
    if !limits.allow_structured_metadata {
        return Err(format!(
            "stream '{labels}' includes structured metadata, but this feature is disallowed. Please see \
             `limits_config.allow_structured_metadata` or contact your Loki administrator to enable it"
        ));
    }
    let bytes: usize = line.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes as u64 > limits.max_structured_metadata_size {
        return Err(format!(
            "stream '{labels}' has structured metadata too large: '{bytes}' bytes, limit: '{}' bytes. Please see \
             `limits_config.max_structured_metadata_size` or contact your Loki administrator to increase it",
            limits.max_structured_metadata_size
        ));
    }
    if line.metadata.len() > limits.max_structured_metadata_entries_count {
        return Err(format!(
            "stream '{labels}' has too many structured metadata labels: '{}', limit: '{}'. Please see \
             `limits_config.max_structured_metadata_entries_count` or contact your Loki administrator to increase it",
            line.metadata.len(),
            limits.max_structured_metadata_entries_count
        ));
    }
    Ok(())
}

fn written(time: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(time)).ok();
    moment
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| time.to_string())
}

/// The lines of a row, stream by stream, in one zstd frame, and the size of what is in it.
pub(super) fn pack(streams: &[(Labels, Arc<Block>)]) -> std::io::Result<(usize, Vec<u8>)> {
    let mut out = Vec::new();
    for (_, block) in streams {
        let bytes = block.encode();
        block::put(&mut out, bytes.len() as u64);
        out.extend_from_slice(&bytes);
    }
    // Read back once at most, and soon: fast rather than small.
    Ok((out.len(), zstd::bulk::compress(&out, 1)?))
}

/// What [`pack`] packed, for the streams of these numbers.
pub(super) fn unpack(numbers: &[i64], body: &[u8], size: usize) -> Result<Vec<(i64, Arc<Block>)>, NotABlock> {
    let bytes = zstd::bulk::decompress(body, size).map_err(|_| NotABlock)?;
    let mut rest = bytes.as_slice();
    let mut streams = Vec::with_capacity(numbers.len());
    for stream in numbers {
        let length = block::take_count(&mut rest)?;
        let (inside, after) = rest.split_at(length);
        streams.push((*stream, Arc::new(Block::decode(inside)?)));
        rest = after;
    }
    Ok(streams)
}
