//! Objects by id and in order of creation.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

use crate::model::Object;

/// Objects of one kind. A changed object replaces its earlier version and keeps its place.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    places: HashMap<Box<str>, u64>,
    items: BTreeMap<u64, Arc<T>>,
    next: u64,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            items: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<T: Object> Collection<T> {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<T>> {
        self.items.get(self.places.get(id)?)
    }

    pub(crate) fn put(&mut self, item: Arc<T>) {
        let place = match self.places.get(item.id()) {
            Some(place) => *place,
            None => {
                self.next += 1;
                self.places.insert(item.id().into(), self.next);
                self.next
            }
        };
        self.items.insert(place, item);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let place = self.places.remove(id)?;
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
        let place = *self.places.get(id)?;
        Some(
            self.items
                .range((Bound::Excluded(place), Bound::Unbounded))
                .map(|(_, item)| item),
        )
    }

    /// Those created before `id`, oldest first; `None` when there is no such object.
    pub(crate) fn older_than(&self, id: &str) -> Option<impl DoubleEndedIterator<Item = &Arc<T>>> {
        let place = *self.places.get(id)?;
        Some(self.items.range(..place).map(|(_, item)| item))
    }

    pub(crate) fn oldest(&self) -> Option<&Arc<T>> {
        self.items.values().next()
    }
}
