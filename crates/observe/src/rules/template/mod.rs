//! The templates of labels, annotations and notifications: the part of Go's `text/template` that alerts are written in.
//!
//! A template is parsed once ([`Template::parse`]) and rendered as often as wanted ([`Template::render`]). The language has
//! its actions (`if`, `else`, `range`, `with`, `define`, `template`, `block`, `break`, `continue`, comments, `{{-` and
//! `-}}`), variables, pipelines, and Go's and Prometheus's functions that need nothing but their arguments
//! ([`functions`]); what needs a world around it, such as `query`, comes from the [`Host`].
//!
//! A key that a set of labels does not have is an empty text, one that a record does not have is `<no value>`: what Go
//! does with Prometheus's option `missingkey=zero`.

pub mod functions;
mod parse;
mod printf;
mod run;
mod scan;
mod tree;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::functions::{Host, NoHost};
pub use self::value::{Object, Typed, Value};

/// A parsed template, with the templates it defines.
#[derive(Debug, Clone)]
pub struct Template {
    body: Arc<Vec<tree::Node>>,
    defined: BTreeMap<String, Arc<Vec<tree::Node>>>,
}

/// Why a text is no template, or a template could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TemplateError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Template {
    /// Reads a template. `host` says which functions there are besides the built-in ones, `variables` which variables.
    ///
    /// # Errors
    /// When it does not follow the syntax, or names a function, variable or template that is not there.
    pub fn parse(text: &str, host: &dyn Host, variables: &[&str]) -> Result<Self, TemplateError> {
        parse::parse(text, host, variables)
    }

    /// Adds the templates another one defines, for `{{ template "name" . }}`; its own stay.
    pub fn adopt(&mut self, other: &Template) {
        for (name, body) in &other.defined {
            self.defined.entry(name.clone()).or_insert_with(|| Arc::clone(body));
        }
    }

    /// Adds another one under a name, with the templates it defines; what it defines anew takes the place of the old.
    pub fn include(&mut self, name: &str, other: &Template) {
        self.defined.insert(name.to_owned(), Arc::clone(&other.body));
        for (name, body) in &other.defined {
            self.defined.insert(name.clone(), Arc::clone(body));
        }
    }

    /// Renders it with `dot` as `.`, and these variables.
    ///
    /// # Errors
    /// When a function refuses its arguments, a value has no such field, or the text becomes larger than 1 MiB.
    pub fn render(&self, dot: &Value, variables: &[(&str, Value)], host: &dyn Host) -> Result<String, TemplateError> {
        run::run(self, dot, variables, host, false)
    }

    /// As [`Template::render`], for a page of HTML: values are escaped, except those that are HTML already.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_html(
        &self,
        dot: &Value,
        variables: &[(&str, Value)],
        host: &dyn Host,
    ) -> Result<String, TemplateError> {
        run::run(self, dot, variables, host, true)
    }
}

#[cfg(test)]
mod tests;
