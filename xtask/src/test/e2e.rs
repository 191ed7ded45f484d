//! Playwright drives Chromium through the stories in `tests/e2e`.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::{Context, Counts};
use crate::tools::{CHROMIUM, npm, python};
use crate::workspace::{announce, tests};

/// All of them, and before them what the console's scripts say without a browser.
pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let mut counts = play(context, &[])?;
    counts += scripts()?;
    Ok(counts)
}

/// node's test runner over `tests/console`.
fn scripts() -> Result<Counts> {
    let mut node = Command::new("node");
    node.current_dir(tests()).args(["--test", "--test-reporter=tap"]);
    for file in fs::read_dir(tests().join("console"))? {
        node.arg(file?.path());
    }
    announce(&node);
    let done = node.stdin(Stdio::null()).output().context("cannot run node")?;
    let said = String::from_utf8_lossy(&done.stdout);
    eprint!("{said}");
    Counts::from_node(&said).context("node's test runner closed without a count")
}

/// Those that look into the database, for a stack on another one.
pub(super) fn run_looking_into_database(context: &Context<'_>) -> Result<Counts> {
    let mut stories = Vec::new();
    for entry in fs::read_dir(tests().join("e2e"))? {
        let path = entry?.path();
        if path.is_file() && fs::read_to_string(&path)?.contains("./support/database.ts") {
            stories.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    ensure!(!stories.is_empty(), "no story looks into the database");
    stories.sort();
    play(context, &stories)
}

fn play(context: &Context<'_>, stories: &[String]) -> Result<Counts> {
    let mut playwright = Command::new(npm("playwright"));
    playwright
        .current_dir(tests())
        .args(["test", "--config", "e2e/playwright.config.ts"]);
    playwright.args(stories);
    playwright.env("BASE_URL", context.stack.endpoint("edge")?);
    playwright.env("PAYMENT_SANDBOX_URL", context.stack.endpoint("payment_sandbox")?);
    playwright.env("DATA_DIR", context.stack.data());
    playwright.env("PYTHON", python());
    if let Some(url) = context.database {
        playwright.env("DATABASE_URL", url);
    }
    playwright.env("RESULTS_DIR", context.results);
    playwright.env("CHROMIUM", CHROMIUM);
    announce(&playwright);
    playwright.status().context("cannot run playwright")?;
    let report = fs::read(context.results.join("report.json")).context("playwright left no report")?;
    Counts::from_playwright(&serde_json::from_slice(&report)?).context("playwright's report has another shape")
}
