//! The alerts there are. They are kept in memory alone: whoever has an alert tells of it again and again.

use std::collections::HashMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::alert::{Alert, Fingerprint};

/// All alerts, by who they are.
#[derive(Debug, Default)]
pub struct AlertStore {
    alerts: HashMap<Fingerprint, Arc<Alert>>,
}

impl AlertStore {
    /// Takes in what is said of an alert, and tells what is known of it now. None when there are `limit` already.
    pub fn put(&mut self, alert: Alert, now: OffsetDateTime, limit: usize) -> Option<Arc<Alert>> {
        let fingerprint = alert.fingerprint;
        if self.alerts.len() >= limit && !self.alerts.contains_key(&fingerprint) {
            self.collect_garbage(now);
            if self.alerts.len() >= limit {
                return None;
            }
        }
        let old = self.alerts.get(&fingerprint).map(Arc::as_ref);
        let alert = Arc::new(alert.following(old, now));
        self.alerts.insert(fingerprint, Arc::clone(&alert));
        Some(alert)
    }

    /// All of them, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Alert>> {
        self.alerts.values()
    }

    /// Forgets alerts that are over.
    pub fn collect_garbage(&mut self, now: OffsetDateTime) {
        self.alerts.retain(|_, alert| !alert.is_resolved(now));
    }
}
