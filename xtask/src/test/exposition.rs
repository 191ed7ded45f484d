//! What every process exposes is read by Prometheus's own checker, and by the reference parser of OpenMetrics.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::{Context, Counts};
use crate::http::{Client, request};
use crate::tools::{peer, python};
use crate::workspace::tests;

/// What promtool's linter says of a name that the seed fixes: `active_users_total` is a gauge there.
const SEEDS_OWN: &[&str] = &[r#"active_users_total non-counter metrics should not have "_total" suffix"#];

/// One of the formats that a process answers in.
struct Format {
    label: &'static str,
    media_type: &'static str,
    version: &'static str,
    file_ending: &'static str,
    /// Fails with what the reader has to say against it.
    read: fn(&Path) -> Result<()>,
}

const FORMATS: &[Format] = &[
    Format {
        label: "promtool check metrics",
        media_type: "text/plain",
        version: "0.0.4",
        file_ending: "prom",
        read: lint,
    },
    Format {
        label: "OpenMetrics",
        media_type: "application/openmetrics-text",
        version: "1.0.0",
        file_ending: "openmetrics",
        read: parse,
    },
];

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let mut counts = Counts::default();
    for (name, address, path) in targets(context)? {
        for format in FORMATS {
            let file = context.results.join(format!("{name}.{}", format.file_ending));
            let checked = fetch(&address, &path, format).and_then(|text| {
                fs::write(&file, text)?;
                (format.read)(&file)
            });
            let outcome = checked.map_err(|error| format!("{error:#}"));
            counts.record(&format!("{name}: {}", format.label), outcome);
        }
    }
    Ok(counts)
}

/// Name, address and path of every process that exposes metrics.
fn targets(context: &Context<'_>) -> Result<Vec<(String, String, String)>> {
    let mut targets: Vec<(String, String, String)> = context
        .stack
        .services()?
        .into_iter()
        .map(|(name, address)| (name, address, "/api/metrics".to_owned()))
        .collect();
    ensure!(!targets.is_empty(), "the routing table names no service");
    for (name, endpoint) in [("edge", "edge_admin"), ("payment-sandbox", "payment_sandbox")] {
        targets.push((
            name.to_owned(),
            context.stack.endpoint(endpoint)?.to_owned(),
            "/metrics".to_owned(),
        ));
    }
    Ok(targets)
}

fn fetch(address: &str, path: &str, format: &Format) -> Result<Vec<u8>> {
    let mut client = Client::new(address);
    // Some traffic first, so that histograms have values in them.
    if path == "/api/metrics" {
        client.get("/api/health")?;
    }
    let accept = format!("{}; version={}", format.media_type, format.version);
    let answer = client.send(&request(address, "GET", path, &[("Accept", &accept)], None))?;
    ensure!(answer.status == 200, "{address}{path} answers {}", answer.status);
    let got = &answer.content_type;
    ensure!(
        got.starts_with(format.media_type),
        "{address}{path} is {got} when asked for {accept}"
    );
    Ok(answer.body)
}

/// `promtool check metrics`: exit code 1 is a parse error, 3 is lint.
fn lint(file: &Path) -> Result<()> {
    let done = Command::new(peer("promtool"))
        .args(["check", "metrics"])
        .stdin(File::open(file)?)
        .stdout(Stdio::null())
        .output()
        .context("cannot run promtool")?;
    let said = String::from_utf8_lossy(&done.stderr);
    let left: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !SEEDS_OWN.contains(line))
        .collect();
    let known_lint_only = done.status.code() == Some(3) && left.is_empty();
    ensure!(done.status.success() || known_lint_only, "{}", left.join("; "));
    Ok(())
}

fn parse(file: &Path) -> Result<()> {
    let done = Command::new(python())
        .arg(tests().join("exposition/openmetrics.py"))
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .context("cannot run python")?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(
        done.status.success(),
        "{}",
        said.lines().last().unwrap_or("no reason given")
    );
    Ok(())
}
