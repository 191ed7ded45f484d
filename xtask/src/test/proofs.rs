//! The real programs beside the built-in ones: Debian's Prometheus, Alertmanager and exporters, and the official clients of Loki,
//! Jaeger and OpenTelemetry, over the same files and the same stack.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{Context, Counts};
use crate::tools::{peer, python};
use crate::workspace::{self, announce, tests};

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
    let (_, succeeded) = run_with(rules, context)?;
    counts.record(
        "ops: promtool and amtool take every file, every alert does what its test says",
        if succeeded { Ok(()) } else { Err("see above".to_owned()) },
    );
    counts += alertmanager(&folder, context)?;
    let mut exporters = Command::new(python());
    exporters.arg(folder.join("exporters.py"));
    let (_, succeeded) = run_with(exporters, context)?;
    counts.record(
        "collectors: every name, type, help and label of the exporters' of the machine and of nginx",
        if succeeded { Ok(()) } else { Err("see above".to_owned()) },
    );
    for file in files(&folder, "_test.py")? {
        let mut command = Command::new(python());
        command.arg(file);
        counts += Counts::from_unittest(&run_with(command, context)?.0).context("unittest closed without a count")?;
    }
    let node = files(&folder, ".mjs")?;
    if !node.is_empty() {
        let mut command = Command::new("node");
        command.args(["--test", "--test-reporter=tap"]).args(&node);
        let (output, _) = run_with(command, context)?;
        counts += Counts::from_node(&output).context("node's test runner closed without a count")?;
    }
    Ok(counts)
}

/// The built-in Alertmanager alone beside the real one.
fn alertmanager(folder: &Path, context: &Context<'_>) -> Result<Counts> {
    let example = workspace::build_example("observe", "alertmanager")?;
    let mut command = Command::new(python());
    command
        .arg(folder.join("alertmanager"))
        .env("TEXTISUR_ALERTMANAGER", example);
    let (said, _) = run_with(command, context)?;
    Counts::from_line(&said).context("the comparison with Alertmanager closed without a count")
}

/// Runs it, shows and returns what it printed, and whether it was content.
fn run_with(mut command: Command, context: &Context<'_>) -> Result<(String, bool)> {
    // The scripts run elsewhere.
    let binary = context
        .binary
        .canonicalize()
        .context("cannot find the textisur to run")?;
    let admin = context.stack.endpoint("edge_admin")?;
    command
        .current_dir(tests())
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
    announce(&command);
    let done = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    eprint!("{text}");
    Ok((text, done.status.success()))
}

fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    if files.is_empty() && ending.ends_with(".py") {
        bail!("no *{ending} in {}", folder.display());
    }
    Ok(files)
}
