//! Accounts: who somebody is, proven by a password once and by tokens afterwards.
//!
//! Two kinds of session, both ended from the same list:
//! - **api**: a short access token that any service verifies by itself, and a refresh token that is exchanged at every use. An old
//!   refresh token that comes back means that two parties hold copies, so the whole session ends; its access tokens die with it at
//!   most [`Config::access_token_life`] later. There is no grace for two refreshes racing with the same token: one wins, the other
//!   ends the session. A client serialises its refreshes.
//! - **web**: an opaque token in a cookie, looked up at every request, so that ending it works at once.
//!
//! Only hashes of tokens are stored.

mod access_tokens;
mod config;
mod crypto;
mod errors;
mod keys;
mod links;
mod metrics;
mod opaque;
mod passwords;
mod profile;
mod queries;
mod recovery;
pub(crate) mod secret_file;
mod sessions;
mod suspended;
mod sweep;
mod throttle;
mod types;
mod validation;
mod verification;

pub use config::{Config, Limit, ThrottleConfig};
pub use errors::{
    AuthError, ChangeError, Failure, LinkError, LoginError, MailError, RefreshError, RegisterError, ResetError,
    SessionError,
};
pub use keys::{Jwk, Jwks, KeyError};
pub(crate) use metrics::declare;
pub use opaque::OpaqueToken;
pub use profile::{end_other_sessions, rename};
pub use recovery::{change_password, forgot_password, may_reset, reset_letter, reset_password};
pub use sessions::{
    authenticate_bearer, authenticate_bearer_until, authenticate_web, current_user, end_session, ended_sessions, jwks,
    logout, refresh, sessions,
};
pub use sweep::run_sweeper;
pub use types::{
    Credentials, Device, Identity, NewAccount, Password, Role, SessionId, SessionInfo, SignedIn, SignedInWeb, User,
    UserId, WebIdentity,
};
pub use validation::{Broken, Rule};
pub use verification::{Addressed, Verified, is_verified, resend_verification, verification_letter, verify_email};

use std::sync::Arc;

use ring::hmac;
use sea_orm::DbErr;

use crate::App;
use crate::catalog;
use crate::db::{self, Batch, Db, Tx};
use crate::jobs;
use access_tokens::AccessTokens;
use keys::Keyring;
use metrics::{Login, METRICS};
use passwords::{Passwords, VerifyError};
use suspended::Suspended;
use throttle::Throttle;

/// What accounts keep in memory; one a process, held by the [`App`].
pub struct Accounts {
    passwords: Passwords,
    throttle: Arc<Throttle>,
    access_tokens: AccessTokens,
    suspended: Suspended,
    form_key: hmac::Key,
    link_key: hmac::Key,
    mail_throttle: Throttle,
}

impl Accounts {
    /// Reads the keys. A process that `signs` (the auth service) makes its private key at first start and publishes the public one.
    pub async fn open(config: &crate::Config, db: &Db, now_ms: i64, signs: bool) -> Result<Self, KeyError> {
        let life = config.accounts.access_token_life.as_ms();
        let keyring = Keyring::open(&config.secrets_dir, signs, db, now_ms, life).await?;
        let form_key = secret_file::load_or_create(&config.secrets_dir, "forms.key", || {
            secret_file::random::<32>().to_vec()
        })?;
        let link_key = secret_file::load_or_create(&config.secrets_dir, "mail-links.key", || {
            secret_file::random::<32>().to_vec()
        })?;
        Ok(Self {
            passwords: Passwords::new(&config.accounts),
            throttle: Arc::new(Throttle::new(config.accounts.throttle.clone())),
            access_tokens: AccessTokens::new(&config.accounts, keyring),
            suspended: Suspended::new(life),
            form_key: hmac::Key::new(hmac::HMAC_SHA256, &form_key),
            link_key: hmac::Key::new(hmac::HMAC_SHA256, &link_key),
            mail_throttle: Throttle::new(config.accounts.mail_throttle.clone()),
        })
    }

    /// Lets this process notice at once that an account was suspended or reinstated; others do within a second.
    pub(crate) async fn suspensions_changed(&self) {
        self.suspended.forget().await;
    }

    /// What pages sign their forms with; the same in every process over this `secrets_dir`.
    pub(crate) fn form_key(&self) -> &hmac::Key {
        &self.form_key
    }

    /// What the links in letters are made with; the same in every process over this `secrets_dir`.
    fn link_key(&self) -> &hmac::Key {
        &self.link_key
    }

    fn mail_throttle(&self) -> &Throttle {
        &self.mail_throttle
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accounts")
    }
}

/// A new account, signed in for the API.
#[tracing::instrument(name = "accounts.register", skip_all)]
pub async fn register(app: &App, new: NewAccount, device: Device) -> Result<SignedIn, RegisterError> {
    app.accounts().access_tokens.require_signing()?;
    let admitted = admit(app, new).await?;
    let signed_in = db::retrying(|| async {
        let tx = app.db().begin().await?;
        let user = create(app, &tx, &admitted).await?;
        let signed_in = sessions::open_api(app, &tx, user, &device).await?;
        tx.commit().await?;
        Ok::<_, RegisterError>(signed_in)
    })
    .await?;
    welcome(app, &admitted).await;
    Ok(signed_in)
}

/// A new account, signed in by a page.
#[tracing::instrument(name = "accounts.register", skip_all)]
pub async fn register_web(app: &App, new: NewAccount, device: Device) -> Result<SignedInWeb, RegisterError> {
    let admitted = admit(app, new).await?;
    let signed_in = db::retrying(|| async {
        let tx = app.db().begin().await?;
        let user = create(app, &tx, &admitted).await?;
        let signed_in = sessions::open_web(app, &tx, user, &device).await?;
        tx.commit().await?;
        Ok::<_, RegisterError>(signed_in)
    })
    .await?;
    welcome(app, &admitted).await;
    Ok(signed_in)
}

/// Signs in for the API. An account that does not exist and a wrong password take the same work and give the same answer.
#[tracing::instrument(name = "accounts.login", skip_all)]
pub async fn login(app: &App, credentials: Credentials, device: Device) -> Result<SignedIn, LoginError> {
    app.accounts().access_tokens.require_signing()?;
    let user = verify(app, &credentials, &device).await?;
    db::retrying(|| async {
        // A power cut may take the session: the same person signs in again.
        let tx = app.db().begin_lazily().await?;
        let signed_in = sessions::open_api(app, &tx, user.clone(), &device).await?;
        tx.commit().await?;
        Ok(signed_in)
    })
    .await
}

/// Signs in by a page: always a new token, and the browser's `previous` one ends, so that a token planted before the login is
/// worth nothing after it.
#[tracing::instrument(name = "accounts.login", skip_all)]
pub async fn login_web(
    app: &App,
    credentials: Credentials,
    device: Device,
    previous: Option<&OpaqueToken>,
) -> Result<SignedInWeb, LoginError> {
    let user = verify(app, &credentials, &device).await?;
    let ended = match previous {
        Some(previous) => queries::session_of_token(app.db().read(), &previous.hash()).await?,
        None => None,
    };
    db::retrying(|| async {
        // A power cut may take the session: the same person signs in again.
        let tx = app.db().begin_lazily().await?;
        if let Some(ended) = ended {
            queries::close_session(&tx, ended, "login", app.clock().now_ms()).await?;
        }
        let signed_in = sessions::open_web(app, &tx, user.clone(), &device).await?;
        tx.commit().await?;
        Ok(signed_in)
    })
    .await
}

/// The PHC string of a password, for accounts that are made without a registration (demo data, `textisur admin create`). Not
/// bounded: for programs that hash a few, not for requests.
pub async fn hash_password(password: &Password) -> Result<String, Failure> {
    let password = password.clone();
    let hashed = tokio::task::spawn_blocking(move || passwords::hash_now(&password)).await;
    hashed
        .map_err(|error| Failure::Hashing(error.to_string()))?
        .map_err(|error| Failure::Hashing(error.to_string()))
}

/// Name, e-mail and password after the rules of registration, for accounts that are made without one.
pub(crate) fn check_account(
    name: &str,
    email: &str,
    password: &Password,
    role: Role,
) -> Result<validation::ValidAccount, Vec<Broken>> {
    validation::checked(name, email, password, Some(role))
}

/// An account that may be created, its password hashed.
struct Admitted {
    valid: validation::ValidAccount,
    password: Password,
    phc: String,
}

/// Validates and hashes.
async fn admit(app: &App, new: NewAccount) -> Result<Admitted, RegisterError> {
    let valid = validation::account(&new).map_err(RegisterError::Invalid)?;
    // Asked first because a hash is dear; the unique index has the last word.
    if queries::user_by_email(app.db().read(), &valid.email).await?.is_some() {
        return Err(RegisterError::EmailTaken);
    }
    let hashed = app.accounts().passwords.hash(&new.password).await;
    let phc = hashed.map_err(|error| match error {
        VerifyError::Busy { retry_after } => RegisterError::Busy { retry_after },
        other => Failure::Hashing(other.to_string()).into(),
    })?;
    Ok(Admitted {
        valid,
        password: new.password,
        phc,
    })
}

/// Inserts, and queues what follows.
async fn create(app: &App, tx: &Tx, Admitted { valid, phc, .. }: &Admitted) -> Result<User, RegisterError> {
    let now = app.clock().now_ms();
    let id = queries::insert_user(tx, &valid.name, &valid.email, phc, valid.role, now)
        .await
        .map_err(taken)?;
    if valid.role == Role::Vendedor {
        catalog::edit::open_store(tx, id.0, &valid.name, now).await?;
    }
    let mut batch = Batch::new("user_verification");
    jobs::enqueue(&mut batch, app.clock(), &verification::verification_job(id))?;
    batch.execute(tx).await?;
    Ok(User {
        id,
        name: valid.name.clone(),
        email: valid.email.clone(),
        role: valid.role,
    })
}

/// What can be done once the account is there.
async fn welcome(app: &App, Admitted { valid, password, phc }: &Admitted) {
    app.accounts().passwords.remember(&valid.email, phc, password).await;
    app.jobs_wake().notify_one();
}

fn taken(error: DbErr) -> RegisterError {
    if db::is_duplicate(&error) {
        RegisterError::EmailTaken
    } else {
        error.into()
    }
}

/// Locks an account until the transaction ends, for what there is one of an account: its usual address.
pub(crate) async fn lock_user(tx: &Tx, id: i64) -> Result<(), DbErr> {
    queries::lock_user(tx, UserId(id)).await
}

/// The user whose password this is; failures are counted against the account and the address.
async fn verify(app: &App, credentials: &Credentials, device: &Device) -> Result<User, LoginError> {
    let email = validation::normal_email(&credentials.email);
    let answer = verify_throttled(app, &email, &credentials.password, device).await;
    match &answer {
        Ok(user) => {
            app.accounts().throttle.succeeded(&email, device.ip);
            METRICS.login(Login::Succeeded);
            tracing::debug!(user.id = user.id.0, "login succeeded");
        }
        Err(LoginError::WrongCredentials) => {
            METRICS.login(Login::Failed);
            tracing::info!("login failed");
        }
        Err(LoginError::Throttled { .. }) => {
            METRICS.login(Login::Throttled);
            tracing::info!("login throttled");
        }
        Err(_) => {}
    }
    answer
}

async fn verify_throttled(app: &App, email: &str, password: &Password, device: &Device) -> Result<User, LoginError> {
    let accounts = app.accounts();
    let gate = || accounts.throttle.check(email, device.ip, app.clock().now_ms());
    let wrong = {
        let (throttle, email, ip, clock) = (
            accounts.throttle.clone(),
            email.to_owned(),
            device.ip,
            app.clock().clone(),
        );
        move || throttle.failed(&email, ip, clock.now_ms())
    };
    gate().map_err(VerifyError::Throttled)?;
    let found = queries::user_by_email(app.db().read(), email).await?;
    if password.reveal().chars().count() > validation::PASSWORD_MOST {
        // Nobody's is that long; it need not be hashed to know.
        wrong();
        return Err(LoginError::WrongCredentials);
    }
    let stored = found.as_ref().map(|row| row.password_hash.as_str());
    accounts.passwords.verify(email, stored, password, gate, wrong).await?;
    let found = found.ok_or(LoginError::WrongCredentials)?;
    // Told only to those who know the password.
    if found.is_suspended() {
        return Err(LoginError::Suspended);
    }
    Ok(found.into_user()?)
}

#[cfg(test)]
pub(crate) mod tests;
