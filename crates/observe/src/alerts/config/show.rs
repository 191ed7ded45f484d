//! The configuration as it may be shown: the same YAML, with `<secret>` where a secret stands.

use std::path::Path;

use serde_json::Value;

use crate::config::{ConfigError, yaml};

/// Keys whose values nobody needs to see.
const SECRET: &[&str] = &[
    "api_url",
    "auth_password",
    "bearer_token",
    "credentials",
    "key",
    "password",
    "routing_key",
    "secrets",
    "slack_api_url",
    "smtp_auth_password",
];

pub(super) fn shown(text: &str, path: &Path) -> Result<String, ConfigError> {
    let mut value: Value = yaml::read::<Option<Value>>(text, path)?.unwrap_or(Value::Null);
    hide(&mut value, false);
    let mut shown = String::new();
    write(&value, 0, &mut shown);
    Ok(shown)
}

/// Keys under which there are names of labels and headers.
const NAMED: &[&str] = &[
    "details",
    "headers",
    "match",
    "match_re",
    "source_match",
    "source_match_re",
    "target_match",
    "target_match_re",
];

fn hide(value: &mut Value, is_secret: bool) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                // What stands under these is called as somebody likes.
                if !NAMED.contains(&name.as_str()) {
                    hide(value, SECRET.contains(&name.as_str()));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, is_secret)),
        Value::Null => {}
        other if is_secret => *other = Value::from("<secret>"),
        _ => {}
    }
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                out.push_str(&format!("{indent}{}:", scalar(&Value::from(name.as_str()))));
                nested(value, depth + 1, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                nested(item, depth + 1, &mut inner);
                // The first line of a nested mapping stands behind the dash.
                let inner = inner.trim_start_matches('\n').trim_start();
                out.push_str(&format!("{indent}- {inner}"));
            }
        }
        other => out.push_str(&format!("{indent}{}\n", scalar(other))),
    }
}

/// What stands behind a key or a dash.
fn nested(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('\n');
            write(value, depth, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            write(value, depth, out);
        }
        other => out.push_str(&format!(" {}\n", scalar(other))),
    }
}

/// Texts in quotes unless they can be nothing else; JSON's escapes are YAML's.
fn scalar(value: &Value) -> String {
    let plain = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '<')
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '<' | '>'))
            && !matches!(
                text.to_ascii_lowercase().as_str(),
                "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
            )
    };
    match value {
        Value::String(text) if plain(text) => text.clone(),
        other => other.to_string(),
    }
}
