//! Chat between buyers and stores: conversations, messages in one order, what each side has read, reactions, blocks, reports.
//!
//! Everything is stored before it is told to anybody. [`Hub`] knows who listens in this process and tells them in order; whoever is
//! not there gets a notification.

mod config;
mod draft;
mod errors;
mod hub;
mod metrics;
mod queries;
mod types;

pub use config::Config;
pub use errors::{Broken, MessagingError};
pub use hub::{Event, Hub, Room, Transport};
pub use types::{
    Conversation, ConversationId, Draft, Emoji, History, Kind, LastMessage, Message, MessageId, Part, Reaction, Reason,
    Side, Subject, SubjectProduct, UnknownWord,
};

use std::time::Instant;

use crate::App;
use crate::accounts::UserId;
use crate::catalog::searchable;
use crate::db::{Batch, retrying};
use crate::notifications::{self, Notice};
use draft::Checked;
use metrics::METRICS;

/// Most messages or conversations of an answer.
pub const MOST: u32 = 100;

/// The user's conversations, the one that was last spoken in first; older than `before`, if that is given.
#[tracing::instrument(name = "messaging.conversations", skip_all)]
pub async fn conversations(
    app: &App,
    user: UserId,
    before: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<Conversation>, MessagingError> {
    let limit = i64::from(limit.clamp(1, MOST));
    let rows = queries::list(app.db().read(), user, before, limit).await?;
    rows.into_iter().map(Conversation::try_from).collect()
}

/// In how many of the user's conversations there is something they have not read: the number in the header.
pub async fn unread(app: &App, user: UserId) -> Result<i64, MessagingError> {
    Ok(queries::unread(app.db().read(), user).await?)
}

/// One conversation; not found for those who are no party.
pub async fn conversation(app: &App, user: UserId, id: ConversationId) -> Result<Conversation, MessagingError> {
    let row = queries::get(app.db().read(), user, id).await?;
    row.ok_or(MessagingError::NotFound)?.try_into()
}

/// The buyer's conversation about something, made if there is none yet.
#[tracing::instrument(name = "messaging.open", skip_all)]
pub async fn open(app: &App, buyer: UserId, subject: Subject) -> Result<ConversationId, MessagingError> {
    let target = queries::target(app.db().read(), subject).await?;
    let target = target.ok_or(MessagingError::UnknownSubject)?;
    if target.owner_id == buyer.0 {
        return Err(MessagingError::OwnStore);
    }
    retrying(|| async {
        if let Some(id) = queries::find(app.db().read(), buyer, &target).await? {
            return Ok(ConversationId(id));
        }
        let tx = app.db().begin().await?;
        let new = queries::open(&tx, buyer, &target, app.clock().now_ms()).await?;
        let id = queries::find(&tx, buyer, &target).await?.map(ConversationId);
        let id = id.ok_or(MessagingError::NotFound)?;
        if new {
            let mut batch = Batch::new("conversation_members");
            queries::add_member(&mut batch, id, buyer, Side::Buyer);
            queries::add_member(&mut batch, id, UserId(target.owner_id), Side::Store);
            batch.execute(&tx).await?;
        }
        tx.commit().await?;
        Ok(id)
    })
    .await
}

/// Stores a message, then tells it to those who listen, and sends for those who do not. Repeated with the same client's id it is the
/// same message, as it was first sent.
#[tracing::instrument(name = "messaging.send", skip_all, fields(conversation = draft.conversation.0))]
pub async fn send(app: &App, sender: UserId, draft: Draft) -> Result<Message, MessagingError> {
    let started = Instant::now();
    let checked = draft::check(draft).map_err(MessagingError::Invalid)?;
    let (message, receiver) = retrying(|| store(app, sender, &checked)).await?;
    let Some(receiver) = receiver else {
        METRICS.repeated();
        return Ok(message);
    };
    METRICS.stored(message.kind);
    // It is stored: whoever does not hear of it now reads it later.
    if let Err(error) = announce(app, &message).await {
        tracing::warn!(%error, message = message.id.0, "message stored but not told");
    }
    METRICS.told(started.elapsed());
    app.chat().tell(Room::Inbox(receiver), &Event::Message(message.clone()));
    app.chat().tell(Room::Inbox(sender), &Event::Message(message.clone()));
    Ok(message)
}

/// The message with the one to be told, or the earlier message that it repeats.
async fn store(app: &App, sender: UserId, draft: &Checked) -> Result<(Message, Option<UserId>), MessagingError> {
    let tx = app.db().begin().await?;
    let last_seq = queries::lock(&tx, draft.conversation).await?;
    let parties = queries::parties(&tx, sender, draft.conversation).await?;
    let (last_seq, parties) = last_seq.zip(parties).ok_or(MessagingError::NotFound)?;
    if let Some(id) = &draft.client_id
        && let Some(before) = queries::sent_before(&tx, sender, draft.conversation, id).await?
    {
        return Ok((before.try_into()?, None));
    }
    parties.may_speak()?;
    if draft.kind == Kind::Product && !queries::is_sold_by(&tx, draft.product(), parties.store_id).await? {
        return Err(MessagingError::Invalid(Broken::Product));
    }
    let mut message = Message {
        id: MessageId(0),
        conversation: draft.conversation,
        seq: last_seq + 1,
        sender,
        side: parties.side.parse()?,
        kind: draft.kind,
        content: draft.content.clone(),
        client_id: draft.client_id.clone(),
        created_at: app.clock().now_ms(),
        reactions: Vec::new(),
    };
    message.id = queries::insert(&tx, &message, &draft.search_text()).await?;
    let mut batch = Batch::new("message_spoken");
    queries::spoken(&mut batch, &message);
    let receiver = UserId(parties.other_id);
    let absent = !app.chat().is_present(message.conversation, receiver);
    if absent {
        let notice = Notice::Message {
            conversation_id: message.conversation.0,
            from: parties.name,
            text: message.preview(),
        };
        notifications::notify(&mut batch, app.clock(), receiver.0, &notice)?;
    }
    batch.execute(&tx).await?;
    tx.commit().await?;
    if absent {
        app.jobs_wake().notify_one();
    }
    Ok((message, Some(receiver)))
}

async fn announce(app: &App, message: &Message) -> Result<(), MessagingError> {
    let conversation = message.conversation;
    app.chat()
        .deliver(message, async |after, until| {
            let limit = until - after;
            let rows = queries::part(app.db().read(), conversation, Part::After(after), until, limit).await?;
            rows.into_iter().map(Message::try_from).collect()
        })
        .await
}

/// A socket of the user's starts to listen. `enter` gets what was said after the message `after` (of the end of the conversation
/// without it) and makes the socket a listener; what is said later it hears as it is said, nothing twice and nothing left out.
#[tracing::instrument(name = "messaging.join", skip_all, fields(conversation = id.0))]
pub async fn join<T>(
    app: &App,
    user: UserId,
    id: ConversationId,
    after: Option<i64>,
    enter: impl FnOnce(Conversation, History) -> T,
) -> Result<T, MessagingError> {
    // Asked before, so that strangers never get as far as the room.
    conversation(app, user, id).await?;
    let last_seq = async || Ok(conversation(app, user, id).await?.last_seq);
    app.chat()
        .join(id, user, last_seq, async |told| {
            let part = after.map_or(Part::Before(told + 1), Part::After);
            let history = read_part(app, id, part, told, i64::from(MOST)).await?;
            Ok(enter(conversation(app, user, id).await?, history))
        })
        .await
}

/// A part of a conversation.
#[tracing::instrument(name = "messaging.history", skip_all, fields(conversation = id.0))]
pub async fn history(
    app: &App,
    user: UserId,
    id: ConversationId,
    part: Part,
    limit: u32,
) -> Result<History, MessagingError> {
    let parties = queries::parties(app.db().read(), user, id).await?;
    parties.ok_or(MessagingError::NotFound)?;
    read_part(app, id, part, i64::MAX, i64::from(limit.clamp(1, MOST))).await
}

async fn read_part(
    app: &App,
    id: ConversationId,
    part: Part,
    until: i64,
    limit: i64,
) -> Result<History, MessagingError> {
    let db = app.db().read();
    let mut rows = queries::part(db, id, part, until, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    if !matches!(part, Part::After(_)) {
        rows.reverse();
    }
    let mut messages: Vec<Message> = rows.into_iter().map(Message::try_from).collect::<Result<_, _>>()?;
    if let (Some(first), Some(last)) = (messages.first(), messages.last()) {
        for row in queries::reactions(db, id, first.seq, last.seq).await? {
            let message = messages.iter_mut().find(|message| message.id.0 == row.message_id);
            if let Some((message, reaction)) = message.zip(row.reaction()) {
                message.reactions.push(reaction);
            }
        }
    }
    Ok(History { messages, more })
}

/// The user has read up to a message. Answers where that is.
#[tracing::instrument(name = "messaging.read", skip_all)]
pub async fn mark_read(app: &App, user: UserId, message: MessageId) -> Result<(ConversationId, i64), MessagingError> {
    let place = queries::place(app.db().read(), user, message).await?;
    let place = place.ok_or(MessagingError::NotFound)?;
    let conversation = ConversationId(place.conversation_id);
    read_up_to(app, user, conversation, place.seq).await?;
    Ok((conversation, place.seq))
}

/// The user has read everything up to a number, or up to the end if that comes first.
pub async fn read_up_to(app: &App, user: UserId, id: ConversationId, seq: i64) -> Result<(), MessagingError> {
    let parties = queries::parties(app.db().read(), user, id).await?;
    let parties = parties.ok_or(MessagingError::NotFound)?;
    let seq = seq.min(parties.last_seq);
    if seq <= parties.read_seq {
        return Ok(());
    }
    retrying(|| async {
        let tx = app.db().begin().await?;
        let mut batch = Batch::new("conversation_read");
        queries::read_up_to(&mut batch, user, id, seq);
        notifications::conversation_read(&mut batch, app.clock(), user.0, id.0);
        batch.execute(&tx).await?;
        tx.commit().await
    })
    .await?;
    let event = Event::Read {
        conversation: id,
        user,
        side: parties.side.parse()?,
        seq,
    };
    app.chat().tell(Room::Conversation(id), &event);
    Ok(())
}

/// The user's answer to a message is now this emoji, or none.
#[tracing::instrument(name = "messaging.react", skip_all)]
pub async fn react(app: &App, user: UserId, message: MessageId, emoji: Option<&str>) -> Result<(), MessagingError> {
    let emoji = emoji.map(str::parse::<Emoji>).transpose();
    let emoji = emoji.map_err(|_| MessagingError::Invalid(Broken::Emoji))?;
    let place = queries::place(app.db().read(), user, message).await?;
    let place = place.ok_or(MessagingError::NotFound)?;
    if place.blocked_at.is_some() || place.other_blocked_at.is_some() {
        return Err(MessagingError::Blocked {
            by_me: place.blocked_at.is_some(),
        });
    }
    retrying(|| async {
        let tx = app.db().begin().await?;
        let mut batch = Batch::new("message_set_reaction");
        queries::set_reaction(&mut batch, user, message, emoji, app.clock().now_ms());
        batch.execute(&tx).await?;
        tx.commit().await.map_err(MessagingError::from)
    })
    .await?;
    let conversation = ConversationId(place.conversation_id);
    let event = Event::Reaction {
        conversation,
        message,
        seq: place.seq,
        user,
        emoji,
    };
    app.chat().tell(Room::Conversation(conversation), &event);
    Ok(())
}

/// The user takes no more messages from the other party, or takes them again. The other's own block is the other's own.
#[tracing::instrument(name = "messaging.block", skip_all)]
pub async fn set_block(app: &App, user: UserId, id: ConversationId, block: bool) -> Result<(), MessagingError> {
    let at = block.then(|| app.clock().now_ms());
    if queries::set_block(app.db().write(), user, id, at).await? {
        Ok(())
    } else {
        Err(MessagingError::NotFound)
    }
}

/// Brings a conversation before an admin.
#[tracing::instrument(name = "messaging.report", skip_all)]
pub async fn report(
    app: &App,
    user: UserId,
    id: ConversationId,
    reason: &str,
    details: &str,
) -> Result<(), MessagingError> {
    let reason: Reason = reason.parse().map_err(|_| MessagingError::Invalid(Broken::Reason))?;
    let details = draft::details(details).map_err(MessagingError::Invalid)?;
    let now = app.clock().now_ms();
    if queries::report(app.db().write(), user, id, reason, details, now).await? {
        tracing::info!(conversation = id.0, reason = reason.as_str(), "conversation reported");
        Ok(())
    } else {
        Err(MessagingError::NotFound)
    }
}

/// Messages in the user's own conversations with all the words of `text`, latest first.
#[tracing::instrument(name = "messaging.search", skip_all)]
pub async fn search(
    app: &App,
    user: UserId,
    conversation: Option<ConversationId>,
    text: &str,
    limit: u32,
) -> Result<Vec<Message>, MessagingError> {
    /// More words only make the question dearer.
    const WORDS: usize = 8;
    let text = searchable(&text.chars().take(200).collect::<String>());
    let words: Vec<&str> = text.split_whitespace().take(WORDS).collect();
    if words.is_empty() {
        return Err(MessagingError::Invalid(Broken::Query));
    }
    let limit = i64::from(limit.clamp(1, MOST));
    let rows = queries::search(app.db().read(), user, conversation, &words, limit).await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// Does the other party of a conversation listen to it?
pub async fn is_other_present(app: &App, user: UserId, id: ConversationId) -> Result<bool, MessagingError> {
    let parties = queries::parties(app.db().read(), user, id).await?;
    let other = parties.ok_or(MessagingError::NotFound)?.other_id;
    Ok(app.chat().is_present(id, UserId(other)))
}

/// Tells the others that somebody is writing, or has stopped. For listeners only, who have been asked for their place.
pub fn typing(app: &App, user: UserId, conversation: ConversationId, typing: bool) {
    let event = Event::Typing {
        conversation,
        user,
        typing,
    };
    app.chat().tell(Room::Conversation(conversation), &event);
}
