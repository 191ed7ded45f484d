//! The nouns of accounts: users, roles, sessions, what is handed in and what comes back.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::opaque::OpaqueToken;

units::id! {
    /// A row of `users`.
    UserId,
    /// A row of `sessions`: one signed-in device.
    SessionId,
}

/// What an account may do. Written in Spanish, as stored and as clients know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Buys.
    Comprador,
    /// Sells, with one store; may also buy.
    Vendedor,
    /// Runs the marketplace. Made by `textisur admin create`, never by registration.
    Admin,
}

impl Role {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comprador => "comprador",
            Self::Vendedor => "vendedor",
            Self::Admin => "admin",
        }
    }

    /// The role of a stored or sent word, exact.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Comprador, Self::Vendedor, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A password as somebody typed it; its debug form is blank, and it has no display form.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a registration asks for, as typed; [`register`](super::register) checks it.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// Shown to others; 1 to 100 characters.
    pub name: String,
    /// Trimmed and lower-cased.
    pub email: String,
    /// 8 to 128 characters.
    pub password: Password,
    /// `comprador` or `vendedor`.
    pub role: String,
}

/// What a login hands in, as typed.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Compared without case or surrounding space.
    pub email: String,
    /// Compared exactly.
    pub password: Password,
}

/// Where a request comes from: shown in the list of sessions, counted by the throttle.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The `User-Agent`, cut at 256 characters when stored.
    pub user_agent: String,
    /// The client's address, if known.
    pub ip: Option<IpAddr>,
}

/// A user as shown to that user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Row id.
    #[schema(value_type = i64)]
    pub id: UserId,
    /// As registered.
    pub name: String,
    /// Lower-case.
    pub email: String,
    /// What the account may do.
    pub role: Role,
}

/// Who a request acts for, proven by an access token or a page session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub user_id: UserId,
    /// As of the token's making: a changed role shows at the latest when the access token expires.
    pub role: Role,
    /// The device's session.
    pub session_id: SessionId,
}

/// An API client signed in: what it keeps.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub user: User,
    /// JWT after RFC 9068, for `Authorization: Bearer`, valid for [`Config::access_token_life`](super::Config).
    pub access_token: String,
    /// Good for one refresh.
    pub refresh_token: OpaqueToken,
}

/// A browser signed in: what its cookie holds.
#[derive(Clone, Debug)]
pub struct SignedInWeb {
    /// The account.
    pub user: User,
    /// The device's session.
    pub session_id: SessionId,
    /// The cookie's value.
    pub token: OpaqueToken,
}

/// A page session found by its cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebIdentity {
    /// The account and session.
    pub identity: Identity,
    /// The account's name, for the page's header.
    pub name: String,
    /// Is the account's e-mail proven?
    pub verified: bool,
    /// The session's end was just moved on; the cookie's should be too.
    pub renewed: bool,
}

/// One signed-in device, as shown to its owner.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// To end it by.
    pub id: SessionId,
    /// `web` or `api`.
    pub kind: String,
    /// As sent at login.
    pub user_agent: String,
    /// Of the login.
    pub ip: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds, to the minute.
    pub last_seen_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// Is it the session that asks?
    pub current: bool,
}
