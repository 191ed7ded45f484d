//! The load: a closed loop over keep-alive connections, one thread each, bounded in time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::http::Client;

/// What is sent: the bytes of the n-th request.
pub(crate) type Requests<'a> = dyn Fn(usize) -> Vec<u8> + Sync + 'a;

/// When to stop.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// No request is begun after this long.
    Time(Duration),
    /// So many requests.
    Count(usize),
}

/// How a run went.
#[derive(Default)]
pub(crate) struct Run {
    /// Answers with the wanted status.
    pub(crate) good: u64,
    /// Other answers by status; 0 stands for no answer.
    pub(crate) bad: BTreeMap<u16, u64>,
    pub(crate) took: Duration,
    /// Microseconds of the good answers, ascending.
    latencies: Vec<u32>,
}

impl Run {
    pub(crate) fn sent(&self) -> u64 {
        self.good + self.bad.values().sum::<u64>()
    }

    /// Good answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.good as f64 / self.took.as_secs_f64()
    }

    /// A percentile of the latency in milliseconds, nearest rank.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.latencies.len() as f64).ceil() as usize;
        self.latencies
            .get(rank.saturating_sub(1))
            .map_or(f64::NAN, |&micros| f64::from(micros) / 1000.0)
    }
}

/// Sends requests to `address` over `connections` connections.
pub(crate) fn drive(address: &str, connections: usize, until: Until, requests: &Requests<'_>) -> Result<Run> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let parts: Vec<Run> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| one_connection(address, begun, until, &next, requests)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_default())
            .collect()
    });
    let mut run = Run {
        took: begun.elapsed(),
        ..Run::default()
    };
    for part in parts {
        run.good += part.good;
        run.latencies.extend(part.latencies);
        for (status, number) in part.bad {
            *run.bad.entry(status).or_default() += number;
        }
    }
    run.latencies.sort_unstable();
    ensure!(run.sent() > 0, "no request was sent to {address}");
    Ok(run)
}

fn one_connection(address: &str, begun: Instant, until: Until, next: &AtomicUsize, requests: &Requests<'_>) -> Run {
    let mut client = Client::new(address);
    let mut run = Run::default();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let done = match until {
            Until::Time(limit) => begun.elapsed() >= limit,
            Until::Count(limit) => index >= limit,
        };
        if done {
            return run;
        }
        let request = requests(index);
        let from = Instant::now();
        match client.send(&request) {
            Ok(answer) if answer.status == 200 => {
                run.good += 1;
                run.latencies
                    .push(u32::try_from(from.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            Ok(answer) => *run.bad.entry(answer.status).or_default() += 1,
            Err(_) => {
                *run.bad.entry(0).or_default() += 1;
                // A server that is gone must not be hammered for the rest of the run.
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}
