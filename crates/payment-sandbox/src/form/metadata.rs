//! `metadata`: up to 50 keys of 40 characters with values of 500, as Stripe holds it.

use super::Node;
use crate::error::ApiError;
use crate::model::Metadata;

const MAX_KEYS: usize = 50;
const MAX_KEY: usize = 40;
const MAX_VALUE: usize = 500;

/// What a request says about metadata: keys set, keys unset by an empty value, or everything unset by `metadata=`.
#[derive(Debug, Default)]
pub(crate) struct MetadataChange {
    clear: bool,
    values: Vec<(String, String)>,
}

impl MetadataChange {
    pub(super) fn read(node: Node, name: &str) -> Result<Self, ApiError> {
        let entries = match node {
            Node::Text(text) if text.is_empty() => {
                return Ok(Self {
                    clear: true,
                    values: Vec::new(),
                });
            }
            Node::Text(_) => return Err(ApiError::wrong_kind("Invalid object", name)),
            Node::Map(entries) => entries,
        };
        let mut values = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            let param = format!("{name}[{key}]");
            let Node::Text(value) = node else {
                return Err(ApiError::wrong_kind("Invalid string", &param));
            };
            let (key_length, length) = (key.chars().count(), value.chars().count());
            if key_length > MAX_KEY {
                return Err(ApiError::invalid(format!(
                    "Metadata keys can have up to {MAX_KEY} characters, but you passed in a key that is {key_length} \
                     characters. Invalid key: {key}"
                ))
                .with_param(name));
            }
            if length > MAX_VALUE {
                return Err(ApiError::invalid(format!(
                    "Metadata values can have up to {MAX_VALUE} characters, but you passed in a value that is {length} \
                     characters. Invalid value: {value}"
                ))
                .with_param(&param));
            }
            values.push((key, value));
        }
        Ok(Self { clear: false, values })
    }

    /// `current` with this change made.
    pub(crate) fn apply(&self, current: &Metadata) -> Result<Metadata, ApiError> {
        let metadata = if self.clear {
            Metadata::default()
        } else {
            current.with(&self.values)
        };
        if metadata.len() > MAX_KEYS {
            return Err(ApiError::invalid(format!("Metadata can have up to {MAX_KEYS} keys.")).with_param("metadata"));
        }
        Ok(metadata)
    }

    /// The change made to nothing: what a create request holds.
    pub(crate) fn fresh(&self) -> Result<Metadata, ApiError> {
        self.apply(&Metadata::default())
    }
}
