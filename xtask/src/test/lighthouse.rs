//! Lighthouse's four categories on every public page.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Context, Counts};
use crate::tools::CHROMIUM;
use crate::workspace::{announce, tests};

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let mut lighthouse = Command::new("node");
    lighthouse.current_dir(tests()).arg("e2e/lighthouse.mjs");
    lighthouse.env("BASE_URL", context.stack.endpoint("edge")?);
    lighthouse.env("RESULTS_DIR", context.results).env("CHROMIUM", CHROMIUM);
    announce(&lighthouse);
    lighthouse.status().context("cannot run node")?;
    let report = std::fs::read(context.results.join("scores.json")).context("lighthouse.mjs left no scores")?;
    let report: Value = serde_json::from_slice(&report)?;
    let mut counts = Counts::default();
    for score in report.as_array().context("scores.json is no list")? {
        let (page, category) = (
            score["page"].as_str().unwrap_or("?"),
            score["category"].as_str().unwrap_or("?"),
        );
        let (got, bar) = (
            score["score"].as_u64().unwrap_or(0),
            score["bar"].as_u64().unwrap_or(100),
        );
        let outcome = if got >= bar {
            Ok(())
        } else {
            Err(format!("below {bar}; see {page} in {}", context.results.display()))
        };
        counts.record(&format!("{page} {category} {got}"), outcome);
    }
    Ok(counts)
}
