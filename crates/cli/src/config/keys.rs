//! The keys that exist, taken from the default configuration itself.

use std::sync::LazyLock;

use serde_json::Value;

use super::Config;

/// The default configuration as JSON: unlike TOML it also shows the keys that are not set.
static SHAPE: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(Config::default()).unwrap_or_default());

/// What stands at a key.
pub(crate) enum Kind {
    Unknown,
    /// A table of known keys.
    Section,
    /// A value, or a table whose keys are free.
    Value,
}

/// What stands at `path`; any path below a free table is a value.
pub(crate) fn kind(path: &[String]) -> Kind {
    let mut place = &*SHAPE;
    for segment in path {
        match place {
            Value::Object(fields) if !fields.is_empty() => match fields.get(segment) {
                Some(next) => place = next,
                None => return Kind::Unknown,
            },
            Value::Object(_) | Value::Null => return Kind::Value,
            _ => return Kind::Unknown,
        }
    }
    match place {
        Value::Object(fields) if !fields.is_empty() => Kind::Section,
        _ => Kind::Value,
    }
}

/// Every key with a value, dotted, in order.
pub(crate) fn all() -> Vec<String> {
    fn collect(prefix: &str, value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    let dot = if prefix.is_empty() { "" } else { "." };
                    collect(&format!("{prefix}{dot}{name}"), value, into);
                }
            }
            _ => into.push(prefix.to_owned()),
        }
    }
    let mut keys = Vec::new();
    collect("", &SHAPE, &mut keys);
    keys
}

/// The known key that `key` was probably meant to be.
pub(crate) fn nearest(key: &str) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let keys = all();
    let close = keys
        .iter()
        .map(|known| (strsim::damerau_levenshtein(key, known), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(2))
        .min_by_key(|(distance, _)| *distance);
    // The right name in the wrong section is the other common mistake.
    close
        .map(|(_, known)| known.clone())
        .or_else(|| keys.iter().find(|known| last(known) == last(key)).cloned())
}

/// Whether the value is one that must not be shown.
pub(crate) fn is_secret(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    ["secret", "secret_key", "api_key", "password", "token"].contains(&last)
        // holds a password
        || key == "shop.mail.url"
        || key == "observe.collectors.mysql_url"
        || last.ends_with("_secret")
        || last.ends_with("_password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_found_by_spelling_and_by_name() {
        assert_eq!(nearest("edge.listn").as_deref(), Some("edge.listen"));
        assert_eq!(nearest("enviroment").as_deref(), Some("environment"));
        assert_eq!(
            nearest("webhook_secret").as_deref(),
            Some("shop.payments.webhook_secret")
        );
        assert_eq!(nearest("zzzzzzzzzzzzzzzz"), None);
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        assert!(is_secret("shop.payments.webhook_secret") && is_secret("shop.payments.secret_key"));
        assert!(is_secret("payment_sandbox.api_key") && !is_secret("edge.listen"));
    }
}
