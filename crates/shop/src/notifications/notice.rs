//! What people are told: a closed set of kinds, each with what it needs to be put into words.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happened, worth telling one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// To a seller: there is something to ship.
    NewOrder {
        /// Which.
        order_id: i64,
        /// Centavos.
        total_cents: i64,
    },
    /// To a seller: an order was cancelled and is not to be shipped any more, or was paid back afterwards.
    SaleRefunded {
        /// Which.
        order_id: i64,
        /// Centavos.
        total_cents: i64,
    },
    /// To a buyer: the payment has arrived.
    Paid {
        /// What was bought.
        purchase_id: i64,
        /// Centavos.
        total_cents: i64,
    },
    /// To a buyer: on its way.
    Shipped {
        /// Which.
        order_id: i64,
        /// Name of the store.
        store: String,
    },
    /// To a buyer: the store says that it has arrived.
    Delivered {
        /// Which.
        order_id: i64,
        /// Name of the store.
        store: String,
    },
    /// To a buyer: the money comes back.
    Refunded {
        /// Which.
        order_id: i64,
        /// Centavos.
        total_cents: i64,
    },
    /// To a member of a conversation who is not there. One notice a conversation, the latest message in it.
    Message {
        /// Which.
        conversation_id: i64,
        /// Name of who wrote.
        from: String,
        /// What they wrote; cut to [`PREVIEW`] characters when it is kept.
        text: String,
    },
    /// From the people who run the marketplace.
    Announcement {
        /// Tells it from others.
        number: i64,
        /// One line.
        title: String,
        /// A sentence or two.
        body: String,
        /// A path of this site.
        path: String,
    },
}

/// Most characters of a message that are kept in its notice.
pub const PREVIEW: usize = 160;

/// A [`Notice`] without its particulars: what settings, icons and metrics go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = NotificationKind)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`Notice::NewOrder`]
    NewOrder,
    /// [`Notice::SaleRefunded`]
    SaleRefunded,
    /// [`Notice::Paid`]
    Paid,
    /// [`Notice::Shipped`]
    Shipped,
    /// [`Notice::Delivered`]
    Delivered,
    /// [`Notice::Refunded`]
    Refunded,
    /// [`Notice::Message`]
    Message,
    /// [`Notice::Announcement`]
    Announcement,
}

/// How soon a phone may sleep on (RFC 8030, 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// News that can wait.
    Normal,
    /// Somebody is waiting for an answer.
    High,
}

impl Urgency {
    /// The header's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

impl Notice {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::NewOrder { .. } => Kind::NewOrder,
            Self::SaleRefunded { .. } => Kind::SaleRefunded,
            Self::Paid { .. } => Kind::Paid,
            Self::Shipped { .. } => Kind::Shipped,
            Self::Delivered { .. } => Kind::Delivered,
            Self::Refunded { .. } => Kind::Refunded,
            Self::Message { .. } => Kind::Message,
            Self::Announcement { .. } => Kind::Announcement,
        }
    }

    /// What there is one of a person: a later notice takes the place of an earlier one on the same topic.
    pub fn topic(&self) -> String {
        let id = match self {
            Self::NewOrder { order_id: id, .. }
            | Self::SaleRefunded { order_id: id, .. }
            | Self::Paid { purchase_id: id, .. }
            | Self::Shipped { order_id: id, .. }
            | Self::Delivered { order_id: id, .. }
            | Self::Refunded { order_id: id, .. }
            | Self::Message {
                conversation_id: id, ..
            }
            | Self::Announcement { number: id, .. } => id,
        };
        format!("{}:{id}", self.kind().as_str())
    }

    /// The page it is about, a path of this site.
    pub fn path(&self) -> String {
        match self {
            Self::NewOrder { order_id, .. }
            | Self::SaleRefunded { order_id, .. }
            | Self::Shipped { order_id, .. }
            | Self::Delivered { order_id, .. }
            | Self::Refunded { order_id, .. } => format!("/orders/{order_id}"),
            Self::Paid { .. } => "/orders".into(),
            Self::Message { conversation_id, .. } => format!("/messages/{conversation_id}"),
            Self::Announcement { path, .. } => path.clone(),
        }
    }

    /// As it is kept: a long message is cut.
    pub(super) fn kept(&self) -> std::borrow::Cow<'_, Self> {
        match self {
            Self::Message {
                conversation_id,
                from,
                text,
            } if text.chars().count() > PREVIEW => {
                let mut text: String = text.chars().take(PREVIEW - 1).collect();
                text.push('…');
                std::borrow::Cow::Owned(Self::Message {
                    conversation_id: *conversation_id,
                    from: from.clone(),
                    text,
                })
            }
            _ => std::borrow::Cow::Borrowed(self),
        }
    }
}

impl Kind {
    /// Every kind, in the order of the settings.
    pub const ALL: [Self; 8] = [
        Self::Message,
        Self::NewOrder,
        Self::SaleRefunded,
        Self::Paid,
        Self::Shipped,
        Self::Delivered,
        Self::Refunded,
        Self::Announcement,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewOrder => "new_order",
            Self::SaleRefunded => "sale_refunded",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Refunded => "refunded",
            Self::Message => "message",
            Self::Announcement => "announcement",
        }
    }

    /// The kind of a stored or sent word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Only sellers get it.
    pub const fn is_for_sellers(self) -> bool {
        matches!(self, Self::NewOrder | Self::SaleRefunded)
    }

    /// Is it mailed to who has not chosen? `None`: never by this way; a payment has its receipt, which cannot be turned off.
    pub const fn mailed(self) -> Option<bool> {
        match self {
            Self::NewOrder | Self::SaleRefunded | Self::Shipped | Self::Refunded | Self::Message => Some(true),
            Self::Delivered | Self::Announcement => Some(false),
            Self::Paid => None,
        }
    }

    /// How long its mail waits for the notice to be read first.
    pub const fn mail_after_ms(self) -> i64 {
        match self {
            Self::Message => 10 * 60_000,
            _ => 0,
        }
    }

    /// How soon a phone has to wake up for it.
    pub const fn urgency(self) -> Urgency {
        match self {
            Self::Message | Self::NewOrder | Self::SaleRefunded => Urgency::High,
            Self::Paid | Self::Shipped | Self::Delivered | Self::Refunded | Self::Announcement => Urgency::Normal,
        }
    }

    /// How long a push is worth delivering to a device that is off.
    pub const fn ttl_ms(self) -> i64 {
        const DAY: i64 = 24 * 3_600_000;
        match self {
            Self::Message => DAY,
            _ => 3 * DAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_stored_as_their_notices_are() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        let notice = Notice::Shipped {
            order_id: 7,
            store: "Rebozos".into(),
        };
        assert_eq!(serde_json::to_value(&notice).unwrap()["kind"], notice.kind().as_str());
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let notice = Notice::Message {
            conversation_id: 1,
            from: "Ana".into(),
            text: "ñ".repeat(1_000),
        };
        let Notice::Message { text, .. } = notice.kept().into_owned() else {
            panic!("still a message");
        };
        assert_eq!(text.chars().count(), PREVIEW);
        assert!(text.ends_with('…'));
    }
}
