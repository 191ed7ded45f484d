//! The transactional outbox: what must happen after a change of state is written down with the change, then done at least once.
//!
//! A runner takes a due job with a lease, does it, and marks it done. A runner that dies loses its lease and the job is taken over,
//! so every handler is idempotent: mails by the job's id, refunds by Stripe's idempotency key.

mod handlers;
mod prune;
mod queries;
mod runner;

pub use prune::{prune, run_pruner};
pub use runner::run;

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::db::Batch;

/// Something to be done after a transaction has committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Greets a new user.
    SendWelcome {
        /// Who.
        user_id: i64,
    },
    /// Asks a new user to prove their e-mail.
    SendVerification {
        /// Who.
        user_id: i64,
        /// What the letter's link is made from.
        seed: String,
    },
    /// Sends a link to set a new password, if somebody has that e-mail.
    SendPasswordReset {
        /// As typed, tidied.
        email: String,
        /// What the letter's link is made from.
        seed: String,
    },
    /// Tells somebody that their password was changed.
    SendPasswordChanged {
        /// Who.
        user_id: i64,
        /// When (unix milliseconds).
        at: i64,
    },
    /// Tells the buyer that the purchase is paid.
    SendReceipt {
        /// What was bought.
        purchase_id: i64,
    },
    /// Brings a notice to where its addressee wants to hear of it.
    DeliverNotice {
        /// Who.
        user_id: i64,
        /// What about.
        topic: String,
        /// When they were told (unix milliseconds); a later notice on the topic has its own job.
        at: i64,
    },
    /// Sends a notice to one device, if it is still unread.
    PushNotice {
        /// Where to.
        device_id: i64,
        /// Which.
        notification_id: i64,
        /// When they were told.
        at: i64,
    },
    /// Mails a notice, if it is still unread.
    MailNotice {
        /// Which.
        notification_id: i64,
        /// When they were told.
        at: i64,
    },
    /// Pays one order back at Stripe.
    RefundOrder {
        /// Which.
        order_id: i64,
    },
    /// Pays back a purchase that was paid after it had ended.
    RefundLatePayment {
        /// Which.
        purchase_id: i64,
        /// What was paid.
        payment_intent: String,
    },
}

impl Job {
    /// The word in the `kind` column and in metrics and logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SendWelcome { .. } => "send_welcome",
            Self::SendVerification { .. } => "send_verification",
            Self::SendPasswordReset { .. } => "send_password_reset",
            Self::SendPasswordChanged { .. } => "send_password_changed",
            Self::SendReceipt { .. } => "send_receipt",
            Self::DeliverNotice { .. } => "deliver_notice",
            Self::PushNotice { .. } => "push_notice",
            Self::MailNotice { .. } => "mail_notice",
            Self::RefundOrder { .. } => "refund_order",
            Self::RefundLatePayment { .. } => "refund_late_payment",
        }
    }

    /// Two jobs with the same key are one.
    fn dedupe_key(&self) -> String {
        match self {
            Self::SendWelcome { user_id: id }
            | Self::SendReceipt { purchase_id: id }
            | Self::RefundOrder { order_id: id }
            | Self::RefundLatePayment { purchase_id: id, .. } => format!("{}:{id}", self.kind()),
            Self::SendVerification { seed, .. } | Self::SendPasswordReset { seed, .. } => {
                format!("{}:{seed}", self.kind())
            }
            Self::SendPasswordChanged { user_id, at } => format!("{}:{user_id}:{at}", self.kind()),
            Self::DeliverNotice { user_id, topic, at } => format!("{}:{user_id}:{topic}:{at}", self.kind()),
            Self::PushNotice {
                device_id,
                notification_id,
                at,
            } => format!("{}:{device_id}:{notification_id}:{at}", self.kind()),
            Self::MailNotice { notification_id, at } => format!("{}:{notification_id}:{at}", self.kind()),
        }
    }
}

/// Adds a job to the caller's statements; it is done after their commit, and never if there is none.
pub fn enqueue(batch: &mut Batch<'static>, clock: &Clock, job: &Job) -> Result<(), DbErr> {
    enqueue_in(batch, clock, job, 0)
}

/// As [`enqueue`], to be done in `delay_ms` at the earliest.
pub fn enqueue_in(batch: &mut Batch<'static>, clock: &Clock, job: &Job, delay_ms: i64) -> Result<(), DbErr> {
    let payload = serde_json::to_string(job).map_err(|e| DbErr::Custom(format!("a job cannot be written: {e}")))?;
    queries::insert(
        batch,
        job,
        payload,
        telemetry::trace::current_traceparent(),
        clock.now_ms(),
        delay_ms,
    );
    Ok(())
}
