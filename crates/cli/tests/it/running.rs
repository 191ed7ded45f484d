//! A `textisur` that runs, and is gone at the end of the test whatever happens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::PATIENCE;

pub(super) struct Output {
    pub(super) code: i32,
    pub(super) output: String,
    pub(super) errors: String,
}

/// The command, without this machine's configuration.
pub(super) fn textisur(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_textisur"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("TEXTISUR_")) {
            command.env_remove(name);
        }
    }
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs it to its end. One that does not end is stopped, and fails the test.
pub(super) fn textisur_output(args: &[&str]) -> Output {
    let child = textisur(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().into();
    let (ended, watch) = mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        let late = watch.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout);
        if late {
            signal(pid, Signal::TERM);
        }
        late
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    let late = watchdog.join().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!late, "textisur {args:?} did not end by itself: {errors}");
    Output {
        code: output.status.code().unwrap(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors,
    }
}

pub(super) struct Up {
    child: Child,
    folder: Arc<tempfile::TempDir>,
    errors: Option<JoinHandle<String>>,
    pub(super) endpoints: Value,
    /// What `--json` printed; empty for `serve`.
    pub(super) ready_line: String,
}

impl Up {
    pub(super) fn start(args: &[&str]) -> Self {
        Self::start_on(Arc::new(tempfile::tempdir().unwrap()), args)
    }

    pub(super) fn start_on(folder: Arc<tempfile::TempDir>, args: &[&str]) -> Self {
        let mut up = Self::spawn("up", folder, &[&["--json"], args].concat());
        let mut line = String::new();
        BufReader::new(up.child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(!line.is_empty(), "it did not start: {}", up.errors_at_end());
        up.ready_line = line;
        up.endpoints = serde_json::from_slice(&std::fs::read(up.path("endpoints.json")).unwrap()).unwrap();
        up
    }

    pub(super) fn start_command(command: &str, args: &[&str]) -> Self {
        let mut up = Self::spawn(command, Arc::new(tempfile::tempdir().unwrap()), args);
        // Nobody reads its log here, and a full pipe would stop it.
        let mut out = up.child.stdout.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        up.until("endpoints.json", || up.path("endpoints.json").exists());
        up.endpoints = serde_json::from_slice(&std::fs::read(up.path("endpoints.json")).unwrap()).unwrap();
        up
    }

    fn spawn(command: &str, folder: Arc<tempfile::TempDir>, args: &[&str]) -> Self {
        let root = folder.path().to_str().unwrap().to_owned();
        let mut child = textisur(&[command, "--ephemeral", "--data-dir", &root])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let (endpoints, ready_line) = (Value::Null, String::new());
        Self {
            child,
            folder,
            errors: Some(errors),
            endpoints,
            ready_line,
        }
    }

    pub(super) fn folder(&self) -> Arc<tempfile::TempDir> {
        Arc::clone(&self.folder)
    }

    pub(super) fn root(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub(super) fn pid(&self) -> u64 {
        self.child.id().into()
    }

    pub(super) fn endpoint(&self, name: &str) -> String {
        self.endpoints[name].as_str().unwrap().to_owned()
    }

    fn status(&self) -> Value {
        let shown = textisur_output(&["ps", "--json", "--data-dir", self.root()]);
        assert_eq!(shown.code, 0, "{}", shown.errors);
        serde_json::from_str(&shown.output).unwrap()
    }

    /// One process as `ps --json` shows it.
    pub(super) fn ps(&self, name: &str) -> Value {
        let status = self.status();
        status["processes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|process| process["name"] == name)
            .unwrap()
            .clone()
    }

    pub(super) fn pid_of(&self, name: &str) -> u64 {
        self.ps(name)["pid"].as_u64().unwrap()
    }

    pub(super) fn pids(&self) -> Vec<u64> {
        let status = self.status();
        status["processes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|process| process["pid"].as_u64())
            .collect()
    }

    pub(super) fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            assert!(Instant::now() < deadline, "never: {what}");
            // A pause between two looks, not a wait for something to happen.
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// SIGTERM, and the exit code.
    pub(super) fn terminate(&mut self) -> i32 {
        signal(self.pid(), Signal::TERM);
        self.wait()
    }

    /// The exit code; -1 for a signal.
    pub(super) fn wait(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// What the supervisor noted.
    pub(super) fn supervisor_log(&self) -> String {
        std::fs::read_to_string(self.path("logs/textisur-supervisor.log")).unwrap()
    }

    fn errors_at_end(&mut self) -> String {
        self.wait();
        self.errors.take().unwrap().join().unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            signal(self.pid(), Signal::TERM);
            let _ = self.child.wait();
        }
    }
}

fn signal(pid: u64, signal: Signal) {
    let _ = kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal);
}

pub(super) fn kill(pid: u64) {
    signal(pid, Signal::KILL);
}

/// Whether it runs; a process that ended and that nobody has asked about yet does not.
pub(super) fn exists(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// The status code of `GET base + path`.
pub(super) fn get(base: &str, path: &str) -> u16 {
    fetch("GET", base, path).unwrap().0
}

/// Status code and body of a request without one of its own.
pub(super) fn fetch(method: &str, base: &str, path: &str) -> std::io::Result<(u16, String)> {
    let authority = base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // 1.0: nothing comes in chunks.
    let request = format!("{method} {path} HTTP/1.0\r\nHost: {authority}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other(format!("not an answer: {head:?}")))?;
    Ok((status, body.to_owned()))
}
