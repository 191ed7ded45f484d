//! What an order shows.

use units::Money;

use super::OrderStatus;
use crate::catalog::{ProductId, StoreSummary, VariantId};

units::id! {
    /// What one store ships of a purchase.
    OrderId,
    /// One checkout over one or more stores: one payment.
    PurchaseId,
}

/// Who looks. Every read and change of an order is decided by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Signed-in user.
    pub user_id: i64,
    /// The store they sell for.
    pub store_id: Option<i64>,
    /// May see and refund everything.
    pub admin: bool,
}

impl Viewer {
    /// Is the order theirs, as a buyer, a seller or an admin?
    pub fn may_see(&self, buyer_id: i64, store_id: i64) -> bool {
        self.user_id == buyer_id || self.sells_for(store_id)
    }

    /// May they act as the store?
    pub fn sells_for(&self, store_id: i64) -> bool {
        self.admin || self.store_id == Some(store_id)
    }

    /// How the history names them.
    pub fn word(&self) -> &'static str {
        match self {
            Self { admin: true, .. } => "admin",
            Self { store_id: Some(_), .. } => "seller",
            _ => "buyer",
        }
    }
}

/// An order as its page shows it.
#[derive(Clone, Debug)]
pub struct Order {
    /// Order.
    pub id: OrderId,
    /// The payment it belongs to.
    pub purchase_id: PurchaseId,
    /// Who bought.
    pub buyer_id: i64,
    /// Who sells.
    pub store: StoreSummary,
    /// Where it stands.
    pub status: OrderStatus,
    /// Sum of the lines.
    pub total: Money,
    /// The platform's part of it.
    pub commission: Money,
    /// Carrier, once shipped.
    pub carrier: Option<String>,
    /// Tracking number, once shipped.
    pub tracking_number: Option<String>,
    /// Hosted payment page, while waiting for payment.
    pub payment_url: Option<String>,
    /// Delivery address as JSON, as given at checkout.
    pub shipping_address: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What happened, oldest first.
    pub history: Vec<OrderChange>,
}

/// Some units of one variant, as they were when bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Product.
    pub product_id: ProductId,
    /// Variant.
    pub variant_id: VariantId,
    /// Name then.
    pub name: String,
    /// Size then.
    pub size: String,
    /// Colour then.
    pub color: String,
    /// File of the product's picture now, or empty.
    pub image: String,
    /// Is the product on sale now, with a page of its own?
    pub on_sale: bool,
    /// Price then.
    pub unit_price: Money,
    /// Units.
    pub quantity: i64,
    /// `unit_price` times `quantity`.
    pub total: Money,
}

/// One line of an order's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderChange {
    /// The status entered.
    pub to: OrderStatus,
    /// `checkout`, `stripe`, `auto_dispatch`, `seller`, `buyer`, `admin`, `expired`, …
    pub cause: String,
    /// Unix milliseconds.
    pub at: i64,
}

/// One page of orders.
#[derive(Clone, Debug)]
pub struct OrderList {
    /// Latest first.
    pub orders: Vec<Order>,
    /// Ask for those before this one, when there are more.
    pub next: Option<OrderId>,
}

/// Who carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipment {
    /// Carrier's name.
    pub carrier: Option<String>,
    /// Its number for the parcel.
    pub tracking_number: Option<String>,
}
