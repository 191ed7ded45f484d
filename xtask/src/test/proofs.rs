//! The real programs beside the built-in ones: Debian's Prometheus, Alertmanager and exporters, and the official clients of Loki,
//! Jaeger and OpenTelemetry, over the same files and the same stack.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::scripts::{self, Said, files};
use super::{Context, Counts};
use crate::tools::{peer, python};
use crate::workspace::{self, tests};

/// The variables the scripts find programs by, and Debian's names of those.
const PROGRAMS: &[(&str, &str)] = &[
    ("PROMETHEUS", "prometheus"),
    ("PROMTOOL", "promtool"),
    ("ALERTMANAGER", "prometheus-alertmanager"),
    ("AMTOOL", "amtool"),
    ("NODE_EXPORTER", "prometheus-node-exporter"),
    ("MYSQLD_EXPORTER", "prometheus-mysqld-exporter"),
    ("NGINX_EXPORTER", "prometheus-nginx-exporter"),
];

/// The variables the scripts find the stack's parts by, and their names in `endpoints.json`.
const PARTS: &[(&str, &str)] = &[
    ("BASE_URL", "edge"),
    ("EDGE_ADMIN_URL", "edge_admin"),
    ("PROMETHEUS_URL", "prometheus"),
    ("ALERTMANAGER_URL", "alertmanager"),
    ("LOKI_URL", "loki"),
    ("OTLP_HTTP_URL", "otlp"),
    ("OTLP_GRPC_ADDR", "otlp_grpc"),
    ("JAEGER_URL", "jaeger"),
    ("CONSOLE_URL", "console"),
];

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let folder = tests().join("proofs");
    let mut counts = Counts::default();
    // Prometheus's and Alertmanager's own tools over ops/.
    let mut rules = Command::new("sh");
    rules.arg(folder.join("rules.sh"));
    counts.record(
        "ops: promtool and amtool take every file, every alert does what its test says",
        outcome(&run_with(rules, context)?),
    );
    counts += alertmanager(&folder, context)?;
    let mut exporters = Command::new(python());
    exporters.arg(folder.join("exporters.py"));
    counts.record(
        "collectors: every name, type, help and label of the exporters' of the machine and of nginx",
        outcome(&run_with(exporters, context)?),
    );
    for file in files(&folder, "_test.py")? {
        let mut command = Command::new(python());
        command.arg(file);
        counts +=
            Counts::from_unittest(&run_with(command, context)?.text).context("unittest closed without a count")?;
    }
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap"])
        .args(files(&folder, ".mjs")?);
    let said = run_with(node, context)?;
    counts += Counts::from_node(&said.text).context("node's test runner closed without a count")?;
    Ok(counts)
}

fn outcome(said: &Said) -> Result<(), String> {
    if said.succeeded {
        Ok(())
    } else {
        Err("see above".to_owned())
    }
}

/// The built-in Alertmanager alone beside the real one.
fn alertmanager(folder: &Path, context: &Context<'_>) -> Result<Counts> {
    let example = workspace::build_example("observe", "alertmanager")?;
    let mut command = Command::new(python());
    command
        .arg(folder.join("alertmanager"))
        .env("TEXTISUR_ALERTMANAGER", example);
    let said = run_with(command, context)?;
    Counts::from_line(&said.text).context("the comparison with Alertmanager closed without a count")
}

/// Runs it with everything the scripts find their programs and the stack by.
fn run_with(mut command: Command, context: &Context<'_>) -> Result<Said> {
    // The scripts run elsewhere.
    let binary = context
        .binary
        .canonicalize()
        .context("cannot find the textisur to run")?;
    let admin = context.stack.endpoint("edge_admin")?;
    command
        .env("COLLECTORS_URL", context.stack.endpoint("prometheus")?)
        .env("STUB_STATUS", format!("{admin}/stub_status"))
        .env("TEXTISUR", binary)
        .env("OPS", context.stack.data().join("ops"))
        .env("RESULTS", context.results);
    for (variable, program) in PROGRAMS {
        command.env(variable, peer(program));
    }
    for (variable, name) in PARTS {
        if let Ok(url) = context.stack.endpoint(name) {
            command.env(variable, url);
        }
    }
    scripts::run(command)
}
