//! Objects by id and in order of creation.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    ops::Bound,
    sync::Arc,
};

use hashbrown::HashTable;

use crate::model::Object;

/// Where an object stands in the order of creation.
pub(crate) type Place = u64;

/// Objects of one kind. A changed object replaces its earlier version and keeps its place. The index holds places only:
/// ids are compared in the objects, which hold them anyway.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    /// With their hashes, so that growing need not visit the objects.
    index: HashTable<(u64, Place)>,
    items: BTreeMap<Place, Arc<T>>,
    next: Place,
    hasher: RandomState,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self {
            index: HashTable::new(),
            items: BTreeMap::new(),
            next: 0,
            hasher: RandomState::new(),
        }
    }
}

impl<T: Object> Collection<T> {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<T>> {
        self.at(self.place(id)?)
    }

    pub(crate) fn at(&self, place: Place) -> Option<&Arc<T>> {
        self.items.get(&place)
    }

    pub(crate) fn put(&mut self, item: Arc<T>) {
        self.place_it(item);
    }

    /// [`Collection::put`], telling where it stands now.
    pub(crate) fn place_it(&mut self, item: Arc<T>) -> Place {
        let place = self.place(item.id()).unwrap_or_else(|| {
            self.next += 1;
            let hash = self.hasher.hash_one(item.id());
            self.index.insert_unique(hash, (hash, self.next), |(hash, _)| *hash);
            self.next
        });
        self.items.insert(place, item);
        place
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let place = self.place(id)?;
        if let Ok(entry) = self
            .index
            .find_entry(self.hasher.hash_one(id), |(_, other)| *other == place)
        {
            entry.remove();
        }
        self.items.remove(&place)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.items.values()
    }

    /// Those created after `id`, oldest first; `None` when there is no such object.
    pub(crate) fn newer_than(&self, id: &str) -> Option<impl DoubleEndedIterator<Item = &Arc<T>>> {
        let place = self.place(id)?;
        Some(
            self.items
                .range((Bound::Excluded(place), Bound::Unbounded))
                .map(|(_, item)| item),
        )
    }

    /// Those created before `id`, oldest first; `None` when there is no such object.
    pub(crate) fn older_than(&self, id: &str) -> Option<impl DoubleEndedIterator<Item = &Arc<T>>> {
        let place = self.place(id)?;
        Some(self.items.range(..place).map(|(_, item)| item))
    }

    pub(crate) fn oldest(&self) -> Option<&Arc<T>> {
        self.items.values().next()
    }

    fn place(&self, id: &str) -> Option<Place> {
        let is_it = |(_, place): &(u64, Place)| self.items.get(place).is_some_and(|item| item.id() == id);
        self.index
            .find(self.hasher.hash_one(id), is_it)
            .map(|(_, place)| *place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(String, u32);

    impl Object for Thing {
        fn id(&self) -> &str {
            &self.0
        }

        fn created(&self) -> i64 {
            0
        }
    }

    #[test]
    fn objects_are_found_replaced_in_place_and_removed() {
        let mut things = Collection::default();
        for at in 0..1_000 {
            things.put(Arc::new(Thing(format!("t_{at}"), 0)));
        }
        things.put(Arc::new(Thing("t_7".to_owned(), 1)));
        assert_eq!((things.len(), things.get("t_7").map(|thing| thing.1)), (1_000, Some(1)));
        let older: Vec<&str> = things
            .older_than("t_3")
            .expect("known")
            .map(|thing| thing.id())
            .collect();
        assert_eq!(older, ["t_0", "t_1", "t_2"]);
        assert_eq!(things.newer_than("t_997").expect("known").count(), 2);
        assert!(things.remove("t_0").is_some() && things.get("t_0").is_none() && things.remove("t_0").is_none());
        assert_eq!(things.oldest().map(|thing| thing.id()), Some("t_1"));
        assert!((1..1_000).all(|at| things.get(&format!("t_{at}")).is_some()));
    }
}
