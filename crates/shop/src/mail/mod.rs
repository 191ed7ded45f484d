//! Letters: to a mail server by SMTP, or, with none configured, to the outbox page.

mod config;
mod html;
mod outbox;
mod smtp;

pub use config::MailConfig;
pub use html::html;
pub use outbox::{Kept, kept, latest, prune};

use std::time::Duration;

use sea_orm::DbErr;

use crate::App;
use crate::texts::mail::Letter;

/// A letter with its envelope.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The job that sends it: a repeated one has the same `Message-ID`, and is kept once.
    pub job_id: i64,
    /// Name of the addressee.
    pub name: String,
    /// Address of the addressee.
    pub address: String,
    /// What it says.
    pub letter: Letter,
    /// Where this kind of letter can be turned off without signing in (RFC 8058); `None` for letters that somebody asked for or is owed.
    pub unsubscribe: Option<String>,
}

/// Why a letter has not left.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not now: the server is away, busy, or does not know us.
    #[error("{why}")]
    Later {
        /// When it is worth trying again, if that is known.
        after: Option<Duration>,
        /// What the server said.
        why: String,
    },
    /// Never: the server has refused the letter or the address.
    #[error("the mail server refuses: {0}")]
    Refused(String),
    /// The outbox page's table.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Why mail could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum MailOpenError {
    /// No address.
    #[error("shop.mail.from `{0}` is not an address such as `TextiSur <hola@textisur.com>`")]
    From(String),
    /// Not a server. The address itself is not shown: it holds a password.
    #[error(
        "shop.mail.url is not understood ({0}); write smtps://USER:PASSWORD@HOST:465 or smtp://USER:PASSWORD@HOST:587?tls=required"
    )]
    Url(String),
    /// The certificates.
    #[error("shop.mail.extra_roots: {0}")]
    Roots(String),
}

/// The way letters go.
#[derive(Debug)]
pub struct Mailer(Option<smtp::Smtp>);

impl Mailer {
    /// Reads the configuration; no connection is made yet.
    pub fn open(config: &crate::Config) -> Result<Self, MailOpenError> {
        smtp::Smtp::open(&config.mail, &config.public_url).map(Self)
    }
}

/// Sends a letter, or puts it into the outbox page. Called again with the same job it does no harm.
pub async fn send(app: &App, outgoing: &Outgoing) -> Result<(), MailError> {
    match &app.mailer().0 {
        Some(smtp) => smtp.send(outgoing).await,
        None => Ok(outbox::keep(app, outgoing).await?),
    }
}
