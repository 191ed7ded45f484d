use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::harness::*;

#[tokio::test]
async fn requests_are_counted_and_timed() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/shop", &[&web])])).await;
    let mut client = edge.client().await;
    for _ in 0..3 {
        assert_eq!(client.get("/shop/items/7?q=x").await.status, 200);
    }
    assert_eq!(client.get("/elsewhere").await.status, 404);
    let page = edge.metrics().await;
    let labels =
        "service=\"service-shop\",pool=\"stable\",version=\"1.2.3\",method=\"GET\",route=\"/shop\",status_code=\"200\"";
    for line in [
        format!("http_requests_total{{{labels}}} 3"),
        "http_requests_total{service=\"none\",pool=\"none\",version=\"\",method=\"GET\",route=\"unmatched\",status_code=\"404\"} 1".to_owned(),
        format!("http_request_duration_seconds_count{{{labels}}} 3"),
        "nginx_up 1".to_owned(),
        "nginx_connections_accepted 1".to_owned(),
        "nginx_connections_active 1".to_owned(),
        "nginx_connections_waiting 1".to_owned(),
        "nginx_http_requests_total 4".to_owned(),
        "edge_upstream_connects_total 1".to_owned(),
        "edge_upstream_reuses_total 2".to_owned(),
        "edge_upstream_up{instance_id=\"web\",version=\"1.2.3\"} 1.0".to_owned(),
        "edge_upstream_requests_in_flight{instance_id=\"web\",version=\"1.2.3\"} 0.0".to_owned(),
    ] {
        assert!(page.lines().any(|found| found == line), "no `{line}` in\n{page}");
    }
    let bucket = |bound: &str| format!("http_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}} 3");
    assert!(
        page.contains(&bucket("+Inf")) && page.contains(&bucket("5.0")),
        "{page}"
    );
    edge.stop().await;
}

#[tokio::test]
async fn the_admin_listener_tells_how_it_is() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut client = Client::connect(edge.admin).await;
    assert_eq!(client.get("/healthz").await.text(), "ok\n");
    let routes: serde_json::Value = serde_json::from_slice(&client.get("/routes").await.body).unwrap();
    assert_eq!(routes["routes"][0]["prefix"], "/");
    assert_eq!(routes["instances"]["web"]["version"], "1.2.3");
    assert_eq!(client.get("/other").await.status, 404);
    edge.stop().await;
}

#[tokio::test]
async fn the_edge_tells_its_connections_as_nginx_does() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut waiting = edge.client().await;
    for _ in 0..2 {
        assert_eq!(waiting.get("/").await.status, 200);
    }
    let mut admin = Client::connect(edge.admin).await;
    assert_eq!(
        admin.get("/stub_status").await.text(),
        "Active connections: 1 \nserver accepts handled requests\n 1 1 2 \nReading: 0 Writing: 0 Waiting: 1 \n"
    );
    edge.stop().await;
}

#[tokio::test]
async fn metrics_of_services_are_not_for_the_public() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    // This machine may; whom it speaks for may not, however the path is written.
    assert_eq!(client.get("/api/metrics").await.status, 200);
    for path in ["/api/metrics", "/api/%6Detrics", "//api/metrics"] {
        client
            .send(&format!(
                "GET {path} HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 192.0.2.1\r\n\r\n"
            ))
            .await;
        assert_eq!(client.answer().await.status, 404, "{path}");
    }
    edge.stop().await;
    let mut open = config();
    open.expose_metrics = true;
    let edge = TestEdge::start(open, routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    client
        .send("GET /api/metrics HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 192.0.2.1\r\n\r\n")
        .await;
    assert_eq!(client.answer().await.status, 200);
    edge.stop().await;
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_request_leaves_a_line_without_its_query() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/shop", &[&web])])).await;
    let mut client = edge.client().await;
    client
        .send("GET /shop/x?card=4242 HTTP/1.1\r\nhost: a\r\nx-request-id: mine-7\r\n\r\n")
        .await;
    let length = client.answer().await.body.len();
    assert_eq!(client.get("/elsewhere?card=4242").await.status, 404);
    edge.stop().await;
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains("4242"), "{log}");
    let line = log.lines().find(|line| line.contains("mine-7")).unwrap();
    for part in [
        "access: request",
        "method=\"GET\"",
        "path=\"/shop/x\"",
        "status=200",
        &format!("bytes={length}"),
        "upstream=\"service-shop\"",
        "instance=\"web\"",
        "duration_us=",
        "trace_id=\"",
        "aborted=false",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    assert!(
        log.lines()
            .any(|line| line.contains("path=\"/elsewhere\"") && line.contains("status=404")),
        "{log}"
    );
}

/// Needs a process of its own, as nextest gives each test: there is one telemetry in a process.
#[tokio::test]
async fn a_sampled_request_has_a_span_of_the_edge_above_the_instances() {
    let _telemetry = telemetry::init("textisur-edge", "0.0.0", "test", &telemetry::Config::default()).unwrap();
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    for (flags, begins_a_span) in [("01", true), ("00", false)] {
        let given = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
        client
            .send(&format!("GET / HTTP/1.1\r\nhost: a\r\ntraceparent: {given}\r\n\r\n"))
            .await;
        let answer = client.answer().await.text();
        let (_, seen) = answer.split_once('\n').unwrap();
        let passed_on = header(seen, "traceparent").unwrap();
        assert_eq!(
            (&passed_on[..36], &passed_on[53..]),
            (&given[..36], flags),
            "the same trace, sampled alike"
        );
        assert_eq!(passed_on != given, begins_a_span);
    }
    edge.stop().await;
}
