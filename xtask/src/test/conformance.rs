//! Official clients with nothing but the host changed: Stripe's against the payment sandbox, Socket.IO's against the chat, which also
//! has to keep the rules of its protocols; and a push service and its browsers that share no code with the shop.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::scripts::{self, files};
use super::{Context, Counts};
use crate::tools::python;
use crate::workspace::tests;

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

/// Runs it against the stack; returns what it printed.
fn run_with(mut command: Command, context: &Context<'_>) -> Result<String> {
    command
        .env("PAYMENT_SANDBOX_URL", context.stack.endpoint("payment_sandbox")?)
        .env("BASE_URL", context.stack.endpoint("edge")?);
    Ok(scripts::run(command)?.text)
}
