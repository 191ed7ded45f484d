//! A JSON object written member by member.

/// An object being written.
#[derive(Debug)]
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn new() -> Self {
        let mut text = String::with_capacity(3_072);
        text.push('{');
        Self(text)
    }

    /// Whole members, each with a comma after it.
    pub(super) fn raw(&mut self, members: &str) {
        self.0.push_str(members);
    }

    /// A member whose value is JSON already.
    pub(super) fn member(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
        self.0.push(',');
    }

    pub(super) fn number(&mut self, name: &str, value: i64) {
        self.member(name, &value.to_string());
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quote(value);
        self.0.push(',');
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.member(name, "null"),
        }
    }

    pub(super) fn finish(mut self) -> String {
        // The last member's comma.
        self.0.pop();
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        self.quote(name);
        self.0.push(':');
    }

    fn quote(&mut self, text: &str) {
        self.0.push('"');
        // Most texts need no escape and go in whole.
        if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            let quoted = serde_json::Value::from(text).to_string();
            self.0.push_str(&quoted[1..quoted.len() - 1]);
        } else {
            self.0.push_str(text);
        }
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json_whatever_is_in_it() {
        let odd = "a\"b\\c\nd\u{1}é🧵";
        let mut out = Writer::new();
        out.text("odd", odd);
        out.optional("none", None);
        out.number("number", -7);
        let value: serde_json::Value = serde_json::from_str(&out.finish()).expect("JSON");
        assert_eq!(value, serde_json::json!({ "odd": odd, "none": null, "number": -7 }));
    }
}
