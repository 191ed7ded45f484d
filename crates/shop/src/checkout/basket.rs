//! What a checkout is about: units of variants on offer, checked against the limits and held on the shelf.

use units::Money;

use super::queries::{self, Offer};
use super::{CheckoutError, Item, Shortage};
use crate::App;
use crate::catalog::{self, ProductId, VariantId};
use crate::db::Tx;
use crate::payments::LineItem;

/// Stripe's least payment in pesos. <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
const LEAST_PAYMENT: Money = Money::from_cents(1_000);

/// Variants and how many units of each. Ordered by id, so that transactions take their row locks in the same order and never wait in
/// a circle.
pub(super) struct Basket {
    lines: Vec<(Offer, i64)>,
}

/// Refuses what no database has to be asked about.
pub(super) fn check_shape(app: &App, items: &[Item]) -> Result<(), CheckoutError> {
    let limits = &app.config().checkout;
    if items.is_empty() {
        return Err(CheckoutError::Empty);
    }
    if items.len() > limits.max_lines {
        return Err(CheckoutError::TooManyLines { max: limits.max_lines });
    }
    items.iter().try_for_each(|item| in_bounds(app, item.quantity()))
}

fn in_bounds(app: &App, quantity: i64) -> Result<(), CheckoutError> {
    let max = app.config().checkout.max_quantity;
    if (1..=max).contains(&quantity) {
        Ok(())
    } else {
        Err(CheckoutError::Quantity { max })
    }
}

impl Basket {
    /// Finds what the items name; the same variant named twice is one line.
    pub(super) async fn read(app: &App, tx: &Tx, items: &[Item]) -> Result<Self, CheckoutError> {
        let mut lines: Vec<(Offer, i64)> = queries::offers(tx, items)
            .await?
            .into_iter()
            .map(|offer| (offer, 0))
            .collect();
        for item in items {
            let variant = meant(tx, &lines, item).await?;
            let line = lines.iter_mut().find(|(offer, _)| Some(offer.id()) == variant);
            let (_, units) = line.ok_or_else(|| item.unknown())?;
            *units += item.quantity();
            in_bounds(app, *units)?;
        }
        Ok(Self { lines })
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &(Offer, i64)> {
        self.lines.iter()
    }

    /// Holds every line or none: on a shortage the transaction is to be dropped.
    pub(super) async fn hold(&self, tx: &Tx) -> Result<(), CheckoutError> {
        let mut shortages = Vec::new();
        for (offer, units) in &self.lines {
            if !queries::hold(tx, offer.id(), *units).await? {
                shortages.push(Shortage {
                    product_id: ProductId(offer.product_id),
                    variant_id: offer.id(),
                    name: offer.full_name(),
                    requested: *units,
                    available: offer.available,
                });
            }
        }
        if shortages.is_empty() {
            Ok(())
        } else {
            Err(CheckoutError::OutOfStock(shortages))
        }
    }

    /// What all of it costs, at least what Stripe takes.
    pub(super) fn total(&self) -> Result<Money, CheckoutError> {
        let mut total = Money::ZERO;
        for (offer, units) in &self.lines {
            total = total.checked_add(offer.price().checked_mul(*units)?)?;
        }
        if total < LEAST_PAYMENT {
            Err(CheckoutError::TooSmall { min: LEAST_PAYMENT })
        } else {
            Ok(total)
        }
    }

    /// For the payment page.
    pub(super) fn line_items(&self) -> Vec<LineItem> {
        self.lines
            .iter()
            .map(|(offer, units)| offer.line_item(*units))
            .collect()
    }
}

/// The variant an item means. A product's is the one found for it; only when several of its variants are in the basket is it asked
/// for again.
async fn meant(tx: &Tx, lines: &[(Offer, i64)], item: &Item) -> Result<Option<VariantId>, CheckoutError> {
    let (product, quantity) = match *item {
        Item::Variant(id, _) => return Ok(Some(id)),
        Item::Product(id, quantity) => (id, quantity),
    };
    let mut of_product = lines.iter().filter(|(offer, _)| offer.product_id == product.0);
    match (of_product.next(), of_product.next()) {
        (Some((only, _)), None) => Ok(Some(only.id())),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Ok(catalog::default_variant(tx, product, quantity).await?),
    }
}

impl Item {
    const fn quantity(&self) -> i64 {
        let (Self::Product(_, quantity) | Self::Variant(_, quantity)) = self;
        *quantity
    }

    const fn unknown(&self) -> CheckoutError {
        match self {
            Self::Product(id, _) => CheckoutError::Unknown {
                what: "product",
                id: id.0,
            },
            Self::Variant(id, _) => CheckoutError::Unknown {
                what: "variant",
                id: id.0,
            },
        }
    }
}
