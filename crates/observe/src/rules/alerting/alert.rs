//! One alert, and the series that tell of it.

use super::super::expression::Sample;
use super::state::{Life, State};
use crate::metrics::labels::{Labels, METRIC_NAME};

/// One alert of a rule.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Its labels, `alertname` among them.
    pub labels: Labels,
    /// What to tell people.
    pub annotations: Labels,
    /// The last value its expression had.
    pub value: f64,
    /// Where it is.
    pub life: Life,
    pub(super) last_sent_at: Option<i64>,
    /// Until when Alertmanager takes it for firing, unless it is told again.
    pub(super) valid_until: i64,
}

impl Alert {
    /// Whether somebody has to be told of it at `at`.
    pub(super) fn is_due(&self, at: i64, resend_delay: i64) -> bool {
        let Some(last_sent_at) = self.last_sent_at else {
            return self.life.state != State::Pending;
        };
        match self.life.state {
            State::Pending => false,
            _ if self
                .life
                .resolved_at
                .is_some_and(|resolved_at| resolved_at > last_sent_at) =>
            {
                true
            }
            _ => last_sent_at + resend_delay < at,
        }
    }
}

/// `ALERTS` and `ALERTS_FOR_STATE`.
pub(super) fn series_of(alert: &Alert) -> [Sample; 2] {
    let mut labels = alert.labels.edit();
    labels
        .set(METRIC_NAME, "ALERTS")
        .set("alertstate", alert.life.state.as_str());
    [
        Sample {
            labels: labels.build(),
            value: 1.0,
        },
        Sample {
            labels: for_state_labels(&alert.labels),
            value: alert.life.active_at.div_euclid(1000) as f64,
        },
    ]
}

pub(super) fn for_state_labels(alert: &Labels) -> Labels {
    alert.edit().set(METRIC_NAME, "ALERTS_FOR_STATE").build()
}
