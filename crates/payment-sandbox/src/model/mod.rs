//! The sandbox's objects: how they are held and journaled, and Stripe's JSON shape of each.

mod charge;
mod document;
mod event;
mod intent;
mod line;
mod metadata;
mod method;
mod name;
mod refund;
mod session;
mod trace;
mod writer;

pub(crate) use charge::{Charge, Failure};
pub(crate) use document::{Document, Kind};
pub(crate) use event::{Event, Snapshot};
pub(crate) use intent::{Capture, Intent, Status as IntentStatus};
pub(crate) use line::{Line, Priced, Product, line_items, price as line_price, product as line_product};
pub(crate) use metadata::Metadata;
pub(crate) use method::{Billing, Method};
pub(crate) use name::{Name, SharedProduct, forget_unused_names};
pub(crate) use refund::Refund;
pub(crate) use session::{IntentData, Payer, Session, SessionStatus};
pub(crate) use trace::Trace;

/// Anything the sandbox holds by id.
pub(crate) trait Object {
    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

/// What rendering depends on besides the object: where browsers reach us, and the API version the client asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) base: &'a str,
    pub(crate) version: &'a str,
}

macro_rules! object {
    ($($type:ty),*) => {$(
        impl Object for $type {
            fn id(&self) -> &str {
                &self.id
            }

            fn created(&self) -> i64 {
                self.created
            }
        }
    )*};
}
object!(Session, Intent, Charge, Refund, Method, Event, Document);
