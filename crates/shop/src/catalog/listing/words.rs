//! Which products have a word.
//!
//! A search finds a product when every word searched for is a part of some word of its text. Words are few, however many products there
//! are: they are kept once, one after the other in one buffer, each with the set of products that have it. So a search runs through the
//! words, not through the texts, and what it finds is exact.

use std::collections::HashMap;

use memchr::memmem;
use roaring::{MultiOps, RoaringBitmap};

/// Words nothing has any more are kept up to this many, or half of all.
const UNUSED: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Words {
    /// Every word, each followed by a space, which is in none.
    buffer: String,
    /// Where each word begins in the buffer.
    starts: Vec<u32>,
    /// Which products have it.
    having: Vec<RoaringBitmap>,
    numbers: HashMap<Box<str>, u32>,
}

impl Words {
    /// The product's text, as [`searchable`](crate::catalog::searchable) writes it.
    pub(super) fn add(&mut self, product: u32, text: &str) {
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let number = match self.numbers.get(word) {
                Some(number) => *number,
                None => self.add_word(word),
            };
            self.having[number as usize].insert(product);
        }
    }

    fn add_word(&mut self, word: &str) -> u32 {
        let number = self.having.len() as u32;
        self.starts.push(self.buffer.len() as u32);
        self.buffer.push_str(word);
        self.buffer.push(' ');
        self.having.push(RoaringBitmap::new());
        self.numbers.insert(word.into(), number);
        number
    }

    /// Forgets the product's text. Goes through all words: which ones it had is not worth keeping for what rarely happens.
    pub(super) fn remove(&mut self, product: u32) {
        let mut unused = 0;
        for having in &mut self.having {
            having.remove(product);
            unused += usize::from(having.is_empty());
        }
        if unused > UNUSED.max(self.having.len() / 2) {
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        let old = std::mem::take(self);
        for (word, number) in old.numbers {
            let having = &old.having[number as usize];
            if !having.is_empty() {
                let number = self.add_word(&word);
                self.having[number as usize].clone_from(having);
            }
        }
    }

    /// Products with a word that `part`, itself without spaces, is a part of.
    pub(super) fn find(&self, part: &str) -> RoaringBitmap {
        let mut found: Vec<&RoaringBitmap> = Vec::new();
        let finder = memmem::Finder::new(part);
        let mut from = 0;
        while let Some(at) = finder.find(&self.buffer.as_bytes()[from..]) {
            let number = self.starts.partition_point(|start| *start as usize <= from + at) - 1;
            found.push(&self.having[number]);
            // On with the next word.
            from = match self.starts.get(number + 1) {
                Some(next) => *next as usize,
                None => break,
            };
        }
        found.union()
    }

    /// Bytes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        let sets: usize = self.having.iter().map(super::size_of_set).sum();
        sets + self.buffer.capacity() * 2 + self.having.len() * (4 + 40)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_word_finds_every_product_with_such_a_word() {
        let mut words = Words::default();
        words.add(1, "sueter de nino rojo");
        words.add(2, "blusa roja de manta");
        words.add(3, "mantas");
        let find = |part| words.find(part).iter().collect::<Vec<_>>();
        assert_eq!(find("roj"), [1, 2]);
        assert_eq!(find("manta"), [2, 3]);
        assert_eq!(find("s"), [1, 2, 3]);
        assert!(find("zapato").is_empty());
    }

    #[test]
    fn forgotten_words_are_tidied_away_and_the_others_stay() {
        let mut words = Words::default();
        words.add(0, "queda");
        for product in 1..=3_000 {
            words.add(product, &format!("codigo{product}"));
        }
        for product in 1..=3_000 {
            words.remove(product);
        }
        assert!(words.having.len() < 3_000, "{} words kept", words.having.len());
        assert_eq!(words.find("queda").iter().collect::<Vec<_>>(), [0]);
        assert!(words.find("codigo").is_empty());
    }
}
