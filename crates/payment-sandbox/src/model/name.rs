//! Texts that repeat over many objects (product names, picture URLs, currencies, metadata keys), held once.

use std::{
    collections::HashSet,
    fmt,
    ops::Deref,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

static NAMES: LazyLock<Mutex<HashSet<Arc<str>>>> = LazyLock::new(Mutex::default);

/// An interned text: cloning is a reference count, and a hundred thousand sessions for one shirt hold its name once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name(Arc<str>);

/// Lets go of the texts that nothing uses any more. Called now and then by the sweep.
pub(crate) fn forget_unused_names() {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names.retain(|name| Arc::strong_count(name) > 1);
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(text) {
            return Self(Arc::clone(name));
        }
        let name: Arc<str> = text.into();
        names.insert(Arc::clone(&name));
        Self(name)
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
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Ok(Self::from(text.as_ref()))
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
}
