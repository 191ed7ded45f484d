//! `textisur config`: the configuration as it is understood, and where each value comes from.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::config::{Sources, is_secret, load};

/// Show the configuration and where each value comes from
///
/// Secrets are masked. Paths and addresses that follow from the data folder or from free ports are decided at start and
/// shown at their defaults here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  textisur config\n  TEXTISUR_EDGE__LISTEN=0.0.0.0:80 textisur config --json")]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// As JSON: by key, value and origin
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let loaded = load(&args.sources)?;
    let mut values = Vec::new();
    flatten("", serde_json::to_value(&loaded.config)?, &mut values);
    let origin = |key: &str| {
        loaded
            .origins
            .get(key)
            .map_or("default".to_owned(), ToString::to_string)
    };
    let mut out = io::stdout().lock();
    if args.json {
        let entries: Map<String, Value> = values
            .into_iter()
            .map(|(key, value)| {
                let origin = origin(&key);
                (key, json!({ "value": value, "origin": origin }))
            })
            .collect();
        serde_json::to_writer_pretty(&mut out, &entries).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    for (key, value) in values {
        let shown = format!("{key} = {value}");
        writeln!(out, "{shown:60} # {}", origin(&key))?;
    }
    Ok(())
}

/// Every value with its dotted key, secrets masked.
fn flatten(key: &str, value: Value, into: &mut Vec<(String, Value)>) {
    let below = |name: &str| {
        if key.is_empty() {
            name.to_owned()
        } else {
            format!("{key}.{name}")
        }
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                flatten(&below(&name), value, into);
            }
        }
        value => into.push((key.to_owned(), mask(key, value))),
    }
}

fn mask(key: &str, value: Value) -> Value {
    match value {
        Value::String(text) if is_secret(key) && !text.is_empty() => "********".into(),
        // A database's address may hold its password: scheme://user:password@host.
        Value::String(text) if text.contains("://") && text.contains('@') => {
            let (scheme, rest) = text.split_once("://").unwrap_or_default();
            let (user, host) = rest.rsplit_once('@').unwrap_or_default();
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:********@{host}").into()
        }
        Value::Array(items) => items.into_iter().map(|item| mask_fields(key, item)).collect(),
        other => other,
    }
}

fn mask_fields(key: &str, value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let masked = fields.into_iter().map(|(name, value)| {
                let value = mask(&format!("{key}.{name}"), value);
                (name, value)
            });
            Value::Object(masked.collect())
        }
        other => mask(key, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mut values = Vec::new();
        let config = json!({
            "shop": { "payments": { "secret_key": "sk_live_1", "webhook_secret": "" } },
            "sandbox": { "webhooks": [{ "url": "http://a", "secret": "whsec_1" }] },
            "database": { "url": "mysql://shop:hunter2@db/shop" },
        });
        flatten("", config, &mut values);
        let text = format!("{values:?}");
        assert!(
            !text.contains("sk_live_1") && !text.contains("whsec_1") && !text.contains("hunter2"),
            "{text}"
        );
        assert!(
            text.contains("http://a") && text.contains("mysql://shop:********@db/shop"),
            "{text}"
        );
    }
}
