//! newman runs the Postman collection, as a release does before it gets traffic.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Context, Counts};
use crate::tools::npm;
use crate::workspace::{announce, tests};

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let report = context.results.join("newman.json");
    let mut newman = Command::new(npm("newman"));
    newman
        .arg("run")
        .arg(tests().join("smoke/textisur.postman_collection.json"));
    newman
        .arg("--env-var")
        .arg(format!("baseUrl={}", context.stack.endpoint("edge")?));
    newman.args([
        "--timeout-request",
        "15000",
        "--color",
        "off",
        "--disable-unicode",
        "--reporters",
        "cli,json",
    ]);
    newman
        .args(["--reporter-cli-no-banner", "--reporter-json-export"])
        .arg(&report);
    announce(&newman);
    newman.status().context("cannot run newman")?;
    let report = std::fs::read(&report).context("newman left no report")?;
    Counts::from_newman(&serde_json::from_slice(&report)?).context("newman's report has another shape")
}
