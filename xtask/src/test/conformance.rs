//! Official clients with nothing but the host changed: Stripe's against the payment sandbox, Socket.IO's against the chat, which also
//! has to keep the rules of its protocols; and a push service and its browsers that share no code with the shop.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{Context, Counts};
use crate::tools::python;
use crate::workspace::{announce, tests};

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let stripe = tests().join("conformance/stripe");
    let mut counts = Counts::default();
    for folder in [
        &stripe,
        &tests().join("conformance/socketio"),
        &tests().join("conformance/web-push"),
    ] {
        let node = files(folder, ".test.mjs")?;
        let mut command = Command::new("node");
        command.args(["--test", "--test-reporter=tap"]).args(&node);
        let output = run_with(command, context)?;
        counts += Counts::from_node(&output).context("node's test runner closed without a count")?;
    }
    for file in files(&stripe, ".py")? {
        let mut command = Command::new(python());
        command.arg(file);
        counts += Counts::from_unittest(&run_with(command, context)?).context("unittest closed without a count")?;
    }
    Ok(counts)
}

/// Runs it, shows and returns what it printed.
fn run_with(mut command: Command, context: &Context<'_>) -> Result<String> {
    command
        .current_dir(tests())
        .env("PAYMENT_SANDBOX_URL", context.stack.endpoint("payment_sandbox")?)
        .env("BASE_URL", context.stack.endpoint("edge")?);
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
    Ok(text)
}

fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    if files.is_empty() {
        bail!("no *{ending} in {}", folder.display());
    }
    Ok(files)
}
