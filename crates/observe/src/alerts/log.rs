//! The notification log: who was told what, and when. It survives a restart, so that nobody is told twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::alert::{Fingerprint, Member};
use super::{files, moment};

/// Who: a receiver's integration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Recipient {
    /// The receiver's name.
    pub receiver: String,
    /// `webhook`, `slack` …
    pub integration: String,
    /// Which of these, from 0.
    pub index: usize,
}

/// What they were told last of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The group's key.
    pub group: String,
    /// Who.
    pub recipient: Recipient,
    /// When.
    #[serde(with = "moment::rfc3339")]
    pub at: OffsetDateTime,
    /// Until when it counts.
    #[serde(with = "moment::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// The alerts that fired.
    pub firing: BTreeSet<Fingerprint>,
    /// The alerts that were over.
    pub resolved: BTreeSet<Fingerprint>,
}

/// The alerts of a notification, told apart.
pub(super) fn split(members: &[Member]) -> (BTreeSet<Fingerprint>, BTreeSet<Fingerprint>) {
    let of = |resolved: bool| {
        let these = members.iter().filter(move |member| member.resolved == resolved);
        these.map(|member| member.alert.fingerprint).collect()
    };
    (of(false), of(true))
}

/// Whether somebody is to be told, given what they were told last.
pub fn needs_update(
    last: Option<&Entry>,
    firing: &BTreeSet<Fingerprint>,
    resolved: &BTreeSet<Fingerprint>,
    sends_resolved: bool,
    repeat_interval: Duration,
    now: OffsetDateTime,
) -> bool {
    let Some(last) = last else {
        return !firing.is_empty();
    };
    if !firing.is_subset(&last.firing) {
        return true;
    }
    if firing.is_empty() {
        // What has fired and ended in between nobody knows of, and so nobody need know that it is over.
        return !last.firing.is_empty();
    }
    if sends_resolved && !resolved.is_subset(&last.resolved) {
        return true;
    }
    last.at
        .checked_add(span(repeat_interval))
        .is_some_and(|again| again < now)
}

/// All entries, in memory and in a file that grows at its end.
#[derive(Debug)]
pub struct NotificationLog {
    path: PathBuf,
    file: File,
    lines: usize,
    retention: Duration,
    entries: BTreeMap<(String, Recipient), Entry>,
}

impl NotificationLog {
    /// Reads the file and writes it anew without what no longer counts.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(folder: &Path, retention: Duration, now: OffsetDateTime) -> io::Result<Self> {
        let path = folder.join("notifications.jsonl");
        let mut entries = BTreeMap::new();
        for entry in files::read_lines::<Entry>(&path)? {
            entries.insert((entry.group.clone(), entry.recipient.clone()), entry);
        }
        entries.retain(|_, entry| entry.expires_at > now);
        let (file, lines) = rewritten(&path, &entries)?;
        Ok(Self {
            path,
            file,
            lines,
            retention,
            entries,
        })
    }

    /// What somebody was told last of a group.
    pub fn last(&self, group: &str, recipient: &Recipient) -> Option<&Entry> {
        self.entries.get(&(group.to_owned(), recipient.clone()))
    }

    /// Writes down that somebody was told. Holds in memory even when it cannot be written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, mut entry: Entry, repeat_interval: Duration) -> io::Result<()> {
        // After twice the interval it would have been told again, if it still held.
        let kept = self.retention.min(repeat_interval.saturating_mul(2));
        entry.expires_at = entry.at.checked_add(span(kept)).unwrap_or(entry.at);
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        self.entries
            .insert((entry.group.clone(), entry.recipient.clone()), entry);
        self.lines += 1;
        // After a failure half a line may be there, which the next one would be joined to.
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        if written.is_err() || self.lines > 1000 + 2 * self.entries.len() {
            (self.file, self.lines) = rewritten(&self.path, &self.entries)?;
        }
        Ok(())
    }

    /// Forgets what no longer counts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn collect_garbage(&mut self, now: OffsetDateTime) -> io::Result<()> {
        let before = self.entries.len();
        self.entries.retain(|_, entry| entry.expires_at > now);
        if self.entries.len() < before {
            (self.file, self.lines) = rewritten(&self.path, &self.entries)?;
        }
        Ok(())
    }
}

fn rewritten(path: &Path, entries: &BTreeMap<(String, Recipient), Entry>) -> io::Result<(File, usize)> {
    files::write_lines(path, entries.values())?;
    let file = OpenOptions::new().append(true).open(path)?;
    Ok((file, entries.len()))
}

fn span(duration: Duration) -> time::Duration {
    time::Duration::try_from(duration).unwrap_or(time::Duration::MAX)
}
