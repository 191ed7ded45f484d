//! All silences, in memory and in a file that is written anew with every change, before the change shows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;

use super::rules::{Refused, can_update, compiled, expired, state};
use super::{Compiled, Silence, SilenceState};
use crate::alerts::files;
use crate::metrics::labels::Labels;

/// The silences there are, those that are over among them for as long as they are kept.
#[derive(Debug)]
pub struct Silences {
    path: PathBuf,
    retention: Duration,
    limit: usize,
    by_id: BTreeMap<String, Compiled>,
}

impl Silences {
    /// Reads the file. What is broken in it is reported and left out.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn open(folder: &Path, retention: Duration, limit: usize) -> std::io::Result<Self> {
        let path = folder.join("silences.jsonl");
        let mut by_id = BTreeMap::new();
        for silence in files::read_lines::<Silence>(&path)? {
            match compiled(silence) {
                Ok(compiled) => _ = by_id.insert(compiled.silence.id.clone(), compiled),
                Err(error) => tracing::error!(%error, "a silence on the disk is none"),
            }
        }
        Ok(Self {
            path,
            retention,
            limit,
            by_id,
        })
    }

    /// Puts a silence in, or changes the one with its id, and tells its id. Writes the file.
    ///
    /// # Errors
    /// When there is none with its id, or it makes no sense, or cannot be written.
    pub fn set(&mut self, silence: Silence, now: OffsetDateTime) -> Result<String, Refused> {
        let mut changes = Vec::new();
        let mut silence = Silence {
            updated_at: now,
            ..silence
        };
        let old = self.by_id.get(&silence.id).map(|old| &old.silence);
        if old.is_none() && !silence.id.is_empty() {
            return Err(Refused::NotFound);
        }
        let updates = old.is_some_and(|old| can_update(old, &silence, now));
        if !updates {
            if let Some(old) = old.filter(|old| state(old, now) != SilenceState::Expired) {
                changes.push(compiled(expired(old, now))?);
            }
            if self.by_id.len() >= self.limit {
                return Err(Refused::TooMany(self.limit));
            }
            silence.id = new_id();
            silence.starts_at = silence.starts_at.max(now);
        }
        let id = silence.id.clone();
        changes.push(compiled(silence)?);
        self.apply(changes)?;
        Ok(id)
    }

    /// Ends a silence, unless it is over. Writes the file.
    ///
    /// # Errors
    /// When there is none with this id, or it cannot be written.
    pub fn expire(&mut self, id: &str, now: OffsetDateTime) -> Result<(), Refused> {
        let old = self.by_id.get(id).ok_or(Refused::NotFound)?;
        let ended = compiled(expired(&old.silence, now))?;
        self.apply(vec![ended])
    }

    fn apply(&mut self, changes: Vec<Compiled>) -> Result<(), Refused> {
        let before: Vec<_> = changes
            .into_iter()
            .map(|change| {
                (
                    change.silence.id.clone(),
                    self.by_id.insert(change.silence.id.clone(), change),
                )
            })
            .collect();
        self.write().inspect_err(|_| {
            for (id, old) in before {
                match old {
                    Some(old) => _ = self.by_id.insert(id, old),
                    None => _ = self.by_id.remove(&id),
                }
            }
        })
    }

    fn write(&self) -> Result<(), Refused> {
        let silences = self.by_id.values().map(|compiled| &compiled.silence);
        files::write_lines(&self.path, silences).map_err(|error| Refused::Unwritten(error.to_string()))
    }

    /// One silence.
    pub fn get(&self, id: &str) -> Option<&Silence> {
        self.by_id.get(id).map(|compiled| &compiled.silence)
    }

    /// All of them, by id.
    pub fn all(&self) -> impl Iterator<Item = &Silence> {
        self.by_id.values().map(|compiled| &compiled.silence)
    }

    /// The ids of those because of which nobody is told of an alert with these labels, sorted.
    pub fn silenced_by(&self, labels: &Labels, now: OffsetDateTime) -> Vec<String> {
        let active = self
            .by_id
            .values()
            .filter(|compiled| state(&compiled.silence, now) == SilenceState::Active);
        active
            .filter(|compiled| compiled.matches(labels))
            .map(|compiled| compiled.silence.id.clone())
            .collect()
    }

    /// Forgets those that are over for longer than they are kept. Writes the file when there are any.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn collect_garbage(&mut self, now: OffsetDateTime) -> Result<(), Refused> {
        let before = self.by_id.len();
        let retention = self.retention;
        self.by_id.retain(|_, compiled| {
            compiled
                .silence
                .ends_at
                .checked_add(span(retention))
                .is_none_or(|end| end > now)
        });
        if self.by_id.len() == before {
            return Ok(());
        }
        self.write()
    }
}

fn span(duration: Duration) -> time::Duration {
    time::Duration::try_from(duration).unwrap_or(time::Duration::MAX)
}

/// A UUID of random bits (RFC 9562, version 4).
fn new_id() -> String {
    let mut bytes = [0u8; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .expect("the system has random numbers");
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
