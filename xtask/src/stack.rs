//! A whole TextiSur of its own for a layer or a bench: `textisur up --ephemeral` on a data folder that goes with it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::http::Client;
use crate::procfs::Process;
use crate::workspace::announce;

/// The first start of a debug build makes 1000 demo accounts.
const START: Duration = Duration::from_secs(180);
/// A stop drains for 10 s at most; the supervisor has that for each process.
const STOP: Duration = Duration::from_secs(45);
const POLL: Duration = Duration::from_millis(50);

/// A running stack. Stop it with [`Stack::stop`]; dropping it kills whatever still runs.
pub(crate) struct Stack {
    up: Child,
    process: Process,
    data: tempfile::TempDir,
    endpoints: BTreeMap<String, String>,
    results: PathBuf,
    /// From the command to the first page.
    pub(crate) started_in: Duration,
}

impl Stack {
    /// Starts `textisur up --ephemeral` with `options` behind it and waits until the edge answers that it is ready.
    /// What it prints goes to `up.log` in `results`; so do the services' logs, when it has stopped.
    pub(crate) fn start(binary: &Path, results: &Path, options: &[&str]) -> Result<Self> {
        let data = tempfile::Builder::new().prefix("textisur-test-").tempdir()?;
        let log = File::create(results.join("up.log"))?;
        // setpriv: a stack never outlives the task that started it, however that ends.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(binary);
        command
            .args(["up", "--ephemeral", "--data-dir"])
            .arg(data.path())
            .args(options);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        announce(&command);
        let begun = Instant::now();
        let up = command
            .spawn()
            .context("cannot run setpriv (Debian package util-linux)")?;
        let process = Process::find(up.id()).context("textisur up ended at once")?;
        let endpoints = BTreeMap::new();
        let mut stack = Self {
            up,
            process,
            data,
            endpoints,
            results: results.to_owned(),
            started_in: START,
        };
        stack.wait_until_ready(begun + START)?;
        stack.started_in = begun.elapsed();
        Ok(stack)
    }

    fn wait_until_ready(&mut self, deadline: Instant) -> Result<()> {
        let mut cause = "it has not written endpoints.json".to_owned();
        loop {
            if let Some(status) = self.up.try_wait()? {
                bail!(
                    "textisur up ended ({status}) before it was ready:\n{}",
                    self.last_lines()
                );
            }
            if let Some(endpoints) = read_endpoints(&self.data.path().join("endpoints.json")) {
                self.endpoints = endpoints;
                match self
                    .endpoint("edge")
                    .and_then(|edge| Client::new(edge).get("/api/health/ready"))
                {
                    Ok(answer) if answer.status == 200 => return Ok(()),
                    Ok(answer) => cause = format!("/api/health/ready answers {}", answer.status),
                    Err(error) => cause = format!("{error:#}"),
                }
            }
            if Instant::now() > deadline {
                bail!(
                    "textisur up is not ready after {} s: {cause}\n{}",
                    START.as_secs(),
                    self.last_lines()
                );
            }
            std::thread::sleep(POLL);
        }
    }

    /// An address from `endpoints.json`.
    pub(crate) fn endpoint(&self, name: &str) -> Result<&str> {
        self.endpoints
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("endpoints.json names no {name}"))
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// The supervisor first, then every process below it, by name.
    pub(crate) fn processes(&self) -> Vec<(String, Process)> {
        let named = |process: Process| (name_of(&process), process);
        let below = self.process.descendants().into_iter().map(named);
        std::iter::once(("supervisor".to_owned(), self.process.clone()))
            .chain(below)
            .collect()
    }

    /// `host:port` of the first instance of every service, from the routing table.
    pub(crate) fn services(&self) -> Result<BTreeMap<String, String>> {
        let table =
            fs::read_to_string(self.data.path().join("run/routes.json")).context("cannot read run/routes.json")?;
        let table: Value = serde_json::from_str(&table)?;
        let services = table["services"]
            .as_object()
            .context("run/routes.json has no services")?;
        let address = |pools: &Value| pools["stable"][0]["address"].as_str().map(str::to_owned);
        Ok(services
            .iter()
            .filter_map(|(name, pools)| Some((name.clone(), address(pools)?)))
            .collect())
    }

    /// The service that answers for `path`, as the routing table has it: the longest prefix.
    pub(crate) fn service_for(&self, path: &str) -> Result<String> {
        let table = fs::read_to_string(self.data.path().join("run/routes.json"))?;
        let table: Value = serde_json::from_str(&table)?;
        let routes = table["routes"].as_array().context("run/routes.json has no routes")?;
        let owner = routes
            .iter()
            .filter_map(|route| Some((route["prefix"].as_str()?, route["service"].as_str()?)));
        owner
            .filter(|(prefix, _)| {
                let prefix = prefix.trim_end_matches('/');
                path.strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            })
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, service)| service.to_owned())
            .with_context(|| format!("no route for {path}"))
    }

    /// Stops it as Ctrl-C would, keeps the logs, and makes sure that nothing is left running.
    pub(crate) fn stop(mut self) -> Result<()> {
        let all: Vec<Process> = self.processes().into_iter().map(|(_, process)| process).collect();
        let pid = Pid::from_child(&self.up);
        kill_process(pid, Signal::TERM).context("cannot signal textisur up")?;
        let deadline = Instant::now() + STOP;
        let status = loop {
            if let Some(status) = self.up.try_wait()? {
                break status;
            }
            ensure!(
                Instant::now() < deadline,
                "textisur up does not stop within {} s",
                STOP.as_secs()
            );
            std::thread::sleep(POLL);
        };
        self.keep_logs();
        let left: Vec<String> = all.iter().filter(|process| process.is_alive()).map(name_of).collect();
        ensure!(left.is_empty(), "textisur up left running: {}", left.join(", "));
        ensure!(
            status.success(),
            "textisur up ended with {status} after SIGTERM:\n{}",
            self.last_lines()
        );
        Ok(())
    }

    fn keep_logs(&self) {
        let kept = self.results.join("logs");
        let logs = fs::read_dir(self.data.path().join("logs"))
            .into_iter()
            .flatten()
            .flatten();
        for log in logs {
            if fs::create_dir_all(&kept)
                .and_then(|()| fs::copy(log.path(), kept.join(log.file_name())))
                .is_err()
            {
                eprintln!("   cannot keep {}", log.path().display());
            }
        }
    }

    fn last_lines(&self) -> String {
        let text = fs::read_to_string(self.results.join("up.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..]
            .iter()
            .map(|line| format!("    | {line}\n"))
            .collect()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if matches!(self.up.try_wait(), Ok(Some(_))) {
            return;
        }
        self.keep_logs();
        let below = self.process.descendants();
        let _ = self.up.kill();
        let _ = self.up.wait();
        for process in below.iter().filter(|process| process.is_alive()) {
            if let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// `None` while the file is not there or is being written. Nested objects are flattened, numbers and the like left out.
fn read_endpoints(path: &Path) -> Option<BTreeMap<String, String>> {
    fn flatten(prefix: &str, value: &Value, into: &mut BTreeMap<String, String>) {
        match value {
            Value::String(text) => {
                into.insert(prefix.to_owned(), text.clone());
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    let name = if prefix.is_empty() {
                        name.clone()
                    } else {
                        format!("{prefix}.{name}")
                    };
                    flatten(&name, value, into);
                }
            }
            _ => {}
        }
    }
    let value: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let mut endpoints = BTreeMap::new();
    flatten("", &value, &mut endpoints);
    Some(endpoints)
}

/// `textisur-auth`, `edge`, `payment-sandbox`…: the word of the command line that says what the process is.
fn name_of(process: &Process) -> String {
    let command = process.command();
    let words: Vec<&str> = command.iter().skip(1).map(String::as_str).collect();
    words
        .iter()
        .find(|word| word.starts_with("textisur-") && !word.contains('/'))
        .or_else(|| words.iter().find(|word| !word.starts_with('-')))
        .map_or_else(|| format!("process {}", process.pid), |word| (*word).to_owned())
}
