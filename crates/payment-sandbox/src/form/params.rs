//! Strict, typed reading of a decoded form: every complaint carries Stripe's code and the parameter's full name.

use super::{MetadataChange, Node};
use crate::error::ApiError;

/// The parameters at one level of a request. Reading takes the value out; [`Params::only`] comes first and refuses what
/// the endpoint does not know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    prefix: String,
    entries: Vec<(String, Node)>,
}

impl Params {
    pub(crate) fn new(entries: Vec<(String, Node)>) -> Self {
        Self {
            prefix: String::new(),
            entries,
        }
    }

    /// The full name of a member, as errors show it: `line_items[0][price]`.
    pub(crate) fn name(&self, key: &str) -> String {
        if self.prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{}[{key}]", self.prefix)
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// Refuses every parameter that is not in `known`.
    pub(crate) fn only(&self, known: &[&[&str]]) -> Result<(), ApiError> {
        let unknown: Vec<String> = self
            .entries
            .iter()
            .filter(|(name, _)| !known.iter().any(|list| list.contains(&name.as_str())))
            .map(|(name, _)| self.name(name))
            .collect();
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(ApiError::unknown_parameters(&unknown))
        }
    }

    /// Refuses what Stripe knows and this sandbox does not carry out, rather than pretend.
    pub(crate) fn unsupported(&self, keys: &[&str]) -> Result<(), ApiError> {
        match self
            .entries
            .iter()
            .find(|(name, node)| keys.contains(&name.as_str()) && !switched_off(node))
        {
            Some((name, _)) => Err(ApiError::unsupported(&self.name(name))),
            None => Ok(()),
        }
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }

    /// A text that, when given, may not be empty.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, ApiError> {
        match self.take(key) {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => Err(ApiError::empty_parameter(&self.name(key))),
            Some(Node::Text(text)) if text.len() > 5_000 => Err(ApiError::parameter(
                "parameter_invalid_string_blank",
                &self.name(key),
                format!(
                    "Invalid string: must be at most 5000 characters (it has {}).",
                    text.chars().count()
                ),
            )),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Map(_)) => Err(ApiError::wrong_kind("Invalid string", &self.name(key))),
        }
    }

    pub(crate) fn required(&mut self, key: &str) -> Result<String, ApiError> {
        self.text(key)?.ok_or_else(|| ApiError::missing(&self.name(key)))
    }

    /// A text that an empty value unsets: `Some(None)` is "unset".
    pub(crate) fn clearable(&mut self, key: &str) -> Result<Option<Option<String>>, ApiError> {
        match self.take(key) {
            Some(Node::Text(text)) if text.is_empty() => Ok(Some(None)),
            Some(node) => {
                self.entries.push((key.to_owned(), node));
                Ok(self.text(key)?.map(Some))
            }
            None => Ok(None),
        }
    }

    pub(crate) fn integer(&mut self, key: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ApiError::parameter(
                "parameter_invalid_integer",
                &self.name(key),
                format!("Invalid integer: {text}"),
            )),
        }
    }

    /// An integer of at least `least`, with Stripe's wording for less.
    pub(crate) fn integer_from(&mut self, key: &str, least: i64) -> Result<Option<i64>, ApiError> {
        match self.integer(key)? {
            Some(number) if number < least && least == 1 => Err(ApiError::parameter(
                "parameter_invalid_integer",
                &self.name(key),
                "This value must be greater than or equal to 1.",
            )),
            Some(number) if number < least => Err(ApiError::parameter(
                "parameter_invalid_integer",
                &self.name(key),
                format!("Invalid non-negative integer: {number}"),
            )),
            other => Ok(other),
        }
    }

    pub(crate) fn boolean(&mut self, key: &str) -> Result<Option<bool>, ApiError> {
        match self.text(key)?.as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(other) => Err(ApiError::invalid(format!("Invalid boolean: {other}")).with_param(&self.name(key))),
        }
    }

    pub(crate) fn one_of(&mut self, key: &str, values: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match values.iter().find(|value| **value == text) {
            Some(value) => Ok(Some(value)),
            None => Err(ApiError::not_one_of(&self.name(key), values)),
        }
    }

    /// An absolute http(s) URL.
    pub(crate) fn url(&mut self, key: &str) -> Result<Option<String>, ApiError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if is_url(&text) {
            return Ok(Some(text));
        }
        Err(ApiError::parameter(
            "url_invalid",
            &self.name(key),
            "Not a valid URL: it must begin with an explicit scheme, http:// or https://.",
        ))
    }

    /// A nested object; an empty text stands for an empty one.
    pub(crate) fn object(&mut self, key: &str) -> Result<Option<Params>, ApiError> {
        match self.take(key) {
            None => Ok(None),
            Some(Node::Map(entries)) => Ok(Some(Params {
                prefix: self.name(key),
                entries,
            })),
            Some(Node::Text(text)) if text.is_empty() => Ok(Some(Params {
                prefix: self.name(key),
                entries: Vec::new(),
            })),
            Some(Node::Text(_)) => Err(ApiError::wrong_kind("Invalid object", &self.name(key))),
        }
    }

    /// A list of objects.
    pub(crate) fn objects(&mut self, key: &str) -> Result<Option<Vec<Params>>, ApiError> {
        let Some(elements) = self.elements(key)? else {
            return Ok(None);
        };
        let prefix = self.name(key);
        elements
            .into_iter()
            .map(|(index, node)| match node {
                Node::Map(entries) => Ok(Params {
                    prefix: format!("{prefix}[{index}]"),
                    entries,
                }),
                Node::Text(_) => Err(ApiError::wrong_kind("Invalid object", &format!("{prefix}[{index}]"))),
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(elements) = self.elements(key)? else {
            return Ok(None);
        };
        let prefix = self.name(key);
        elements
            .into_iter()
            .map(|(index, node)| match node {
                Node::Text(text) => Ok(text),
                Node::Map(_) => Err(ApiError::wrong_kind("Invalid string", &format!("{prefix}[{index}]"))),
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn elements(&mut self, key: &str) -> Result<Option<Vec<(String, Node)>>, ApiError> {
        match self.take(key) {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => Ok(Some(Vec::new())),
            Some(Node::Map(elements)) if elements.iter().all(|(index, _)| index.parse::<u32>().is_ok()) => {
                Ok(Some(elements))
            }
            Some(_) => Err(ApiError::wrong_kind("Invalid array", &self.name(key))),
        }
    }

    /// `metadata`, if it was sent.
    pub(crate) fn metadata(&mut self) -> Result<MetadataChange, ApiError> {
        let name = self.name("metadata");
        match self.take("metadata") {
            None => Ok(MetadataChange::default()),
            Some(node) => MetadataChange::read(node, &name),
        }
    }

    /// What was sent under `key`, as JSON, for parameters that are kept and shown but change nothing here.
    pub(crate) fn echo(&mut self, key: &str) -> Option<serde_json::Value> {
        self.take(key).map(to_json)
    }
}

/// `false`, empty, or an object whose `enabled` is false: asking for nothing.
fn switched_off(node: &Node) -> bool {
    match node {
        Node::Text(text) => text.is_empty() || text == "false",
        Node::Map(entries) => {
            entries.is_empty()
                || entries
                    .iter()
                    .any(|(key, node)| key == "enabled" && *node == Node::Text("false".to_owned()))
        }
    }
}

fn to_json(node: Node) -> serde_json::Value {
    use serde_json::Value;
    match node {
        Node::Text(text) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "" => Value::Null,
            _ => Value::String(text),
        },
        Node::Map(entries) if !entries.is_empty() && entries.iter().all(|(key, _)| key.parse::<u32>().is_ok()) => {
            entries.into_iter().map(|(_, node)| to_json(node)).collect()
        }
        Node::Map(entries) => Value::Object(entries.into_iter().map(|(key, node)| (key, to_json(node))).collect()),
    }
}

/// Whether `text` is an absolute http(s) URL that can go into a `Location` header.
pub(crate) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
        && text
            .chars()
            .all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::decode;

    fn params(encoded: &str) -> Params {
        Params::new(decode(encoded.as_bytes()).expect("a valid form"))
    }

    #[test]
    fn errors_name_the_parameter_in_full() {
        let mut outer = params("line_items[0][quantity]=two&line_items[0][price]=");
        let mut item = outer.objects("line_items").expect("a list").expect("present").remove(0);
        let error = item.integer("quantity").expect_err("not a number");
        assert_eq!(error.body()["error"]["param"], "line_items[0][quantity]");
        assert_eq!(error.body()["error"]["message"], "Invalid integer: two");
        assert_eq!(
            item.required("price").expect_err("empty").body()["error"]["code"],
            "parameter_invalid_empty"
        );
        assert_eq!(
            item.required("price").expect_err("taken").body()["error"]["code"],
            "parameter_missing"
        );
    }

    #[test]
    fn unknown_parameters_are_named() {
        let error = params("mode=payment&modes=x&foo[bar]=1")
            .only(&[&["mode"]])
            .expect_err("unknown");
        assert_eq!(error.body()["error"]["code"], "parameter_unknown");
        assert_eq!(
            error.body()["error"]["message"],
            "Received unknown parameters: modes, foo"
        );
    }

    #[test]
    fn urls_need_a_scheme_and_a_host() {
        assert!(is_url(
            "http://localhost:3000/orders/success?session_id={CHECKOUT_SESSION_ID}"
        ));
        for bad in [
            "localhost/ok",
            "javascript:alert(1)",
            "http://",
            "https://a b",
            "https://a\nb",
            "http://u@h/",
        ] {
            assert!(!is_url(bad), "{bad}");
        }
    }
}
