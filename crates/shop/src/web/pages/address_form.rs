//! The form of an address: in the address book and at the checkout.

use super::field::Field;
use crate::addresses::{Address, Broken, Part};
use crate::texts::Texts;

/// One input for each part, with what is wrong with it.
pub(super) fn fields(t: &'static Texts, address: &Address, broken: &[Broken]) -> Vec<Field> {
    let field = |part: Part| {
        let wrong = broken.iter().find(|broken| broken.part == part);
        let field = input(t, part)
            .most(part.most())
            .holding(part.of(address))
            .wrong(wrong.map(|broken| t.addresses.wrong(broken.rule).to_owned()));
        if part.is_optional() { field.optional() } else { field }
    };
    Part::ALL.into_iter().map(field).collect()
}

fn input(t: &'static Texts, part: Part) -> Field {
    let t = &t.addresses;
    let (kind, label, autocomplete) = match part {
        Part::Recipient => ("text", t.recipient, "shipping name"),
        Part::Phone => ("tel", t.phone, "shipping tel-national"),
        Part::Street => ("text", t.street, "shipping address-line1"),
        Part::Neighborhood => ("text", t.neighborhood, "shipping address-line2"),
        Part::City => ("text", t.city, "shipping address-level2"),
        Part::State => ("text", t.state, "shipping address-level1"),
        Part::PostalCode => ("text", t.postal_code, "shipping postal-code"),
        Part::Notes => ("text", t.notes, "off"),
    };
    Field::new(part.as_str(), kind, label, autocomplete)
}
