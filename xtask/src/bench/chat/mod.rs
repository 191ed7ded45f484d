//! What a chat connection costs, and how long a message takes: `textisur-chat`, and beside it Node's Socket.IO server, which keeps
//! nothing (`bench/chat/server.mjs`).

mod report;
mod socket;
mod talk;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Options;
use crate::http::{Client, request};
use crate::procfs::Process;
use crate::stack::Stack;
use crate::workspace::{announce, root, tests};
use report::{Idle, Report, Side};
use socket::Socket;

/// Connections that only wait.
const IDLE: usize = 10_000;
/// Before them, so that what the process needs once is not counted as theirs.
const FIRST: usize = 100;
/// Connections that talk, two a conversation.
const TALKING: usize = 500;
/// How often each of them says something.
const EVERY: Duration = Duration::from_secs(5);
/// A ping and its answer have gone through every connection.
const SETTLED: Duration = Duration::from_secs(40);

/// Two people and what they talk in.
struct Pair {
    conversation: i64,
    tokens: [String; 2],
}

pub(super) fn measure(options: &Options) -> Result<Report> {
    let seconds = Duration::from_secs(options.seconds.max(30));
    let stack = options.stack("chat", &[])?;
    let processes = stack.processes();
    let (_, chat) = processes
        .iter()
        .find(|(name, _)| name == "textisur-chat")
        .context("there is no textisur-chat")?;
    let address = stack
        .services()?
        .remove("textisur-chat")
        .context("no address of textisur-chat")?;
    let pairs = pairs(&stack)?;
    let ours = side("textisur-chat", chat, &address, &pairs, seconds)?;
    let edge = stack.endpoint("edge")?.trim_start_matches("http://").to_owned();
    let through_edge = talk::run(&edge, &pairs, EVERY, seconds)?;
    stack.stop()?;

    let mut peer = Peer::start()?;
    let process = Process::find(peer.child.id()).context("the peer ended")?;
    let theirs = side(
        "Node socket.io, storing nothing",
        &process,
        &peer.address,
        &pairs,
        seconds,
    );
    peer.stop();
    Report::new(ours, through_edge, theirs?, seconds)
}

fn side(name: &'static str, process: &Process, address: &str, pairs: &[Pair], seconds: Duration) -> Result<Side> {
    let idle = idle(process, address, pairs)?;
    let before = process.cpu()?;
    let talk = talk::run(address, pairs, EVERY, seconds)?;
    let (cpu, _) = process.cpu()?.since(&before);
    Ok(Side { name, idle, talk, cpu })
}

/// Connects and waits, with every ping answered.
fn idle(process: &Process, address: &str, pairs: &[Pair]) -> Result<Idle> {
    let token = |n: usize| &pairs[n % pairs.len()].tokens[0];
    let mut sockets = Vec::with_capacity(FIRST + IDLE);
    for n in 0..FIRST {
        sockets.push(Socket::connect(address, token(n))?);
    }
    std::thread::sleep(Duration::from_secs(3));
    let before = process.memory()?.rss;
    let begun = std::time::Instant::now();
    for n in 0..IDLE {
        sockets.push(Socket::connect(address, token(n))?);
        if n % 1_000 == 999 {
            sockets.iter_mut().try_for_each(Socket::keep_alive)?;
        }
    }
    let connected_in = begun.elapsed();
    let settled = std::time::Instant::now() + SETTLED;
    while std::time::Instant::now() < settled {
        sockets.iter_mut().try_for_each(Socket::keep_alive)?;
        std::thread::sleep(Duration::from_millis(500));
    }
    let after = process.memory()?.rss;
    Ok(Idle {
        connections: IDLE,
        connected_in,
        bytes_each: after.saturating_sub(before) / IDLE as u64,
        rss: after,
    })
}

/// Buyers of the demo data in conversations with the stores of the first products.
fn pairs(stack: &Stack) -> Result<Vec<Pair>> {
    let edge = stack.endpoint("edge")?;
    let mut client = Client::new(edge);
    let mut call = |path: &str, token: Option<&str>, body: Value| -> Result<Value> {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = bearer.iter().map(|value| ("Authorization", value.as_str())).collect();
        let answer = client.send(&request(edge, "POST", path, &headers, Some(&body.to_string())))?;
        anyhow::ensure!(answer.status < 300, "{path} answers {}", answer.status);
        Ok(serde_json::from_slice(&answer.body)?)
    };
    let mut sign_in = |email: String| -> Result<String> {
        let body = json!({ "email": email, "password": "TestPassword123!" });
        let answer = call("/api/auth/login", None, body)?;
        Ok(answer["token"].as_str().context("no token")?.to_owned())
    };
    let mut tokens = Vec::new();
    for n in 1..=TALKING / 2 {
        tokens.push(sign_in(format!("user{n}@test.com"))?);
    }
    let mut sellers = std::collections::HashMap::new();
    for store in 1..=12 {
        sellers.insert(store, sign_in(format!("vendedor{store}@test.com"))?);
    }
    let mut pairs = Vec::new();
    for (n, buyer) in tokens.into_iter().enumerate() {
        let opened = call("/api/conversations", Some(&buyer), json!({ "productId": n % 100 + 1 }))?;
        let store = opened["store"]["id"].as_i64().context("no store")?;
        let seller = sellers
            .get(&store)
            .with_context(|| format!("no seller of store {store}"))?;
        pairs.push(Pair {
            conversation: opened["id"].as_i64().context("no id")?,
            tokens: [buyer, seller.clone()],
        });
    }
    Ok(pairs)
}

/// Node's Socket.IO server.
struct Peer {
    child: Child,
    address: String,
}

impl Peer {
    fn start() -> Result<Self> {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "TERM", "--", "node"])
            .arg(root().join("bench/chat/server.mjs"))
            .env("TESTS", tests())
            .stdout(Stdio::piped());
        announce(&command);
        let mut child = command.spawn().context("cannot run node")?;
        let mut port = String::new();
        let out = child.stdout.take().context("no output of node")?;
        BufReader::new(out).read_line(&mut port)?;
        Ok(Self {
            address: format!("127.0.0.1:{}", port.trim()),
            child,
        })
    }

    fn stop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}
