//! Pairs of connections that say something every few seconds, and how long it takes to be heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::Pair;
use super::socket::Socket;

/// How long what was said last may take.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// What was said and heard.
pub(super) struct Talk {
    pub(super) sent: u64,
    pub(super) acknowledged: u64,
    /// By the other party.
    pub(super) heard: u64,
    /// Not the next after the one before.
    pub(super) out_of_order: u64,
    /// Milliseconds from saying to being heard, sorted.
    pub(super) delivery: Vec<f64>,
    pub(super) took: Duration,
}

impl Talk {
    pub(super) fn percentile(&self, percent: f64) -> f64 {
        let last = self.delivery.len().saturating_sub(1);
        let at = (last as f64 * percent / 100.0).round() as usize;
        self.delivery.get(at).copied().unwrap_or(f64::NAN)
    }

    pub(super) fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.heard)
    }
}

/// What one listener has heard.
#[derive(Default)]
struct Heard {
    acknowledged: u64,
    out_of_order: u64,
    delivery: Vec<f64>,
}

pub(super) fn run(address: &str, pairs: &[Pair], every: Duration, time: Duration) -> Result<Talk> {
    let (begun, stop) = (Instant::now(), Arc::new(AtomicBool::new(false)));
    let heard = Arc::new(AtomicU64::new(0));
    let (mut senders, mut listeners) = (Vec::new(), Vec::new());
    for pair in pairs {
        for (party, token) in pair.tokens.iter().enumerate() {
            let mut socket = Socket::connect(address, token)?;
            socket.send(&format!(
                "420[\"join_conversation\",{{\"conversationId\":{}}}]",
                pair.conversation
            ))?;
            let joined = loop {
                let packet = socket.next()?;
                if packet.starts_with("430") {
                    break packet;
                }
            };
            ensure!(joined.contains("\"ok\":true"), "not joined: {joined}");
            senders.push((pair.conversation, party, socket.sender()?));
            let (stop, heard) = (stop.clone(), heard.clone());
            let listener = thread::Builder::new().stack_size(128 * 1024);
            listeners.push(listener.spawn(move || listen(socket, party, begun, &stop, &heard))?);
        }
    }
    let started = Instant::now();
    let mut sent = 0_u64;
    let gap = every / u32::try_from(senders.len())?;
    'talk: for round in 0.. {
        for (n, (conversation, party, socket)) in senders.iter_mut().enumerate() {
            let due = started + every * round + gap * u32::try_from(n)?;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if started.elapsed() > time {
                break 'talk;
            }
            let now = begun.elapsed().as_nanos();
            socket.send(&format!(
                "421[\"send_message\",{{\"conversationId\":{conversation},\"content\":\"{party} {round} {now}\"}}]"
            ))?;
            sent += 1;
        }
    }
    let took = started.elapsed();
    let deadline = Instant::now() + LAST_WORDS;
    while heard.load(Relaxed) < sent && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    stop.store(true, Relaxed);
    let mut talk = Talk {
        sent,
        acknowledged: 0,
        heard: 0,
        out_of_order: 0,
        delivery: Vec::new(),
        took,
    };
    for listener in listeners {
        let one = listener.join().map_err(|_| anyhow!("a listener panicked"))??;
        talk.acknowledged += one.acknowledged;
        talk.out_of_order += one.out_of_order;
        talk.delivery.extend(one.delivery);
    }
    talk.heard = talk.delivery.len() as u64;
    talk.delivery.sort_by(f64::total_cmp);
    Ok(talk)
}

fn listen(mut socket: Socket, me: usize, begun: Instant, stop: &AtomicBool, all: &AtomicU64) -> Result<Heard> {
    socket.wait_at_most(Duration::from_millis(500))?;
    let mut heard = Heard::default();
    let mut next = 0;
    while !stop.load(Relaxed) {
        let Some(packet) = socket.next_or_timeout()? else {
            continue;
        };
        let now = begun.elapsed().as_nanos();
        if packet.starts_with("431[") && packet.contains("\"ok\":true") {
            heard.acknowledged += 1;
        }
        if !packet.starts_with("42[\"new_message\"") {
            continue;
        }
        let (_, rest) = packet.split_once("\"content\":\"").context("no content")?;
        let mut words = rest.split(['"', ' ']);
        let mut number = || {
            words
                .next()
                .and_then(|word| word.parse::<u128>().ok())
                .context("not ours")
        };
        let (party, round, sent) = (number()?, number()?, number()?);
        if party == me as u128 {
            continue;
        }
        heard.out_of_order += u64::from(round != next);
        next = round + 1;
        heard.delivery.push((now - sent) as f64 / 1e6);
        all.fetch_add(1, Relaxed);
    }
    Ok(heard)
}
