//! Every product on sale, in memory, as lists need it: what it is found by and what it is ordered by. What a list shows of it comes from
//! the database.
//!
//! Each product has a number, small and given again when the product goes, so that sets of products are compressed bitmaps.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use roaring::RoaringBitmap;

use super::stores::Stores;
use super::values::Values;
use super::words::Words;
use crate::catalog::Sort;

/// A product as the model takes it in.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) store: i64,
    pub(super) store_slug: String,
    pub(super) city: String,
    pub(super) category: String,
    pub(super) price: i64,
    pub(super) sold: i64,
    pub(super) created_at: i64,
    pub(super) text: String,
    /// Size and colour of each active variant.
    pub(super) options: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) price: i64,
    pub(super) sold: i64,
    pub(super) created_at: i64,
    /// Hash of its text: does it have to be taken in again?
    text: u64,
    store: u32,
    category: u32,
}

/// Where price ranges begin, in centavos; the first begins at nothing.
pub(super) const PRICE_STEPS: [i64; 6] = [0, 10_000, 20_000, 30_000, 50_000, 100_000];

#[derive(Debug, Default)]
pub(super) struct Model {
    numbers: HashMap<i64, u32>,
    free: Vec<u32>,
    pub(super) rows: Vec<Row>,
    pub(super) all: RoaringBitmap,
    pub(super) words: Words,
    pub(super) categories: Values,
    pub(super) stores: Stores,
    pub(super) sizes: Values,
    pub(super) colors: Values,
    /// By size and colour of one variant.
    pub(super) pairs: HashMap<(u32, u32), RoaringBitmap>,
    /// By the range the price is in.
    pub(super) prices: [RoaringBitmap; PRICE_STEPS.len()],
    newest: Vec<u32>,
    cheapest: Vec<u32>,
    popular: Vec<u32>,
}

/// The orders kept; the dearest first is the cheapest first, backwards.
const ORDERS: [Sort; 3] = [Sort::Newest, Sort::PriceAsc, Sort::Popular];

impl Row {
    /// Its place in an order: what comes first has the smaller one.
    pub(super) fn rank(&self, sort: Sort) -> (i64, i64) {
        rank(sort, self.key(sort), self.id)
    }

    /// What it is ordered by.
    pub(super) fn key(&self, sort: Sort) -> i64 {
        match sort {
            Sort::Newest => self.created_at,
            Sort::PriceAsc | Sort::PriceDesc => self.price,
            Sort::Popular => self.sold,
        }
    }
}

/// Place of a product in an order, by its key and id. `!n` turns an order around as `-n` does, and has no number it fails for.
pub(super) fn rank(sort: Sort, key: i64, id: i64) -> (i64, i64) {
    match sort {
        Sort::PriceAsc => (key, id),
        Sort::Newest | Sort::PriceDesc | Sort::Popular => (!key, !id),
    }
}

impl Model {
    /// How many products there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Takes in a product, or what it has become.
    pub(super) fn put(&mut self, entry: &Entry) {
        if let Some(number) = self.numbers.get(&entry.id).copied() {
            self.take_out_of_orders(number);
        }
        let number = self.write(entry);
        for sort in ORDERS {
            let rank = self.rows[number as usize].rank(sort);
            let at = self.position(sort, rank);
            self.order_mut(sort).insert(at, number);
        }
    }

    /// As [`put`](Self::put) for many new products, to be followed by [`arrange`](Self::arrange).
    pub(super) fn load(&mut self, entry: &Entry) {
        self.write(entry);
    }

    /// Puts everything in order.
    pub(super) fn arrange(&mut self) {
        for sort in ORDERS {
            let mut order: Vec<u32> = self.all.iter().collect();
            order.sort_unstable_by_key(|number| self.rows[*number as usize].rank(sort));
            *self.order_mut(sort) = order;
        }
        self.rows.shrink_to_fit();
    }

    /// A store's address or town, new or changed.
    pub(super) fn put_store(&mut self, id: i64, slug: &str, city: &str) {
        self.stores.put(id, slug, city);
    }

    /// The product is no longer on sale.
    pub(super) fn remove(&mut self, id: i64) {
        let Some(number) = self.numbers.get(&id).copied() else {
            return;
        };
        self.take_out_of_orders(number);
        self.numbers.remove(&id);
        let row = self.rows[number as usize];
        self.all.remove(number);
        self.words.remove(number);
        self.categories.having_mut(row.category).remove(number);
        self.stores.remove(row.store, number);
        self.prices[price_step(row.price)].remove(number);
        self.remove_options(number);
        self.free.push(number);
    }

    fn write(&mut self, entry: &Entry) -> u32 {
        let mut hasher = DefaultHasher::new();
        entry.text.hash(&mut hasher);
        let row = Row {
            id: entry.id,
            price: entry.price,
            sold: entry.sold,
            created_at: entry.created_at,
            text: hasher.finish(),
            store: self.stores.put(entry.store, &entry.store_slug, &entry.city),
            category: self.categories.number(&entry.category),
        };
        let known = self.numbers.get(&entry.id).copied();
        let number = known.unwrap_or_else(|| self.number(row));
        if known.is_some() {
            let old = std::mem::replace(&mut self.rows[number as usize], row);
            if old.text != row.text {
                self.words.remove(number);
            }
            self.categories.having_mut(old.category).remove(number);
            self.stores.remove(old.store, number);
            self.prices[price_step(old.price)].remove(number);
            self.remove_options(number);
            if old.text != row.text {
                self.words.add(number, &entry.text);
            }
        } else {
            self.words.add(number, &entry.text);
        }
        self.all.insert(number);
        self.categories.having_mut(row.category).insert(number);
        self.stores.insert(row.store, number);
        self.prices[price_step(row.price)].insert(number);
        for (size, color) in &entry.options {
            let (size, color) = (self.sizes.number(size), self.colors.number(color));
            self.sizes.having_mut(size).insert(number);
            self.colors.having_mut(color).insert(number);
            self.pairs.entry((size, color)).or_default().insert(number);
        }
        number
    }

    fn number(&mut self, row: Row) -> u32 {
        let number = match self.free.pop() {
            Some(number) => {
                self.rows[number as usize] = row;
                number
            }
            None => {
                self.rows.push(row);
                self.rows.len() as u32 - 1
            }
        };
        self.numbers.insert(row.id, number);
        number
    }

    fn remove_options(&mut self, number: u32) {
        self.sizes.remove(number);
        self.colors.remove(number);
        for having in self.pairs.values_mut() {
            having.remove(number);
        }
    }

    fn take_out_of_orders(&mut self, number: u32) {
        for sort in ORDERS {
            let at = self.position(sort, self.rows[number as usize].rank(sort));
            self.order_mut(sort).remove(at);
        }
    }

    /// Where a place in an order is, or would be.
    fn position(&self, sort: Sort, rank: (i64, i64)) -> usize {
        self.order(sort)
            .partition_point(|number| self.rows[*number as usize].rank(sort) < rank)
    }

    pub(super) fn order(&self, sort: Sort) -> &[u32] {
        match sort {
            Sort::Newest => &self.newest,
            Sort::PriceAsc | Sort::PriceDesc => &self.cheapest,
            Sort::Popular => &self.popular,
        }
    }

    fn order_mut(&mut self, sort: Sort) -> &mut Vec<u32> {
        match sort {
            Sort::Newest => &mut self.newest,
            Sort::PriceAsc | Sort::PriceDesc => &mut self.cheapest,
            Sort::Popular => &mut self.popular,
        }
    }

    /// Bytes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        let pairs: usize = self.pairs.values().map(super::size_of_set).sum();
        let prices: usize = self.prices.iter().map(super::size_of_set).sum();
        let orders = self.newest.capacity() + self.cheapest.capacity() + self.popular.capacity();
        pairs
            + prices
            + super::size_of_set(&self.all)
            + 4 * orders
            + self.rows.capacity() * size_of::<Row>()
            + self.numbers.capacity() * 17
            + self.words.bytes()
            + self.categories.bytes()
            + self.stores.bytes()
            + self.sizes.bytes()
            + self.colors.bytes()
    }
}

/// The number of the range a price is in.
pub(super) fn price_step(price: i64) -> usize {
    PRICE_STEPS.partition_point(|from| *from <= price).saturating_sub(1)
}
