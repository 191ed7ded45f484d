//! The labels of one line while it goes through a pipeline.

use std::borrow::Cow;

use crate::metrics::labels::{Labels, LabelsBuilder};

/// The label that names what went wrong with a line.
pub(crate) const ERROR: &str = "__error__";
/// The label with the details of it.
pub(crate) const ERROR_DETAILS: &str = "__error_details__";

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The stream's.
    Stream,
    /// Sent with the line.
    Metadata,
    /// Made by the pipeline.
    Parsed,
}

/// A stream's labels, those sent with a line, and what the pipeline has made of them so far.
#[derive(Debug)]
pub(crate) struct LineLabels<'a> {
    stream: &'a Labels,
    metadata: &'a Labels,
    /// The last one of a name counts; without a value it is gone.
    changes: Vec<(Cow<'a, str>, Option<String>, Origin)>,
    error: Option<&'static str>,
    details: String,
}

/// Labels by where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Categorized {
    /// The stream's.
    pub stream: Labels,
    /// Sent with the line.
    pub metadata: Labels,
    /// Made by the pipeline.
    pub parsed: Labels,
}

impl<'a> LineLabels<'a> {
    pub(crate) fn new(stream: &'a Labels, metadata: &'a Labels) -> Self {
        Self {
            stream,
            metadata,
            changes: Vec::new(),
            error: None,
            details: String::new(),
        }
    }

    /// Whether the labels are still those of the stream.
    pub(crate) fn is_untouched(&self) -> bool {
        self.changes.is_empty() && self.metadata.is_empty() && self.error.is_none()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|(value, _)| value)
    }

    /// A label's value and origin.
    pub(crate) fn find(&self, name: &str) -> Option<(&str, Origin)> {
        match name {
            ERROR => return self.error.map(|error| (error, Origin::Parsed)),
            ERROR_DETAILS => return self.error.map(|_| (self.details.as_str(), Origin::Parsed)),
            _ => {}
        }
        if let Some((_, value, origin)) = self.changes.iter().rev().find(|(other, ..)| other == name) {
            return value.as_deref().map(|value| (value, *origin));
        }
        let in_set = |labels: &'a Labels, origin| {
            let value = labels.get(name);
            (!value.is_empty()).then_some((value, origin))
        };
        in_set(self.metadata, Origin::Metadata).or_else(|| in_set(self.stream, Origin::Stream))
    }

    /// Sets a label.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'a, str>>, value: String, origin: Origin) {
        let name = name.into();
        match name.as_ref() {
            ERROR | ERROR_DETAILS => {}
            _ => {
                self.changes.retain(|(other, ..)| *other != name);
                self.changes.push((name, Some(value), origin));
            }
        }
    }

    /// Sets what a parser found: beside a label the line came with, it is called `NAME_extracted`.
    pub(crate) fn extract(&mut self, name: &str, value: String) {
        let taken = !self.stream.get(name).is_empty() || !self.metadata.get(name).is_empty();
        let name = if taken {
            format!("{name}_extracted")
        } else {
            name.to_owned()
        };
        self.set(name, value, Origin::Parsed);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        match name {
            ERROR => self.error = None,
            ERROR_DETAILS => self.details.clear(),
            _ => {
                if let Some((_, origin)) = self.find(name) {
                    self.changes.retain(|(other, ..)| other != name);
                    self.changes.push((name.to_owned().into(), None, origin));
                }
            }
        }
    }

    /// Notes what is wrong; a later error takes the place of an earlier one.
    pub(crate) fn fail(&mut self, error: &'static str, details: impl Into<String>) {
        self.error = Some(error);
        self.details = details.into();
    }

    pub(crate) fn error(&self) -> Option<&'static str> {
        self.error
    }

    /// All names, the error's left out.
    pub(crate) fn names(&self) -> Vec<String> {
        self.all().iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// The set of those that are there, without the error.
    fn all(&self) -> Labels {
        let mut set = self.stream.edit();
        for (name, value) in self.metadata.iter() {
            set.set(name, value);
        }
        for (name, value, _) in &self.changes {
            set.set(name.as_ref(), value.as_deref().unwrap_or_default());
        }
        set.build()
    }

    /// The finished set, with the error where there is one.
    pub(crate) fn build(&self) -> Labels {
        if self.is_untouched() {
            return self.stream.clone();
        }
        let all = self.all();
        match self.error {
            None => all,
            Some(error) => all
                .edit()
                .set(ERROR, error)
                .set(ERROR_DETAILS, self.details.as_str())
                .build(),
        }
    }

    /// The finished sets by origin.
    pub(crate) fn categorize(&self) -> Categorized {
        let (mut stream, mut metadata) = (self.stream.edit(), self.metadata.edit());
        let mut parsed = LabelsBuilder::default();
        for (name, value, origin) in &self.changes {
            stream.set(name.as_ref(), "");
            metadata.set(name.as_ref(), "");
            let value = value.as_deref().unwrap_or_default();
            match origin {
                Origin::Stream => stream.set(name.as_ref(), value),
                Origin::Metadata => metadata.set(name.as_ref(), value),
                Origin::Parsed => parsed.set(name.as_ref(), value),
            };
        }
        if let Some(error) = self.error {
            parsed.set(ERROR, error).set(ERROR_DETAILS, self.details.as_str());
        }
        Categorized {
            stream: stream.build(),
            metadata: metadata.build(),
            parsed: parsed.build(),
        }
    }
}
