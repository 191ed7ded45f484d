//! What was typed on the page.

use crate::form::{self, Node};

/// The form's fields, trimmed; a missing one is empty.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) number: String,
    pub(super) expiry: String,
    pub(super) cvc: String,
    pub(super) name: String,
    pub(super) email: String,
}

impl Typed {
    /// `None` when the body is not a form.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let entries = form::decode(body).ok()?;
        let field = |name: &str| match entries.iter().find(|(key, _)| key == name) {
            Some((_, Node::Text(text))) => text.trim().chars().take(300).collect(),
            _ => String::new(),
        };
        Some(Self {
            number: field("cardNumber"),
            expiry: field("cardExpiry"),
            cvc: field("cardCvc"),
            name: field("billingName"),
            email: field("email"),
        })
    }
}
