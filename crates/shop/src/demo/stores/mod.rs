//! The demo stores and their goods, a file a town.

mod moroleon;
mod uriangato;
mod yuriria;

use super::pictures::{Color, Garment, Pattern, Picture};
use super::{DemoProduct, DemoStore, DemoVariant};

/// Name, description, category, whole pesos, shape, cloth, dyes on offer, pattern colour, trim colour, sizes.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    i64,
    Garment,
    Pattern,
    &'static [Color],
    Color,
    Color,
    &'static [&'static str],
);

/// A store before its stock is counted.
struct Shelf {
    name: &'static str,
    slug: &'static str,
    city: &'static str,
    description: &'static str,
    address: &'static str,
    place: (f64, f64),
    phone: &'static str,
    owner: &'static str,
    colors: [Color; 3],
    rows: &'static [Row],
}

const LETTERS: &[&str] = &["CH", "M", "G", "XG"];
const WIDE: &[&str] = &["CH", "M", "G", "XG", "XXG"];
const WAIST: &[&str] = &["28", "30", "32", "34", "36"];
const CHILD: &[&str] = &["2", "4", "6", "8", "10"];
const SCHOOL: &[&str] = &["6", "8", "10", "12", "14", "16"];
const BABY: &[&str] = &["0-3 meses", "3-6 meses", "6-12 meses", "12-18 meses"];
const BED: &[&str] = &["Individual", "Matrimonial", "King size"];
const FOOT: &[&str] = &["22-24", "25-27"];
const ONE: &[&str] = &["Unitalla"];
const METRE: &[&str] = &["Por metro"];

/// Stock of the products that load tests buy: it does not run out.
const BOTTOMLESS: i64 = 1_000_000;

const TOWNS: [&[&Shelf]; 3] = [moroleon::SHELVES, uriangato::SHELVES, yuriria::SHELVES];

pub(super) fn all() -> Vec<DemoStore> {
    let mut number = 0;
    TOWNS
        .into_iter()
        .flatten()
        .map(|shelf| shelf.stocked(&mut number))
        .collect()
}

/// The colours of a demo store's banner and sign.
pub(super) fn colors(slug: &str) -> Option<[Color; 3]> {
    TOWNS
        .into_iter()
        .flatten()
        .find(|shelf| shelf.slug == slug)
        .map(|shelf| shelf.colors)
}

impl Shelf {
    /// The store with variants and stock; `number` counts products over all stores.
    fn stocked(&self, number: &mut u16) -> DemoStore {
        let products = self.rows.iter().map(|row| {
            *number += 1;
            product(row, self.slug, *number)
        });
        DemoStore {
            name: self.name,
            slug: self.slug,
            city: self.city,
            description: self.description,
            address: self.address,
            latitude: self.place.0,
            longitude: self.place.1,
            phone: self.phone,
            owner_name: self.owner,
            products: products.collect(),
        }
    }
}

fn product(row: &Row, store: &str, number: u16) -> DemoProduct {
    let &(name, text, category, pesos, garment, pattern, dyes, second, third, sizes) = row;
    let price_cents = pesos * 100;
    let picture = Picture {
        garment,
        pattern,
        colors: [dyes[0], second, third],
        seed: number,
    };
    let prefix: String = store
        .split('-')
        .filter_map(|word| word.chars().next())
        .collect::<String>()
        .to_uppercase();
    let mut variants = Vec::with_capacity(dyes.len() * sizes.len());
    for (dye_place, dye) in dyes.iter().enumerate() {
        for (size_place, &size) in sizes.iter().enumerate() {
            let place = dye_place * sizes.len() + size_place;
            variants.push(DemoVariant {
                size,
                color: *dye,
                sku: format!("{prefix}-{number:03}-{:02}", place + 1),
                stock: stock(number, place),
                price_cents: surcharge(size).map(|extra| price_cents + extra),
            });
        }
    }
    DemoProduct {
        name,
        description: format!("{text} {}", care(category)),
        category,
        price_cents,
        picture,
        variants,
    }
}

/// A believable shelf: mostly enough, sometimes few, now and then sold out; the first of a product never is.
fn stock(number: u16, place: usize) -> i64 {
    if number == 1 {
        return BOTTOMLESS;
    }
    let mixed = (u64::from(number) * 2_654_435_761 + place as u64 * 40_503) >> 3;
    match mixed % 19 {
        0 if place > 0 => 0,
        1..=3 => 2 + (mixed / 19 % 4) as i64,
        _ => 8 + (mixed / 19 % 53) as i64,
    }
}

/// What the big sizes cost more, in centavos.
fn surcharge(size: &str) -> Option<i64> {
    match size {
        "XXG" => Some(3_000),
        "Matrimonial" => Some(14_000),
        "King size" => Some(29_000),
        _ => None,
    }
}

fn care(category: &str) -> &'static str {
    match category {
        "playeras" => "Lavar con agua fría y colores similares; no encoge.",
        "sueteres" => "Lavar a mano y secar en plano para que conserve su forma.",
        "vestidos" | "blusas" => "Lavar a mano por el revés; planchar tibio.",
        "pantalones" => "Lavable en lavadora; tela que no destiñe.",
        "pijamas" => "Suave desde la primera noche; lavable en lavadora.",
        "rebozos" => "Pieza de telar: lavar en seco o a mano con jabón neutro.",
        "cobijas" => "Lavable en lavadora de uso rudo; no suelta pelusa.",
        "bebe" => "Sin costuras ásperas ni etiquetas que piquen; lavar con jabón neutro.",
        "uniformes" => "Costuras reforzadas; precio especial por mayoreo.",
        "telas" => "Se vende por metro lineal; se corta en una sola pieza.",
        _ => "Hecho en el sur de Guanajuato.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Place, Town};

    #[test]
    fn every_store_is_in_its_town() {
        for shelf in TOWNS.into_iter().flatten() {
            let town = Town::by_name(shelf.city).expect(shelf.city);
            let away = town.place.distance_km(Place::at(shelf.place.0, shelf.place.1));
            assert!(away < 2.0, "{} is {away} km from {}", shelf.name, town.name);
        }
    }
}
