//! The socket server: Socket.IO protocol 5 over Engine.IO 4, by WebSocket and by polling. Handshake, end, and what events go out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use serde::Deserialize;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Event as EventName, HttpExtension, SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::calls;
use super::gate::{self, Caller};
use super::metrics::{Connect, METRICS};
use super::peer::{Call, Peer, Reply, Taken};
use super::views::Outgoing;
use crate::App;
use crate::accounts::{self, AuthError, Identity};
use crate::messaging::{Event, Room, Transport};
use crate::web::Problem;

/// How long before its token expires a client is asked for another.
const ASK_BEFORE_MS: i64 = 90_000;
/// How long a connection may take to join the namespace.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Packets kept for a socket that is slow to take them.
const BUFFERED: usize = 256;
/// Bytes read from a WebSocket at once. Most packets are smaller, and this is kept for every connection.
const READ_BUFFER: usize = 512;

/// The routes of the socket server, connected to the hub.
pub(in crate::web) fn routes(app: &App) -> Router<App> {
    let config = &app.config().chat;
    let (service, io) = SocketIo::builder()
        .req_path("/socket.io")
        .ping_interval(*config.ping_interval)
        .ping_timeout(*config.ping_timeout)
        .connect_timeout(CONNECT_WITHIN)
        .max_payload(u64::from(config.max_payload))
        .ws_max_message_size(config.max_payload as usize)
        .ws_max_frame_size(config.max_payload as usize)
        .ws_read_buffer_size(READ_BUFFER)
        .max_buffer_size(BUFFERED)
        .build_svc();
    let sockets = Arc::new(Sockets {
        app: app.clone(),
        io: io.clone(),
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
    });
    listen(&io, &sockets);
    sockets.tasks.spawn(sweep(sockets.clone()));
    app.chat().connect(sockets);
    Router::new()
        .route_service("/socket.io/", service.clone())
        .route_service("/socket.io", service)
        .layer(middleware::from_fn_with_state(app.clone(), gate::enter))
}

/// The server and what runs for it.
pub(super) struct Sockets {
    pub(super) app: App,
    pub(super) io: SocketIo,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl fmt::Debug for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sockets")
    }
}

#[async_trait::async_trait]
impl Transport for Sockets {
    fn emit(&self, room: Room, event: &Event) {
        let outgoing = Outgoing::new(room, event);
        // One by one, so that the one that does not take it is known. A room has a handful.
        for socket in self.io.to(room_name(room)).sockets() {
            if socket.emit(outgoing.name, &outgoing.payload).is_err() {
                METRICS.dropped();
            }
        }
    }

    async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.io.close().await;
        self.tasks.wait().await;
    }
}

/// The name of a room in the socket server.
pub(super) fn room_name(room: Room) -> String {
    match room {
        Room::Conversation(id) => format!("c{id}"),
        Room::Inbox(user) => format!("u{user}"),
    }
}

/// What a client hands in when it connects.
#[derive(Default, Deserialize)]
struct Auth {
    /// An access token.
    token: Option<String>,
}

fn listen(io: &SocketIo, sockets: &Arc<Sockets>) {
    let handshake = sockets.clone();
    let on_connect = async || ();
    let authenticate = move |socket: SocketRef, HttpExtension(caller): HttpExtension<Caller>, auth: TryData<Auth>| {
        let sockets = handshake.clone();
        async move {
            let peer = sockets.admit(&caller, auth.0.unwrap_or_default()).await;
            match peer {
                Ok(peer) => {
                    METRICS.connect(Connect::Accepted);
                    let peer = Arc::new(peer);
                    // Here, not in the connect handler: that one runs beside the client's first events, which would find nobody.
                    attend(&sockets, &socket, &peer);
                    socket.extensions.insert(peer);
                    Ok(())
                }
                Err((outcome, problem)) => {
                    METRICS.connect(outcome);
                    Err(problem.text(caller.0.english).to_owned())
                }
            }
        }
    };
    io.ns("/", on_connect.with(authenticate));
}

/// Hears what the socket says, until it goes.
fn attend(sockets: &Arc<Sockets>, socket: &SocketRef, peer: &Arc<Peer>) {
    METRICS.opened();
    let stay = Arc::new(Stay {
        server: sockets.clone(),
        peer: peer.clone(),
    });
    socket.on_fallback(
        move |socket: SocketRef, EventName(event): EventName, data: TryData<serde_json::Value>, ack: AckSender| {
            let call = Call {
                event,
                data: data.0.ok(),
                ack: Reply(ack),
            };
            stay.server.take(socket, &stay.peer, call);
            std::future::ready(())
        },
    );
}

/// Lasts as long as the socket that holds it. The library's disconnect handler would run beside the client's next packet, which may be
/// the wish to connect again; the socket has to be gone by then.
struct Stay {
    server: Arc<Sockets>,
    peer: Arc<Peer>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        METRICS.closed();
        for conversation in self.peer.close() {
            self.server.app.chat().leave(conversation, self.peer.user);
        }
    }
}

impl Sockets {
    /// By access token, else by the page's session.
    async fn admit(&self, caller: &Caller, auth: Auth) -> Result<Peer, (Connect, Problem)> {
        let (identity, until) = match (&auth.token, &caller.0.session) {
            (Some(token), _) => self
                .bearer(token)
                .await
                .map(|(identity, until)| (identity, Some(until)))?,
            (None, Some(session)) => {
                let found = accounts::authenticate_web(&self.app, session).await;
                let found = found.map_err(|error| (Connect::Unavailable, error.into()))?;
                let found = found.ok_or_else(|| (Connect::Unauthenticated, AuthError::Invalid.into()))?;
                (found.identity, None)
            }
            (None, None) if caller.0.foreign => return Err((Connect::Foreign, foreign())),
            (None, None) => return Err((Connect::Unauthenticated, sign_in())),
        };
        Ok(Peer::new(
            identity.user_id,
            identity.session_id,
            caller.0.english,
            until,
            &self.app.config().chat,
        ))
    }

    /// Whom a token speaks for, if its session still lives: a socket lasts, so it is looked up once.
    pub(super) async fn bearer(&self, token: &str) -> Result<(Identity, i64), (Connect, Problem)> {
        let verified = accounts::authenticate_bearer_until(&self.app, token).await;
        let (identity, until) = verified.map_err(|error| {
            let outcome = match error {
                AuthError::Unavailable => Connect::Unavailable,
                AuthError::Invalid | AuthError::Expired | AuthError::Suspended => Connect::Unauthenticated,
            };
            (outcome, Problem::from(error))
        })?;
        let ended = accounts::ended_sessions(&self.app, &[identity.session_id]).await;
        match ended {
            Ok(ended) if ended.is_empty() => Ok((identity, until)),
            Ok(_) => Err((Connect::Unauthenticated, AuthError::Invalid.into())),
            Err(error) => Err((Connect::Unavailable, error.into())),
        }
    }

    /// Waits until the library takes a socket for connected, or for gone. It tells the client first, who may say something at once; on a
    /// busy machine that came before, and what the socket had joined by then was taken from it as from one that has gone.
    async fn connected(&self, socket: &SocketRef) {
        while !socket.connected() && self.io.get_socket(socket.id).is_some() {
            tokio::task::yield_now().await;
        }
    }

    fn take(self: &Arc<Self>, socket: SocketRef, peer: &Arc<Peer>, call: Call) {
        match peer.take(call, &self.app.config().chat) {
            Taken::Waiting => {}
            Taken::Work => {
                let (server, peer) = (self.clone(), peer.clone());
                self.tasks.spawn(async move {
                    server.connected(&socket).await;
                    while let Some(call) = peer.next() {
                        calls::answer(&server, &socket, &peer, call).await;
                        if !socket.connected() {
                            // What it joined after it had gone.
                            socket.leave_all();
                        }
                    }
                });
            }
            Taken::Refused(call) => calls::refuse_rate(&self.app, peer, call),
            Taken::Abuse => {
                tracing::info!(user.id = peer.user.0, "socket disconnected for sending too much");
                drop(socket.disconnect());
            }
        }
    }
}

/// Says why, and disconnects.
fn dismiss(socket: SocketRef, peer: &Peer, event: &str, why: &Problem) {
    drop(socket.emit(event, &why.document(peer.english)));
    drop(socket.disconnect());
}

fn session_ended() -> Problem {
    Problem::new(
        axum::http::StatusCode::UNAUTHORIZED,
        "session_ended",
        "Tu sesión terminó: entra de nuevo",
        "Your session is over: sign in again",
    )
}

fn sign_in() -> Problem {
    Problem::new(
        axum::http::StatusCode::UNAUTHORIZED,
        "unauthenticated",
        "Inicia sesión para chatear: manda auth.token, o la cookie de tu sesión",
        "Sign in to chat: send auth.token, or your session's cookie",
    )
}

fn foreign() -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "foreign_origin",
        "Otra página no puede abrir el chat con tu sesión",
        "Another site's page cannot open the chat with your session",
    )
}

/// Ends sockets whose token has expired or whose session has been ended, and asks for newer tokens in time.
async fn sweep(server: Arc<Sockets>) {
    let every = *server.app.config().chat.session_check;
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = server.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = sweep_once(&server).await {
            tracing::warn!(%error, "sessions behind sockets could not be looked up");
        }
    }
}

async fn sweep_once(server: &Sockets) -> Result<(), sea_orm::DbErr> {
    let now = server.app.clock().now_ms();
    let peers: Vec<(SocketRef, Arc<Peer>)> = server
        .io
        .sockets()
        .into_iter()
        .filter_map(|socket| socket.extensions.get::<Arc<Peer>>().map(|peer| (socket, peer)))
        .collect();
    let mut sessions: Vec<_> = peers.iter().map(|(_, peer)| peer.session).collect();
    sessions.sort_unstable();
    sessions.dedup();
    // A suspension and a change of password end sessions, too.
    let ended = accounts::ended_sessions(&server.app, &sessions).await?;
    for (socket, peer) in peers {
        if ended.contains(&peer.session) {
            dismiss(socket, &peer, "session_ended", &session_ended());
        } else if peer.is_expired(now) {
            dismiss(socket, &peer, "token_expired", &calls::expired());
        } else if let Some(until) = peer.expires_soon(now, ASK_BEFORE_MS) {
            let payload = serde_json::json!({ "expiresAt": crate::web::api::views::timestamp(until) });
            drop(socket.emit("token_expiring", &payload));
        }
    }
    Ok(())
}
