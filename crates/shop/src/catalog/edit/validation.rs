//! What products and stores must be. Every field is checked, so that a form shows all that is wrong at once.

use std::borrow::Cow;
use std::collections::HashSet;

use units::Money;

use super::super::CATEGORIES;
use super::{EditRule, ImageDraft, ProductDraft, ProductStatus, StockChange, StoreDraft, VariantDraft, Wrong};

/// Most sizes times colours of a product.
pub const MOST_VARIANTS: usize = 100;
/// Most pictures of a product.
pub const MOST_IMAGES: usize = 12;
/// Most units of a variant on the shelf.
pub const MOST_STOCK: i64 = 1_000_000;

const NAME: usize = 120;
const DESCRIPTION: usize = 4_000;
const OPTION: usize = 40;
const SKU: usize = 60;
const ALT: usize = 200;
const LEAST_PRICE: i64 = 100;
const MOST_PRICE: i64 = 100_000_000;

#[derive(Default)]
struct Check(Vec<Wrong>);

impl Check {
    fn wrong(&mut self, field: impl Into<Cow<'static, str>>, rule: EditRule) {
        self.0.push(Wrong {
            field: field.into(),
            rule,
        });
    }

    /// A line of text: trimmed, single spaces.
    fn line(&mut self, field: impl Into<Cow<'static, str>>, text: &str, most: usize, required: bool) -> String {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.text(field, text, most, required)
    }

    /// Some lines of text: trimmed, ends of lines as one character.
    fn lines(&mut self, field: impl Into<Cow<'static, str>>, text: &str, most: usize, required: bool) -> String {
        let text = text.replace("\r\n", "\n").trim().to_owned();
        self.text(field, text, most, required)
    }

    fn text(&mut self, field: impl Into<Cow<'static, str>>, text: String, most: usize, required: bool) -> String {
        let rule = if text.is_empty() {
            required.then_some(EditRule::Required)
        } else if text.chars().count() > most {
            Some(EditRule::TooLong(most))
        } else {
            text.chars()
                .any(|c| c.is_control() && c != '\n')
                .then_some(EditRule::Characters)
        };
        if let Some(rule) = rule {
            self.wrong(field, rule);
        }
        text
    }

    fn done<T>(self, value: T) -> Result<T, Vec<Wrong>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

/// The draft, tidied; its price is there.
pub(super) fn product(draft: &ProductDraft) -> Result<(ProductDraft, Money), Vec<Wrong>> {
    let mut check = Check::default();
    let name = check.line("name", &draft.name, NAME, true);
    let description = check.lines("description", &draft.description, DESCRIPTION, true);
    if !CATEGORIES.iter().any(|(key, _, _)| *key == draft.category) {
        check.wrong("category", EditRule::Category);
    }
    match draft.price {
        None => check.wrong("price", EditRule::Required),
        Some(price) if !sellable(price) => check.wrong("price", EditRule::Price),
        Some(_) => {}
    }
    if draft.status == ProductStatus::Deleted {
        check.wrong("status", EditRule::Status);
    }
    let variants = variants(&mut check, &draft.variants);
    let images = images(&mut check, &draft.images, &name);
    check.done((
        ProductDraft {
            name,
            description,
            category: draft.category.clone(),
            price: draft.price,
            status: draft.status,
            variants,
            images,
        },
        draft.price.unwrap_or_default(),
    ))
}

fn variants(check: &mut Check, drafts: &[VariantDraft]) -> Vec<VariantDraft> {
    match drafts.len() {
        0 => check.wrong("variants", EditRule::None),
        n if n > MOST_VARIANTS => check.wrong("variants", EditRule::TooMany(MOST_VARIANTS)),
        _ => {}
    }
    let mut seen = HashSet::new();
    let tidy = |(n, draft): (usize, &VariantDraft)| {
        let field = |name: &str| format!("variants[{n}].{name}");
        let size = check.line(field("size"), &draft.size, OPTION, false);
        let color = check.line(field("color"), &draft.color, OPTION, false);
        if !seen.insert((size.clone(), color.clone())) {
            check.wrong(field("size"), EditRule::Repeated);
        }
        if draft.price.is_some_and(|price| !sellable(price)) {
            check.wrong(field("price"), EditRule::Price);
        }
        let within = match draft.stock {
            StockChange::Set(stock) => (0..=MOST_STOCK).contains(&stock),
            StockChange::Adjust(by) => (-MOST_STOCK..=MOST_STOCK).contains(&by),
        };
        if !within {
            check.wrong(field("stock"), EditRule::Stock(MOST_STOCK));
        }
        VariantDraft {
            sku: check.line(field("sku"), &draft.sku, SKU, false),
            price: draft.price,
            stock: draft.stock,
            size,
            color,
        }
    };
    drafts.iter().take(MOST_VARIANTS).enumerate().map(tidy).collect()
}

fn images(check: &mut Check, drafts: &[ImageDraft], name: &str) -> Vec<ImageDraft> {
    if drafts.len() > MOST_IMAGES {
        check.wrong("images", EditRule::TooMany(MOST_IMAGES));
    }
    let mut seen = HashSet::new();
    let tidy = |(n, draft): (usize, &ImageDraft)| {
        // The same picture twice is once.
        if !seen.insert(draft.file.clone()) {
            return None;
        }
        let alt = check.line(format!("images[{n}].alt"), &draft.alt, ALT, false);
        Some(ImageDraft {
            file: draft.file.clone(),
            alt: if alt.is_empty() { name.to_owned() } else { alt },
        })
    };
    drafts.iter().take(MOST_IMAGES).enumerate().filter_map(tidy).collect()
}

/// The draft, tidied.
pub(super) fn store(draft: &StoreDraft) -> Result<StoreDraft, Vec<Wrong>> {
    let mut check = Check::default();
    let name = check.line("name", &draft.name, 80, true);
    let description = check.lines("description", &draft.description, 1_000, true);
    let city = check.line("city", &draft.city, 60, true);
    let address = check.line("address", &draft.address, 160, false);
    let phone = check.line("phone", &draft.phone, 30, false);
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let only_digits = phone.chars().all(|c| c.is_ascii_digit() || " -()+".contains(c));
    if !(phone.is_empty() || digits == 10 && only_digits) {
        check.wrong("phone", EditRule::Phone);
    }
    // Mexico with its islands.
    let in_mexico =
        |(latitude, longitude): (f64, f64)| (14.0..=33.0).contains(&latitude) && (-119.0..=-86.0).contains(&longitude);
    if draft.position.is_some_and(|position| !in_mexico(position)) {
        check.wrong("latitude", EditRule::Position);
    }
    check.done(StoreDraft {
        name,
        description,
        city,
        address,
        phone,
        position: draft.position,
        picture: draft.picture.clone(),
        auto_dispatch: draft.auto_dispatch,
    })
}

fn sellable(price: Money) -> bool {
    (LEAST_PRICE..=MOST_PRICE).contains(&price.cents())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shirt() -> ProductDraft {
        ProductDraft {
            name: "  Playera   de algodón ".into(),
            description: "Fresca.\r\nSuave.".into(),
            category: "playeras".into(),
            price: Some(Money::from_cents(19_900)),
            variants: vec![VariantDraft {
                size: "M".into(),
                stock: StockChange::Set(3),
                ..VariantDraft::default()
            }],
            images: vec![ImageDraft {
                file: "foto-1.jpg".into(),
                alt: String::new(),
            }],
            ..ProductDraft::default()
        }
    }

    fn fields(draft: &ProductDraft) -> Vec<(String, &'static str)> {
        let wrong = product(draft).unwrap_err();
        wrong
            .into_iter()
            .map(|wrong| (wrong.field.into_owned(), wrong.rule.code()))
            .collect()
    }

    #[test]
    fn what_is_right_is_tidied() {
        let (draft, price) = product(&shirt()).unwrap();
        assert_eq!(draft.name, "Playera de algodón");
        assert_eq!(draft.description, "Fresca.\nSuave.");
        assert_eq!(
            draft.images[0].alt, "Playera de algodón",
            "a picture is never without words"
        );
        assert_eq!(price.cents(), 19_900);
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let nothing = ProductDraft::default();
        assert_eq!(
            fields(&nothing),
            [
                ("name".into(), "required"),
                ("description".into(), "required"),
                ("category".into(), "category"),
                ("price".into(), "required"),
                ("variants".into(), "none"),
            ]
        );
        let mut odd = shirt();
        odd.price = Some(Money::from_cents(99));
        odd.variants.push(VariantDraft {
            size: " M ".into(),
            price: Some(Money::from_cents(-5)),
            stock: StockChange::Set(-1),
            ..VariantDraft::default()
        });
        odd.description = "\u{1b}[31m".into();
        assert_eq!(
            fields(&odd),
            [
                ("description".into(), "characters"),
                ("price".into(), "price"),
                ("variants[1].size".into(), "repeated"),
                ("variants[1].price".into(), "price"),
                ("variants[1].stock".into(), "stock"),
            ]
        );
    }

    #[test]
    fn a_store_says_where_it_is() {
        let draft = StoreDraft {
            name: "Tejidos Lucía".into(),
            description: "Suéteres.".into(),
            city: "Moroleón".into(),
            phone: "445 457 10 21".into(),
            position: Some((20.1269, -101.1917)),
            ..StoreDraft::default()
        };
        assert!(store(&draft).is_ok());
        let lost = StoreDraft {
            position: Some((f64::NAN, -101.0)),
            phone: "llámame".into(),
            ..draft
        };
        let wrong: Vec<&str> = store(&lost)
            .unwrap_err()
            .iter()
            .map(|wrong| wrong.rule.code())
            .collect();
        assert_eq!(wrong, ["phone", "position"]);
    }
}
