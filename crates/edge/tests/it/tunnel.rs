use tokio::io::{AsyncReadExt, AsyncWriteExt};
use units::HumanDuration;

use crate::harness::*;

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nhost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Agrees to upgrades, greets, and then sends back whatever comes.
async fn echo() -> FakeInstance {
    FakeInstance::start("echo", async |mut conn| {
        while let Some(head) = conn.head().await? {
            if header(&head, "upgrade").is_none() {
                conn.write("HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n").await?;
                continue;
            }
            assert_eq!(header(&head, "connection"), Some("upgrade"));
            assert_eq!(header(&head, "sec-websocket-version"), Some("13"));
            let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nhello";
            conn.write(answer).await?;
            let mut buffer = [0; 1024];
            loop {
                let count = conn.stream().read(&mut buffer).await?;
                if count == 0 {
                    return Ok(());
                }
                conn.stream().get_mut().write_all(&buffer[..count]).await?;
            }
        }
        Ok(())
    })
    .await
}

async fn upgraded(edge: &TestEdge) -> Client {
    let mut client = edge.client().await;
    client.send(UPGRADE).await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 101);
    assert_eq!(
        (answer.header("upgrade"), answer.header("sec-websocket-accept")),
        (Some("websocket"), Some("x"))
    );
    expect(&mut client, b"hello").await;
    client
}

async fn expect(client: &mut Client, bytes: &[u8]) {
    let mut read = vec![0; bytes.len()];
    within("bytes through the tunnel", client.stream().read_exact(&mut read))
        .await
        .unwrap();
    assert_eq!(read, bytes);
}

#[tokio::test]
async fn upgraded_connections_carry_anything_both_ways() {
    let echo = echo().await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&echo])])).await;
    let mut client = upgraded(&edge).await;
    // A masked frame, and bytes that no HTTP parser would let pass.
    for message in [&b"\x81\x84\x00\x00\x00\x00hola"[..], b"\n\n\r\n\0\xff", &[7; 1000]] {
        client.stream().get_mut().write_all(message).await.unwrap();
        expect(&mut client, message).await;
    }
    assert_eq!(edge.metric("edge_tunnels_active").await, 1.0);
    assert_eq!(edge.metric("edge_tunnel_received_bytes_total").await, 1016.0);
    client.stream().get_mut().shutdown().await.unwrap();
    assert!(client.is_closed().await);
    eventually("the tunnel to end", async || {
        (edge.metric("edge_tunnels_active").await == 0.0).then_some(())
    })
    .await;
    assert_eq!(edge.metric("http_requests_total{service=\"service-\",pool=\"stable\",version=\"1.2.3\",method=\"GET\",route=\"/\",status_code=\"101\"}").await, 1.0);
    edge.stop().await;
}

#[tokio::test]
async fn an_upgrade_that_is_refused_is_an_ordinary_answer() {
    let mirror = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&mirror])])).await;
    let mut client = edge.client().await;
    client.send(UPGRADE).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(client.is_closed().await);
    // HTTP/2 by upgrade would hide requests from the edge: it is not passed on.
    let mut client = edge.client().await;
    client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n").await;
    let answer = client.answer().await;
    assert!(
        answer.status == 200 && !answer.text().contains("h2c"),
        "{}",
        answer.text()
    );
    edge.stop().await;
}

#[tokio::test]
async fn open_tunnels_end_soon_after_the_stop_signal() {
    let echo = echo().await;
    let mut quick = config();
    quick.tunnel_drain_timeout = HumanDuration::from_millis(100);
    let edge = TestEdge::start(quick, routes(&[("/", &[&echo])])).await;
    let mut client = upgraded(&edge).await;
    edge.begin_stop();
    client.stream().get_mut().write_all(b"last words").await.unwrap();
    expect(&mut client, b"last words").await;
    edge.stop().await;
    assert!(client.is_closed().await);
}
