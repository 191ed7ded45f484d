//! What products can be told apart by, and which have which: categories, towns, sizes, colours.

use std::collections::HashMap;

use roaring::RoaringBitmap;

/// The values of one property, each with the products that have it. A value keeps its number.
#[derive(Debug, Default)]
pub(super) struct Values {
    numbers: HashMap<Box<str>, u32>,
    all: Vec<(Box<str>, RoaringBitmap)>,
}

impl Values {
    /// The value's number, a new one if it was never seen.
    pub(super) fn number(&mut self, value: &str) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.numbers.insert(value.into(), number);
        self.all.push((value.into(), RoaringBitmap::new()));
        number
    }

    /// The number of a value that products may have.
    pub(super) fn known(&self, value: &str) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    /// Products with the value of a number.
    pub(super) fn having(&self, number: u32) -> &RoaringBitmap {
        &self.all[number as usize].1
    }

    pub(super) fn having_mut(&mut self, number: u32) -> &mut RoaringBitmap {
        &mut self.all[number as usize].1
    }

    /// The numbers of what was asked for. `M,G` asks for both, unless there is something of that very name.
    pub(super) fn numbers(&self, asked: &[String]) -> Vec<u32> {
        let one = |asked: &String| match self.known(asked) {
            Some(number) => vec![number],
            None => asked.split(',').filter_map(|part| self.known(part.trim())).collect(),
        };
        asked.iter().flat_map(one).collect()
    }

    /// Products with any of these values.
    pub(super) fn any(&self, asked: &[String]) -> RoaringBitmap {
        self.numbers(asked)
            .into_iter()
            .fold(RoaringBitmap::new(), |any, number| any | self.having(number))
    }

    /// The product has none of them any more.
    pub(super) fn remove(&mut self, product: u32) {
        for (_, having) in &mut self.all {
            having.remove(product);
        }
    }

    /// Every value with its number and its products.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str, &RoaringBitmap)> {
        self.all
            .iter()
            .enumerate()
            .map(|(number, (value, having))| (number as u32, &**value, having))
    }

    /// Bytes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.all
            .iter()
            .map(|(value, having)| super::size_of_set(having) + 2 * value.len() + 64)
            .sum()
    }
}
