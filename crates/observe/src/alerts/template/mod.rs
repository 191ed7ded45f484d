//! The templates of notifications: Alertmanager's data and functions on the language of [`crate::rules::template`].

mod data;
mod go_time;
mod host;
mod times;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use self::data::as_map;
pub use self::data::{AlertData, Data, Pairs};
use self::host::Functions;
use super::Clock;
use crate::config::ConfigError;
use crate::rules::template::{Template, TemplateError};

/// The templates every Alertmanager has, with the texts of Alertmanager's own.
const DEFAULT: &str = include_str!("default.tmpl");

/// The templates that texts of receivers may use.
#[derive(Clone)]
pub struct Templates {
    shared: Template,
    functions: Arc<Functions>,
}

/// A text of a receiver, parsed.
#[derive(Debug, Clone)]
pub struct Text(Template);

impl Templates {
    /// The default ones, and those of these files: what they define anew takes the place of what was there.
    ///
    /// # Errors
    /// When a file cannot be read or is no template.
    pub fn load(files: &[PathBuf], clock: Clock) -> Result<Self, ConfigError> {
        let functions = Arc::new(Functions { clock });
        let mut shared = Template::parse(DEFAULT, &*functions, &[]).expect("our own templates are templates");
        for file in files {
            let wrong = |error: &dyn std::fmt::Display| ConfigError::whole(file, error);
            let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
            let template = Template::parse(&text, &*functions, &[]).map_err(|error| wrong(&error))?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            shared.include(&name, &template);
        }
        Ok(Self { shared, functions })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// When it is no template.
    pub fn text(&self, text: &str) -> Result<Text, TemplateError> {
        let mut template = Template::parse(text, &*self.functions, &[])?;
        template.adopt(&self.shared);
        Ok(Text(template))
    }

    /// A text with these data.
    ///
    /// # Errors
    /// When it names what is not there, or a function refuses its arguments.
    pub fn render(&self, text: &Text, data: &Data) -> Result<String, TemplateError> {
        text.0.render(&data.value(), &[], &*self.functions)
    }

    /// A page with these data, values escaped.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub fn render_html(&self, text: &Text, data: &Data) -> Result<String, TemplateError> {
        text.0.render_html(&data.value(), &[], &*self.functions)
    }
}
