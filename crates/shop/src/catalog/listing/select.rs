//! Asking the model: which products, in which order, from which place.

use std::borrow::Cow;

use roaring::{MultiOps, RoaringBitmap};

use super::facets::{Facets, count};
use super::model::{Model, PRICE_STEPS, rank};
use crate::catalog::{Cursor, Filter, Sort};

/// A page of a list, as ids.
#[derive(Debug, PartialEq)]
pub(in crate::catalog) struct Found {
    pub(in crate::catalog) ids: Vec<i64>,
    /// How many match on all pages.
    pub(in crate::catalog) total: u64,
    /// Where the next page begins, when there is one.
    pub(in crate::catalog) next: Option<Cursor>,
    /// When asked for.
    pub(in crate::catalog) facets: Option<Facets>,
}

/// What a filter can narrow a list by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Words,
    Category,
    City,
    Store,
    Price,
    /// Size and colour together: they have to be of one variant.
    Options,
}

/// A filter as sets of products; what it does not narrow is left out.
pub(super) struct Narrowed<'a> {
    model: &'a Model,
    sets: Vec<(By, Cow<'a, RoaringBitmap>)>,
}

impl<'a> Narrowed<'a> {
    pub(super) fn new(model: &'a Model, filter: &Filter) -> Self {
        let mut sets = Vec::new();
        let mut by = |what: By, set: RoaringBitmap| sets.push((what, Cow::Owned(set)));
        for word in filter.words() {
            by(By::Words, model.words.find(&word));
        }
        if !filter.category.is_empty() {
            by(By::Category, model.categories.any(&filter.category));
        }
        if !filter.city.is_empty() {
            by(By::City, model.stores.towns.any(&filter.city));
        }
        if !filter.size.is_empty() || !filter.color.is_empty() {
            by(By::Options, options(model, &filter.size, &filter.color));
        }
        if filter.min_price.is_some() || filter.max_price.is_some() {
            let least = filter.min_price.map_or(i64::MIN, units::Money::cents);
            let most = filter.max_price.map_or(i64::MAX, units::Money::cents);
            by(By::Price, priced(model, least, most));
        }
        if let Some(slug) = &filter.store {
            let set = model.stores.by_slug(slug);
            sets.push((By::Store, set.map_or_else(Cow::default, Cow::Borrowed)));
        }
        Self { model, sets }
    }

    /// The products that all of it leaves, except what is narrowed `without`.
    pub(super) fn left(&self, without: Option<By>) -> Cow<'_, RoaringBitmap> {
        let mut sets: Vec<&RoaringBitmap> = self
            .sets
            .iter()
            .filter(|(by, _)| Some(*by) != without)
            .map(|(_, set)| &**set)
            .collect();
        match sets.len() {
            0 => Cow::Borrowed(&self.model.all),
            1 => Cow::Borrowed(sets[0]),
            _ => {
                sets.sort_unstable_by_key(|set| set.len());
                Cow::Owned(sets.intersection())
            }
        }
    }
}

fn options(model: &Model, sizes: &[String], colors: &[String]) -> RoaringBitmap {
    if colors.is_empty() {
        return model.sizes.any(sizes);
    }
    if sizes.is_empty() {
        return model.colors.any(colors);
    }
    let mut any = RoaringBitmap::new();
    for size in model.sizes.numbers(sizes) {
        for color in model.colors.numbers(colors) {
            if let Some(pair) = model.pairs.get(&(size, color)) {
                any |= pair;
            }
        }
    }
    any
}

/// Whole ranges as they are, of the two at the ends those within.
fn priced(model: &Model, least: i64, most: i64) -> RoaringBitmap {
    let mut all = RoaringBitmap::new();
    for (step, set) in model.prices.iter().enumerate() {
        let (from, to) = (
            PRICE_STEPS[step],
            PRICE_STEPS.get(step + 1).map_or(i64::MAX, |to| to - 1),
        );
        if to < least || from > most {
            continue;
        }
        if least <= from && to <= most {
            all |= set;
        } else {
            let within = |number: &u32| (least..=most).contains(&model.rows[*number as usize].price);
            all |= set.iter().filter(within).collect::<RoaringBitmap>();
        }
    }
    all
}

impl Model {
    /// A page of what matches.
    pub(super) fn search(&self, filter: &Filter) -> Found {
        let narrowed = Narrowed::new(self, filter);
        let left = narrowed.left(None);
        let limit = filter.limit() as usize;
        let place = match filter.cursor {
            Some(cursor) => Place::After(rank(filter.sort, cursor.key, cursor.id)),
            None => Place::Offset((filter.page() as usize - 1).saturating_mul(limit)),
        };
        let mut page = self.page(&left, filter.sort, place, limit + 1);
        let more = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| more).map(|last| {
            let last = &self.rows[*last as usize];
            Cursor {
                sort: filter.sort,
                key: last.key(filter.sort),
                id: last.id,
            }
        });
        Found {
            ids: page.iter().map(|number| self.rows[*number as usize].id).collect(),
            total: left.len(),
            next,
            facets: filter.facets.then(|| count(self, filter, &narrowed)),
        }
    }

    /// Others of a category, the latest of the same store first, then the latest of all.
    pub(super) fn related(&self, id: i64, category: &str, store: i64, limit: usize) -> Vec<i64> {
        let Some(category) = self.categories.known(category) else {
            return Vec::new();
        };
        let kin = self.categories.having(category);
        let own = self.stores.by_id(store).map(|own| own & kin).unwrap_or_default();
        let others = kin - &own;
        [&own, &others]
            .into_iter()
            .flat_map(|set| self.page(set, Sort::Newest, Place::Offset(0), limit + 1))
            .map(|number| self.rows[number as usize].id)
            .filter(|other| *other != id)
            .take(limit)
            .collect()
    }

    /// The numbers of some products of a set, in an order, from a place.
    fn page(&self, set: &RoaringBitmap, sort: Sort, place: Place, many: usize) -> Vec<u32> {
        // Few are picked out and sorted; many are met soon on a walk along all.
        if set.len() < self.all.len() / 16 {
            self.sorted(set, sort, place, many)
        } else {
            self.walked(set, sort, place, many)
        }
    }

    fn sorted(&self, set: &RoaringBitmap, sort: Sort, place: Place, many: usize) -> Vec<u32> {
        let ranked = |number: u32| (self.rows[number as usize].rank(sort), number);
        let (mut picked, skipped): (Vec<_>, usize) = match place {
            Place::Offset(offset) => (set.iter().map(ranked).collect(), offset),
            Place::After(place) => (set.iter().map(ranked).filter(|(rank, _)| *rank > place).collect(), 0),
        };
        let end = skipped.saturating_add(many);
        if end < picked.len() {
            picked.select_nth_unstable(end);
            picked.truncate(end);
        }
        picked.sort_unstable();
        picked.into_iter().skip(skipped).map(|(_, number)| number).collect()
    }

    fn walked(&self, set: &RoaringBitmap, sort: Sort, place: Place, many: usize) -> Vec<u32> {
        let order = self.order(sort);
        let all = set.len() as usize == order.len();
        let backwards = sort == Sort::PriceDesc;
        let at = |index: usize| order[if backwards { order.len() - 1 - index } else { index }];
        let (start, skipped) = match place {
            // Without a filter the place is known.
            Place::Offset(offset) if all => (offset.min(order.len()), 0),
            Place::Offset(offset) if offset >= set.len() as usize => (order.len(), 0),
            Place::Offset(offset) => (0, offset),
            Place::After(place) => {
                let before = |number: &u32| self.rows[*number as usize].rank(sort) <= place;
                let start = if backwards {
                    order.len() - order.partition_point(|number| !before(number))
                } else {
                    order.partition_point(before)
                };
                (start, 0)
            }
        };
        (start..order.len())
            .map(at)
            .filter(|number| all || set.contains(*number))
            .skip(skipped)
            .take(many)
            .collect()
    }
}

/// Where a page begins.
#[derive(Clone, Copy)]
enum Place {
    Offset(usize),
    After((i64, i64)),
}
