//! What repeats over many objects (product names, currencies, whole products), held once.

use std::{
    borrow::Borrow,
    collections::HashSet,
    fmt,
    hash::Hash,
    ops::Deref,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Product;

/// A set of shared values.
pub(super) type Pool<T> = LazyLock<Mutex<HashSet<Arc<T>>>>;

static NAMES: Pool<str> = LazyLock::new(Mutex::default);
static PRODUCTS: Pool<Product> = LazyLock::new(Mutex::default);

/// Lets go of what nothing uses any more. Called now and then by the clock.
pub(crate) fn forget_unused_names() {
    forget_unused(&NAMES);
    forget_unused(&PRODUCTS);
}

fn forget_unused<T: ?Sized + Hash + Eq>(pool: &Pool<T>) {
    pool.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|value| Arc::strong_count(value) > 1);
}

fn share<T: ?Sized + Hash + Eq, Q: ?Sized + Hash + Eq>(
    pool: &Pool<T>,
    wanted: &Q,
    make: impl FnOnce() -> Arc<T>,
) -> Arc<T>
where
    Arc<T>: Borrow<Q>,
{
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = pool.get(wanted) {
        return Arc::clone(value);
    }
    let value = make();
    pool.insert(Arc::clone(&value));
    value
}

/// An interned text: cloning is a reference count.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name(Arc<str>);

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(share(&NAMES, text, || text.into()))
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self::from(text.as_str()))
    }
}

/// An interned product: a hundred thousand sessions for one shirt hold the shirt once.
#[derive(Clone, Debug)]
pub(crate) struct SharedProduct(Arc<Product>);

impl From<Product> for SharedProduct {
    fn from(product: Product) -> Self {
        let wanted = product.clone();
        Self(share(&PRODUCTS, &wanted, || Arc::new(product)))
    }
}

impl Deref for SharedProduct {
    type Target = Product;

    fn deref(&self) -> &Product {
        &self.0
    }
}

impl Serialize for SharedProduct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SharedProduct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Product::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_one_allocation() {
        let (one, two) = (Name::from("Rebozo de seda"), Name::from("Rebozo de seda"));
        assert!(Arc::ptr_eq(&one.0, &two.0));
    }

    #[test]
    fn equal_products_share_one_allocation() {
        let product = |name: &str| Product {
            name: name.into(),
            description: None,
            images: Vec::new(),
            metadata: Default::default(),
        };
        let (one, two, other) = (product("Rebozo"), product("Rebozo"), product("Cobija"));
        let (one, two, other) = (
            SharedProduct::from(one),
            SharedProduct::from(two),
            SharedProduct::from(other),
        );
        assert!(Arc::ptr_eq(&one.0, &two.0) && !Arc::ptr_eq(&one.0, &other.0));
    }
}
