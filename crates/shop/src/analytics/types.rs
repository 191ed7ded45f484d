//! What a report shows.

use time::Date;
use units::Money;

use super::Range;
use crate::catalog::{ProductId, StoreId};

/// Whose sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One store's.
    Store(StoreId),
    /// Every store's: for admins.
    All,
}

/// Sales and what they brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Orders paid and not paid back.
    pub sales: i64,
    /// Sum of those orders, the platform's part included.
    pub revenue: Money,
}

impl Totals {
    /// Both together. A sum beyond 64 bits of centavos stays at the most there is: nobody sells that much.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            sales: self.sales.saturating_add(other.sales),
            revenue: self
                .revenue
                .checked_add(other.revenue)
                .unwrap_or(Money::from_cents(i64::MAX)),
        }
    }

    /// What a sale brought on average; nothing without sales.
    pub fn average(self) -> Money {
        match self.sales {
            0 => Money::ZERO,
            sales => Money::from_cents(self.revenue.cents() / sales),
        }
    }
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySales {
    /// In central Mexico.
    pub date: Date,
    /// What was sold on it.
    pub totals: Totals,
}

/// One hour of the day, over all days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourSales {
    /// 0 to 23, in central Mexico.
    pub hour: u8,
    /// What was sold in it.
    pub totals: Totals,
}

/// One product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductSales {
    /// Which.
    pub id: ProductId,
    /// Its name now.
    pub name: String,
    /// Pieces.
    pub units: i64,
    /// What they brought.
    pub revenue: Money,
}

/// A range of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub range: Range,
    /// All of it.
    pub totals: Totals,
    /// The range before.
    pub before: Range,
    /// All of the range before.
    pub previous: Totals,
    /// Every day in order, those without sales too.
    pub by_day: Vec<DaySales>,
    /// All 24.
    pub by_hour: Vec<HourSales>,
    /// Those that brought most, best first.
    pub products: Vec<ProductSales>,
}
