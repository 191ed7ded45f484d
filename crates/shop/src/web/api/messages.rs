//! `/api/messages`: said, read, answered, searched.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversations::limit;
use crate::App;
use crate::messaging::{self, ConversationId, Draft, MessageId};
use crate::web::chat::MessageView;
use crate::web::session::Bearer;
use crate::web::{Body, Id, Params, Problem};

/// A message to be sent.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct NewMessage {
    conversation_id: i64,
    /// 1 to 4000 characters of text; the address of a picture uploaded here; the id of a product of the store.
    content: String,
    /// `text`, `image` or `product`; text if not given.
    #[serde(default = "text", rename = "type")]
    kind: String,
    /// The client's own id, up to 64 visible ASCII characters: a repeated send with the same one is the same message.
    client_id: Option<String>,
}

fn text() -> String {
    "text".into()
}

impl From<NewMessage> for Draft {
    fn from(new: NewMessage) -> Self {
        Self {
            conversation: ConversationId(new.conversation_id),
            kind: new.kind,
            content: new.content,
            client_id: new.client_id,
        }
    }
}

/// Stores a message and tells everybody who listens.
#[utoipa::path(post, path = "/api/messages", tag = "chat", request_body = NewMessage, security(("bearer" = [])),
    responses((status = 201, body = MessageView), (status = 400, description = "Something in it is not valid"),
        (status = 401, description = "No valid token"), (status = 403, description = "One of the parties has blocked the other"),
        (status = 404, description = "No such conversation of the caller's")))]
pub(in crate::web) async fn send(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(new): Body<NewMessage>,
) -> Result<Response, Problem> {
    let message = messaging::send(&app, identity.user_id, new.into()).await?;
    Ok((StatusCode::CREATED, Json(MessageView::from(&message))).into_response())
}

/// How far the caller has read.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ReadView {
    conversation_id: i64,
    /// Everything up to this `seq` is read.
    seq: i64,
}

/// Marks a message as read, and all before it.
#[utoipa::path(post, path = "/api/messages/{id}/read", tag = "chat", params(("id" = i64, Path)), security(("bearer" = [])),
    responses((status = 200, body = ReadView), (status = 401, description = "No valid token"),
        (status = 404, description = "In no conversation of the caller's")))]
pub(in crate::web) async fn read(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<MessageId>,
) -> Result<Json<ReadView>, Problem> {
    let (conversation, seq) = messaging::mark_read(&app, identity.user_id, id).await?;
    Ok(Json(ReadView {
        conversation_id: conversation.0,
        seq,
    }))
}

/// An answer to a message.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct NewReaction {
    message_id: i64,
    /// 👍, ❤️, 😂, 😮, 😢 or 🙏; `null` takes it back.
    emoji: Option<String>,
}

/// Answers a message with an emoji, one a person, or takes the answer back.
#[utoipa::path(post, path = "/api/messages/reactions", tag = "chat", request_body = NewReaction, security(("bearer" = [])),
    responses((status = 204), (status = 400, description = "None of the known emoji"), (status = 401, description = "No valid token"),
        (status = 403, description = "One of the parties has blocked the other"),
        (status = 404, description = "In no conversation of the caller's")))]
pub(in crate::web) async fn react(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(new): Body<NewReaction>,
) -> Result<StatusCode, Problem> {
    messaging::react(&app, identity.user_id, MessageId(new.message_id), new.emoji.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct SearchQuery {
    /// Words that all have to be in a message; case and accents do not matter.
    q: String,
    /// Only in this conversation.
    conversation_id: Option<i64>,
    /// 1 to 100; 50 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Messages that were found.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct FoundView {
    /// Latest first.
    messages: Vec<MessageView>,
}

/// Searches the caller's own conversations.
#[utoipa::path(get, path = "/api/messages/search", tag = "chat", params(SearchQuery), security(("bearer" = [])),
    responses((status = 200, body = FoundView), (status = 400, description = "A parameter is not valid"),
        (status = 401, description = "No valid token")))]
pub(in crate::web) async fn search(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Params(query): Params<SearchQuery>,
) -> Result<Json<FoundView>, Problem> {
    let conversation = query.conversation_id.map(ConversationId);
    let limit = limit(query.limit)?;
    let found = messaging::search(&app, identity.user_id, conversation, &query.q, limit).await?;
    Ok(Json(FoundView {
        messages: found.iter().map(MessageView::from).collect(),
    }))
}
