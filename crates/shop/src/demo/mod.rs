//! What a development machine starts with: a dozen stores of the three towns, their goods with generated pictures, demo accounts.

mod accounts;
pub mod pictures;
mod seed;
mod stores;

pub use accounts::{DemoAccount, DemoAddress, PASSWORD, accounts, load_account};
pub use seed::{SeedError, seed};

use pictures::colors::SHELF;
use pictures::{Artwork, Color, Picture};

/// A store and everything it sells.
#[derive(Clone, Debug)]
pub struct DemoStore {
    /// Display name.
    pub name: &'static str,
    /// Last part of its address, `/stores/{slug}`.
    pub slug: &'static str,
    /// Moroleón, Uriangato or Yuriria.
    pub city: &'static str,
    /// A few sentences in Spanish.
    pub description: &'static str,
    /// Street, number, neighbourhood.
    pub address: &'static str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east; negative in Mexico.
    pub longitude: f64,
    /// Ten digits in groups.
    pub phone: &'static str,
    /// The seller.
    pub owner_name: &'static str,
    /// What it sells.
    pub products: Vec<DemoProduct>,
}

/// A product with its variants.
#[derive(Clone, Debug)]
pub struct DemoProduct {
    /// Display name.
    pub name: &'static str,
    /// Two sentences in Spanish.
    pub description: String,
    /// Key of one of `catalog::CATEGORIES`.
    pub category: &'static str,
    /// Price of variants without one of their own.
    pub price_cents: i64,
    /// How it looks, in the first variant's colour.
    pub picture: Picture,
    /// At least one.
    pub variants: Vec<DemoVariant>,
}

/// One size and colour of a product.
#[derive(Clone, Debug)]
pub struct DemoVariant {
    /// As written on the label.
    pub size: &'static str,
    /// From the dye shelf.
    pub color: Color,
    /// The seller's code, unique.
    pub sku: String,
    /// Units on the shelf.
    pub stock: i64,
    /// Its own price, for big sizes.
    pub price_cents: Option<i64>,
}

/// The colours of a store's banner and sign: chosen for demo stores, by the slug's letters for others.
fn store_colors(slug: &str) -> [Color; 3] {
    let chosen = || {
        let start = slug
            .bytes()
            .fold(7usize, |sum, byte| (sum * 31 + usize::from(byte)) % 9_973);
        [0, 9, 17].map(|step| SHELF[(start + step) % SHELF.len()])
    };
    stores::colors(slug).unwrap_or_else(chosen)
}

/// A drawn banner for a store without a picture of its own, as a file below `/media/`.
pub fn banner(slug: &str) -> String {
    Artwork::Banner(store_colors(slug), slug.len() as u16).file()
}

/// A drawn sign with a store's initials, as a file below `/media/`.
pub fn sign(slug: &str) -> String {
    // The slug has no accents, and its small words are not worth a letter.
    let words = slug
        .split('-')
        .filter(|word| word.len() > 2 && !matches!(*word, "del" | "las" | "los" | "una"));
    let initials: String = words
        .filter_map(|word| word.chars().next())
        .filter(char::is_ascii_alphabetic)
        .take(2)
        .collect();
    let initials = if initials.is_empty() {
        "TS".to_owned()
    } else {
        initials.to_ascii_uppercase()
    };
    Artwork::Sign(store_colors(slug), initials).file()
}

/// Every demo store, in the order they are numbered. The first product is the plain T-shirt that load tests buy: it never runs out.
pub fn catalog() -> Vec<DemoStore> {
    stores::all()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::pictures::View;
    use super::*;
    use crate::catalog::CATEGORIES;

    #[test]
    fn the_demo_is_big_varied_and_the_same_every_time() {
        let stores = catalog();
        let products: Vec<&DemoProduct> = stores.iter().flat_map(|store| &store.products).collect();
        assert!((10..=14).contains(&stores.len()), "{} stores", stores.len());
        assert!((190..=220).contains(&products.len()), "{} products", products.len());
        for city in ["Moroleón", "Uriangato", "Yuriria"] {
            assert!(stores.iter().any(|store| store.city == city), "{city}");
        }
        for (key, _, _) in CATEGORIES {
            assert!(
                products.iter().any(|product| product.category == *key),
                "nothing in {key}"
            );
        }
        assert!(
            products
                .iter()
                .all(|product| CATEGORIES.iter().any(|(key, _, _)| *key == product.category))
        );
        let names: HashSet<&str> = products.iter().map(|product| product.name).collect();
        assert_eq!(names.len(), products.len(), "two products share a name");
        let skus: HashSet<&str> = products
            .iter()
            .flat_map(|product| &product.variants)
            .map(|variant| variant.sku.as_str())
            .collect();
        assert_eq!(
            skus.len(),
            products.iter().map(|product| product.variants.len()).sum::<usize>(),
            "two variants share a code"
        );
        assert_eq!(format!("{stores:?}"), format!("{:?}", catalog()));
    }

    #[test]
    fn the_first_product_is_the_t_shirt_that_never_runs_out() {
        let stores = catalog();
        let first = &stores[0].products[0];
        assert!(first.name.starts_with("Playera"), "{}", first.name);
        assert!(first.variants.iter().all(|variant| variant.stock == 1_000_000));
    }

    #[test]
    fn every_picture_is_read_back_from_its_address() {
        for product in catalog().iter().flat_map(|store| &store.products) {
            for variant in &product.variants {
                let artwork = Artwork::Product(product.picture.dyed(variant.color), View::Front);
                assert_eq!(Artwork::parse(&artwork.key()), Some(artwork.clone()));
                let svg = artwork.render();
                assert!(
                    svg.starts_with("<svg") && svg.ends_with("</svg>") && svg.len() < 16 * 1024,
                    "{}",
                    svg.len()
                );
            }
        }
        assert_eq!(Artwork::parse("sueter.nudo.rojo.rojo.rojo.1.frente"), None);
        assert_eq!(
            Artwork::parse("sueter.punto.rojo.rojo.rojo.01.frente"),
            None,
            "one address a picture"
        );
    }
}
