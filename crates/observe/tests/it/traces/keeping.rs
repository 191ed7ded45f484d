//! When not every trace is kept.

use std::sync::atomic::Ordering::Relaxed;

use observe::traces::Limits;
use opentelemetry_proto::tonic::trace::v1::Status;

use super::{Backend, NOW_MS, id, of, span};

#[tokio::test]
async fn errors_and_slow_spans_are_kept_whole_and_the_rest_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        keep_ratio: 0.0,
        ..Limits::default()
    };
    let backend = Backend::open(folder.path(), limits).await;
    for trace in 1..=3 {
        backend
            .take(vec![of("web", vec![span(trace, 1, 0, "GET /", 10)])])
            .await;
    }
    assert!(backend.found("service=web").await.is_empty());

    let mut failed = span(1, 2, 1, "select", 9);
    failed.status = Some(Status {
        code: 2,
        message: String::new(),
    });
    let mut slow = span(2, 2, 1, "select", 9);
    slow.end_time_unix_nano += 1_000_000_000;
    backend.take(vec![of("db", vec![failed, slow])]).await;
    assert_eq!(backend.found("service=web").await.len(), 2);

    backend.clock.store(NOW_MS + 5000, Relaxed);
    backend.traces.maintain().await;
    assert!(backend.traces.metrics().contains("\ntraces_spans_dropped_total 1\n"));
    // What comes late belongs to the rest of its trace.
    backend
        .take(vec![of("late", vec![span(1, 3, 1, "log", 1), span(3, 3, 1, "log", 1)])])
        .await;
    assert_eq!(backend.found("service=late").await, [id(1)]);
}
