//! What admins see and do. Times are unix milliseconds.

use sea_orm::FromQueryResult;

use crate::accounts::Role;

/// What an admin did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Made an admin's account.
    AdminCreated,
    /// Made an admin of an account.
    AdminPromoted,
    /// Suspended a user.
    UserSuspended,
    /// Took a user's suspension back.
    UserReinstated,
    /// Ended one or all of a user's sessions.
    SessionsEnded,
    /// Took a store off the lists.
    StoreSuspended,
    /// Put a store back on the lists.
    StoreReinstated,
    /// Paid an order back.
    OrderRefunded,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 8] = [
        Self::AdminCreated,
        Self::AdminPromoted,
        Self::UserSuspended,
        Self::UserReinstated,
        Self::SessionsEnded,
        Self::StoreSuspended,
        Self::StoreReinstated,
        Self::OrderRefunded,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AdminCreated => "admin_created",
            Self::AdminPromoted => "admin_promoted",
            Self::UserSuspended => "user_suspended",
            Self::UserReinstated => "user_reinstated",
            Self::SessionsEnded => "sessions_ended",
            Self::StoreSuspended => "store_suspended",
            Self::StoreReinstated => "store_reinstated",
            Self::OrderRefunded => "order_refunded",
        }
    }

    /// The act of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
    }
}

/// What it was done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user.
    User(i64),
    /// A store.
    Store(i64),
    /// An order.
    Order(i64),
}

impl Subject {
    /// The stored word and id.
    pub(super) const fn parts(self) -> (&'static str, i64) {
        match self {
            Self::User(id) => ("user", id),
            Self::Store(id) => ("store", id),
            Self::Order(id) => ("order", id),
        }
    }
}

/// One line of the trace.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ActionRow {
    /// Row.
    pub id: i64,
    /// Who; nobody for the machine's command line.
    pub admin_name: Option<String>,
    /// A word of [`Act`].
    pub action: String,
    /// `user`, `store` or `order`.
    pub subject_kind: String,
    /// Which of them.
    pub subject_id: i64,
    /// What it is called now: a user's e-mail, a store's name; empty for orders.
    pub subject_name: String,
    /// As given.
    pub reason: String,
    /// When.
    pub at: i64,
}

/// Is somebody suspended?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserState {
    /// No.
    Active,
    /// Yes.
    Suspended,
}

/// Which users to list.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Part of the name or the e-mail.
    pub search: Option<String>,
    /// With this role.
    pub role: Option<Role>,
    /// In this state.
    pub state: Option<UserState>,
    /// Older than this id.
    pub before: Option<i64>,
}

/// A user as admins see them: no password, no token.
#[derive(Clone, Debug, FromQueryResult)]
pub struct UserRow {
    /// Row.
    pub id: i64,
    /// As registered.
    pub name: String,
    /// Lower case.
    pub email: String,
    /// A word of [`Role`].
    pub role: String,
    /// When the e-mail was proven.
    pub email_verified_at: Option<i64>,
    /// Since when.
    pub created_at: i64,
    /// Since when suspended.
    pub suspended_at: Option<i64>,
    /// Their store.
    pub store_id: Option<i64>,
    /// Its name.
    pub store_name: Option<String>,
    /// Last part of its address.
    pub store_slug: Option<String>,
    /// When any of their devices was here last.
    pub last_seen_at: Option<i64>,
    /// Orders they placed.
    pub orders: i64,
}

/// A living session of a user.
#[derive(Clone, Debug, FromQueryResult)]
pub struct UserSession {
    /// Row.
    pub id: i64,
    /// `web` or `api`.
    pub kind: String,
    /// As sent at login.
    pub user_agent: String,
    /// Of the login.
    pub ip: String,
    /// Of the login.
    pub created_at: i64,
    /// To the minute.
    pub last_seen_at: i64,
}

/// Which stores to list.
#[derive(Clone, Debug, Default)]
pub struct StoreFilter {
    /// Part of the name or the owner's e-mail.
    pub search: Option<String>,
    /// In this town.
    pub city: Option<String>,
    /// Older than this id.
    pub before: Option<i64>,
}

/// A store with its numbers.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StoreRow {
    /// Row.
    pub id: i64,
    /// Display name.
    pub name: String,
    /// Last part of its address.
    pub slug: String,
    /// Town.
    pub city: String,
    /// The seller.
    pub owner_id: i64,
    /// The seller's name.
    pub owner_name: String,
    /// The seller's e-mail.
    pub owner_email: String,
    /// Since when.
    pub created_at: i64,
    /// Since when suspended.
    pub suspended_at: Option<i64>,
    /// Products on the lists.
    pub products: i64,
    /// Orders paid and not paid back.
    pub sales: i64,
    /// What they brought, in centavos.
    pub revenue_cents: i64,
}

/// Which orders to list.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// This one.
    pub id: Option<i64>,
    /// Of the buyer with this e-mail.
    pub email: Option<String>,
    /// Older than this id.
    pub before: Option<i64>,
}

/// An order in a list.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OrderRow {
    /// Row.
    pub id: i64,
    /// A word of [`OrderStatus`](crate::orders::OrderStatus).
    pub status: String,
    /// Sum, in centavos.
    pub total_cents: i64,
    /// When placed.
    pub created_at: i64,
    /// Who sells.
    pub store_name: String,
    /// Who bought.
    pub buyer_id: i64,
    /// Their e-mail.
    pub buyer_email: String,
}
