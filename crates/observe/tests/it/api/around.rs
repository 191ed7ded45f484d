//! What stands around queries: targets, metadata, status, federation, the life of the process.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use observe::api::prometheus::Limits;
use observe::api::prometheus::views::ScrapeView as _;
use observe::config::PrometheusConfig;
use observe::metrics::promql::Options;
use observe::metrics::samples::STALE;
use observe::scrape::Manager;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{NOW, Server};

#[tokio::test]
async fn targets_are_shown_with_their_health() {
    let server = Server::new();
    let node = json!({
        "discoveredLabels": {"__address__": "127.0.0.1:9090", "job": "node"},
        "labels": {"instance": "127.0.0.1:9090", "job": "node"},
        "scrapePool": "node",
        "scrapeUrl": "http://127.0.0.1:9090/metrics",
        "globalUrl": "http://observe:9090/metrics",
        "lastError": "",
        "lastScrape": "2026-11-24T11:59:59.75Z",
        "lastScrapeDuration": 0.05,
        "health": "up",
        "scrapeInterval": "15s",
        "scrapeTimeout": "10s"
    });
    assert_eq!(
        server.data("/api/v1/targets?scrapePool=node").await,
        json!({
            "activeTargets": [node],
            "droppedTargets": [{"discoveredLabels": {"__address__": "127.0.0.1:9100"}, "scrapePool": "node"}],
            "droppedTargetCounts": {"node": 1}
        })
    );
    let active = server.data("/api/v1/targets?state=active").await;
    assert_eq!(active["activeTargets"][1]["lastScrape"], "0001-01-01T00:00:00Z");
    assert_eq!(active["droppedTargets"], json!([]));
    assert_eq!(
        server.data("/api/v1/targets?state=dropped").await["activeTargets"],
        json!([])
    );
}

#[tokio::test]
async fn the_scraper_shows_what_its_configuration_names() {
    let server = Server::new();
    let scraper = Manager::new(Arc::clone(&server.store));
    let text = "
scrape_configs:
  - job_name: node
    scrape_interval: 1h
    static_configs: [{targets: ['127.0.0.1:1', 'gone:1'], labels: {zone: mx}}]
    relabel_configs: [{source_labels: [__address__], regex: 'gone:.*', action: drop}]
";
    scraper.apply(&PrometheusConfig::parse(text, Path::new("prometheus.yml")).unwrap());
    let [target] = &scraper.active_targets()[..] else {
        panic!("one target is not dropped")
    };
    assert_eq!(
        target.labels.to_string(),
        r#"{instance="127.0.0.1:1", job="node", zone="mx"}"#
    );
    assert_eq!(
        (
            target.scrape_url.as_str(),
            target.scrape_interval.as_str(),
            target.scrape_timeout.as_str()
        ),
        ("http://127.0.0.1:1/metrics", "1h", "10s")
    );
    assert_eq!(
        scraper.dropped_targets()[0].discovered_labels.get("__address__"),
        "gone:1"
    );
    assert_eq!(scraper.dropped_target_counts()["node"], 1);
    let stop = CancellationToken::new();
    stop.cancel();
    scraper.run(stop).await;
}

#[tokio::test]
async fn metadata_is_by_metric_or_by_target() {
    let server = Server::new();
    let load = json!({"type": "gauge", "help": "Load.", "unit": ""});
    let users = json!({"type": "gauge", "help": "Users.", "unit": ""});
    assert_eq!(
        server.data("/api/v1/metadata").await,
        json!({"load1": [load], "users": [users]})
    );
    assert_eq!(server.data("/api/v1/metadata?limit=1").await, json!({"load1": [load]}));
    assert_eq!(
        server.data("/api/v1/metadata?metric=users").await,
        json!({"users": [users]})
    );
    assert_eq!(
        server
            .data("/api/v1/targets/metadata?metric=load1&match_target=%7Bjob%3D%22shop%22%7D")
            .await,
        json!([{"target": {"job": "shop"}, "type": "gauge", "help": "Load.", "unit": ""}])
    );
    assert_eq!(
        server.data("/api/v1/targets/metadata?limit=1").await,
        json!([{"target": {"job": "node"}, "metric": "load1", "type": "gauge", "help": "Load.", "unit": ""}])
    );
    assert_eq!(
        server.refused("/api/v1/targets/metadata?metric=x").await,
        (404, "not_found".into(), "specified metadata not found".into())
    );
}

#[tokio::test]
async fn the_process_tells_of_itself() {
    let server = Server::new();
    server.add(&[("__name__", "up"), ("job", "node")], &[(0, 1.0)]);
    assert_eq!(
        server.data("/api/v1/status/config").await,
        json!({"yaml": "global:\n  scrape_interval: 15s\n"})
    );
    assert_eq!(
        server.data("/api/v1/status/flags").await,
        json!({"query.lookback-delta": "5m"})
    );
    assert_eq!(server.data("/api/v1/status/buildinfo").await["version"], "3.5.0");
    let runtime = server.data("/api/v1/status/runtimeinfo").await;
    assert_eq!(runtime["startTime"], "2026-11-24T11:00:00Z");
    assert_eq!(
        (&runtime["reloadConfigSuccess"], &runtime["storageRetention"]),
        (&json!(true), &json!("15d"))
    );
    let tsdb = server.data("/api/v1/status/tsdb?limit=1").await;
    assert_eq!(tsdb["headStats"]["numSeries"], 1);
    assert_eq!(tsdb["seriesCountByMetricName"], json!([{"name": "up", "value": 1}]));
    assert_eq!(
        server.refused("/api/v1/status/tsdb?limit=0").await,
        (400, "bad_data".into(), "limit must be a positive number".into())
    );
    assert_eq!(server.data("/api/v1/status/walreplay").await["min"], 0);
    assert_eq!(
        server.data("/api/v1/alertmanagers").await,
        json!({"activeAlertmanagers": [{"url": "http://127.0.0.1:9093/api/v2/alerts"}], "droppedAlertmanagers": []})
    );
}

#[tokio::test]
async fn the_last_samples_are_there_for_another_server() {
    let server = Server::new();
    server.add(
        &[("__name__", "up"), ("job", "node"), ("instance", "a\"b")],
        &[(30, 0.0), (15, 1.0)],
    );
    server.add(&[("__name__", "hits.total"), ("cluster", "own")], &[(15, 1e6)]);
    server.add(&[("__name__", "gone")], &[(30, 1.0), (15, STALE)]);
    server.add(&[("__name__", "old")], &[(600, 1.0)]);
    let request = Request::get("/federate?match[]=%7B__name__%3D~%22.%2B%22%7D")
        .body(Body::empty())
        .unwrap();
    let response = server.send(request).await;
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let time = (NOW - 15) * 1000;
    assert_eq!(
        String::from_utf8_lossy(&body),
        format!(
            "# TYPE \"hits.total\" untyped\n{{\"hits.total\",cluster=\"own\",instance=\"\"}} 1e+06 {time}\n\
             # TYPE up untyped\nup{{instance=\"a\\\"b\",job=\"node\",cluster=\"mx\"}} 1 {time}\n"
        )
    );
    assert_eq!(server.get("/federate?match[]=up%7B").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_process_says_how_it_is_and_may_be_told_to_reload() {
    let enabled = Limits {
        lifecycle: true,
        ..Limits::default()
    };
    let server = Server::with(Options::default(), enabled);
    assert_eq!(server.get("/-/healthy").await.0, StatusCode::OK);
    assert_eq!(server.get("/-/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
    server.process.is_ready.store(true, Ordering::Relaxed);
    assert_eq!(server.get("/-/ready").await.0, StatusCode::OK);
    assert_eq!(server.get("/-/reload").await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(server.post("/-/reload", "").await.0, StatusCode::OK);
    server.process.is_broken.store(true, Ordering::Relaxed);
    let (status, text) = server.post("/-/reload", "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(text, "failed to reload config: prometheus.yml:1: unknown key `globl`\n");
    assert_eq!(server.process.reloads.load(Ordering::Relaxed), 2);
    assert_eq!(Server::new().post("/-/reload", "").await.0, StatusCode::FORBIDDEN);
}
