//! A target that answers whatever it is told to, byte by byte.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it says next.
#[derive(Clone)]
pub(super) enum Says {
    /// These bytes, and then the end of the connection.
    Bytes(Vec<u8>),
    /// The first, and then the second without an end.
    Endlessly(Vec<u8>, Vec<u8>),
    /// Nothing at all.
    Nothing,
}

impl Says {
    /// A page of metrics.
    pub(super) fn metrics(body: &str) -> Self {
        Self::page("200 OK", "Content-Type: text/plain; version=0.0.4\r\n", body.as_bytes())
    }

    pub(super) fn page(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

pub(super) struct Peer {
    pub(super) address: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

struct State {
    says: Says,
    /// What it was asked, heads of requests.
    asked: Vec<String>,
}

impl Peer {
    pub(super) async fn start(says: Says) -> Self {
        Self::serve(says, None).await
    }

    /// With a certificate.
    pub(super) async fn secure(says: Says, tls: tokio_rustls::TlsAcceptor) -> Self {
        Self::serve(says, Some(tls)).await
    }

    async fn serve(says: Says, tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State {
            says,
            asked: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => answer(stream, &state).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => answer(stream, &state).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { address, state, task }
    }

    pub(super) fn says(&self, says: Says) {
        self.state.lock().unwrap().says = says;
    }

    /// The heads of the requests so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// One job that asks it.
    pub(super) fn job(&self, more: &str) -> String {
        format!(
            "{{job_name: app, static_configs: [{{targets: ['{}']}}], {more}}}",
            self.address
        )
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// None when the other side goes away.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: &Mutex<State>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let says = {
        let mut state = state.lock().unwrap();
        state.asked.push(String::from_utf8(head).unwrap());
        state.says.clone()
    };
    match says {
        Says::Bytes(bytes) => stream.write_all(&bytes).await.ok()?,
        Says::Endlessly(first, second) => {
            stream.write_all(&first).await.ok()?;
            loop {
                stream.write_all(&second).await.ok()?;
            }
        }
        Says::Nothing => std::future::pending().await,
    }
    stream.shutdown().await.ok()
}
