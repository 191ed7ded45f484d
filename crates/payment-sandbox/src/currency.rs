//! Currencies: how many decimals, and the least a charge may be (Stripe's table of minimum amounts).

use crate::error::ApiError;

/// The largest amount of a charge, in the smallest unit: eight digits.
pub(crate) const MAX_AMOUNT: i64 = 99_999_999;

/// A currency that the sandbox takes.
#[derive(Debug)]
pub(crate) struct Currency {
    pub(crate) code: &'static str,
    symbol: &'static str,
    decimals: usize,
    /// The least a charge may be, in the smallest unit.
    pub(crate) minimum: i64,
}

const fn of(code: &'static str, symbol: &'static str, decimals: usize, minimum: i64) -> Currency {
    Currency {
        code,
        symbol,
        decimals,
        minimum,
    }
}

const CURRENCIES: &[Currency] = &[
    of("mxn", "$", 2, 1_000),
    of("usd", "$", 2, 50),
    of("aed", "", 2, 200),
    of("ars", "$", 2, 50),
    of("aud", "$", 2, 50),
    of("bgn", "", 2, 100),
    of("brl", "R$", 2, 50),
    of("cad", "$", 2, 50),
    of("chf", "", 2, 50),
    of("clp", "$", 0, 500),
    of("cny", "¥", 2, 400),
    of("cop", "$", 2, 200_000),
    of("crc", "₡", 2, 30_000),
    of("czk", "", 2, 1_500),
    of("dkk", "", 2, 250),
    of("eur", "€", 2, 50),
    of("gbp", "£", 2, 30),
    of("gtq", "Q", 2, 500),
    of("hkd", "$", 2, 400),
    of("huf", "", 2, 17_500),
    of("idr", "Rp", 2, 1_000_000),
    of("ils", "₪", 2, 200),
    of("inr", "₹", 2, 50),
    of("jpy", "¥", 0, 50),
    of("krw", "₩", 0, 700),
    of("myr", "RM", 2, 200),
    of("nok", "", 2, 300),
    of("nzd", "$", 2, 50),
    of("pen", "S/", 2, 200),
    of("php", "₱", 2, 3_000),
    of("pln", "", 2, 200),
    of("ron", "", 2, 200),
    of("sek", "", 2, 300),
    of("sgd", "$", 2, 50),
    of("thb", "฿", 2, 1_000),
    of("twd", "NT$", 2, 1_500),
    of("uyu", "$", 2, 2_000),
];

impl Currency {
    /// The amount as people write it: `$1,349.50`.
    pub(crate) fn format(&self, amount: i64) -> String {
        let scale = 10_i64.pow(u32::try_from(self.decimals).unwrap_or(0));
        let (whole, rest) = ((amount / scale).abs().to_string(), (amount % scale).abs());
        let mut grouped = String::with_capacity(whole.len() + whole.len() / 3 + 8);
        grouped.push_str(if amount < 0 { "-" } else { "" });
        grouped.push_str(self.symbol);
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if self.decimals > 0 {
            grouped.push_str(&format!(".{rest:0width$}", width = self.decimals));
        }
        grouped
    }
}

/// The currency of a three-letter code in either case.
pub(crate) fn find(code: &str) -> Option<&'static Currency> {
    CURRENCIES
        .iter()
        .find(|currency| currency.code.eq_ignore_ascii_case(code))
}

/// The currency of a request's parameter, or Stripe's complaint.
pub(crate) fn parse(code: &str, param: &str) -> Result<&'static Currency, ApiError> {
    find(code).ok_or_else(|| {
        let known: Vec<&str> = CURRENCIES.iter().map(|currency| currency.code).collect();
        ApiError::invalid(format!(
            "Invalid currency: {code}. Stripe currently supports these currencies: {}",
            known.join(", ")
        ))
        .with_param(param)
    })
}

/// `amount` in the currency of `code`, with the code when there is no symbol.
pub(crate) fn format(amount: i64, code: &str) -> String {
    find(code).map_or_else(|| format!("{amount} {code}"), |currency| currency.format(amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(format(134_950, "mxn"), "$1,349.50");
        assert_eq!(format(99_999_999, "MXN"), "$999,999.99");
        assert_eq!(format(5, "usd"), "$0.05");
        assert_eq!(format(1_500, "jpy"), "¥1,500");
        assert_eq!(format(-1_000, "mxn"), "-$10.00");
    }

    #[test]
    fn an_unknown_currency_is_refused_by_name() {
        let error = parse("zzz", "currency").expect_err("no such currency");
        assert_eq!(error.body()["error"]["param"], "currency");
    }
}
