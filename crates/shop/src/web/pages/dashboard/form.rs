//! The form of a product: what was typed, word for word, so that nothing is lost when it has to be shown again.

use std::collections::BTreeMap;

use units::Money;

use crate::catalog::edit::{
    EditRule, ImageDraft, MOST_STOCK, MOST_VARIANTS, OwnProduct, ProductDraft, ProductStatus, StockChange,
    VariantDraft, Wrong,
};
use crate::media;
use crate::texts::{Lang, fill};

/// A product as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) category: String,
    pub(super) price: String,
    pub(super) hidden: bool,
    pub(super) sizes: String,
    pub(super) colors: String,
    /// The table, colour by colour, size by size.
    pub(super) cells: Vec<Cell>,
    pub(super) pictures: Vec<Pic>,
    /// The edit this began from; empty for a new product.
    pub(super) version: String,
    /// What is wrong, by the names of the inputs.
    pub(super) errors: BTreeMap<String, String>,
}

/// One size and colour of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) size: String,
    pub(super) color: String,
    /// Empty: not sold.
    pub(super) stock: String,
    /// How many there were when the form was first shown; empty when it was not sold.
    pub(super) was: String,
    pub(super) price: String,
    pub(super) sku: String,
    /// Held by running payments, to be told.
    pub(super) reserved: i64,
}

/// One picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pic {
    pub(super) file: String,
    pub(super) alt: String,
    pub(super) color: String,
    pub(super) remove: bool,
}

impl Pic {
    pub(super) fn small(&self) -> String {
        media::small(&self.file)
    }
}

/// The sizes of one colour, with their places in the table.
pub(super) struct Group<'a> {
    pub(super) color: &'a str,
    pub(super) cells: Vec<(usize, &'a Cell)>,
}

/// What ends the text of a picture that shows one colour; the product's page goes by it.
const SHOWS: &str = ", color ";

impl Form {
    /// For a new product: one size, one colour, until something is typed.
    pub(super) fn blank() -> Self {
        Self {
            cells: vec![Cell::default()],
            ..Self::default()
        }
    }

    /// A product as it is.
    pub(super) fn of(product: &OwnProduct) -> Self {
        let mut sizes: Vec<&str> = Vec::new();
        let mut colors: Vec<&str> = Vec::new();
        for variant in &product.variants {
            if !sizes.contains(&variant.size.as_str()) {
                sizes.push(&variant.size);
            }
            if !colors.contains(&variant.color.as_str()) {
                colors.push(&variant.color);
            }
        }
        let cells = product.variants.iter().map(|variant| Cell {
            size: variant.size.clone(),
            color: variant.color.clone(),
            stock: variant.stock.to_string(),
            was: variant.stock.to_string(),
            price: variant.price.map(plain).unwrap_or_default(),
            sku: variant.sku.clone(),
            reserved: variant.reserved,
        });
        let pictures = product.images.iter().map(|image| {
            let shown = image.alt.rsplit_once(SHOWS).filter(|(_, color)| colors.contains(color));
            let (alt, color) = shown.unwrap_or((&image.alt, ""));
            Pic {
                file: image.file.clone(),
                alt: if alt == product.name {
                    String::new()
                } else {
                    alt.to_owned()
                },
                color: color.to_owned(),
                remove: false,
            }
        });
        let mut form = Self {
            name: product.name.clone(),
            description: product.description.clone(),
            category: product.category.clone(),
            price: plain(product.price),
            hidden: product.status == ProductStatus::Hidden,
            sizes: sizes.join(", "),
            colors: colors.join(", "),
            cells: cells.collect(),
            pictures: pictures.collect(),
            version: product.version.0.to_string(),
            errors: BTreeMap::new(),
        };
        form.lay_out();
        form
    }

    /// Lays the table out after the lists of sizes and colours, keeping what was typed; answers whether it has cells now that it did not
    /// have. A table that would be too large is left as it was.
    pub(super) fn lay_out(&mut self) -> bool {
        let (sizes, colors) = (items(&self.sizes), items(&self.colors));
        if sizes.len() * colors.len() > MOST_VARIANTS {
            return false;
        }
        let mut before = std::mem::take(&mut self.cells);
        let mut grew = false;
        for color in &colors {
            for size in &sizes {
                let place = before
                    .iter()
                    .position(|cell| cell.size == *size && cell.color == *color);
                self.cells.push(match place {
                    Some(place) => before.swap_remove(place),
                    None => {
                        grew = true;
                        Cell {
                            size: size.clone(),
                            color: color.clone(),
                            ..Cell::default()
                        }
                    }
                });
            }
        }
        grew
    }

    /// Is the table larger than a product may be?
    pub(super) fn is_too_large(&self) -> bool {
        items(&self.sizes).len() * items(&self.colors).len() > MOST_VARIANTS
    }

    /// The table, colour by colour.
    pub(super) fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for (place, cell) in self.cells.iter().enumerate() {
            match groups.last_mut().filter(|group| group.color == cell.color) {
                Some(group) => group.cells.push((place, cell)),
                None => groups.push(Group {
                    color: &cell.color,
                    cells: vec![(place, cell)],
                }),
            }
        }
        groups
    }

    /// The colours a picture may show.
    pub(super) fn shades(&self) -> Vec<String> {
        items(&self.colors)
            .into_iter()
            .filter(|color| !color.is_empty())
            .collect()
    }

    pub(super) fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }

    pub(super) fn cell_error(&self, place: &usize) -> Option<&str> {
        ["stock", "price", "sku", "size"]
            .iter()
            .find_map(|name| self.error(&format!("v{place}.{name}")))
    }

    /// What it says, for the domain; numbers that are none are noted.
    pub(super) fn draft(&mut self, lang: Lang) -> Option<Draft> {
        let s = &lang.texts().seller;
        let mut wrong = BTreeMap::new();
        let price = amount(&self.price).unwrap_or_else(|| {
            wrong.insert("price".into(), s.amount.into());
            None
        });
        let (mut variants, mut places) = (Vec::new(), Vec::new());
        for (place, cell) in self.cells.iter().enumerate() {
            let Some(stock) = cell.change() else {
                wrong.insert(format!("v{place}.stock"), s.number.into());
                continue;
            };
            let Some(stock) = stock else { continue };
            let price = amount(&cell.price).unwrap_or_else(|| {
                wrong.insert(format!("v{place}.price"), s.amount.into());
                None
            });
            places.push(place);
            variants.push(VariantDraft {
                size: cell.size.clone(),
                color: cell.color.clone(),
                sku: cell.sku.clone(),
                price,
                stock,
            });
        }
        let kept = self.pictures.iter().enumerate().filter(|(_, pic)| !pic.remove);
        let (pics, images) = kept.map(|(place, pic)| (place, self.image(pic))).unzip();
        if !wrong.is_empty() {
            self.errors.extend(wrong);
            return None;
        }
        Some(Draft {
            product: ProductDraft {
                name: self.name.clone(),
                description: self.description.clone(),
                category: self.category.clone(),
                price,
                status: if self.hidden {
                    ProductStatus::Hidden
                } else {
                    ProductStatus::Active
                },
                variants,
                images,
            },
            cells: places,
            pics,
        })
    }

    fn image(&self, pic: &Pic) -> ImageDraft {
        let alt = match (pic.alt.trim(), pic.color.as_str()) {
            (alt, "") => alt.to_owned(),
            ("", color) => format!("{}{SHOWS}{color}", self.name.trim()),
            (alt, color) => format!("{alt}{SHOWS}{color}"),
        };
        ImageDraft {
            file: pic.file.clone(),
            alt,
        }
    }

    /// Puts what the domain found wrong beside the inputs.
    pub(super) fn mark(&mut self, lang: Lang, draft: &Draft, wrong: &[Wrong]) {
        for Wrong { field, rule } in wrong {
            let (es, en) = rule.texts();
            let text = if lang.is_english() { en } else { es };
            let name = match (indexed(field, "variants"), indexed(field, "images")) {
                (Some((n, part)), _) => draft.cells.get(n).map(|place| format!("v{place}.{part}")),
                (_, Some((n, _))) => draft.pics.get(n).map(|_| "pictures".to_owned()),
                _ if *rule == EditRule::None => Some("v0.stock".to_owned()),
                _ if field == "variants" => Some("sizes".to_owned()),
                _ if field == "images" => Some("pictures".to_owned()),
                _ => Some(field.clone().into_owned()),
            };
            self.errors
                .insert(name.unwrap_or_else(|| "name".to_owned()), text.into_owned());
        }
    }

    /// Says at a cell that fewer were asked for than payments hold.
    pub(super) fn mark_reserved(&mut self, lang: Lang, option: &str, reserved: i64) {
        let s = &lang.texts().seller;
        let place = self
            .cells
            .iter()
            .position(|cell| super::super::options(&cell.size, &cell.color) == option);
        let option = if option.is_empty() { s.one_size } else { option };
        let text = fill(&fill(s.reserved, "option", option), "n", reserved);
        self.errors.insert(format!("v{}.stock", place.unwrap_or(0)), text);
    }
}

/// A form in the domain's words, and which inputs its lists came from.
pub(super) struct Draft {
    pub(super) product: ProductDraft,
    cells: Vec<usize>,
    pics: Vec<usize>,
}

impl Cell {
    /// What happens to the stock: `Some(None)` when it is not sold, `None` when that is no number.
    fn change(&self) -> Option<Option<StockChange>> {
        let stock = self.stock.trim();
        if stock.is_empty() {
            return Some(None);
        }
        let stock: i64 = stock.parse().ok().filter(|stock| (0..=MOST_STOCK).contains(stock))?;
        // The difference to what the seller saw: what was sold meanwhile stays sold.
        Some(Some(match self.was.parse::<i64>() {
            Ok(was) => StockChange::Adjust(stock.checked_sub(was)?),
            Err(_) => StockChange::Set(stock),
        }))
    }
}

/// `variants[3].price` as 3 and `price`.
fn indexed<'a>(field: &'a str, list: &str) -> Option<(usize, &'a str)> {
    let (n, part) = field.strip_prefix(list)?.strip_prefix('[')?.split_once("].")?;
    Some((n.parse().ok()?, part))
}

/// A list as people type one; at least the one thing without a name.
pub(super) fn items(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for item in text.split([',', ';', '\n']) {
        let item = item.split_whitespace().collect::<Vec<_>>().join(" ");
        if !item.is_empty() && !items.contains(&item) {
            items.push(item);
        }
    }
    if items.is_empty() {
        items.push(String::new());
    }
    items
}

/// An amount as people type one: `349.5`, `$1,349.50`. Nothing is no amount; `None` is none at all.
fn amount(text: &str) -> Option<Option<Money>> {
    let plain: String = text.chars().filter(|c| !matches!(c, '$' | ',' | ' ')).collect();
    if plain.is_empty() {
        return Some(None);
    }
    Money::from_pesos(plain.parse().ok()?).ok().map(Some)
}

/// `349.50`, as an input takes it.
fn plain(money: Money) -> String {
    let cents = money.cents();
    match cents % 100 {
        0 => (cents / 100).to_string(),
        rest => format!("{}.{rest:02}", cents / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(form: &Form) -> Vec<(&str, &str, &str)> {
        form.cells
            .iter()
            .map(|cell| (cell.color.as_str(), cell.size.as_str(), cell.stock.as_str()))
            .collect()
    }

    #[test]
    fn the_table_follows_the_lists_and_keeps_what_was_typed() {
        let mut form = Form::blank();
        assert!(!form.lay_out(), "a blank form has its one cell");
        form.sizes = "CH, M,, M".into();
        form.colors = "Vino".into();
        assert!(form.lay_out());
        form.cells[1].stock = "4".into();
        form.colors = "Azul\nVino".into();
        assert!(form.lay_out());
        assert_eq!(
            table(&form),
            [
                ("Azul", "CH", ""),
                ("Azul", "M", ""),
                ("Vino", "CH", ""),
                ("Vino", "M", "4")
            ]
        );
        form.sizes = "M".into();
        assert!(!form.lay_out(), "fewer is not more");
        assert_eq!(table(&form), [("Azul", "M", ""), ("Vino", "M", "4")]);
        form.sizes = (0..60).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert!(form.is_too_large() && !form.lay_out());
        assert_eq!(form.cells.len(), 2, "what was typed is still there");
    }

    #[test]
    fn stock_is_the_difference_to_what_was_seen() {
        let cell = |stock: &str, was: &str| Cell {
            stock: stock.into(),
            was: was.into(),
            ..Cell::default()
        };
        assert_eq!(cell(" 7 ", "5").change(), Some(Some(StockChange::Adjust(2))));
        assert_eq!(cell("7", "").change(), Some(Some(StockChange::Set(7))));
        assert_eq!(cell("", "5").change(), Some(None), "no longer sold");
        for wrong in ["-1", "siete", "1.5", "99999999999999999999"] {
            assert_eq!(cell(wrong, "5").change(), None, "{wrong}");
        }
    }

    #[test]
    fn amounts_are_read_as_typed() {
        let cents = |text: &str| amount(text).map(|amount| amount.map(Money::cents));
        assert_eq!(cents("$1,349.50"), Some(Some(134_950)));
        assert_eq!(cents(" 20 "), Some(Some(2_000)));
        assert_eq!(cents(""), Some(None));
        assert_eq!(cents("veinte"), None);
        assert_eq!(cents("1.005"), None);
        assert_eq!(
            (plain(Money::from_cents(34_950)), plain(Money::from_cents(2_000))),
            ("349.50".into(), "20".into())
        );
    }
}
