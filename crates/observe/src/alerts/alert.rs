//! Alerts, and who they are.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::metrics::labels::Labels;

/// Who an alert is: a hash of its labels, the same as Prometheus's and Alertmanager's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of these labels: FNV-1a over names and values in the order of the names, a byte 255 behind each.
    pub fn of(labels: &Labels) -> Self {
        let mut hash: u64 = 14_695_981_039_346_656_037;
        let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211);
        for text in labels.iter().flat_map(|(name, value)| [name, value]) {
            text.bytes().for_each(&mut add);
            add(255);
        }
        Self(hash)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// An alert as it is known here.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Who it is.
    pub labels: Labels,
    /// Its labels' hash.
    pub fingerprint: Fingerprint,
    /// What to tell people; empty ones stay.
    pub annotations: Arc<BTreeMap<String, String>>,
    /// Since when it fires.
    pub starts_at: OffsetDateTime,
    /// When it ended, or will count as ended.
    pub ends_at: OffsetDateTime,
    /// Where it comes from.
    pub generator_url: String,
    /// When it was heard of last.
    pub updated_at: OffsetDateTime,
    /// Whether its end is only that nobody may speak of it any more.
    pub timeout: bool,
}

impl Alert {
    /// About how many bytes it holds.
    pub(super) fn size(&self) -> usize {
        let labels = self.labels.iter().map(|(name, value)| name.len() + value.len());
        let annotations = self.annotations.iter().map(|(name, value)| name.len() + value.len());
        labels.chain(annotations).sum::<usize>() + self.generator_url.len() + 256
    }

    /// Whether it is over.
    pub fn is_resolved(&self, now: OffsetDateTime) -> bool {
        self.ends_at <= now
    }

    /// This and an older word about the same alert whose times overlap.
    fn merged(self, old: &Alert, now: OffsetDateTime) -> Self {
        let (young, old) = if self.updated_at < old.updated_at {
            (old.clone(), &self)
        } else {
            (self, old)
        };
        let later_end = if young.is_resolved(now) {
            // The latest end wins if both are over.
            old.is_resolved(now) && old.ends_at > young.ends_at
        } else {
            // An end that was said wins over one that was assumed.
            !old.timeout && old.ends_at > young.ends_at
        };
        Self {
            starts_at: young.starts_at.min(old.starts_at),
            ends_at: if later_end { old.ends_at } else { young.ends_at },
            ..young
        }
    }

    /// This word about an alert, merged with the one before where their times overlap.
    pub(super) fn following(self, old: Option<&Alert>, now: OffsetDateTime) -> Self {
        let Some(old) = old else { return self };
        let ends_within = self.ends_at > old.starts_at && self.ends_at < old.ends_at;
        let starts_within = self.starts_at > old.starts_at && self.starts_at < old.ends_at;
        if ends_within || starts_within {
            self.merged(old, now)
        } else {
            self
        }
    }
}

/// An alert of a notification: what it was at that time stays, while time goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The alert.
    pub alert: Arc<Alert>,
    /// Whether it is over.
    pub resolved: bool,
}

/// The order of alerts in notifications: by `job`, by `instance`, by the number of labels, by labels.
pub(super) fn order(one: &Labels, other: &Labels) -> Ordering {
    for name in ["job", "instance"] {
        match (one.get(name), other.get(name)) {
            ("", "") => {}
            ("", _) => return Ordering::Greater,
            (_, "") => return Ordering::Less,
            (one, other) if one != other => return one.cmp(other),
            _ => {}
        }
    }
    before(one, other)
}

/// The order of sets of labels: fewer come first; then by the first name that is not in both, or differs.
pub(super) fn before(one: &Labels, other: &Labels) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn alert(starts: u8, ends: u8, updated: u8, timeout: bool) -> Alert {
        let at = |minute: u8| datetime!(2026-11-24 12:00 UTC) + time::Duration::minutes(i64::from(minute));
        let labels = Labels::from_pairs([("alertname", "A")]);
        Alert {
            fingerprint: Fingerprint::of(&labels),
            labels,
            annotations: Arc::default(),
            starts_at: at(starts),
            ends_at: at(ends),
            generator_url: String::new(),
            updated_at: at(updated),
            timeout,
        }
    }

    #[test]
    fn fingerprints_are_those_of_alertmanager() {
        // Of a real Alertmanager's answers.
        let of = |pairs: &[(&str, &str)]| Fingerprint::of(&Labels::from_pairs(pairs.iter().copied())).to_string();
        assert_eq!(of(&[("a", "b")]), "d2b371819297f98a");
        assert_eq!(of(&[]), "cbf29ce484222325");
    }

    #[test]
    fn words_about_the_same_alert_are_merged() {
        let now = datetime!(2026-11-24 12:10 UTC);
        let follow = |new: Alert, old: &Alert| {
            let merged = new.following(Some(old), now);
            (merged.starts_at.minute(), merged.ends_at.minute())
        };
        // It began when it was first heard of.
        assert_eq!(follow(alert(5, 20, 5, false), &alert(0, 15, 0, false)), (0, 20));
        // An end that was said is later than one that is assumed.
        assert_eq!(follow(alert(5, 15, 5, true), &alert(0, 30, 0, false)), (0, 30));
        assert_eq!(follow(alert(5, 15, 5, true), &alert(0, 30, 0, true)), (0, 15));
        // It is over now, whatever was said before.
        assert_eq!(follow(alert(0, 9, 9, false), &alert(0, 30, 0, false)), (0, 9));
        // One that is over and one that begins anew are two.
        assert_eq!(follow(alert(8, 30, 8, false), &alert(0, 5, 0, false)), (8, 30));
    }

    #[test]
    fn notifications_are_in_alertmanagers_order() {
        let labels = |text: &str| Labels::from_pairs(text.split(' ').filter_map(|pair| pair.split_once('=')));
        let mut sets: Vec<Labels> = [
            "z=1",
            "job=b instance=1",
            "a=1 b=1",
            "job=a",
            "job=b instance=0 x=1",
            "a=2",
        ]
        .map(labels)
        .into();
        sets.sort_by(order);
        let sorted: Vec<String> = sets.iter().map(Labels::to_string).collect();
        assert_eq!(
            sorted,
            [
                r#"{job="a"}"#,
                r#"{instance="0", job="b", x="1"}"#,
                r#"{instance="1", job="b"}"#,
                r#"{a="2"}"#,
                r#"{z="1"}"#,
                r#"{a="1", b="1"}"#,
            ]
        );
    }
}
