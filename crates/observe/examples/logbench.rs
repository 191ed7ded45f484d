//! Measures the log store: `cargo run --release -p observe --example logbench [-- LINES [FOLDER]]`.
//!
//! 1. Ingest through the API as Promtail pushes (protobuf in snappy) and as programs do (JSON), 1,000 lines a push, four
//!    pushes at a time, with chunks made beside it: lines a second, wall and CPU.
//! 2. Searches of the day for a text, an expression and numbers: bytes of lines a second.
//! 3. Memory at the end and at its peak, bytes on the disk.
//!
//! The bar: 246,000 lines a second.

#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use http::{Request, header};
use http_body_util::BodyExt as _;
use observe::logs::{Limits, Logs};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

const LINES_A_PUSH: usize = 1000;
const STREAMS: usize = 20;
const CONCURRENT: usize = 4;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let lines: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(2_000_000);
    let folder = arguments
        .next()
        .map_or_else(|| std::env::temp_dir().join("logbench"), PathBuf::from);
    println!("{lines} lines, {LINES_A_PUSH} a push, {STREAMS} streams\n");
    println!("| what | lines/s | MB/s | CPU s | resident MB | peak MB |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, encode) in [
        ("ingest, protobuf", protobuf as fn(&Push) -> Request<Body>),
        ("ingest, JSON", json_push),
    ] {
        // What an interrupted run left; there may be nothing.
        _ = std::fs::remove_dir_all(&folder);
        let stop = CancellationToken::new();
        let logs = Logs::open(&folder, Limits::default())
            .await
            .expect("the folder can be used");
        let upkeep = tokio::spawn({
            let (logs, stop) = (Arc::clone(&logs), stop.clone());
            async move { logs.run(stop).await }
        });
        let router = observe::api::loki::router(Arc::clone(&logs));
        ingest(name, &router, lines, encode).await;
        if name.ends_with("JSON") {
            logs.compact().await.expect("chunks can be written");
            search(&router).await;
        }
        stop.cancel();
        upkeep.await.expect("upkeep ends well");
        logs.close().await;
    }
    println!("\non the disk: {:.1} MB", size(&folder) as f64 / 1e6);
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}

/// A push: the stream's number, and its lines with their times.
struct Push {
    stream: usize,
    lines: Vec<(i64, String)>,
}

/// Lines as the shop's services write them.
fn push(number: usize, start: i64) -> Push {
    let line = |index: usize| {
        let (n, time) = (
            number * LINES_A_PUSH + index,
            start + (number * LINES_A_PUSH + index) as i64 * 1000,
        );
        let random = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let text = format!(
            "{{\"time\":\"{time}\",\"level\":\"info\",\"service\":\"textisur-{}\",\"message\":\"request\",\
             \"trace_id\":\"{random:016x}\",\"route\":\"/api/products/{}\",\"status\":{},\"took_ms\":{}}}",
            number % STREAMS,
            random % 5000,
            if random.is_multiple_of(97) { 500 } else { 200 },
            random % 900,
        );
        (time, text)
    };
    Push {
        stream: number % STREAMS,
        lines: (0..LINES_A_PUSH).map(line).collect(),
    }
}

fn json_push(push: &Push) -> Request<Body> {
    let values: Vec<Value> = push
        .lines
        .iter()
        .map(|(time, text)| json!([time.to_string(), text]))
        .collect();
    let body =
        json!({ "streams": [{ "stream": { "service": format!("textisur-{}", push.stream) }, "values": values }] });
    Request::post("/loki/api/v1/push")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .expect("the request is whole")
}

/// `logproto.PushRequest`, written by hand: field numbers and lengths.
fn protobuf(push: &Push) -> Request<Body> {
    fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
        out.push(number << 3 | 2);
        prost::encoding::encode_varint(bytes.len() as u64, out);
        out.extend_from_slice(bytes);
    }
    let mut stream = Vec::new();
    field(
        &mut stream,
        1,
        format!("{{service=\"textisur-{}\"}}", push.stream).as_bytes(),
    );
    for (time, text) in &push.lines {
        let (mut entry, mut at) = (Vec::new(), vec![8]);
        prost::encoding::encode_varint((time / 1_000_000_000).unsigned_abs(), &mut at);
        at.push(16);
        prost::encoding::encode_varint((time % 1_000_000_000).unsigned_abs(), &mut at);
        field(&mut entry, 1, &at);
        field(&mut entry, 2, text.as_bytes());
        field(&mut stream, 2, &entry);
    }
    let mut request = Vec::new();
    field(&mut request, 1, &stream);
    let body = snap::raw::Encoder::new()
        .compress_vec(&request)
        .expect("it is not too large");
    Request::post("/loki/api/v1/push")
        .header(header::CONTENT_TYPE, "application/x-protobuf")
        .body(Body::from(body))
        .expect("the request is whole")
}

async fn ingest(name: &str, router: &Router, lines: usize, encode: fn(&Push) -> Request<Body>) {
    let now = observe::logs::store::system_clock()();
    let start = now - lines as i64 * 1000;
    let (mut seconds, mut bytes) = (0.0, 0);
    let before = cpu_seconds();
    let mut preparing = 0.0;
    // In portions, so that what is to be pushed does not fill the memory that is measured.
    let pushes: Vec<usize> = (0..lines / LINES_A_PUSH).collect();
    for portion in pushes.chunks(200) {
        let cpu = cpu_seconds();
        let mut requests: Vec<Request<Body>> = Vec::new();
        for number in portion {
            let push = push(*number, start);
            bytes += push.lines.iter().map(|(_, text)| text.len()).sum::<usize>();
            requests.push(encode(&push));
        }
        preparing += cpu_seconds() - cpu;
        let begun = Instant::now();
        let mut running = tokio::task::JoinSet::new();
        for request in requests {
            if running.len() == CONCURRENT {
                running.join_next().await;
            }
            let router = router.clone();
            running.spawn(async move {
                let response = router.oneshot(request).await.expect("the router answers");
                assert_eq!(response.status(), 204, "the push is taken");
            });
        }
        while let Some(done) = running.join_next().await {
            done.expect("the push is taken");
        }
        seconds += begun.elapsed().as_secs_f64();
    }
    let cpu = cpu_seconds() - before - preparing;
    row(name, Some(lines as f64 / seconds), bytes as f64 / 1e6 / seconds, cpu);
}

async fn search(router: &Router) {
    for query in [
        r#"sum(count_over_time({service=~".+"} |= "not there" [1h]))"#,
        r#"sum(count_over_time({service=~".+"} |= "\"status\":500" [1h]))"#,
        r#"sum(count_over_time({service=~".+"} |~ "took_ms\":8[0-9]{2}" [1h]))"#,
        r#"sum by (status) (count_over_time({service="textisur-3"} | json status [1h]))"#,
        r#"{service=~".+"} |= "\"status\":500""#,
    ] {
        let path = if query.starts_with('{') { "query_range" } else { "query" };
        let url = serde_urlencoded::to_string([("query", query)]).expect("a query can be escaped");
        let request = Request::get(format!("/loki/api/v1/{path}?{url}"))
            .body(Body::empty())
            .expect("it is whole");
        let (begun, cpu) = (Instant::now(), cpu_seconds());
        let response = router.clone().oneshot(request).await.expect("the router answers");
        let body = response
            .into_body()
            .collect()
            .await
            .expect("the answer is whole")
            .to_bytes();
        let seconds = begun.elapsed().as_secs_f64();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{query}: {body:?}"));
        let summary = &answer["data"]["stats"]["summary"];
        let of = |name: &str| summary[name].as_f64().unwrap_or_default();
        let (lines, megabytes) = (of("totalLinesProcessed"), of("totalBytesProcessed") / 1e6);
        row(
            &format!("`{query}`").replace('|', "\\|"),
            Some(lines / seconds),
            megabytes / seconds,
            cpu_seconds() - cpu,
        );
    }
}

fn row(name: &str, lines: Option<f64>, megabytes: f64, cpu: f64) {
    let lines = lines.map_or_else(String::new, |lines| format!("{lines:.0}"));
    let (resident, peak) = (memory("VmRSS:"), memory("VmHWM:"));
    println!("| {name} | {lines} | {megabytes:.0} | {cpu:.2} | {resident:.0} | {peak:.0} |");
}

/// Megabytes, by a name in the process's status.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says what a process takes");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_default();
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
    kilobytes / 1e3
}

/// Seconds all threads of this process have been on a processor.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux says how long a process has run");
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks = |place: usize| {
        after
            .split_whitespace()
            .nth(place)
            .and_then(|ticks| ticks.parse::<f64>().ok())
    };
    (ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / 100.0
}

fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter_map(|file| file.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}
