//! What requests ask for in their addresses.

use axum::extract::RawQuery;

use super::answer::Refusal;
use crate::alerts::Filter;
use crate::alerts::config::matchers::parse_one;
use crate::metrics::matchers::{Matcher, anchored};

/// All values of a parameter.
fn all(query: &RawQuery, name: &str) -> Vec<String> {
    let query = query.0.as_deref().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .filter(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

/// `filter`, as often as there are.
pub(super) fn matchers(query: &RawQuery) -> Result<Vec<Matcher>, Refusal> {
    let filters = all(query, "filter");
    filters
        .iter()
        .map(|text| parse_one(text).map_err(Refusal::bad_request))
        .collect()
}

/// What is true to go-swagger; nothing said is true too.
fn flag(query: &RawQuery, name: &str) -> bool {
    let said = all(query, name).pop();
    said.is_none_or(|text| {
        matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "1" | "yes" | "ok" | "y" | "on" | "selected" | "checked" | "t" | "enabled"
        )
    })
}

/// Which alerts are asked for. `unprocessed` makes no difference: all are processed when they come.
pub(super) fn filter(query: &RawQuery) -> Result<Filter, Refusal> {
    let receiver = all(query, "receiver").pop().filter(|text| !text.is_empty());
    let receiver = receiver.map(|pattern| {
        anchored(&pattern).map_err(|error| {
            Refusal::bad_request(format!(
                "failed to parse receiver param: error parsing regexp: {}: `^(?:{pattern})$`",
                error.cause()
            ))
        })
    });
    Ok(Filter {
        receiver: receiver.transpose()?,
        matchers: matchers(query)?,
        active: flag(query, "active"),
        silenced: flag(query, "silenced"),
        inhibited: flag(query, "inhibited"),
    })
}
