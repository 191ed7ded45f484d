//! What the notifications page shows.

use super::{Kind, Notice};

units::id! {
    /// A row of `notifications`.
    NotificationId,
    /// A row of `push_subscriptions`: one browser.
    DeviceId,
}

/// Something somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Row.
    pub id: NotificationId,
    /// What.
    pub notice: Notice,
    /// How many on its topic since it was last read; at least 1.
    pub amount: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Has it been read?
    pub read: bool,
}

/// Where a page of notifications goes on: before this moment, and within it before this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    created_at: i64,
    id: i64,
}

/// One page of them.
#[derive(Clone, Debug)]
pub struct NotificationList {
    /// Latest first.
    pub notifications: Vec<Notification>,
    /// Of all of them, not only of this page.
    pub unread: i64,
    /// Where the rest begins, when there is one.
    pub next: Option<Cursor>,
}

/// Where somebody wants to hear of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Of what.
    pub kind: Kind,
    /// On the devices that take pushes.
    pub push: bool,
    /// By mail; always false for a kind that is never mailed.
    pub mail: bool,
}

impl Setting {
    /// Of somebody who has not chosen.
    pub fn of_default(kind: Kind) -> Self {
        Self {
            kind,
            push: true,
            mail: kind.mailed().unwrap_or(false),
        }
    }
}

impl Cursor {
    pub(super) fn after(notification: &Notification) -> Self {
        Self {
            created_at: notification.created_at,
            id: notification.id.0,
        }
    }

    pub(super) fn parts(self) -> (i64, i64) {
        (self.created_at, self.id)
    }
}

/// `1795550700000-17`
impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.created_at, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (created_at, id) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self {
            created_at: created_at.parse()?,
            id: id.parse()?,
        })
    }
}
