//! The lines of a checkout session, and their `item` shape.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Metadata, Session, SharedProduct};
use crate::ids;

/// One line: what, how many, at how much a piece (smallest unit).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) unit_amount: i64,
    pub(crate) quantity: i64,
    pub(crate) priced: Priced,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
}

/// Where the price came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Priced {
    /// A price made before, as it was when the session was created, and its product's name.
    Catalogue(Box<(Box<str>, Value)>),
    /// `price_data` on a product made before: its name and id.
    OfProduct(Box<(Box<str>, Box<str>)>),
    /// `price_data` with its own `product_data`.
    Inline(SharedProduct),
}

/// `product_data`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Product {
    pub(crate) name: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) images: Vec<Box<str>>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
}

impl Line {
    pub(crate) fn amount(&self) -> i64 {
        self.unit_amount.saturating_mul(self.quantity)
    }

    pub(crate) fn name(&self) -> &str {
        match &self.priced {
            Priced::Catalogue(price) => &price.0,
            Priced::OfProduct(product) => &product.0,
            Priced::Inline(product) => &product.name,
        }
    }

    /// The first picture, if the line has one.
    pub(crate) fn image(&self) -> Option<&str> {
        self.inline()
            .and_then(|product| product.images.first())
            .map(|url| &**url)
    }

    pub(crate) fn description(&self) -> Option<&str> {
        self.inline().and_then(|product| product.description.as_deref())
    }

    fn inline(&self) -> Option<&Product> {
        match &self.priced {
            Priced::Inline(product) => Some(product),
            Priced::Catalogue(_) | Priced::OfProduct(_) => None,
        }
    }
}

/// The price of a session's line, as `line_items.data[].price`.
pub(crate) fn price(session: &Session, at: usize, line: &Line) -> Value {
    let product = match &line.priced {
        Priced::Catalogue(price) => return price.1.clone(),
        Priced::OfProduct(product) => product.1.to_string(),
        Priced::Inline(_) => ids::of_line("prod_", &session.id, at),
    };
    json!({
        "id": ids::of_line("price_", &session.id, at),
        "object": "price",
        "active": false,
        "billing_scheme": "per_unit",
        "created": session.created,
        "currency": &*session.currency,
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": product,
        "recurring": null,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "one_time",
        "unit_amount": line.unit_amount,
        "unit_amount_decimal": line.unit_amount.to_string(),
    })
}

/// The product of a session's inline line: what expanding `price.product` shows. `None` for lines of other products.
pub(crate) fn product(session: &Session, at: usize, line: &Line) -> Option<Value> {
    let product = line.inline()?;
    Some(json!({
        "id": ids::of_line("prod_", &session.id, at),
        "object": "product",
        "active": false,
        "attributes": [],
        "created": session.created,
        "default_price": null,
        "description": product.description.as_deref(),
        "images": product.images,
        "livemode": false,
        "marketing_features": [],
        "metadata": product.metadata.to_json(),
        "name": &*product.name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "type": "service",
        "unit_label": null,
        "updated": session.created,
        "url": null,
    }))
}

/// Every line of a session as Stripe's `item` objects.
pub(crate) fn line_items(session: &Session) -> Vec<Value> {
    let item = |(at, line): (usize, &Line)| {
        json!({
            "id": ids::of_line("li_", &session.id, at),
            "object": "item",
            "adjustable_quantity": null,
            "amount_discount": 0,
            "amount_subtotal": line.amount(),
            "amount_tax": 0,
            "amount_total": line.amount(),
            "currency": &*session.currency,
            "description": line.name(),
            "metadata": line.metadata.to_json(),
            "price": price(session, at, line),
            "quantity": line.quantity,
        })
    };
    session.lines.iter().enumerate().map(item).collect()
}
