//! One labelled input of a form, with what was typed and what is wrong with it.

/// An input. Passwords are never shown again.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// `text`, `email`, `password`, `tel`.
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) autocomplete: &'static str,
    /// Most characters.
    pub(super) most: usize,
    pub(super) required: bool,
    pub(super) value: String,
    pub(super) hint: Option<&'static str>,
    pub(super) error: Option<String>,
}

impl Field {
    pub(super) fn new(name: &'static str, kind: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self {
            name,
            kind,
            label,
            autocomplete,
            most: 254,
            required: true,
            value: String::new(),
            hint: None,
            error: None,
        }
    }

    pub(super) fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    pub(super) fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    pub(super) fn holding(mut self, value: &str) -> Self {
        self.value = value.to_owned();
        self
    }

    pub(super) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(super) fn wrong(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// Is there a text below it?
    pub(super) fn described(&self) -> bool {
        self.error.is_some() || self.hint.is_some()
    }
}
