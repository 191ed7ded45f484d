//! What the store does with files, days, and misfortune.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use http::StatusCode;
use observe::traces::{Limits, OpenError, Traces, Transport};
use tokio_util::sync::CancellationToken;

use super::{Backend, DAY_MS, NOW_MS, id, of, span};

fn databases(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".db") || name.ends_with(".db.damaged-1"))
        .collect();
    names.sort();
    names
}

async fn one(backend: &Backend, trace: u128) {
    backend.take(vec![of("web", vec![span(trace, 1, 0, "GET /", 1)])]).await;
}

async fn spans_of(backend: &Backend, trace: u128) -> usize {
    let (_, body) = backend.get(&format!("/api/traces/{}", id(trace))).await;
    body["data"][0]["spans"].as_array().map_or(0, Vec::len)
}

/// Stops as a process does.
async fn close(backend: Backend) {
    let stop = CancellationToken::new();
    stop.cancel();
    Arc::clone(&backend.traces).run(stop).await;
}

#[tokio::test]
async fn spans_sent_again_appear_once() {
    let (backend, _folder) = Backend::new().await;
    let first = || span(1, 1, 0, "GET /", 3);
    let second = || span(1, 2, 1, "render", 2);
    for _ in 0..3 {
        backend.take(vec![of("web", vec![first(), second()])]).await;
    }
    assert!(backend.traces.metrics().contains("\ntraces_spans_written_total 2\n"));
    // In other company it is stored again, and still shown once.
    backend
        .take(vec![of("web", vec![second(), span(1, 3, 1, "log", 1)])])
        .await;
    assert_eq!(spans_of(&backend, 1).await, 3);
    assert_eq!(backend.found("service=web").await, [id(1)]);
    // Zipkin's way: a server's span with its client's id.
    let mut shared = span(1, 2, 1, "render", 2);
    shared.kind = 3;
    backend.take(vec![of("web", vec![shared])]).await;
    assert_eq!(spans_of(&backend, 1).await, 4);
}

#[tokio::test]
async fn a_file_a_day_and_old_days_are_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        retention: units::HumanDuration::from_secs(2 * 86_400),
        ..Limits::default()
    };
    let backend = Backend::open(folder.path(), limits).await;
    for day in 0..4 {
        backend.clock.store(NOW_MS + day * DAY_MS, Relaxed);
        one(&backend, day as u128 + 1).await;
        // One trace over all days.
        backend
            .take(vec![of("all", vec![span(99, day as u64 + 1, 0, "day", 1)])])
            .await;
    }
    assert_eq!(spans_of(&backend, 99).await, 4);
    assert_eq!(backend.found("service=web&start=0").await.len(), 4);
    backend.traces.maintain().await;
    assert_eq!(
        databases(folder.path()),
        ["2026-11-25-0.db", "2026-11-26-0.db", "2026-11-27-0.db"]
    );
    assert_eq!((spans_of(&backend, 99).await, spans_of(&backend, 1).await), (3, 0));
}

#[tokio::test]
async fn a_large_day_takes_several_files_and_the_oldest_goes() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        retention_bytes: 4 << 20,
        ..Limits::default()
    };
    let backend = Backend::open(folder.path(), limits).await;
    for trace in 1..150 {
        let mut spans: Vec<_> = (1..500).map(|n| span(trace, n, 0, "GET /", 1)).collect();
        for (span, n) in spans.iter_mut().zip(0..) {
            span.span_id = (u64::wrapping_mul(n, 0x9e37_79b9_7f4a_7c15) | trace as u64)
                .to_be_bytes()
                .to_vec();
        }
        backend.take(vec![of("web", spans)]).await;
        backend.traces.maintain().await;
    }
    let files = databases(folder.path());
    assert!(files.len() > 1 && files.len() < 6, "{files:?}");
    assert!(!files.contains(&"2026-11-24-0.db".to_owned()), "{files:?}");
    assert_eq!((spans_of(&backend, 1).await, spans_of(&backend, 149).await), (0, 499));
}

#[tokio::test]
async fn a_store_is_found_again_and_belongs_to_one_process() {
    let (backend, folder) = Backend::new().await;
    one(&backend, 1).await;
    let second = Traces::open(folder.path(), Limits::default()).await;
    assert!(matches!(second, Err(OpenError::InUse(_))));
    close(backend).await;
    let backend = Backend::open(folder.path(), Limits::default()).await;
    one(&backend, 2).await;
    assert_eq!((spans_of(&backend, 1).await, spans_of(&backend, 2).await), (1, 1));
    assert_eq!(databases(folder.path()), ["2026-11-24-0.db"]);
    let refused = Limits {
        keep_ratio: 2.0,
        ..Limits::default()
    };
    let error = Traces::open(tempfile::tempdir().unwrap().path(), refused)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "traces: keep_ratio is not between 0 and 1");
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_others_are_served() {
    for damage in [
        (|path: &Path| fs::write(path, "no database at all, but long enough to be looked at".repeat(40)).unwrap())
            as fn(&Path),
        |path| {
            fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(8192)
                .unwrap()
        },
    ] {
        let (backend, folder) = Backend::new().await;
        one(&backend, 1).await;
        backend.clock.store(NOW_MS + DAY_MS, Relaxed);
        one(&backend, 2).await;
        close(backend).await;
        damage(&folder.path().join("2026-11-24-0.db"));
        let backend = Backend::open(folder.path(), Limits::default()).await;
        assert_eq!(
            databases(folder.path()),
            ["2026-11-24-0.db.damaged-1", "2026-11-25-0.db"]
        );
        assert_eq!((spans_of(&backend, 1).await, spans_of(&backend, 2).await), (0, 1));
        one(&backend, 3).await;
        assert_eq!(spans_of(&backend, 3).await, 1);
    }
}

#[tokio::test]
async fn a_file_of_a_later_version_is_set_aside() {
    let (backend, folder) = Backend::new().await;
    one(&backend, 1).await;
    close(backend).await;
    let path = folder.path().join("2026-11-24-0.db");
    let mut bytes = fs::read(&path).unwrap();
    // `user_version` in the header.
    bytes[63] = 9;
    fs::write(&path, bytes).unwrap();
    let backend = Backend::open(folder.path(), Limits::default()).await;
    assert_eq!(databases(folder.path()), ["2026-11-24-0.db.damaged-1"]);
    one(&backend, 2).await;
    assert_eq!(spans_of(&backend, 2).await, 1);
}

/// A log that cannot be made: what a full disk, a read-only one or one that is gone come to.
#[tokio::test]
async fn spans_that_cannot_be_written_are_asked_for_again_and_nothing_breaks() {
    let (backend, folder) = Backend::new().await;
    one(&backend, 1).await;
    close(backend).await;
    let log = folder.path().join("2026-11-24-0.db-wal");
    assert!(!log.exists());
    let backend = Backend::open(folder.path(), Limits::default()).await;
    symlink("/dev/full", &log).unwrap();
    for _ in 0..3 {
        let (status, body) = backend.export(vec![of("web", vec![span(2, 1, 0, "GET /", 1)])]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let message = String::from_utf8_lossy(&body);
        assert!(message.contains("the trace store cannot be written"), "{message}");
    }
    let refused = "otelcol_receiver_refused_spans_total{receiver=\"otlp\",transport=\"http\"} 3\n";
    assert!(backend.traces.metrics().contains(refused));
    fs::remove_file(&log).unwrap();
    one(&backend, 2).await;
    assert_eq!((spans_of(&backend, 1).await, spans_of(&backend, 2).await), (1, 1));
}

const FOLDER: &str = "TRACES_TO_WRITE";

/// Not a test of its own: what the killed process does. It tells every request it has answered.
#[tokio::test]
#[ignore = "writes until it is killed"]
async fn writer() {
    let folder = env::var_os(FOLDER).expect("started by the test below");
    let traces = Traces::open(Path::new(&folder), Limits::default()).await.unwrap();
    let first = traces.metrics().lines().count() as u128;
    assert!(first > 0);
    for trace in 1_u128.. {
        if traces
            .trace(observe::traces::TraceId::parse(&id(trace)).unwrap())
            .await
            .unwrap()
            .is_some()
        {
            continue;
        }
        let request = vec![of(
            "web",
            vec![span(trace, 1, 0, "GET /", 1), span(trace, 2, 1, "render", 1)],
        )];
        traces.accept(request, Transport::Http).await.unwrap();
        println!("answered {trace}");
        if trace % 50 == 0 {
            traces.maintain().await;
        }
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_it_has_answered() {
    let folder = tempfile::tempdir().unwrap();
    for lines in [1, 20, 150] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["traces::store::writer", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut answered = output
            .map(Result::unwrap)
            .filter_map(|line| line.rsplit_once("answered ")?.1.parse::<u128>().ok());
        let told = answered
            .by_ref()
            .take(lines)
            .last()
            .expect("it writes until it is killed");
        child.kill().unwrap();
        let told = answered.last().unwrap_or(told);
        child.wait().unwrap();
        let backend = Backend::open(folder.path(), Limits::default()).await;
        for trace in 1..=told {
            assert_eq!(spans_of(&backend, trace).await, 2, "{trace} of {told}");
        }
    }
}
