//! Which products are whose, and of which town.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::values::Values;

#[derive(Debug)]
struct Front {
    slug: Box<str>,
    town: u32,
    having: RoaringBitmap,
}

/// Stores, each with its products; a store has a number that stays.
#[derive(Debug, Default)]
pub(super) struct Stores {
    numbers: HashMap<i64, u32>,
    fronts: Vec<Front>,
    pub(super) towns: Values,
}

impl Stores {
    /// Takes in a store, or what it has become: its products move to the new town with it.
    pub(super) fn put(&mut self, id: i64, slug: &str, city: &str) -> u32 {
        let town = self.towns.number(city);
        let Some(number) = self.numbers.get(&id).copied() else {
            let number = self.fronts.len() as u32;
            self.numbers.insert(id, number);
            self.fronts.push(Front {
                slug: slug.into(),
                town,
                having: RoaringBitmap::new(),
            });
            return number;
        };
        let front = &mut self.fronts[number as usize];
        if *front.slug != *slug {
            front.slug = slug.into();
        }
        if front.town != town {
            *self.towns.having_mut(front.town) -= &front.having;
            *self.towns.having_mut(town) |= &front.having;
            front.town = town;
        }
        number
    }

    pub(super) fn insert(&mut self, store: u32, product: u32) {
        let front = &mut self.fronts[store as usize];
        front.having.insert(product);
        self.towns.having_mut(front.town).insert(product);
    }

    pub(super) fn remove(&mut self, store: u32, product: u32) {
        let front = &mut self.fronts[store as usize];
        front.having.remove(product);
        self.towns.having_mut(front.town).remove(product);
    }

    /// The products of the store at an address. There are hundreds of stores, not millions: looked for one by one.
    pub(super) fn by_slug(&self, slug: &str) -> Option<&RoaringBitmap> {
        self.fronts
            .iter()
            .find(|front| *front.slug == *slug)
            .map(|front| &front.having)
    }

    /// The products of a store.
    pub(super) fn by_id(&self, id: i64) -> Option<&RoaringBitmap> {
        let number = self.numbers.get(&id)?;
        Some(&self.fronts[*number as usize].having)
    }

    /// Bytes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        let fronts: usize = self
            .fronts
            .iter()
            .map(|front| super::size_of_set(&front.having) + front.slug.len() + 64)
            .sum();
        fronts + self.towns.bytes()
    }
}
