//! The caller's own keys and values.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Keys and values, held as the JSON object they are shown as (empty: as nothing): one allocation, and nothing to do to
/// show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Metadata(Box<str>);

impl Metadata {
    /// `current` with every pair of `changes` set; an empty value removes its key.
    pub(crate) fn with(&self, changes: &[(String, String)]) -> Self {
        let mut map = self.map();
        for (key, value) in changes {
            if value.is_empty() {
                map.remove(key);
            } else {
                map.insert(key.clone(), Value::from(value.as_str()));
            }
        }
        if map.is_empty() {
            Self::default()
        } else {
            Self(Value::Object(map).to_string().into())
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.map().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn to_json(&self) -> Value {
        Value::Object(self.map())
    }

    /// The JSON object as text.
    pub(crate) fn as_text(&self) -> &str {
        if self.0.is_empty() { "{}" } else { &self.0 }
    }

    fn map(&self) -> Map<String, Value> {
        if self.0.is_empty() {
            Map::new()
        } else {
            serde_json::from_str(&self.0).unwrap_or_default()
        }
    }
}
