//! schemathesis holds the running services to their own OpenAPI document: no 5xx, no answer that the document does not know, nothing
//! accepted that it forbids. Once for everybody who may ask.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{Context, Counts};
use crate::http::{Client, request};
use crate::tools::venv;
use crate::workspace::{announce, tests};

/// Who asks: a demo account, or nobody.
const CALLERS: &[(&str, Option<&str>)] = &[
    ("nobody", None),
    ("buyer", Some("user1@test.com")),
    ("seller", Some("vendedor1@test.com")),
];
const PASSWORD: &str = "TestPassword123!";

/// Would end the session that the run itself lives in.
const OWN_SESSION: &str = "^/api/auth/(sessions/|account)";

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let edge = context.stack.endpoint("edge")?;
    let mut counts = Counts::default();
    for (caller, email) in CALLERS {
        eprintln!("   as {caller}");
        counts += run_as(context, edge, caller, *email)?;
    }
    Ok(counts)
}

fn run_as(context: &Context<'_>, edge: &str, caller: &str, email: Option<&str>) -> Result<Counts> {
    let report = context.results.join(format!("{caller}.xml"));
    let mut command = Command::new(venv("schemathesis"));
    command
        .arg("--config-file")
        .arg(tests().join("contract/schemathesis.toml"));
    command.args(["run", "--no-color", "--report", "junit", "--report-junit-path"]);
    command.arg(&report);
    command.args(["--max-examples", if context.quick { "10" } else { "60" }]);
    if let Some(email) = email {
        let token = sign_in(edge, email)?;
        command.arg("--header").arg(format!("Authorization: Bearer {token}"));
        command.args(["--exclude-path-regex", OWN_SESSION]);
    }
    command.arg(format!("{}/api/openapi.json", edge.trim_end_matches('/')));
    // Not announced with its arguments: one of them is a token.
    announce(&Command::new(venv("schemathesis")));
    command
        .current_dir(context.results)
        .status()
        .context("cannot run schemathesis")?;
    let report = std::fs::read_to_string(&report).context("schemathesis left no report")?;
    Counts::from_junit(&report).context("schemathesis's report has another shape")
}

fn sign_in(edge: &str, email: &str) -> Result<String> {
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    let login = request(
        edge.trim_start_matches("http://"),
        "POST",
        "/api/auth/login",
        &[],
        Some(&body),
    );
    let answer = Client::new(edge).send(&login)?;
    ensure!(answer.status == 200, "{email} cannot sign in: {}", answer.status);
    let answer: Value = serde_json::from_slice(&answer.body)?;
    Ok(answer["token"].as_str().context("no token")?.to_owned())
}
