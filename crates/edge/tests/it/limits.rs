use units::HumanDuration;

use crate::harness::*;

async fn edge_with(change: impl FnOnce(&mut edge::Config)) -> (TestEdge, FakeInstance) {
    let web = FakeInstance::mirror("web").await;
    let mut config = config();
    change(&mut config);
    (TestEdge::start(config, routes(&[("/", &[&web])])).await, web)
}

#[tokio::test]
async fn heads_have_a_limit() {
    let (edge, _web) = edge_with(|_| ()).await;
    let mut client = edge.client().await;
    client
        .send(&format!(
            "GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
            "x".repeat(20_000)
        ))
        .await;
    assert_eq!(client.answer().await.status, 431);
    let mut client = edge.client().await;
    let many: String = (0..101).map(|i| format!("x-{i}: 1\r\n")).collect();
    client.send(&format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n")).await;
    assert_eq!(client.answer().await.status, 431);
    edge.stop().await;
}

#[tokio::test]
async fn bodies_have_a_limit_announced_or_not() {
    let (edge, web) = edge_with(|config| config.max_body_bytes = 1_000).await;
    let mut client = edge.client().await;
    client
        .send(&format!(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{}",
            "x".repeat(1_000)
        ))
        .await;
    assert_eq!(client.answer().await.status, 200);
    client
        .send(&format!(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 900000\r\n\r\n{}",
            "x".repeat(900_000)
        ))
        .await;
    let answer = client.answer().await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (413, Some("application/problem+json"))
    );
    assert!(client.is_closed().await);

    let mut client = edge.client().await;
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
    client
        .send(&format!(
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{}",
            chunk.repeat(3)
        ))
        .await;
    assert_eq!(client.answer().await.status, 413);
    assert!(client.is_closed().await);
    assert!(web.connections() <= 2);
    edge.stop().await;
}

#[tokio::test]
async fn slow_clients_are_not_waited_for() {
    let (edge, _web) = edge_with(|config| {
        config.header_timeout = HumanDuration::from_millis(100);
        config.body_timeout = HumanDuration::from_millis(100);
    })
    .await;
    let mut silent = edge.client().await;
    assert!(silent.is_closed().await);
    let mut slow = edge.client().await;
    slow.send("GET / HTTP/1.1\r\nhos").await;
    assert_eq!(slow.answer().await.status, 408);
    let mut slow = edge.client().await;
    slow.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab")
        .await;
    assert_eq!(slow.answer().await.status, 408);
    assert!(slow.is_closed().await);
    edge.stop().await;
}

#[tokio::test]
async fn idle_connections_are_closed_after_a_while() {
    let (edge, _web) = edge_with(|config| config.idle_timeout = HumanDuration::from_millis(100)).await;
    let mut client = edge.client().await;
    assert_eq!(client.get("/").await.status, 200);
    assert!(client.is_closed().await);
    edge.stop().await;
}

#[tokio::test]
async fn a_connection_that_slept_serves_again() {
    let (edge, web) = edge_with(|_| ()).await;
    let mut client = edge.client().await;
    for round in 0..2 {
        assert_eq!(client.get("/").await.status, 200);
        eventually("the connection to sleep", async || {
            (edge.metric("edge_connections_asleep").await == 1.0).then_some(())
        })
        .await;
        // Half a request wakes it, and is not lost.
        client.send("GET /half HTTP/1.1\r\nho").await;
        eventually("the connection to wake", async || {
            (edge.metric("nginx_connections_reading").await == 1.0).then_some(())
        })
        .await;
        client.send("st: a\r\n\r\n").await;
        assert_eq!(client.answer().await.status, 200, "round {round}");
    }
    assert_eq!(web.connections(), 1);
    edge.stop().await;
}

#[tokio::test]
async fn no_more_connections_than_allowed_are_served_at_once() {
    let (edge, _web) = edge_with(|config| config.max_connections = 2).await;
    let (mut first, mut second, mut third) = (edge.client().await, edge.client().await, edge.client().await);
    assert_eq!(first.get("/").await.status, 200);
    assert_eq!(second.get("/").await.status, 200);
    third.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let served = edge.metric("nginx_connections_active").await;
    assert!(served <= 2.0, "{served} connections");
    drop(first);
    assert_eq!(third.answer().await.status, 200);
    edge.stop().await;
}
