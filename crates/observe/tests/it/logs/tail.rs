//! Lines as they come.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Server, url};

async fn connect(server: &Server, query: &str) -> (WebSocketStream<TcpStream>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = server.router();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let stream = TcpStream::connect(address).await.unwrap();
    let query = url(&[("query", query), ("limit", "10")]);
    let (socket, response) = client_async(format!("ws://{address}/loki/api/v1/tail?{query}"), stream)
        .await
        .unwrap();
    assert_eq!(response.status(), 101);
    (socket, serving)
}

/// The next message that is none of the connection's own.
async fn next(socket: &mut WebSocketStream<TcpStream>) -> Value {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[tokio::test]
async fn a_client_gets_what_was_and_then_what_comes() {
    let server = Server::new().await;
    server.add(&[("app", "shop")], &[(20, "GET /a"), (10, "GET /b")]).await;
    let (mut socket, serving) = connect(&server, r#"{app="shop"} |= "GET""#).await;
    let before = next(&mut socket).await;
    assert_eq!(before["streams"][0]["stream"], json!({ "app": "shop" }));
    let texts: Vec<_> = before["streams"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line[1])
        .collect();
    assert_eq!(texts, ["GET /a", "GET /b"]);

    server.add(&[("app", "auth")], &[(1, "GET /other")]).await;
    server.add(&[("app", "shop")], &[(1, "POST /c")]).await;
    server.add(&[("app", "shop")], &[(0, "GET /d")]).await;
    let after = next(&mut socket).await;
    assert_eq!(after["streams"][0]["values"][0][1], "GET /d");
    assert_eq!(after["streams"].as_array().unwrap().len(), 1);
    serving.abort();
}

#[tokio::test]
async fn too_many_may_not_follow_and_without_a_websocket_nobody() {
    let limits = observe::logs::Limits {
        max_concurrent_tail_requests: 0,
        ..observe::logs::Limits::default()
    };
    let server = Server::with(limits).await;
    let (status, text) = server.get("/loki/api/v1/tail", &[("query", r#"{app="shop"}"#)]).await;
    assert_eq!(status, 400, "{text}");
    assert!(text.contains("websocket"), "{text}");
    let (status, text) = server
        .get("/loki/api/v1/tail", &[("query", r#"{app="shop"}"#), ("delay_for", "6")])
        .await;
    assert_eq!(
        (status.as_u16(), text.trim()),
        (400, "delay_for can't be greater than 5")
    );
    let (status, text) = server
        .get("/loki/api/v1/tail", &[("query", "rate({a=\"b\"}[1m])")])
        .await;
    assert_eq!(status, 400, "{text}");
}
