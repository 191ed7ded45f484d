//! Money as integer centavos; arithmetic that refuses to overflow or to mix currencies.

use std::fmt;

use serde::{Deserialize, Serialize};

/// ISO 4217 code of the currencies the marketplace trades in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// Mexican peso: two decimals.
    #[serde(rename = "MXN")]
    Mxn,
}

impl Currency {
    /// Upper-case ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mxn => "MXN",
        }
    }

    /// Lower-case code, as Stripe's API writes it.
    pub fn stripe_code(self) -> &'static str {
        match self {
            Self::Mxn => "mxn",
        }
    }
}

/// Why an amount could not be computed or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit 64-bit centavos.
    #[error("the amount is too large")]
    Overflow,
    /// More than two decimals, not a number, or not finite.
    #[error("not an amount of pesos with at most two decimals")]
    NotAnAmount,
}

/// An amount of money: integer minor units (centavos) of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    cents: i64,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { cents: 0 };

    /// From integer centavos.
    pub const fn from_cents(cents: i64) -> Self {
        Self { cents }
    }

    /// From decimal pesos as JSON carries them; refuses anything finer than a centavo.
    pub fn from_pesos(pesos: f64) -> Result<Self, MoneyError> {
        let cents = (pesos * 100.0).round();
        // 2^53 centavos is the last integer a double holds exactly.
        if !pesos.is_finite() || (pesos * 100.0 - cents).abs() > 1e-4 || cents.abs() > 9.0e15 {
            return Err(MoneyError::NotAnAmount);
        }
        Ok(Self { cents: cents as i64 })
    }

    /// Integer centavos.
    pub const fn cents(self) -> i64 {
        self.cents
    }

    /// Decimal pesos for JSON (`349.5`). Exact for every amount below 90 trillion pesos; never computed with.
    pub fn pesos(self) -> f64 {
        self.cents as f64 / 100.0
    }

    /// The currency. Pesos are the only one so far; the type is the place for a second.
    pub const fn currency(self) -> Currency {
        Currency::Mxn
    }

    /// Sum, or [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.cents
            .checked_add(other.cents)
            .map(Self::from_cents)
            .ok_or(MoneyError::Overflow)
    }

    /// Difference, or [`MoneyError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.cents
            .checked_sub(other.cents)
            .map(Self::from_cents)
            .ok_or(MoneyError::Overflow)
    }

    /// Unit price times quantity, or [`MoneyError::Overflow`].
    pub fn checked_mul(self, quantity: i64) -> Result<Self, MoneyError> {
        self.cents
            .checked_mul(quantity)
            .map(Self::from_cents)
            .ok_or(MoneyError::Overflow)
    }

    /// Sum of many, or [`MoneyError::Overflow`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

/// `$1,234.50`, as written in Mexico.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (self.cents.unsigned_abs() / 100).to_string();
        if self.cents < 0 {
            f.write_str("-")?;
        }
        f.write_str("$")?;
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", self.cents.unsigned_abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_in_mexico() {
        let written: Vec<String> = [0, 5, 34_950, 123_450, 1_234_567_890, -150]
            .map(|c| Money::from_cents(c).to_string())
            .into();
        assert_eq!(
            written,
            ["$0.00", "$0.05", "$349.50", "$1,234.50", "$12,345,678.90", "-$1.50"]
        );
    }

    #[test]
    fn reads_pesos_exactly_or_not_at_all() {
        assert_eq!(Money::from_pesos(349.5), Ok(Money::from_cents(34_950)));
        assert_eq!(Money::from_pesos(0.29), Ok(Money::from_cents(29)));
        assert_eq!(Money::from_pesos(1.005), Err(MoneyError::NotAnAmount));
        assert_eq!(Money::from_pesos(f64::NAN), Err(MoneyError::NotAnAmount));
        assert_eq!(Money::from_pesos(1e300), Err(MoneyError::NotAnAmount));
    }

    #[test]
    fn pesos_round_trip_for_every_price_of_a_shop() {
        for cents in (0..10_000_000).step_by(37) {
            let money = Money::from_cents(cents);
            assert_eq!(Money::from_pesos(money.pesos()), Ok(money));
        }
    }

    #[test]
    fn refuses_to_overflow() {
        assert_eq!(
            Money::from_cents(i64::MAX).checked_add(Money::from_cents(1)),
            Err(MoneyError::Overflow)
        );
        assert_eq!(Money::from_cents(i64::MAX).checked_mul(2), Err(MoneyError::Overflow));
        assert_eq!(Money::sum([1, 2, 3].map(Money::from_cents)), Ok(Money::from_cents(6)));
    }
}
