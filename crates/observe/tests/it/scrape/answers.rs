//! Good answers and bad ones.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use observe::scrape::Health;

use super::peer::{Peer, Says};
use super::{Scraping, until};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

const TEXT: &str = "Content-Type: text/plain\r\n";

#[tokio::test]
async fn what_a_target_says_can_be_queried() {
    let peer = Peer::start(Says::metrics(
        "# TYPE orders_total counter\n# HELP orders_total Orders.\norders_total 1\n",
    ))
    .await;
    let scraping = Scraping::with(&peer.job("metrics_path: /api/metrics, params: {name: ['a b']}"));
    until(|| scraping.value("orders_total") == Some(1.0)).await;
    assert_eq!(
        scraping.query("up"),
        [(
            format!(r#"{{__name__="up", instance="{}", job="app"}}"#, peer.address),
            1.0
        )]
    );
    let asked = peer.asked()[0].to_lowercase();
    for part in [
        "get /api/metrics?name=a+b http/1.1\r\n",
        &format!("host: {}\r\n", peer.address),
        "accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,",
        "accept-encoding: gzip\r\n",
        "x-prometheus-scrape-timeout-seconds: 0.1\r\n",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    let target = scraping.asked().await;
    assert_eq!(
        (target.state().health, target.state().last_error.as_str()),
        (Health::Up, "")
    );
    assert!(target.state().last_scrape.is_some());
    let metadata = scraping.manager.metadata();
    let orders = metadata["orders_total"].first().unwrap();
    assert_eq!((orders.kind, orders.help.as_str()), ("counter", "Orders."));

    // The counter moves, and its rate shows it.
    peer.says(Says::metrics("orders_total 11\n"));
    until(|| {
        scraping
            .value("increase(orders_total[1m])")
            .is_some_and(|rise| rise >= 10.0)
    })
    .await;
    // What is not there any more is gone.
    peer.says(Says::metrics("other 1\n"));
    until(|| scraping.value("other") == Some(1.0)).await;
    assert_eq!(scraping.query("orders_total"), []);
}

#[tokio::test]
async fn compressed_answers_and_open_metrics_are_read() {
    let body = gzip(b"# TYPE a counter\na_total 7.0 # {trace_id=\"t\"} 1.0\n# EOF\n");
    let headers =
        "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\nContent-Encoding: gzip\r\n";
    let peer = Peer::start(Says::page("200 OK", headers, &body)).await;
    let scraping = Scraping::with(&peer.job(""));
    until(|| scraping.value("a_total") == Some(7.0)).await;
}

/// More large answers than are held at a time: each has its turn.
#[tokio::test]
async fn large_answers_wait_for_each_other() {
    let series: String = (0..30_000)
        .map(|n| format!("a{{path=\"/products/{n:030}\"}} 1\n"))
        .collect();
    let peer = Peer::start(Says::metrics(&series)).await;
    let groups: Vec<_> = (0..6)
        .map(|n| format!("{{targets: ['{}'], labels: {{n: '{n}'}}}}", peer.address))
        .collect();
    let job = format!(
        "{{job_name: app, scrape_interval: 10s, metric_relabel_configs: [{{source_labels: [path], regex: '.*[1-9]', action: drop}}], \
         scrape_timeout: 10s, static_configs: [{}]}}",
        groups.join(",")
    );
    let scraping = Scraping::with(&job);
    for target in scraping.manager.targets().active {
        until(|| target.state().health != Health::Unknown).await;
        assert_eq!(target.state().last_error, "");
    }
    assert_eq!(scraping.value("count(a)"), Some(6.0 * 3_000.0));
}

#[tokio::test]
async fn whatever_goes_wrong_has_a_name_and_costs_little() {
    let html = Says::page("200 OK", TEXT, b"<!DOCTYPE html>\n<html></html>\n");
    let noise: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let hundred_megabytes = Says::page("200 OK", TEXT, &vec![b'a'; 100 << 20]);
    let endless_head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n".to_vec();
    let bomb = Says::page(
        "200 OK",
        &format!("{TEXT}Content-Encoding: gzip\r\n"),
        &gzip(&vec![b'\n'; 100 << 20]),
    );
    let cases = [
        (
            Says::page("500 Internal Server Error", TEXT, b"oops"),
            "server returned HTTP status 500 Internal Server Error",
        ),
        (html, "line 1: expected a metric name, got \"<!DOCTYPE html>\""),
        (Says::page("200 OK", TEXT, &noise), "line 2: invalid UTF-8"),
        (
            Says::page("200 OK", "Content-Type: image/png\r\n", b""),
            "received unsupported Content-Type \"image/png\"",
        ),
        (hundred_megabytes, "body size limit exceeded (16777216 bytes)"),
        (
            Says::Endlessly(endless_head, b"metric{a=\"b\"} 1\n".repeat(4096)),
            "body size limit exceeded (16777216 bytes)",
        ),
        (bomb, "body size limit exceeded (16777216 bytes)"),
        (
            Says::page(
                "200 OK",
                &format!("{TEXT}Content-Encoding: gzip\r\n"),
                b"this is not compressed",
            ),
            "invalid gzip header",
        ),
        (Says::Nothing, "context deadline exceeded"),
        (Says::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec()), "invalid HTTP version"),
    ];
    let mut peers = Vec::new();
    let mut jobs = Vec::new();
    for (index, (says, _)) in cases.iter().enumerate() {
        let peer = Peer::start(says.clone()).await;
        // Only the target that never answers is to run into its time; the others get more than they need.
        let time = if matches!(says, Says::Nothing) { "100ms" } else { "10s" };
        jobs.push(format!(
            "{{job_name: '{index}', scrape_interval: 10s, scrape_timeout: {time}, static_configs: [{{targets: ['{}']}}]}}",
            peer.address
        ));
        peers.push(peer);
    }
    let scraping = Scraping::with(&jobs.join(","));
    for target in scraping.manager.targets().active {
        until(|| target.state().health != Health::Unknown).await;
        let (state, error) = (target.state(), cases[target.job().parse::<usize>().unwrap()].1);
        assert_eq!(state.health, Health::Down);
        assert!(state.last_error.contains(error), "{error:?} in {:?}", state.last_error);
        let up = format!("up{{job=\"{}\"}}", target.job());
        assert_eq!(scraping.value(&up), Some(0.0));
    }
}

#[tokio::test]
async fn nobody_there_is_an_error_too() {
    let scraping = Scraping::with("{job_name: app, static_configs: [{targets: ['127.0.0.1:1']}]}");
    let state = scraping.asked().await.state();
    assert!(
        state.last_error.starts_with("Get \"http://127.0.0.1:1/metrics\": "),
        "{}",
        state.last_error
    );
    assert!(
        state.last_error.to_lowercase().contains("connection refused"),
        "{}",
        state.last_error
    );
}

#[tokio::test]
async fn redirects_are_followed_unless_they_are_not_to_be() {
    let end = Peer::start(Says::metrics("a 1\n")).await;
    let elsewhere = format!("Location: http://{}/there\r\n", end.address);
    let peer = Peer::start(Says::page("302 Found", &elsewhere, b"")).await;
    let scraping = Scraping::with(&peer.job("basic_auth: {username: u, password: p}"));
    until(|| scraping.value("a") == Some(1.0)).await;
    assert!(peer.asked()[0].contains("authorization: Basic dTpw\r\n"));
    // Secrets are for the target alone.
    assert!(end.asked()[0].starts_with("GET /there ") && !end.asked()[0].contains("authorization"));

    let scraping = Scraping::with(&peer.job("follow_redirects: false"));
    assert_eq!(
        scraping.asked().await.state().last_error,
        "server returned HTTP status 302 Found"
    );

    peer.says(Says::page("302 Found", "Location: /metrics\r\n", b""));
    let scraping = Scraping::with(&peer.job("scrape_interval: 200ms, scrape_timeout: 200ms"));
    let state = scraping.asked().await.state();
    assert!(
        state.last_error.ends_with("stopped after 10 redirects"),
        "{}",
        state.last_error
    );
}

#[tokio::test]
async fn a_limit_of_the_job_holds() {
    let peer = Peer::start(Says::metrics("a 1\nb 1\nc 1\n")).await;
    for (limit, error) in [
        ("sample_limit: 2", "sample limit exceeded"),
        (
            "label_limit: 2",
            "line 1: label_limit exceeded (metric: a, number of labels: 3, limit: 2)",
        ),
        ("body_size_limit: 4B", "body size limit exceeded (4 bytes)"),
    ] {
        let scraping = Scraping::with(&peer.job(limit));
        assert_eq!(scraping.asked().await.state().last_error, error);
    }
}
