//! Playwright drives Chromium through the stories in `tests/e2e`.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Context, Counts};
use crate::tools::{CHROMIUM, npm};
use crate::workspace::{announce, tests};

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let mut playwright = Command::new(npm("playwright"));
    playwright
        .current_dir(tests())
        .args(["test", "--config", "e2e/playwright.config.ts"]);
    playwright.env("BASE_URL", context.stack.endpoint("edge")?);
    playwright.env("PAYMENT_SANDBOX_URL", context.stack.endpoint("payment_sandbox")?);
    playwright.env("DATA_DIR", context.stack.data());
    playwright.env("RESULTS_DIR", context.results);
    playwright.env("CHROMIUM", CHROMIUM);
    announce(&playwright);
    playwright.status().context("cannot run playwright")?;
    let report = std::fs::read(context.results.join("report.json")).context("playwright left no report")?;
    Counts::from_playwright(&serde_json::from_slice(&report)?).context("playwright's report has another shape")
}
