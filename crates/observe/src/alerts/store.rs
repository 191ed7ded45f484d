//! The alerts there are. They are kept in memory alone: whoever has an alert tells of it again and again.

use std::collections::HashMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::alert::{Alert, Fingerprint};

/// All alerts, by who they are.
#[derive(Debug, Default)]
pub struct AlertStore {
    alerts: HashMap<Fingerprint, Arc<Alert>>,
    /// About how many they hold.
    bytes: usize,
}

/// How many alerts there may be, and how many bytes they may hold.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Alerts.
    pub alerts: usize,
    /// Bytes.
    pub bytes: usize,
}

impl AlertStore {
    /// Takes in what is said of an alert, and tells what is known of it now. None when there is no room.
    pub fn put(&mut self, alert: Alert, now: OffsetDateTime, room: Room) -> Option<Arc<Alert>> {
        let fingerprint = alert.fingerprint;
        if !self.fits(&alert, room) {
            self.collect_garbage(now);
            if !self.fits(&alert, room) {
                return None;
            }
        }
        let old = self.alerts.get(&fingerprint).map(Arc::as_ref);
        let old_size = old.map_or(0, Alert::size);
        let alert = Arc::new(alert.following(old, now));
        self.bytes = self.bytes - old_size + alert.size();
        self.alerts.insert(fingerprint, Arc::clone(&alert));
        Some(alert)
    }

    fn fits(&self, alert: &Alert, room: Room) -> bool {
        let (alerts, bytes) = match self.alerts.get(&alert.fingerprint) {
            Some(old) => (self.alerts.len(), self.bytes - old.size()),
            None => (self.alerts.len() + 1, self.bytes),
        };
        alerts <= room.alerts && bytes + alert.size() <= room.bytes
    }

    /// All of them, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Alert>> {
        self.alerts.values()
    }

    /// Forgets alerts that are over.
    pub fn collect_garbage(&mut self, now: OffsetDateTime) {
        self.alerts.retain(|_, alert| !alert.is_resolved(now));
        self.bytes = self.alerts.values().map(|alert| alert.size()).sum();
    }
}
