//! Why an account verb was refused. HTTP statuses and texts are the web layer's business.

use std::time::Duration;

use sea_orm::DbErr;

use super::{passwords::VerifyError, validation::Broken};
use crate::db::MayConflict;

/// A registration was refused; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Fields that break a rule, in the order of the form.
    #[error("invalid fields: {0:?}")]
    Invalid(Vec<Broken>),
    /// The e-mail belongs to an account.
    #[error("e-mail taken")]
    EmailTaken,
    /// Too many passwords are being hashed.
    #[error("busy hashing passwords")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A login was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such account, or not its password: deliberately not told apart.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The right password of an account that an admin has suspended.
    #[error("account suspended")]
    Suspended,
    /// Too many failures for this account or from this address.
    #[error("too many failed logins")]
    Throttled {
        /// When one more try is allowed.
        retry_after: Duration,
    },
    /// Too many passwords are being hashed.
    #[error("busy hashing passwords")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A refresh was refused; the client has to log in again.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Not a token of ours, expired, or of an ended session.
    #[error("invalid refresh token")]
    Invalid,
    /// It had been used before: somebody holds a copy. The whole session has been ended.
    #[error("refresh token reused")]
    Reused,
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A bearer token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Not a token of ours: form, signature, key, issuer or audience.
    #[error("invalid token")]
    Invalid,
    /// It was valid once.
    #[error("expired token")]
    Expired,
    /// An admin has suspended the account.
    #[error("account suspended")]
    Suspended,
    /// The keys could not be read.
    #[error("verification unavailable")]
    Unavailable,
}

/// A session could not be listed or ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The caller's own session has been ended meanwhile.
    #[error("session ended")]
    Ended,
    /// Not a live session of this user.
    #[error("no such session")]
    NotFound,
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// The machine failed, not the caller.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// The password hash function.
    #[error("password hashing: {0}")]
    Hashing(String),
    /// This process has no key to sign access tokens with: it does not run the auth service.
    #[error("this process signs no access tokens")]
    NoSigningKey,
    /// The token could not be signed.
    #[error("signing: {0}")]
    Signing(#[from] serde_json::Error),
}

impl Failure {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::Hashing(_) | Self::NoSigningKey | Self::Signing(_) => None,
        }
    }
}

/// Where a verb's error keeps the database's: in its own failure, and in those of the verbs that it calls.
macro_rules! may_conflict {
    ($($error:ty $(, through $inner:path)*;)+) => {$(
        impl From<DbErr> for $error {
            fn from(error: DbErr) -> Self {
                Failure::Database(error).into()
            }
        }

        impl MayConflict for $error {
            fn database(&self) -> Option<&DbErr> {
                match self {
                    Self::Failed(failure) => failure.database(),
                    $($inner(error) => error.database(),)*
                    _ => None,
                }
            }
        }
    )+};
}
may_conflict! {
    RegisterError;
    LoginError;
    RefreshError;
    SessionError;
    MailError, through Self::Session;
    LinkError;
    ResetError;
    ChangeError, through Self::Login, through Self::Session;
}

impl From<VerifyError> for LoginError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Wrong => Self::WrongCredentials,
            VerifyError::Throttled(throttled) => Self::Throttled {
                retry_after: throttled.retry_after,
            },
            VerifyError::Busy { retry_after } => Self::Busy { retry_after },
            VerifyError::Hashing(cause) => Failure::Hashing(cause).into(),
        }
    }
}

/// A letter was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not an e-mail address.
    #[error("invalid fields: {0:?}")]
    Invalid(Vec<Broken>),
    /// Too many were asked for.
    #[error("too many letters asked for")]
    Throttled {
        /// When one more is sent.
        retry_after: Duration,
    },
    /// There is nothing left to verify.
    #[error("already verified")]
    AlreadyVerified,
    /// Whoever asks is not signed in any more.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A link was of no use.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Not one of ours, spent, or expired: deliberately not told apart.
    #[error("invalid link")]
    Invalid,
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// Not one of ours, spent, or expired: deliberately not told apart.
    #[error("invalid link")]
    Link,
    /// The new password breaks a rule.
    #[error("invalid fields: {0:?}")]
    Invalid(Vec<Broken>),
    /// Too many passwords are being hashed.
    #[error("busy hashing passwords")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Something of one's own account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What is new breaks a rule.
    #[error("invalid fields: {0:?}")]
    Invalid(Vec<Broken>),
    /// The old password was not it, or not looked at.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Whoever asks is not signed in any more.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The machine failed, not the caller.
    #[error(transparent)]
    Failed(#[from] Failure),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_found_however_deep_it_is() {
        let conflict = || DbErr::Custom("another transaction was faster".into());
        let found: [&dyn MayConflict; 7] = [
            &SessionError::from(conflict()),
            &MailError::from(conflict()),
            &MailError::from(SessionError::from(conflict())),
            &ChangeError::from(conflict()),
            &ChangeError::from(LoginError::from(conflict())),
            &ChangeError::from(SessionError::from(conflict())),
            &ResetError::from(conflict()),
        ];
        for (n, error) in found.into_iter().enumerate() {
            assert_eq!(error.database(), Some(&conflict()), "{n}");
        }
        assert_eq!(ChangeError::from(LoginError::WrongCredentials).database(), None);
        assert_eq!(ChangeError::from(Failure::NoSigningKey).database(), None);
    }
}
