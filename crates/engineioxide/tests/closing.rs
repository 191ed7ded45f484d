//! Tests ensuring that a client gets what was emitted before the server closed the socket, whatever
//! its transport is doing at that moment.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use engineioxide::{
    DisconnectReason, ProtocolVersion, Str,
    config::EngineIoConfig,
    handler::EngineIoHandler,
    service::EngineIoService,
    socket::{Sid, Socket},
};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

mod fixture;

use fixture::{
    create_polling_connection, create_server, create_ws_upgrade_connection, send_req_raw,
};

const PATIENCE: Duration = Duration::from_secs(1);
const MESSAGES: usize = 100;

/// Emits many messages and closes the socket when it hears anything.
#[derive(Debug, Clone)]
struct Talker {
    disconnects: mpsc::Sender<DisconnectReason>,
}

impl EngineIoHandler for Talker {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}
    fn on_disconnect(&self, _: Arc<Socket<()>>, reason: DisconnectReason) {
        self.disconnects.try_send(reason).unwrap();
    }
    fn on_message(self: &Arc<Self>, _: Str, socket: Arc<Socket<()>>) {
        for n in 0..MESSAGES {
            socket.emit(n.to_string()).unwrap();
        }
        socket.close(DisconnectReason::TransportClose);
    }
    fn on_binary(self: &Arc<Self>, _: Bytes, _: Arc<Socket<()>>) {}
}

async fn server() -> (EngineIoService<Talker>, mpsc::Receiver<DisconnectReason>) {
    let (disconnects, rx) = mpsc::channel(10);
    (create_server(Talker { disconnects }).await, rx)
}

fn params(sid: &str) -> String {
    format!("transport=polling&sid={sid}")
}

async fn post(svc: &mut EngineIoService<Talker>, sid: &str, body: String) {
    let answer = send_req_raw(svc, params(sid), http::Method::POST, Some(body)).await;
    assert_eq!(answer, "ok");
}

/// Polls until the close packet, and answers all packets but pings and noops.
async fn poll_to_the_end(svc: &mut EngineIoService<Talker>, sid: &str) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.last().is_none_or(|packet| packet != "1") {
        let poll = send_req_raw(svc, params(sid), http::Method::GET, None);
        let payload = tokio::time::timeout(PATIENCE, poll).await.unwrap();
        assert_ne!(payload, "", "{heard:?}");
        assert!(!payload.contains("Session ID unknown"), "{heard:?}");
        assert!(
            !payload.ends_with("\x1e1"),
            "a client forgets what came with a close packet"
        );
        let packets = payload
            .split('\x1e')
            .filter(|packet| !["2", "6"].contains(packet));
        heard.extend(packets.map(str::to_owned));
    }
    heard
}

/// What the talker says.
fn said() -> Vec<String> {
    let messages = (0..MESSAGES).map(|n| format!("4{n}"));
    messages.chain(["1".to_owned()]).collect()
}

#[tokio::test]
async fn between_polls() {
    let (mut svc, mut rx) = server().await;
    let sid = create_polling_connection(&mut svc).await;

    // What comes after the end is not handled, and does no harm.
    post(&mut svc, &sid, "4hi\x1e4hi".into()).await;
    assert_eq!(rx.recv().await, Some(DisconnectReason::TransportClose));
    post(&mut svc, &sid, "4hi".into()).await;

    assert_eq!(poll_to_the_end(&mut svc, &sid).await, said());
    let poll = send_req_raw(&mut svc, params(&sid), http::Method::GET, None);
    assert!(poll.await.contains("Session ID unknown"));
    assert!(rx.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn during_a_poll() {
    for _ in 0..50 {
        let (mut svc, _rx) = server().await;
        let sid = create_polling_connection(&mut svc).await;
        let poll = tokio::spawn({
            let (mut svc, sid) = (svc.clone(), sid.clone());
            async move { poll_to_the_end(&mut svc, &sid).await }
        });
        tokio::task::yield_now().await;
        post(&mut svc, &sid, "4hi\x1e4hi".into()).await;
        assert_eq!(poll.await.unwrap(), said());
    }
}

#[tokio::test]
async fn during_an_upgrade() {
    let (mut svc, _rx) = server().await;
    let sid = create_polling_connection(&mut svc).await;
    let id: Sid = sid.parse().unwrap();
    let mut ws = create_ws_upgrade_connection(&mut svc, id).await;
    ws.send(Message::text("2probe")).await.unwrap();
    assert_eq!(ws.next().await.unwrap().unwrap(), Message::text("3probe"));

    // Sent before the client paused its polling.
    post(&mut svc, &sid, "4hi".into()).await;
    ws.send(Message::text("5")).await.unwrap();

    let mut heard = Vec::new();
    while let Some(Ok(message)) = ws.next().await {
        if let Message::Text(packet) = message
            && packet.as_str() != "2"
        {
            heard.push(packet.to_string());
        }
    }
    assert_eq!(heard, said());
}

/// A connection that is closed while something of the client is unread is reset, and what was sent last
/// is lost.
#[tokio::test]
async fn while_a_websocket_client_goes_on_talking() {
    let (svc, _rx) = server().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = tokio::net::TcpStream::connect(address).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let parts = http::Request::<()>::default().into_parts().0;
    tokio::spawn(svc.ws_init(server, ProtocolVersion::V4, None, parts));
    let mut ws = WebSocketStream::from_raw_socket(client, Role::Client, None).await;

    for _ in 0..1000 {
        ws.feed(Message::text("4hi")).await.unwrap();
    }
    ws.flush().await.unwrap();

    let mut heard = Vec::new();
    while let Some(Ok(message)) = ws.next().await {
        if let Message::Text(packet) = message
            && !packet.starts_with(['0', '2'])
        {
            heard.push(packet.to_string());
        }
    }
    assert_eq!(heard, said());
}

/// What a poll had no room for goes out by the websocket that takes over.
#[tokio::test]
async fn what_a_poll_left_over() {
    #[derive(Debug)]
    struct Verbose;
    impl EngineIoHandler for Verbose {
        type Data = ();

        fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}
        fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}
        fn on_message(self: &Arc<Self>, _: Str, socket: Arc<Socket<()>>) {
            socket.emit("a".repeat(60)).unwrap();
            socket.emit("b".repeat(60)).unwrap();
        }
        fn on_binary(self: &Arc<Self>, _: Bytes, _: Arc<Socket<()>>) {}
    }
    let config = EngineIoConfig::builder().max_payload(100).build();
    let mut svc = EngineIoService::with_config(Arc::new(Verbose), config);
    let sid = create_polling_connection(&mut svc).await;
    send_req_raw(
        &mut svc,
        params(&sid),
        http::Method::POST,
        Some("4hi".into()),
    )
    .await;
    let poll = send_req_raw(&mut svc, params(&sid), http::Method::GET, None).await;
    assert!(
        poll.contains(&"a".repeat(60)) && !poll.contains('b'),
        "{poll}"
    );

    let mut ws = create_ws_upgrade_connection(&mut svc, sid.parse().unwrap()).await;
    ws.send(Message::text("2probe")).await.unwrap();
    assert_eq!(ws.next().await.unwrap().unwrap(), Message::text("3probe"));
    ws.send(Message::text("5")).await.unwrap();
    let message = tokio::time::timeout(PATIENCE, ws.next()).await.unwrap();
    assert_eq!(
        message.unwrap().unwrap(),
        Message::text(format!("4{}", "b".repeat(60)))
    );
}
