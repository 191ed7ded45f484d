//! A notice in words.

use units::Money;

use super::{Notice, Notification};
use crate::texts::{Lang, fill};

impl Notice {
    /// One line.
    pub fn title(&self, lang: Lang) -> String {
        let t = &lang.texts().notifications;
        match self {
            Self::NewOrder { order_id, .. } => fill(t.new_order, "n", order_id),
            Self::SaleRefunded { order_id, .. } => fill(t.sale_refunded, "n", order_id),
            Self::Paid { .. } => t.paid.into(),
            Self::Shipped { order_id, .. } => fill(t.shipped, "n", order_id),
            Self::Delivered { order_id, .. } => fill(t.delivered, "n", order_id),
            Self::Refunded { order_id, .. } => fill(t.refunded, "n", order_id),
            Self::Message { from, .. } => fill(t.message, "name", from),
            Self::Announcement { title, .. } => title.clone(),
        }
    }

    /// A sentence or two.
    pub fn body(&self, lang: Lang) -> String {
        let t = &lang.texts().notifications;
        let money = |text, cents: &i64| fill(text, "total", Money::from_cents(*cents));
        match self {
            Self::NewOrder { total_cents, .. } => money(t.new_order_text, total_cents),
            Self::SaleRefunded { total_cents, .. } => money(t.sale_refunded_text, total_cents),
            Self::Paid { total_cents, .. } => money(t.paid_text, total_cents),
            Self::Shipped { store, .. } => fill(t.shipped_text, "store", store),
            Self::Delivered { store, .. } => fill(t.delivered_text, "store", store),
            Self::Refunded { total_cents, .. } => money(t.refunded_text, total_cents),
            Self::Message { text, .. } => text.clone(),
            Self::Announcement { body, .. } => body.clone(),
        }
    }
}

impl Notification {
    /// The title, with the number when there are several on the topic: "Ana (3)".
    pub fn title(&self, lang: Lang) -> String {
        match self.amount {
            ..=1 => self.notice.title(lang),
            amount => format!("{} ({amount})", self.notice.title(lang)),
        }
    }
}
