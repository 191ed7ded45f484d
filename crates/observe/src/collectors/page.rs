//! A page of metrics in Prometheus text 0.0.4, written family by family.

use std::fmt::Write as _;

/// What a family's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Untyped,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Untyped => "untyped",
        }
    }
}

/// The page so far.
#[derive(Debug, Default)]
pub(super) struct Page(String);

/// A family whose samples are being written.
#[derive(Debug)]
pub(super) struct Family<'a> {
    page: &'a mut Page,
    name: &'a str,
}

impl Page {
    /// Begins a family. All its samples have to come before the next family begins.
    pub(super) fn family<'a>(&'a mut self, name: &'a str, help: &str, kind: Kind) -> Family<'a> {
        let help = help.replace('\\', r"\\").replace('\n', r"\n");
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.word());
        Family { page: self, name }
    }

    /// A family of one value without labels.
    pub(super) fn single(&mut self, name: &str, help: &str, kind: Kind, value: f64) {
        self.family(name, help, kind).sample(&[], value);
    }

    /// As it is answered.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// Adds a sample.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: f64) -> &mut Self {
        let text = &mut self.page.0;
        text.push_str(self.name);
        if !labels.is_empty() {
            let mut before = '{';
            for (name, value) in labels {
                let _ = write!(text, "{before}{name}=\"");
                escape(text, value);
                text.push('"');
                before = ',';
            }
            text.push('}');
        }
        let _ = match value {
            f64::INFINITY => writeln!(text, " +Inf"),
            f64::NEG_INFINITY => writeln!(text, " -Inf"),
            value => writeln!(text, " {value}"),
        };
        self
    }
}

fn escape(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str(r"\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str(r"\n"),
            letter => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_numbers_are_as_the_format_has_them() {
        let mut page = Page::default();
        page.family("disk", "a \\ b\nc", Kind::Gauge)
            .sample(&[("path", "C:\\\"x\"\n")], f64::INFINITY)
            .sample(&[("path", "é"), ("b", "")], 0.5);
        page.single("up", "Up.", Kind::Untyped, f64::NAN);
        assert_eq!(
            page.into_text(),
            "# HELP disk a \\\\ b\\nc\n# TYPE disk gauge\ndisk{path=\"C:\\\\\\\"x\\\"\\n\"} +Inf\ndisk{path=\"é\",b=\"\"} 0.5\n\
             # HELP up Up.\n# TYPE up untyped\nup NaN\n"
        );
    }
}
