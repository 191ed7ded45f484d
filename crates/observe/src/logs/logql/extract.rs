//! The parsers: labels out of a line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ast::{JsonPath, Logfmt, PathStep};
use super::labels::LineLabels;

const JSON_ERROR: &str = "JSONParserErr";
const LOGFMT_ERROR: &str = "LogfmtParserErr";

/// All values of a JSON object but arrays, those of inner objects as `outer_inner`, numbers as they are written. What was
/// found before a fault stays.
pub(super) fn json(line: &str, labels: &mut LineLabels<'_>) {
    if !line.trim_start().starts_with('{') {
        return labels.fail(JSON_ERROR, "expecting json object(6), but it is not");
    }
    if let Err(error) = object(line, "", 0, labels) {
        labels.fail(JSON_ERROR, error.to_string());
    }
}

fn object(text: &str, prefix: &str, depth: u8, labels: &mut LineLabels<'_>) -> serde_json::Result<()> {
    let mut text = serde_json::Deserializer::from_str(text);
    let fields = Fields { prefix, depth, labels };
    de::Deserializer::deserialize_map(&mut text, fields)?;
    text.end()
}

/// Puts what an object holds into the labels.
struct Fields<'p, 'l, 'a> {
    prefix: &'p str,
    depth: u8,
    labels: &'l mut LineLabels<'a>,
}

impl<'de> Visitor<'de> for Fields<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        if self.depth > 32 {
            return Err(de::Error::custom("the object is nested too deeply"));
        }
        while let Some((key, value)) = fields.next_entry::<Cow<'_, str>, &RawValue>()? {
            let key = sanitize(&key, self.prefix.is_empty());
            let name = if self.prefix.is_empty() {
                key
            } else {
                format!("{}_{key}", self.prefix)
            };
            let raw = value.get();
            match raw.as_bytes().first() {
                Some(b'{') => object(raw, &name, self.depth + 1, self.labels).map_err(de::Error::custom)?,
                Some(b'[' | b'n') | None => {}
                _ if name.is_empty() => {}
                _ => {
                    let text = text_of(value);
                    if !text.is_empty() {
                        self.labels.extract(&name, text);
                    }
                }
            }
        }
        Ok(())
    }
}

/// A text without its quotes, anything else as it is written.
fn text_of(value: &RawValue) -> String {
    let raw = value.get();
    match raw.as_bytes() {
        [b'"', inside @ .., b'"'] if !inside.contains(&b'\\') => raw[1..raw.len() - 1].to_owned(),
        [b'"', ..] => serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned()),
        b"null" => String::new(),
        _ => raw.to_owned(),
    }
}

/// A name that labels may have; a digit at its beginning gets a `_` before it.
fn sanitize(name: &str, is_first: bool) -> String {
    let name = name.trim();
    let mut out = String::with_capacity(name.len());
    if is_first && name.starts_with(|c: char| c.is_ascii_digit()) {
        out.push('_');
    }
    out.extend(
        name.chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }),
    );
    out
}

/// The values at these places of a JSON text; what is not there is an empty label.
pub(super) fn json_paths(line: &str, wanted: &[(String, JsonPath)], labels: &mut LineLabels<'_>) {
    let whole: &RawValue = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => return labels.fail(JSON_ERROR, error.to_string()),
    };
    for (name, path) in wanted {
        let found = path.steps.iter().try_fold(whole, |value, step| match step {
            PathStep::Field(name) => {
                let mut fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(value.get()).ok()?;
                fields.remove(name.as_str())
            }
            PathStep::Index(index) => {
                let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                items.get(*index).copied()
            }
        });
        labels.extract(name, found.map(text_of).unwrap_or_default());
    }
}

/// What Promtail's `pack` stage packed: labels, and the line that is given back.
pub(super) fn unpack(line: &str, labels: &mut LineLabels<'_>) -> Option<String> {
    let fields: serde_json::Map<String, Value> = match serde_json::from_str(line) {
        Ok(fields) => fields,
        Err(error) => {
            labels.fail(JSON_ERROR, error.to_string());
            return None;
        }
    };
    let is_packed = fields.contains_key("_entry");
    let mut entry = None;
    for (name, value) in fields {
        match value {
            Value::String(text) if name == "_entry" => entry = Some(text),
            Value::String(text) if is_packed => labels.extract(&sanitize(&name, true), text),
            _ => {}
        }
    }
    entry
}

/// `key=value key="quoted value" key`
pub(super) fn logfmt(line: &str, logfmt: &Logfmt, labels: &mut LineLabels<'_>) {
    let mut rest = line;
    let mut found: Vec<bool> = vec![false; logfmt.wanted.len()];
    loop {
        rest = rest.trim_start_matches(|c: char| c <= ' ');
        if rest.is_empty() {
            break;
        }
        let pair = match pair(&mut rest) {
            Ok(pair) => pair,
            Err(message) => {
                if logfmt.strict {
                    let at = line.len() - rest.len() + 1;
                    labels.fail(LOGFMT_ERROR, format!("logfmt syntax error at pos {at} : {message}"));
                    return;
                }
                continue;
            }
        };
        let (key, value) = pair;
        if value.is_empty() && !logfmt.keep_empty {
            continue;
        }
        if logfmt.wanted.is_empty() {
            labels.extract(&sanitize(key, true), value);
            continue;
        }
        for (index, (name, wanted)) in logfmt.wanted.iter().enumerate() {
            if wanted == key {
                labels.extract(name, value.clone());
                found[index] = true;
            }
        }
    }
    for ((name, _), _) in logfmt.wanted.iter().zip(found).filter(|(_, found)| !found) {
        labels.extract(name, String::new());
    }
}

/// The next pair. After an error the rest begins behind what is wrong.
fn pair<'l>(rest: &mut &'l str) -> Result<(&'l str, String), String> {
    let text = *rest;
    let length = text
        .find(|c: char| c <= ' ' || c == '=' || c == '"')
        .unwrap_or(text.len());
    let key = &text[..length];
    let after = &text[length..];
    let skip_word = |text: &'l str| &text[text.find(|c: char| c <= ' ').unwrap_or(text.len())..];
    if key.is_empty() || after.starts_with('"') {
        *rest = skip_word(after);
        return Err(format!("unexpected {:?}", after.chars().next().unwrap_or('=')));
    }
    let Some(value) = after.strip_prefix('=') else {
        *rest = after;
        return Ok((key, String::new()));
    };
    if let Some(quoted) = value.strip_prefix('"') {
        let mut escaped = false;
        let end = quoted.find(|c: char| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(end) = end else {
            *rest = "";
            return Err("unterminated quoted value".into());
        };
        *rest = &quoted[end + 1..];
        // The escapes are those of JSON.
        let unescaped = if quoted[..end].contains('\\') {
            serde_json::from_str(&value[..end + 2]).map_err(|_| "invalid quoted value".to_owned())?
        } else {
            quoted[..end].to_owned()
        };
        return Ok((key, unescaped));
    }
    let length = value.find(|c: char| c <= ' ').unwrap_or(value.len());
    *rest = &value[length..];
    if value[..length].contains(['=', '"']) {
        return Err(format!(
            "unexpected {:?}",
            if value[..length].contains('=') { '=' } else { '"' }
        ));
    }
    Ok((key, value[..length].to_owned()))
}
