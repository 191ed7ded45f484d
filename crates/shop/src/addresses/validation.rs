//! What a parcel needs to arrive.

use super::{Address, Part};

/// One part that breaks one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub part: Part,
    /// What it breaks.
    pub rule: Rule,
}

/// The rules of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Something must be there.
    Required,
    /// Longer than [`Part::most`].
    TooLong,
    /// Control characters have no place on a label.
    Characters,
    /// Not a telephone number of at least ten digits.
    Phone,
    /// Not five digits.
    PostalCode,
}

impl Rule {
    /// Stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong => "too_long",
            Self::Characters => "characters",
            Self::Phone => "phone",
            Self::PostalCode => "postal_code",
        }
    }
}

impl Address {
    /// The address as it is kept, white space put in order, or every part that is wrong.
    pub fn checked(&self) -> Result<Self, Vec<Broken>> {
        let tidy = self.tidy();
        let broken = |part: Part| rule(part, part.of(&tidy)).map(|rule| Broken { part, rule });
        let broken: Vec<Broken> = Part::ALL.into_iter().filter_map(broken).collect();
        if broken.is_empty() { Ok(tidy) } else { Err(broken) }
    }

    /// Nothing before, nothing behind, single spaces between: what looks the same on a label is the same.
    fn tidy(&self) -> Self {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            recipient: tidy(&self.recipient),
            phone: tidy(&self.phone),
            street: tidy(&self.street),
            neighborhood: tidy(&self.neighborhood),
            city: tidy(&self.city),
            state: tidy(&self.state),
            postal_code: tidy(&self.postal_code),
            notes: tidy(&self.notes),
        }
    }
}

fn rule(part: Part, text: &str) -> Option<Rule> {
    let digits = || text.chars().filter(char::is_ascii_digit).count();
    if text.is_empty() {
        return (!part.is_optional()).then_some(Rule::Required);
    }
    if text.chars().any(char::is_control) {
        return Some(Rule::Characters);
    }
    match part {
        // Of a code that is too long, too, it helps more to hear what it is.
        Part::PostalCode => (text.len() != 5 || digits() != 5).then_some(Rule::PostalCode),
        _ if text.chars().count() > part.most() => Some(Rule::TooLong),
        Part::Phone => (digits() < 10 || text.chars().any(char::is_alphabetic)).then_some(Rule::Phone),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use utoipa::PartialSchema;

    use super::*;

    fn good() -> Address {
        Address {
            recipient: "Lucía Zavala".into(),
            phone: "445 457 1021".into(),
            street: "Hidalgo 12".into(),
            neighborhood: "Centro".into(),
            city: "Moroleón".into(),
            state: "Guanajuato".into(),
            postal_code: "38800".into(),
            notes: String::new(),
        }
    }

    #[test]
    fn every_part_that_is_wrong_is_named_at_once() {
        let wrong = |address: Address| address.checked().unwrap_err();
        let all = wrong(Address::default());
        assert_eq!(all.len(), 7, "all but the notes");
        assert!(all.iter().all(|broken| broken.rule == Rule::Required));

        let typed = Address {
            recipient: "L".repeat(101),
            phone: "445 457 102".into(),
            street: "Hidalgo\u{7}12".into(),
            postal_code: "3880O".into(),
            ..good()
        };
        let named: Vec<_> = wrong(typed)
            .iter()
            .map(|broken| (broken.part.as_str(), broken.rule.code()))
            .collect();
        assert_eq!(
            named,
            [
                ("recipient", "too_long"),
                ("phone", "phone"),
                ("street", "characters"),
                ("postalCode", "postal_code"),
            ]
        );
    }

    #[test]
    fn what_looks_the_same_on_a_label_is_the_same() {
        let typed = Address {
            recipient: "  Lucía\t Zavala ".into(),
            notes: " \n ".into(),
            ..good()
        };
        assert_eq!(typed.checked(), Ok(good()));
    }

    #[test]
    fn the_document_says_what_is_enforced() {
        let schema = serde_json::to_value(Address::schema()).unwrap();
        let required = schema["required"].as_array().unwrap();
        for part in Part::ALL {
            let said = &schema["properties"][part.as_str()];
            assert_eq!(
                required.contains(&part.as_str().into()),
                !part.is_optional(),
                "{part:?}"
            );
            match part {
                Part::PostalCode => assert_eq!(said["pattern"], "^[0-9]{5}$"),
                _ => assert_eq!(said["maxLength"], part.most(), "{part:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_refused_or_fits_the_columns_and_is_settled(text in "\\PC{0,300}|[ -~]{0,30}", at in 0usize..8) {
            let mut json = serde_json::to_value(good()).unwrap();
            json[Part::ALL[at].as_str()] = text.into();
            let address: Address = serde_json::from_value(json).unwrap();
            match address.checked() {
                Ok(kept) => {
                    prop_assert_eq!(kept.checked(), Ok(kept.clone()));
                    prop_assert!(Part::ALL.iter().all(|part| part.of(&kept).chars().count() <= part.most()));
                }
                Err(broken) => prop_assert!(broken.len() == 1 && broken[0].part == Part::ALL[at]),
            }
        }
    }
}
