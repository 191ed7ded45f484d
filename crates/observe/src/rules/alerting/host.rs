//! What templates of alerts may ask of the world around them.

use super::super::expression::evaluate;
use super::super::template::{Host, Value};
use crate::metrics::promql::{Engine, Query};
use crate::metrics::source::Source;

/// The variables of these templates, without the dollar.
pub(in super::super) const VARIABLES: &[&str] = &["labels", "externalLabels", "externalURL", "value"];

const FUNCTIONS: [&str; 3] = ["query", "externalURL", "pathPrefix"];

/// The names alone: for checking templates where there is nothing to ask yet.
pub(in super::super) struct KnownFunctions;

impl Host for KnownFunctions {
    fn has(&self, name: &str) -> bool {
        FUNCTIONS.contains(&name)
    }

    fn call(&self, name: &str, _: &[Value]) -> Result<Value, String> {
        Err(format!("{name} is only there when an alert is evaluated"))
    }
}

/// The world at the time of an evaluation.
pub(super) struct AlertHost<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) engine: &'a Engine,
    /// Milliseconds since the epoch.
    pub(super) time: i64,
    pub(super) external_url: &'a str,
}

impl Host for AlertHost<'_> {
    fn has(&self, name: &str) -> bool {
        KnownFunctions.has(name)
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        match (name, args) {
            ("query", [Value::Text(text)]) => self.query(text),
            ("externalURL", []) => Ok(self.external_url.into()),
            ("pathPrefix", []) => Ok(path_of(self.external_url).into()),
            ("query", [other]) => Err(format!("wrong type; expected string; got {other}")),
            (_, args) => Err(format!("wrong number of args: got {}", args.len())),
        }
    }
}

impl AlertHost<'_> {
    /// Samples as records of `Labels` and `Value`.
    fn query(&self, text: &str) -> Result<Value, String> {
        let query = Query::parse(text, self.engine.options()).map_err(|error| error.to_string())?;
        let samples = evaluate(&query, self.source, self.engine, self.time).map_err(|error| error.to_string())?;
        let record = |sample: super::Sample| {
            Value::record([("Labels", Value::Labels(sample.labels)), ("Value", sample.value.into())])
        };
        Ok(samples.into_iter().map(record).collect())
    }
}

/// `/prometheus` of `http://host/prometheus/`.
fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme.find('/').map_or("", |at| &after_scheme[at..]);
    path.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn a_prefix_is_the_path_of_the_address() {
        for (url, path) in [("http://h:9090", ""), ("http://h/", ""), ("https://h/a/b/", "/a/b")] {
            assert_eq!(path_of(url), path);
        }
    }
}
