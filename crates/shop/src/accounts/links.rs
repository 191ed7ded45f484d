//! Links sent by mail, each good once: what they carry, how long they live, how they are spent.
//!
//! The job that sends a letter carries a random seed; what the link carries is an HMAC of it under a key that is only in
//! `secrets_dir`, and the database keeps the hash of that. So neither the outbox nor the table of links is of any use to a thief, and
//! a job that runs twice sends the same link twice.

use sea_orm::{ConnectionTrait, DbErr};

use super::{opaque::OpaqueToken, queries, secret_file, types::UserId};
use crate::App;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Proves that the account's e-mail is read by its owner.
    VerifyEmail,
    /// Sets a new password.
    ResetPassword,
}

impl Purpose {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// Three days, an hour.
    const fn life_ms(self) -> i64 {
        match self {
            Self::VerifyEmail => 3 * 24 * 3_600_000,
            Self::ResetPassword => 3_600_000,
        }
    }

    /// Where the link leads.
    const fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "/verify-email",
            Self::ResetPassword => "/reset-password",
        }
    }
}

/// Links of one purpose that one account gets within an hour, whoever asks.
const MOST_AN_HOUR: i64 = 5;

/// What a job carries of a link to come.
pub(super) fn seed() -> String {
    OpaqueToken::of(&secret_file::random()).reveal().to_owned()
}

/// The address to put into a letter; `None` when this account has been sent enough of them. The link begins to live with this.
pub(super) async fn issue(app: &App, user: UserId, purpose: Purpose, seed: &str) -> Result<Option<String>, DbErr> {
    let text = format!("{}\0{seed}", purpose.as_str());
    let signature = ring::hmac::sign(app.accounts().link_key(), text.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(signature.as_ref());
    let token = OpaqueToken::of(&bytes);
    let now = app.clock().now_ms();
    let on = app.db().read();
    // A job that runs again finds the link it has made.
    if queries::link(on, purpose, &token.hash()).await?.is_none() {
        if queries::links_since(on, user, purpose, now - 3_600_000).await? >= MOST_AN_HOUR {
            return Ok(None);
        }
        queries::insert_link(
            app.db().write(),
            user,
            purpose,
            &token.hash(),
            now,
            now + purpose.life_ms(),
        )
        .await?;
    }
    Ok(Some(format!(
        "{}{}?token={}",
        app.config().public_url,
        purpose.path(),
        token.reveal()
    )))
}

/// Whose link it is, as long as it is good. Looking does not spend it.
pub(super) async fn owner(
    on: &impl ConnectionTrait,
    purpose: Purpose,
    token: &OpaqueToken,
    now_ms: i64,
) -> Result<Option<UserId>, DbErr> {
    let link = queries::link(on, purpose, &token.hash()).await?;
    Ok(link
        .filter(|link| link.used_at.is_none() && link.expires_at > now_ms)
        .map(|link| UserId(link.user_id)))
}

/// Spends it; `None` for all but the first who try, and once it has expired.
pub(super) async fn spend(
    tx: &impl ConnectionTrait,
    purpose: Purpose,
    token: &OpaqueToken,
    now_ms: i64,
) -> Result<Option<UserId>, DbErr> {
    if !queries::use_link(tx, purpose, &token.hash(), now_ms).await? {
        return Ok(None);
    }
    let link = queries::link(tx, purpose, &token.hash()).await?;
    Ok(link.map(|link| UserId(link.user_id)))
}
