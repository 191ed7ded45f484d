//! Shares as integers: hundredths of a percent.

use serde::{Deserialize, Serialize};

use crate::{Money, MoneyError};

/// Hundredths of a percent: 10,000 is the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct BasisPoints(u32);

/// A share above 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} basis points is more than 100 %")]
pub struct PercentError(pub u32);

impl BasisPoints {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From hundredths of a percent, at most 10,000.
    pub const fn new(points: u32) -> Result<Self, PercentError> {
        if points > 10_000 {
            Err(PercentError(points))
        } else {
            Ok(Self(points))
        }
    }

    /// Hundredths of a percent.
    pub const fn points(self) -> u32 {
        self.0
    }

    /// That share of an amount, rounded half up to the centavo.
    pub fn of(self, amount: Money) -> Result<Money, MoneyError> {
        let product = i128::from(amount.cents()) * i128::from(self.0);
        i64::try_from((product + 5_000).div_euclid(10_000))
            .map(Money::from_cents)
            .map_err(|_| MoneyError::Overflow)
    }
}

impl TryFrom<u32> for BasisPoints {
    type Error = PercentError;
    fn try_from(points: u32) -> Result<Self, Self::Error> {
        Self::new(points)
    }
}

impl From<BasisPoints> for u32 {
    fn from(share: BasisPoints) -> Self {
        share.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commission_is_rounded_to_the_centavo() {
        let eight_percent = BasisPoints::new(800).unwrap();
        assert_eq!(
            eight_percent.of(Money::from_cents(34_950)),
            Ok(Money::from_cents(2_796))
        );
        assert_eq!(eight_percent.of(Money::from_cents(6)), Ok(Money::from_cents(0)));
        assert_eq!(eight_percent.of(Money::from_cents(7)), Ok(Money::from_cents(1)));
        assert_eq!(BasisPoints::new(10_001), Err(PercentError(10_001)));
    }
}
