//! Checking what was typed, before any payment is tried.

use super::{form_values::Typed, texts::Texts};
use crate::{
    cards,
    model::{Billing, Method},
};

/// What is wrong with each field, in the page's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldErrors {
    pub(super) number: Option<&'static str>,
    pub(super) expiry: Option<&'static str>,
    pub(super) cvc: Option<&'static str>,
    pub(super) name: Option<&'static str>,
    pub(super) email: Option<&'static str>,
}

impl FieldErrors {
    pub(super) fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// The card that was typed. `email` is the session's, if it has one; `now` in Unix seconds.
pub(super) fn read(typed: &Typed, email: Option<&str>, now: i64, t: &'static Texts) -> Result<Method, FieldErrors> {
    let mut errors = FieldErrors::default();
    let number: String = typed
        .number
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    if number.is_empty() {
        errors.number = Some(t.number_missing);
    } else if !cards::is_luhn(&number) {
        errors.number = Some(t.number_invalid);
    }
    let expiry = match parse_expiry(&typed.expiry) {
        None if typed.expiry.is_empty() => Err(t.expiry_missing),
        None => Err(t.expiry_invalid),
        Some((month, year)) if (year, month) < crate::year_and_month(now) => Err(t.expiry_past),
        Some((_, year)) if year > crate::year_and_month(now).0 + 50 => Err(t.expiry_invalid),
        Some(expiry) => Ok(expiry),
    };
    errors.expiry = expiry.err();
    let digits = typed.cvc.bytes().all(|byte| byte.is_ascii_digit());
    if typed.cvc.is_empty() {
        errors.cvc = Some(t.cvc_missing);
    } else if !digits || typed.cvc.len() != cards::cvc_length(&number) {
        errors.cvc = Some(t.cvc_invalid);
    }
    if typed.name.is_empty() {
        errors.name = Some(t.name_missing);
    }
    if email.is_none() && !typed.email.is_empty() && !crate::api::is_email(&typed.email) {
        errors.email = Some(t.email_invalid);
    }
    match expiry {
        Ok((month, year)) if !errors.any() => Ok(Method::card(&number, month, year, billing(typed, email), now)),
        _ => Err(errors),
    }
}

/// Who pays, as typed.
pub(super) fn billing(typed: &Typed, email: Option<&str>) -> Billing {
    let some = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
    Billing {
        name: some(&typed.name),
        email: email.map(Into::into).or_else(|| some(&typed.email)),
        phone: None,
        address: None,
    }
}

/// `12/34`, `12 / 34`, `1234`, `12/2034`, `1/34`: month and year.
fn parse_expiry(text: &str) -> Option<(u8, u16)> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (month, year) = match compact.split_once(['/', '-']) {
        Some(parts) => parts,
        None if matches!(compact.len(), 4 | 6) && compact.is_ascii() => compact.split_at(2),
        None => return None,
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(month.len(), 1 | 2) || !matches!(year.len(), 2 | 4) || !digits(month) || !digits(year) {
        return None;
    }
    let full: u16 = year.parse().ok()?;
    let month: u8 = month.parse().ok()?;
    (1..=12)
        .contains(&month)
        .then_some((month, if year.len() == 2 { 2_000 + full } else { full }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Language, texts};

    /// 15 June 2026.
    const NOW: i64 = 1_781_481_600;

    fn typed(number: &str, expiry: &str, cvc: &str, name: &str) -> Typed {
        let text = |text: &str| text.to_owned();
        Typed {
            number: text(number),
            expiry: text(expiry),
            cvc: text(cvc),
            name: text(name),
            email: String::new(),
        }
    }

    fn errors(typed: &Typed) -> FieldErrors {
        read(typed, None, NOW, texts::of(Language::Spanish))
            .err()
            .unwrap_or_default()
    }

    #[test]
    fn the_usual_ways_to_write_a_card_are_taken() {
        for expiry in ["12/34", "12 / 34", "1234", "12/2034", "122034", "06/26", "6/26"] {
            assert!(
                !errors(&typed("4242 4242-4242 4242", expiry, "123", "Ana")).any(),
                "{expiry}"
            );
        }
        assert!(!errors(&typed("378282246310005", "12/34", "1234", "Ana")).any());
    }

    #[test]
    fn each_mistake_is_told_at_its_field() {
        let t = texts::of(Language::Spanish);
        let wrong = errors(&typed("4242424242424241", "05/26", "12", ""));
        assert_eq!(wrong.number, Some(t.number_invalid));
        assert_eq!(wrong.expiry, Some(t.expiry_past));
        assert_eq!(wrong.cvc, Some(t.cvc_invalid));
        assert_eq!(wrong.name, Some(t.name_missing));
        for expiry in ["13/34", "00/34", "12/3", "abcd", "12/34/56", "1/1/34"] {
            assert_eq!(
                errors(&typed("4242424242424242", expiry, "123", "Ana")).expiry,
                Some(t.expiry_invalid),
                "{expiry}"
            );
        }
        assert_eq!(
            errors(&typed("378282246310005", "12/34", "123", "Ana")).cvc,
            Some(t.cvc_invalid)
        );
        assert_eq!(errors(&typed("", "", "", "Ana")).number, Some(t.number_missing));
    }
}
