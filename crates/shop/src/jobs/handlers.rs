//! What each job does. Every handler may run twice and must then have done its work once.

use std::time::Duration;

use sea_orm::{DbErr, FromQueryResult};

use super::Job;
use crate::App;
use crate::accounts::{self, Addressed, UserId};
use crate::db::{Sql, params};
use crate::mail::{MailError, Outgoing};
use crate::notifications::{self, DeliverError, NotificationError};
use crate::orders::OrderId;
use crate::payments::{self, Outcome, PaymentError};
use crate::texts::mail::{self, Letter};

/// Why a job is not done.
#[derive(Debug)]
pub(super) enum HandleError {
    /// It may work later.
    Transient(String),
    /// It may work once so much time has passed, if the other side has said how much.
    Later { after: Option<Duration>, error: String },
    /// It never will.
    Permanent(String),
}

impl From<DbErr> for HandleError {
    fn from(error: DbErr) -> Self {
        Self::Transient(error.to_string())
    }
}

impl From<MailError> for HandleError {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Later { after, why } => Self::Later { after, error: why },
            MailError::Refused(_) => Self::Permanent(error.to_string()),
            MailError::Database(error) => error.into(),
        }
    }
}

impl From<DeliverError> for HandleError {
    fn from(error: DeliverError) -> Self {
        match error {
            DeliverError::Later { after, why } => Self::Later { after, error: why },
            DeliverError::Refused(_) => Self::Permanent(error.to_string()),
            DeliverError::Database(error) => error.into(),
        }
    }
}

impl From<NotificationError> for HandleError {
    fn from(error: NotificationError) -> Self {
        match error {
            NotificationError::Database(error) => error.into(),
            other => Self::Permanent(other.to_string()),
        }
    }
}

impl From<PaymentError> for HandleError {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::Refused { .. } => Self::Permanent(error.to_string()),
            other => Self::Transient(other.to_string()),
        }
    }
}

pub(super) async fn handle(app: &App, job_id: i64, job: &Job) -> Result<(), HandleError> {
    match job {
        Job::SendWelcome { user_id } => {
            let to = addressee(app, &USER, *user_id).await?;
            send(app, job_id, &to, mail::welcome(&to.name)).await
        }
        Job::SendVerification { user_id, seed } => {
            let letter = accounts::verification_letter(app, UserId(*user_id), seed).await?;
            send_addressed(app, job_id, letter).await
        }
        Job::SendPasswordReset { email, seed } => {
            let letter = accounts::reset_letter(app, email, seed).await?;
            send_addressed(app, job_id, letter).await
        }
        Job::SendPasswordChanged { user_id, .. } => {
            let to = addressee(app, &USER, *user_id).await?;
            let forgot = format!("{}/forgot-password", app.config().public_url);
            send(app, job_id, &to, mail::password_changed(&to.name, &forgot)).await
        }
        Job::SendReceipt { purchase_id } => {
            let to = addressee(app, &BUYER_OF_PURCHASE, *purchase_id).await?;
            send(
                app,
                job_id,
                &to,
                mail::receipt(&to.name, *purchase_id, units::Money::from_cents(to.total_cents)),
            )
            .await
        }
        Job::DeliverNotice { user_id, topic, at } => Ok(notifications::deliver(app, *user_id, topic, *at).await?),
        Job::PushNotice {
            device_id,
            notification_id,
            at,
        } => Ok(notifications::push_to(app, *device_id, *notification_id, *at).await?),
        Job::MailNotice { notification_id, .. } => match notifications::mail(app, *notification_id).await? {
            Some(notice) => {
                let to = addressee(app, &USER, notice.user_id).await?;
                send_list(app, job_id, &to, notice.letter, Some(notice.unsubscribe)).await
            }
            None => Ok(()),
        },
        Job::RefundOrder { order_id } => refund_order(app, *order_id).await,
        Job::RefundLatePayment {
            purchase_id,
            payment_intent,
        } => {
            let to = addressee(app, &BUYER_OF_PURCHASE, *purchase_id).await?;
            let amount = units::Money::from_cents(to.total_cents);
            app.payments()
                .refund(payment_intent, amount, &format!("textisur-late-{payment_intent}"))
                .await?;
            payments::count(Outcome::refunded);
            Ok(())
        }
    }
}

async fn refund_order(app: &App, order_id: i64) -> Result<(), HandleError> {
    let Some((payment_intent, amount)) = crate::orders::refundable(app, OrderId(order_id)).await? else {
        return Err(HandleError::Permanent("the order was never paid".into()));
    };
    app.payments()
        .refund(
            &payment_intent,
            amount,
            &format!("textisur-refund-{payment_intent}-{order_id}"),
        )
        .await?;
    payments::count(Outcome::refunded);
    Ok(())
}

#[derive(FromQueryResult)]
struct Addressee {
    name: String,
    email: String,
    total_cents: i64,
}

static USER: Sql = Sql::new(
    "mail_user",
    "SELECT name, email, 0 AS total_cents FROM users WHERE id = ?",
);
static BUYER_OF_PURCHASE: Sql = Sql::new(
    "mail_buyer_of_purchase",
    "SELECT u.name, u.email, p.total_cents FROM purchases p JOIN users u ON u.id = p.buyer_id WHERE p.id = ?",
);

async fn addressee(app: &App, sql: &Sql, id: i64) -> Result<Addressee, HandleError> {
    let found = sql.one(app.db().read(), params![id]).await?;
    found.ok_or_else(|| HandleError::Permanent("nobody to tell any more".into()))
}

/// A letter that somebody asked for or is owed.
async fn send(app: &App, job_id: i64, to: &Addressee, letter: Letter) -> Result<(), HandleError> {
    send_list(app, job_id, to, letter, None).await
}

/// A letter of accounts, if there is one to send.
async fn send_addressed(app: &App, job_id: i64, addressed: Option<Addressed>) -> Result<(), HandleError> {
    let Some(Addressed { name, email, letter }) = addressed else {
        return Ok(());
    };
    let to = Addressee {
        name,
        email,
        total_cents: 0,
    };
    send(app, job_id, &to, letter).await
}

/// A letter that can be turned off by a link.
async fn send_list(
    app: &App,
    job_id: i64,
    to: &Addressee,
    letter: Letter,
    unsubscribe: Option<String>,
) -> Result<(), HandleError> {
    let outgoing = Outgoing {
        job_id,
        name: to.name.clone(),
        address: to.email.clone(),
        letter,
        unsubscribe,
    };
    Ok(crate::mail::send(app, &outgoing).await?)
}
