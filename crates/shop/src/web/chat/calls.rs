//! What a client may ask for over its socket. Every event answers its ack, if there is one, with `{ok: true, …}` or
//! `{ok: false, error: {code, message, …}}`.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use socketioxide::extract::SocketRef;
use tracing::Instrument as _;

use super::metrics::METRICS;
use super::peer::{Call, Peer, Reply};
use super::sockets::{Sockets, room_name};
use super::views::{ConversationView, HistoryView, MessageView};
use crate::App;
use crate::messaging::{self, ConversationId, Draft, MessageId, Room};
use crate::web::Problem;

/// The events a client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Join,
    Leave,
    Send,
    TypingStart,
    TypingStop,
    Read,
    React,
    Presence,
    Inbox,
    Authenticate,
    Unknown,
}

impl Kind {
    fn of(event: &str) -> Self {
        match event {
            "join_conversation" => Self::Join,
            "leave_conversation" => Self::Leave,
            "send_message" => Self::Send,
            "typing_start" => Self::TypingStart,
            "typing_stop" => Self::TypingStop,
            "message_read" => Self::Read,
            "reaction" => Self::React,
            "presence" => Self::Presence,
            "join_inbox" => Self::Inbox,
            "authenticate" => Self::Authenticate,
            _ => Self::Unknown,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Join => "join_conversation",
            Self::Leave => "leave_conversation",
            Self::Send => "send_message",
            Self::TypingStart => "typing_start",
            Self::TypingStop => "typing_stop",
            Self::Read => "message_read",
            Self::React => "reaction",
            Self::Presence => "presence",
            Self::Inbox => "join_inbox",
            Self::Authenticate => "authenticate",
            Self::Unknown => "unknown",
        }
    }
}

/// A conversation, as an object or as the bare id.
#[derive(Deserialize)]
#[serde(untagged)]
enum Which {
    Id(i64),
    Named {
        #[serde(rename = "conversationId")]
        id: i64,
        /// The last message that the client has.
        after: Option<i64>,
    },
}

impl Which {
    fn id(&self) -> ConversationId {
        match self {
            Self::Id(id) | Self::Named { id, .. } => ConversationId(*id),
        }
    }

    fn after(&self) -> Option<i64> {
        match self {
            Self::Id(_) => None,
            Self::Named { after, .. } => *after,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    conversation_id: i64,
    content: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    client_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReadMark {
    Message {
        #[serde(rename = "messageId")]
        id: i64,
    },
    UpTo {
        #[serde(rename = "conversationId")]
        conversation: i64,
        seq: i64,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    message_id: i64,
    emoji: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

/// Does what a call asks for, and answers it.
pub(super) async fn answer(server: &Sockets, socket: &SocketRef, peer: &Peer, call: Call) {
    let kind = Kind::of(&call.event);
    let span = tracing::info_span!(
        "chat.event",
        otel.name = kind.word(),
        otel.kind = "server",
        user.id = peer.user.0
    );
    let work = async {
        let Call { data, ack, .. } = call;
        if peer.is_expired(server.app.clock().now_ms()) && kind != Kind::Authenticate {
            return Err((ack, expired()));
        }
        match perform(server, socket, peer, kind, data, ack).await {
            Ok(Some((ack, answer))) => {
                reply(ack, answer);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(refused) => Err(refused),
        }
    };
    let outcome = match work.instrument(span).await {
        Ok(()) => "ok",
        Err((ack, problem)) => {
            refuse(peer, ack, &problem);
            if problem.status().is_server_error() {
                "error"
            } else {
                "refused"
            }
        }
    };
    METRICS.event(kind.word(), outcome);
}

fn reply(ack: Reply, mut answer: Value) {
    answer["ok"] = true.into();
    drop(ack.0.send(&answer));
}

fn refuse(peer: &Peer, ack: Reply, problem: &Problem) {
    let error = problem.document(peer.english);
    drop(ack.0.send(&json!({ "ok": false, "error": error })));
}

/// Too much at once: the call was not done.
pub(super) fn refuse_rate(app: &App, peer: &Peer, call: Call) {
    METRICS.event(Kind::of(&call.event).word(), "limited");
    let wait = Duration::from_secs(1) / app.config().chat.events_per_second.max(1);
    let problem = Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "rate_limited",
        "Vas muy rápido. Espera un momento.",
        "You are going too fast. Wait a moment.",
    )
    .with("retryAfterMs", json!(wait.as_millis() as u64));
    refuse(peer, call.ack, &problem);
}

type Done = Result<Option<(Reply, Value)>, (Reply, Problem)>;

/// `None` where the answer has been given already.
async fn perform(
    server: &Sockets,
    socket: &SocketRef,
    peer: &Peer,
    kind: Kind,
    data: Option<Value>,
    ack: Reply,
) -> Done {
    if kind == Kind::Join {
        return join(&server.app, socket, peer, data, ack).await;
    }
    match simple(server, socket, peer, kind, data).await {
        Ok(answer) => Ok(Some((ack, answer))),
        Err(problem) => Err((ack, problem)),
    }
}

async fn simple(
    server: &Sockets,
    socket: &SocketRef,
    peer: &Peer,
    kind: Kind,
    data: Option<Value>,
) -> Result<Value, Problem> {
    let app = &server.app;
    match kind {
        Kind::Send => {
            let said: Said = read(data)?;
            let draft = Draft {
                conversation: ConversationId(said.conversation_id),
                kind: said.kind.unwrap_or_else(|| messaging::Kind::Text.as_str().into()),
                content: said.content,
                client_id: said.client_id,
            };
            let message = messaging::send(app, peer.user, draft).await?;
            Ok(json!({ "message": MessageView::from(&message) }))
        }
        Kind::TypingStart | Kind::TypingStop => {
            let id = listened_to(peer, read::<Which>(data)?.id())?;
            messaging::typing(app, peer.user, id, kind == Kind::TypingStart);
            Ok(json!({}))
        }
        Kind::Read => match read(data)? {
            ReadMark::Message { id } => {
                let (conversation, seq) = messaging::mark_read(app, peer.user, MessageId(id)).await?;
                Ok(json!({ "conversationId": conversation.0, "seq": seq }))
            }
            ReadMark::UpTo { conversation, seq } => {
                messaging::read_up_to(app, peer.user, ConversationId(conversation), seq).await?;
                Ok(json!({ "conversationId": conversation, "seq": seq }))
            }
        },
        Kind::React => {
            let answer: Answer = read(data)?;
            messaging::react(app, peer.user, MessageId(answer.message_id), answer.emoji.as_deref()).await?;
            Ok(json!({}))
        }
        Kind::Presence => {
            let id = read::<Which>(data)?.id();
            let online = messaging::is_other_present(app, peer.user, id).await?;
            Ok(json!({ "conversationId": id.0, "online": online }))
        }
        Kind::Leave => {
            let id = read::<Which>(data)?.id();
            if peer.leave(id) {
                socket.leave(room_name(Room::Conversation(id)));
                app.chat().leave(id, peer.user);
            }
            Ok(json!({ "conversationId": id.0 }))
        }
        Kind::Inbox => {
            socket.join(room_name(Room::Inbox(peer.user)));
            Ok(json!({}))
        }
        Kind::Authenticate => {
            let Token { token } = read(data)?;
            let (identity, until) = server.bearer(&token).await.map_err(|(_, problem)| problem)?;
            if identity.user_id != peer.user {
                return Err(accounts_mixed());
            }
            peer.renew(until);
            Ok(json!({ "expiresAt": crate::web::api::views::timestamp(until) }))
        }
        Kind::Join | Kind::Unknown => Err(Problem::not_found("Ese evento no existe", "There is no such event")),
    }
}

/// The answer is given while the room waits: the first message after it is the first that was not in it.
async fn join(app: &App, socket: &SocketRef, peer: &Peer, data: Option<Value>, ack: Reply) -> Done {
    let which: Which = match read(data) {
        Ok(which) => which,
        Err(problem) => return Err((ack, problem)),
    };
    let id = which.id();
    let mut waiting = Some(ack);
    let joined = messaging::join(app, peer.user, id, which.after(), |conversation, history| {
        let first = peer.join(id, || socket.join(room_name(Room::Conversation(id))));
        let history = serde_json::to_value(HistoryView::from(history)).unwrap_or_default();
        let mut answer = json!({
            "conversation": ConversationView::from(&conversation),
            "userId": peer.user.0,
            "online": app.chat().is_present(id, conversation.other),
        });
        answer["messages"] = history["messages"].clone();
        answer["hasMore"] = history["hasMore"].clone();
        if let Some(ack) = waiting.take() {
            reply(ack, answer);
        }
        first
    })
    .await;
    match (joined, waiting) {
        // It listened already, or has gone meanwhile: it is not there twice.
        (Ok(false), _) => {
            app.chat().leave(id, peer.user);
            Ok(None)
        }
        (Err(error), Some(ack)) => Err((ack, error.into())),
        _ => Ok(None),
    }
}

fn read<T: DeserializeOwned>(data: Option<Value>) -> Result<T, Problem> {
    serde_json::from_value(data.unwrap_or_default()).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "json_data",
            format!("El evento no tiene la forma esperada: {error}"),
            format!("The event does not have the expected shape: {error}"),
        )
    })
}

fn listened_to(peer: &Peer, id: ConversationId) -> Result<ConversationId, Problem> {
    if peer.has_joined(id) {
        return Ok(id);
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "not_joined",
        "Entra primero a la conversación (join_conversation)",
        "Join the conversation first (join_conversation)",
    ))
}

pub(super) fn expired() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "expired_token",
        "El token caducó: manda otro con authenticate",
        "The token has expired: send another with authenticate",
    )
}

fn accounts_mixed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "another_account",
        "Ese token es de otra cuenta: abre otra conexión",
        "That token is another account's: open another connection",
    )
}
