//! What is too much, and what it is told.

use std::time::Duration;

use http::StatusCode;
use observe::logs::Limits;
use serde_json::json;

use super::{NOW, SECOND, Server, push_of, stream};

#[tokio::test]
async fn lines_that_are_too_long_too_old_or_too_new_are_refused_and_the_others_taken() {
    let server = Server::new().await;
    let long = "x".repeat(300 << 10);
    let day = 86_400;
    for (ago, text, reason) in [
        (
            0,
            long.as_str(),
            "max entry size '262144' bytes exceeded for stream '{app=\"shop\"}' while adding an entry with length '307200' bytes",
        ),
        (
            8 * day,
            "old",
            "has timestamp too old: 2026-11-16T12:00:00Z, oldest acceptable timestamp is: 2026-11-17T12:00:00Z",
        ),
        (
            -700,
            "new",
            "entry for stream '{app=\"shop\"}' has timestamp too new: 2026-11-24T12:11:40Z",
        ),
    ] {
        let push = push_of(
            json!({ "app": "shop" }),
            &[(ago, text), (10, &format!("beside {reason}"))],
        );
        let (status, body) = server.push_json(&push).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body.contains(reason), "{body}");
    }
    let taken = server.lines(r#"{app="shop"}"#).await;
    assert_eq!(taken.len(), 3, "{taken:?}");

    // A line of 1 MB is taken where it may be so long, or cut where it is to be.
    let roomy = Server::with(Limits {
        max_line_size: 2 << 20,
        ..Limits::default()
    })
    .await;
    let megabyte = "y".repeat(1 << 20);
    roomy.add(&[("app", "shop")], &[(1, &megabyte)]).await;
    assert_eq!(roomy.lines(r#"{app="shop"}"#).await, [megabyte.as_str()]);
    let cutting = Server::with(Limits {
        max_line_size: 4,
        max_line_size_truncate: true,
        ..Limits::default()
    })
    .await;
    cutting.add(&[("app", "shop")], &[(1, "señor")]).await;
    assert_eq!(cutting.lines(r#"{app="shop"}"#).await, ["señ"]);
}

#[tokio::test]
async fn labels_and_streams_have_their_limits() {
    let limits = Limits {
        max_global_streams_per_user: 2,
        ..Limits::default()
    };
    let server = Server::with(limits).await;
    let many: serde_json::Map<_, _> = (0..16).map(|index| (format!("l{index:02}"), json!("x"))).collect();
    for (labels, reason) in [
        (json!({}), "at least one label pair is required"),
        (json!(many), "has 16 label names; limit 15"),
        (json!({ "a.b": "x" }), "invalid label name: 'a.b'"),
        (json!({ "a": "x".repeat(3000) }), "label value too long"),
    ] {
        let (status, body) = server.push_json(&push_of(labels, &[(0, "line")])).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body.contains(reason), "{body}");
    }
    for (stream, status) in [("1", 204), ("2", 204), ("3", 429), ("1", 204)] {
        let (found, body) = server
            .push_json(&push_of(json!({ "stream": stream }), &[(0, "line")]))
            .await;
        assert_eq!(found.as_u16(), status, "{body}");
    }
}

#[tokio::test]
async fn queries_that_ask_for_too_much_are_told_of_the_limit() {
    let limits = Limits {
        max_query_series: 2,
        max_query_bytes_read: 3000,
        ..Limits::default()
    };
    let server = Server::with(limits).await;
    for pod in ["1", "2", "3"] {
        server.add(&[("app", "shop"), ("pod", pod)], &[(10, "line")]).await;
    }
    server.add(&[("app", "big")], &[(10, &"z".repeat(4000))]).await;
    let range = "/loki/api/v1/query_range";
    let month_ago = (NOW - 40 * 86_400).to_string();
    let hour_ago = (NOW - 3600).to_string();
    for (path, params, reason) in [
        (
            range,
            vec![("query", "{app=\"shop\"}"), ("limit", "5001")],
            "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)",
        ),
        (
            range,
            vec![("query", "{app=\"shop\"}"), ("start", &month_ago)],
            "the query time range exceeds the limit (query length: 960h0m0s, limit: 721h0m0s)",
        ),
        (
            range,
            vec![
                ("query", "rate({app=\"shop\"}[1m])"),
                ("start", &hour_ago),
                ("step", "0.1"),
            ],
            "exceeded maximum resolution of 11000 points",
        ),
        (
            range,
            vec![("query", "{app=\"shop\"}"), ("start", "2000000000")],
            "end timestamp must not be before",
        ),
        (
            range,
            vec![("query", "{app=\"shop\"}"), ("limit", "0")],
            "limit must be a positive value",
        ),
        (
            range,
            vec![("query", "{app=\"shop\"}"), ("direction", "up")],
            "invalid direction 'up'",
        ),
        (
            range,
            vec![("query", "rate({app=\"shop\"}[1m])"), ("step", "-1")],
            "zero or negative query resolution step",
        ),
        (
            range,
            vec![("query", "{app=\"big\"}")],
            "the query would read too many bytes (query: 4000 B, limit: 3000 B)",
        ),
        (
            "/loki/api/v1/query",
            vec![("query", "rate({app=\"shop\"}[1m])")],
            "maximum number of series (2) reached for a single query",
        ),
        (
            "/loki/api/v1/query",
            vec![("query", "{app=\"shop\"}")],
            "log queries are not supported as an instant query type, please change your query to a range query type",
        ),
        (
            "/loki/api/v1/query",
            vec![("query", "")],
            "parse error : syntax error: unexpected $end",
        ),
        (
            "/loki/api/v1/query",
            vec![("query", "rate({app=\"shop\"})")],
            "parse error at line 1, col 18: syntax error: unexpected )",
        ),
    ] {
        let (status, text) = server.get(path, &params).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{params:?}: {text}");
        assert!(text.contains(reason), "{params:?}: {text}");
    }
}

#[tokio::test]
async fn a_query_that_takes_too_long_ends() {
    let server = Server::with(Limits {
        query_timeout: Duration::from_nanos(1),
        ..Limits::default()
    })
    .await;
    server
        .logs
        .push(vec![stream(&[("app", "shop")], &[(10, "line")])])
        .await
        .unwrap();
    let (status, text) = server
        .get("/loki/api/v1/query_range", &[("query", "{app=\"shop\"}")])
        .await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT, "{text}");
    assert!(text.contains("timed out"), "{text}");
}

#[test]
fn the_defaults_are_loki_s() {
    let limits = Limits::default();
    assert_eq!(limits.max_line_size, 256 << 10);
    assert_eq!(limits.max_query_length, Duration::from_secs(721 * 3600));
    assert_eq!(
        i64::try_from(limits.reject_old_samples_max_age.as_nanos()).unwrap(),
        7 * 86_400 * SECOND
    );
}
