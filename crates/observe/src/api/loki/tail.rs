//! `GET /loki/api/v1/tail`: lines as they come, over a WebSocket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use super::answer::followed;
use super::errors::{ApiError, ApiResult};
use super::params::{LINES_SPAN, Params};
use super::query::wants_categories;
use super::{Api, Loki};
use crate::logs::logql::ast::LogExpr;
use crate::logs::logql::{AnsweredLine, AnsweredStream, Direction, LinesQuery, parse_log, through};
use crate::logs::store::Followed;
use crate::metrics::labels::Labels;

/// The longest lines are held back to be put in order.
const MAX_DELAY: i64 = 5_000_000_000;
/// How long a client may take to take a message.
const SEND: Duration = Duration::from_secs(10);
/// How often a quiet connection is tried.
const PING: Duration = Duration::from_secs(15);
/// Lines of one message.
const BATCH: usize = 1000;
/// Lines that are held back; more are told of as dropped.
const MAX_HELD: usize = 10_000;

/// What a client wants to follow.
struct Tail {
    expr: LogExpr,
    start: i64,
    limit: usize,
    delay: Duration,
    categorized: bool,
}

/// Takes the upgrade. `query`, and `start`, `limit` for the lines before, `delay_for` in seconds.
pub(super) async fn tail(State(api): Api, mut request: Request) -> ApiResult {
    let params = Params::of_query(request.uri().query());
    let expr = parse_log(params.query())?;
    let delay = params.get("delay_for").map_or(Ok(0), |text| {
        let seconds = text.parse::<i64>().ok().filter(|seconds| *seconds >= 0);
        seconds.ok_or_else(|| ApiError::bad(format!("delay_for: {text:?} is no number of seconds")))
    })?;
    if delay.saturating_mul(1_000_000_000) > MAX_DELAY {
        return Err(ApiError::bad("delay_for can't be greater than 5"));
    }
    let limit = params.limit(100)?.min(api.options.max_entries);
    let (start, _) = params.span(api.logs.now(), LINES_SPAN)?;
    let key = upgrade_key(request.headers())
        .ok_or_else(|| ApiError::bad("Bad Request\nwebsocket: the client is not using the websocket protocol"))?;
    let tail = Tail {
        expr,
        start,
        limit,
        delay: Duration::from_secs(delay.unsigned_abs()),
        categorized: wants_categories(request.headers()),
    };
    let place = Place::take(&api)?;
    let upgrade = hyper::upgrade::on(&mut request);
    let logs = Arc::clone(&api.logs);
    logs.spawn(async move {
        let _place = place;
        match upgrade.await {
            Ok(io) => {
                let socket = WebSocketStream::from_raw_socket(TokioIo::new(io), Role::Server, None).await;
                follow(&api, tail, socket).await;
            }
            Err(error) => tracing::debug!(%error, "a client that was to follow lines went away"),
        }
    });
    let headers = [
        (header::UPGRADE, "websocket"),
        (header::CONNECTION, "Upgrade"),
        (header::SEC_WEBSOCKET_ACCEPT, key.as_str()),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response() as Response)
}

/// The answer to the key of a request that wants a WebSocket.
fn upgrade_key(headers: &HeaderMap) -> Option<String> {
    let has = |name, wanted: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    let wants = has(header::CONNECTION, "upgrade") && has(header::UPGRADE, "websocket");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| wants)?;
    Some(derive_accept_key(key.as_bytes()))
}

/// One of those who follow, counted.
struct Place(Arc<Loki>);

impl Place {
    fn take(api: &Arc<Loki>) -> ApiResult<Self> {
        let most = api.logs.limits().max_concurrent_tail_requests;
        let before = api.tails.fetch_add(1, Ordering::Relaxed);
        let place = Self(Arc::clone(api));
        if before >= most {
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                format!(
                    "max concurrent tail requests limit exceeded, count > limit ({} > {most})",
                    before + 1
                ),
            ));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.tails.fetch_sub(1, Ordering::Relaxed);
    }
}

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// Lines that are held back, in the order of their times.
#[derive(Default)]
struct Held {
    lines: VecDeque<(Instant, Labels, AnsweredLine)>,
    dropped: Vec<(i64, Labels)>,
}

async fn follow(api: &Loki, tail: Tail, mut socket: Socket) {
    // First to listen, then to look: what comes in between is there twice rather than not at all.
    let mut pushes = api.logs.follow();
    let looked = api.logs.now();
    let (expr, query) = (
        tail.expr.clone(),
        LinesQuery {
            start: tail.start,
            end: looked.saturating_add(1),
            limit: tail.limit,
            direction: Direction::Backward,
            interval: 0,
        },
    );
    let before = api.ask(move |evaluation| evaluation.lines(&expr, query)).await;
    let mut before = match before {
        Ok(before) => before,
        Err(error) => {
            let text = format!("{error:?}");
            let reason = text[..text.floor_char_boundary(120)].to_owned();
            let frame = CloseFrame {
                code: CloseCode::Error,
                reason: reason.into(),
            };
            _ = tokio::time::timeout(SEND, socket.close(Some(frame))).await;
            return;
        }
    };
    for stream in &mut before {
        stream.lines.reverse();
    }
    let sent: std::collections::HashSet<(i64, String)> = before
        .iter()
        .flat_map(|stream| &stream.lines)
        .map(|line| (line.time, line.text.clone()))
        .collect();
    if !before.is_empty() && !send(&mut socket, followed(&before, &[], tail.categorized)).await {
        return;
    }
    let mut held = Held::default();
    let mut ping = tokio::time::interval(PING);
    loop {
        let due = held.lines.front().map(|(due, ..)| *due);
        let wait = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            message = socket.next() => match message {
                // Pings are answered by the library when something is sent.
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            () = wait => {
                let message = held.due(Instant::now(), tail.categorized);
                if !send(&mut socket, message).await {
                    break;
                }
            }
            pushed = pushes.recv() => match pushed {
                Ok(pushed) => held.take(&tail, &pushed, &sent),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    held.dropped.push((api.logs.now(), Labels::empty()));
                }
                Err(broadcast::error::RecvError::Closed) => break,
            },
            _ = ping.tick() => {
                if !matches!(tokio::time::timeout(SEND, socket.send(Message::Ping(Default::default()))).await, Ok(Ok(()))) {
                    break;
                }
            }
        }
    }
    _ = tokio::time::timeout(SEND, socket.close(None)).await;
}

async fn send(socket: &mut Socket, message: String) -> bool {
    let sent = tokio::time::timeout(SEND, socket.send(Message::Text(message.into()))).await;
    matches!(sent, Ok(Ok(())))
}

impl Held {
    /// Takes what a push brought that the client wants.
    fn take(&mut self, tail: &Tail, pushed: &Followed, sent: &std::collections::HashSet<(i64, String)>) {
        let due = Instant::now() + tail.delay;
        for (labels, block) in pushed.iter() {
            if !tail.expr.matchers.iter().all(|matcher| matcher.matches(labels)) {
                continue;
            }
            for line in block.lines().filter(|line| line.time >= tail.start) {
                let Some((line, labels)) = through(&tail.expr, labels, line) else {
                    continue;
                };
                if sent.contains(&(line.time, line.text.clone())) {
                    continue;
                }
                if self.lines.len() >= MAX_HELD {
                    if self.dropped.len() < BATCH {
                        self.dropped.push((line.time, labels));
                    }
                    continue;
                }
                self.lines.push_back((due, labels, line));
            }
        }
    }

    /// One message of what has waited long enough.
    fn due(&mut self, now: Instant, categorized: bool) -> String {
        let count = self
            .lines
            .iter()
            .take(BATCH)
            .take_while(|(due, ..)| *due <= now)
            .count();
        let mut lines: Vec<_> = self.lines.drain(..count).collect();
        lines.sort_by_key(|(_, _, line)| line.time);
        let mut streams: Vec<AnsweredStream> = Vec::new();
        for (_, labels, line) in lines {
            match streams.iter_mut().find(|stream| stream.labels == labels) {
                Some(stream) => stream.lines.push(line),
                None => streams.push(AnsweredStream {
                    labels,
                    lines: vec![line],
                }),
            }
        }
        followed(&streams, &std::mem::take(&mut self.dropped), categorized)
    }
}
