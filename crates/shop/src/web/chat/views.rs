//! The shapes of chat: the same from the API and over sockets.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::messaging::{Conversation, Emoji, Event, History, Message, Room};
use crate::web::api::views::{media_url, timestamp};

/// A conversation as the caller sees it: of the other party a name, of the store its public profile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ConversationView {
    id: i64,
    /// The caller's own: `buyer` or `store`.
    side: &'static str,
    /// The other party's name.
    name: String,
    store: StoreView,
    /// What it is about; `null` for the store itself.
    product: Option<ProductView>,
    last_message: Option<LastMessageView>,
    /// Number of the last message, 0 if there is none.
    last_seq: i64,
    /// How many messages the caller has not read.
    unread: i64,
    /// Up to which message the caller has read.
    read_seq: i64,
    /// Up to which message the other party has read.
    other_read_seq: i64,
    blocked_by_me: bool,
    blocked_by_other: bool,
    created_at: String,
    /// Of the last message, else of the opening.
    updated_at: String,
}

/// A store as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationStore)]
struct StoreView {
    id: i64,
    name: String,
    slug: String,
    city: String,
}

/// A product as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationProduct)]
#[serde(rename_all = "camelCase")]
struct ProductView {
    id: i64,
    name: String,
    image_url: Option<String>,
    /// Pesos.
    price: f64,
    #[serde(rename = "price_cents")]
    price_cents: i64,
}

/// The end of a conversation, for a list.
#[derive(Debug, Serialize, ToSchema)]
struct LastMessageView {
    /// Did the caller write it?
    mine: bool,
    #[serde(rename = "type")]
    kind: &'static str,
    content: String,
}

impl From<&Conversation> for ConversationView {
    fn from(conversation: &Conversation) -> Self {
        Self {
            id: conversation.id.0,
            side: conversation.side.as_str(),
            name: conversation.other_name.clone(),
            store: StoreView {
                id: conversation.store.id.0,
                name: conversation.store.name.clone(),
                slug: conversation.store.slug.clone(),
                city: conversation.store.city.clone(),
            },
            product: conversation.product.as_ref().map(|product| ProductView {
                id: product.id.0,
                name: product.name.clone(),
                image_url: media_url(&product.image),
                price: product.price.pesos(),
                price_cents: product.price.cents(),
            }),
            last_message: conversation.last.as_ref().map(|last| LastMessageView {
                mine: last.mine,
                kind: last.kind.as_str(),
                content: last.content.clone(),
            }),
            last_seq: conversation.last_seq,
            unread: conversation.unread(),
            read_seq: conversation.read_seq,
            other_read_seq: conversation.other_read_seq,
            blocked_by_me: conversation.blocked_by_me,
            blocked_by_other: conversation.blocked_by_other,
            created_at: timestamp(conversation.created_at),
            updated_at: timestamp(conversation.last_at),
        }
    }
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct MessageView {
    id: i64,
    conversation_id: i64,
    /// Its place in the conversation: 1, 2, 3, …
    seq: i64,
    sender_id: i64,
    /// The sender's: `buyer` or `store`.
    side: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    content: String,
    /// As the sender's client gave it.
    client_id: Option<String>,
    created_at: String,
    reactions: Vec<ReactionView>,
}

/// What somebody answered a message with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReactionView {
    user_id: i64,
    emoji: &'static str,
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.0,
            conversation_id: message.conversation.0,
            seq: message.seq,
            sender_id: message.sender.0,
            side: message.side.as_str(),
            kind: message.kind.as_str(),
            content: message.content.clone(),
            client_id: message.client_id.clone(),
            created_at: timestamp(message.created_at),
            reactions: message
                .reactions
                .iter()
                .map(|reaction| ReactionView {
                    user_id: reaction.user.0,
                    emoji: reaction.emoji.as_str(),
                })
                .collect(),
        }
    }
}

/// A part of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct HistoryView {
    /// In their order.
    messages: Vec<MessageView>,
    /// There are more in the direction that was asked for.
    has_more: bool,
}

impl From<History> for HistoryView {
    fn from(history: History) -> Self {
        Self {
            messages: history.messages.iter().map(MessageView::from).collect(),
            has_more: history.more,
        }
    }
}

/// An event on its way to a client.
pub(super) struct Outgoing {
    pub(super) name: &'static str,
    pub(super) payload: Value,
}

impl Outgoing {
    pub(super) fn new(room: Room, event: &Event) -> Self {
        let (name, payload) = match event {
            Event::Message(message) => {
                let name = match room {
                    Room::Conversation(_) => "new_message",
                    Room::Inbox(_) => "inbox_message",
                };
                (name, json!(MessageView::from(message)))
            }
            Event::Read {
                conversation,
                user,
                side,
                seq,
            } => (
                "message_read",
                json!({ "conversationId": conversation.0, "userId": user.0, "side": side.as_str(), "seq": seq }),
            ),
            Event::Reaction {
                conversation,
                message,
                seq,
                user,
                emoji,
            } => (
                "reaction",
                json!({
                    "conversationId": conversation.0, "messageId": message.0, "seq": seq, "userId": user.0,
                    "emoji": emoji.map(Emoji::as_str),
                }),
            ),
            Event::Typing {
                conversation,
                user,
                typing,
            } => (
                if *typing { "typing_start" } else { "typing_stop" },
                json!({ "conversationId": conversation.0, "userId": user.0 }),
            ),
            Event::Presence {
                conversation,
                user,
                online,
            } => (
                "presence",
                json!({ "conversationId": conversation.0, "userId": user.0, "online": online }),
            ),
        };
        Self { name, payload }
    }
}
