//! The statements of chat.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use units::Money;

use super::types::{Conversation, LastMessage, SubjectProduct};
use super::{ConversationId, Emoji, Message, MessageId, MessagingError, Part, Reaction, Reason, Side, Subject};
use crate::accounts::UserId;
use crate::catalog::{ProductId, StoreId, StoreSummary};
use crate::db::{Batch, Sql, Tx, params};

macro_rules! conversation {
    ($($rest:literal),*) => {
        concat!(
            "SELECT c.id, m.side, c.store_id, s.name AS store_name, s.slug AS store_slug, s.city AS store_city, c.product_id,
                p.name AS product_name, p.price_cents AS product_price_cents,
                (SELECT i.file FROM product_images i WHERE i.product_id = c.product_id ORDER BY i.position LIMIT 1) AS product_image,
                u.name AS buyer_name, c.last_seq, m.read_seq, o.read_seq AS other_read_seq, m.blocked_at, o.blocked_at AS other_blocked_at,
                l.sender_id AS last_sender, l.kind AS last_kind, l.content AS last_content, m.user_id, o.user_id AS other_id, c.last_at, c.created_at
            FROM conversation_members m
            JOIN conversations c ON c.id = m.conversation_id
            JOIN conversation_members o ON o.conversation_id = m.conversation_id AND o.user_id <> m.user_id
            JOIN stores s ON s.id = c.store_id
            JOIN users u ON u.id = c.buyer_id
            LEFT JOIN products p ON p.id = c.product_id
            LEFT JOIN messages l ON l.conversation_id = c.id AND l.seq = c.last_seq ",
            $($rest),*
        )
    };
}

#[derive(FromQueryResult)]
pub(super) struct ConversationRow {
    id: i64,
    side: String,
    store_id: i64,
    store_name: String,
    store_slug: String,
    store_city: String,
    product_id: Option<i64>,
    product_name: Option<String>,
    product_price_cents: Option<i64>,
    product_image: Option<String>,
    buyer_name: String,
    last_seq: i64,
    read_seq: i64,
    other_read_seq: i64,
    blocked_at: Option<i64>,
    other_blocked_at: Option<i64>,
    last_sender: Option<i64>,
    last_kind: Option<String>,
    last_content: Option<String>,
    user_id: i64,
    other_id: i64,
    last_at: i64,
    created_at: i64,
}

impl TryFrom<ConversationRow> for Conversation {
    type Error = MessagingError;

    fn try_from(row: ConversationRow) -> Result<Self, MessagingError> {
        let side: Side = row.side.parse()?;
        let product = row.product_id.zip(row.product_name).map(|(id, name)| SubjectProduct {
            id: ProductId(id),
            name,
            image: row.product_image.unwrap_or_default(),
            price: Money::from_cents(row.product_price_cents.unwrap_or_default()),
        });
        let last = match (row.last_sender, row.last_kind, row.last_content) {
            (Some(sender), Some(kind), Some(content)) => Some(LastMessage {
                mine: sender == row.user_id,
                kind: kind.parse()?,
                content,
            }),
            _ => None,
        };
        Ok(Self {
            id: ConversationId(row.id),
            side,
            other: UserId(row.other_id),
            other_name: match side {
                Side::Buyer => row.store_name.clone(),
                Side::Store => row.buyer_name,
            },
            store: StoreSummary {
                id: StoreId(row.store_id),
                name: row.store_name,
                slug: row.store_slug,
                city: row.store_city,
            },
            product,
            last_seq: row.last_seq,
            read_seq: row.read_seq,
            other_read_seq: row.other_read_seq,
            blocked_by_me: row.blocked_at.is_some(),
            blocked_by_other: row.other_blocked_at.is_some(),
            last,
            last_at: row.last_at,
            created_at: row.created_at,
        })
    }
}

// A store sees nothing of a conversation in which nothing has been said.
static LIST: Sql = Sql::new(
    "conversation_list",
    conversation!(
        "WHERE m.user_id = ? AND (c.last_seq > 0 OR m.side = 'buyer')
        ORDER BY c.last_at DESC, c.id DESC LIMIT ?"
    ),
);
static LIST_BEFORE: Sql = Sql::new(
    "conversation_list_before",
    conversation!(
        "JOIN conversations b ON b.id = ?
        WHERE m.user_id = ? AND (c.last_seq > 0 OR m.side = 'buyer')
            AND (c.last_at < b.last_at OR (c.last_at = b.last_at AND c.id < b.id))
        ORDER BY c.last_at DESC, c.id DESC LIMIT ?"
    ),
);
static UNREAD: Sql = Sql::new(
    "conversations_unread",
    "SELECT COUNT(*) FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.user_id = ? AND c.last_seq > m.read_seq",
);
static GET: Sql = Sql::new(
    "conversation_get",
    conversation!("WHERE m.conversation_id = ? AND m.user_id = ?"),
);

pub(super) async fn list(
    on: &impl ConnectionTrait,
    user: UserId,
    before: Option<ConversationId>,
    limit: i64,
) -> Result<Vec<ConversationRow>, DbErr> {
    match before {
        None => LIST.all(on, params![user.0, limit]).await,
        Some(before) => LIST_BEFORE.all(on, params![before.0, user.0, limit]).await,
    }
}

pub(super) async fn unread(on: &impl ConnectionTrait, user: UserId) -> Result<i64, DbErr> {
    Ok(UNREAD.integer(on, params![user.0]).await?.unwrap_or(0))
}

pub(super) async fn get(
    on: &impl ConnectionTrait,
    user: UserId,
    id: ConversationId,
) -> Result<Option<ConversationRow>, DbErr> {
    GET.one(on, params![id.0, user.0]).await
}

#[derive(FromQueryResult)]
pub(super) struct Target {
    pub(super) store_id: i64,
    pub(super) owner_id: i64,
    pub(super) product_id: Option<i64>,
}

static TARGET_STORE: Sql = Sql::new(
    "conversation_target_store",
    "SELECT id AS store_id, owner_id, CAST(NULL AS SIGNED) AS product_id FROM stores WHERE id = ?",
);
static TARGET_PRODUCT: Sql = Sql::new(
    "conversation_target_product",
    "SELECT s.id AS store_id, s.owner_id, p.id AS product_id
    FROM products p JOIN stores s ON s.id = p.store_id WHERE p.id = ? AND p.status = 'active'",
);

pub(super) async fn target(on: &impl ConnectionTrait, subject: Subject) -> Result<Option<Target>, DbErr> {
    match subject {
        Subject::Store(id) => TARGET_STORE.one(on, params![id.0]).await,
        Subject::Product(id) => TARGET_PRODUCT.one(on, params![id.0]).await,
    }
}

static FIND: Sql = Sql::new(
    "conversation_find",
    "SELECT id FROM conversations WHERE buyer_id = ? AND store_id = ? AND subject = ?",
);
static OPEN: Sql = Sql::new(
    "conversation_open",
    "INSERT OR IGNORE INTO conversations (buyer_id, store_id, product_id, subject, last_at, created_at) VALUES (?, ?, ?, ?, ?, ?)",
);
static ADD_MEMBER: Sql = Sql::new(
    "conversation_add_member",
    "INSERT INTO conversation_members (conversation_id, user_id, side) VALUES (?, ?, ?)",
);

pub(super) async fn find(on: &impl ConnectionTrait, buyer: UserId, target: &Target) -> Result<Option<i64>, DbErr> {
    let subject = target.product_id.unwrap_or_default();
    FIND.integer(on, params![buyer.0, target.store_id, subject]).await
}

/// False if there is one already.
pub(super) async fn open(tx: &Tx, buyer: UserId, target: &Target, now_ms: i64) -> Result<bool, DbErr> {
    let subject = target.product_id.unwrap_or_default();
    let params = params![buyer.0, target.store_id, target.product_id, subject, now_ms, now_ms];
    Ok(OPEN.execute(tx, params).await? == 1)
}

pub(super) fn add_member(batch: &mut Batch<'static>, conversation: ConversationId, user: UserId, side: Side) {
    batch.add(&ADD_MEMBER, params![conversation.0, user.0, side.as_str()]);
}

static LOCK: Sql = Sql::new(
    "conversation_lock",
    "SELECT last_seq FROM conversations WHERE id = ? FOR UPDATE",
);
static PARTIES: Sql = Sql::new(
    "conversation_parties",
    "SELECT c.store_id, c.last_seq, m.side, m.blocked_at, m.read_seq, o.user_id AS other_id, o.blocked_at AS other_blocked_at,
        CASE m.side WHEN 'buyer' THEN u.name ELSE s.name END AS name
    FROM conversation_members m
    JOIN conversations c ON c.id = m.conversation_id
    JOIN stores s ON s.id = c.store_id
    JOIN users u ON u.id = c.buyer_id
    JOIN conversation_members o ON o.conversation_id = m.conversation_id AND o.user_id <> m.user_id
    WHERE m.conversation_id = ? AND m.user_id = ?",
);

/// Who talks to whom.
#[derive(FromQueryResult)]
pub(super) struct Parties {
    pub(super) store_id: i64,
    pub(super) last_seq: i64,
    pub(super) side: String,
    pub(super) read_seq: i64,
    pub(super) other_id: i64,
    pub(super) blocked_at: Option<i64>,
    pub(super) other_blocked_at: Option<i64>,
    /// The user's, as the other party knows it.
    pub(super) name: String,
}

impl Parties {
    pub(super) fn may_speak(&self) -> Result<(), MessagingError> {
        if self.blocked_at.is_none() && self.other_blocked_at.is_none() {
            return Ok(());
        }
        Err(MessagingError::Blocked {
            by_me: self.blocked_at.is_some(),
        })
    }
}

/// The last message's number, the row locked: whoever holds it says the next word.
pub(super) async fn lock(tx: &Tx, id: ConversationId) -> Result<Option<i64>, DbErr> {
    LOCK.integer(tx, params![id.0]).await
}

/// `None` for those who are no party.
pub(super) async fn parties(
    on: &impl ConnectionTrait,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Parties>, DbErr> {
    PARTIES.one(on, params![id.0, user.0]).await
}

macro_rules! message {
    ($($rest:literal),*) => {
        concat!(
            "SELECT x.id, x.conversation_id, x.seq, x.sender_id, w.side, x.kind, x.content, x.client_id, x.created_at
            FROM messages x JOIN conversation_members w ON w.conversation_id = x.conversation_id AND w.user_id = x.sender_id ",
            $($rest),*
        )
    };
}

#[derive(FromQueryResult)]
pub(super) struct MessageRow {
    id: i64,
    conversation_id: i64,
    seq: i64,
    sender_id: i64,
    side: String,
    kind: String,
    content: String,
    client_id: Option<String>,
    created_at: i64,
}

impl TryFrom<MessageRow> for Message {
    type Error = MessagingError;

    fn try_from(row: MessageRow) -> Result<Self, MessagingError> {
        Ok(Self {
            id: MessageId(row.id),
            conversation: ConversationId(row.conversation_id),
            seq: row.seq,
            sender: UserId(row.sender_id),
            side: row.side.parse()?,
            kind: row.kind.parse()?,
            content: row.content,
            client_id: row.client_id,
            created_at: row.created_at,
            reactions: Vec::new(),
        })
    }
}

static SENT_BEFORE: Sql = Sql::new(
    "message_sent_before",
    message!("WHERE x.conversation_id = ? AND x.sender_id = ? AND x.client_id = ?"),
);
static BEFORE: Sql = Sql::new(
    "message_before",
    message!("WHERE x.conversation_id = ? AND x.seq < ? ORDER BY x.seq DESC LIMIT ?"),
);
static AFTER: Sql = Sql::new(
    "message_after",
    message!("WHERE x.conversation_id = ? AND x.seq > ? AND x.seq <= ? ORDER BY x.seq LIMIT ?"),
);

/// The message that the sender gave this id before.
pub(super) async fn sent_before(
    on: &impl ConnectionTrait,
    sender: UserId,
    conversation: ConversationId,
    client_id: &str,
) -> Result<Option<MessageRow>, DbErr> {
    SENT_BEFORE.one(on, params![conversation.0, sender.0, client_id]).await
}

/// Before a message: latest first. After one: oldest first, and none later than `until`.
pub(super) async fn part(
    on: &impl ConnectionTrait,
    conversation: ConversationId,
    part: Part,
    until: i64,
    limit: i64,
) -> Result<Vec<MessageRow>, DbErr> {
    match part {
        Part::Latest => BEFORE.all(on, params![conversation.0, i64::MAX, limit]).await,
        Part::Before(seq) => BEFORE.all(on, params![conversation.0, seq, limit]).await,
        Part::After(seq) => AFTER.all(on, params![conversation.0, seq, until, limit]).await,
    }
}

static INSERT: Sql = Sql::new(
    "message_insert",
    "INSERT INTO messages (conversation_id, seq, sender_id, kind, content, search_text, client_id, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
);
static SPOKEN: Sql = Sql::new(
    "conversation_spoken",
    "UPDATE conversations SET last_seq = ?, last_at = ? WHERE id = ?",
);
static READ_UP_TO: Sql = Sql::new(
    "conversation_read",
    "UPDATE conversation_members SET read_seq = ? WHERE conversation_id = ? AND user_id = ? AND read_seq < ?",
);

pub(super) async fn insert(tx: &Tx, message: &Message, search_text: &str) -> Result<MessageId, DbErr> {
    let params = params![
        message.conversation.0,
        message.seq,
        message.sender.0,
        message.kind.as_str(),
        message.content.as_str(),
        search_text,
        message.client_id.clone(),
        message.created_at,
    ];
    INSERT.insert(tx, params).await.map(MessageId)
}

/// The conversation goes on, and who speaks has read it.
pub(super) fn spoken(batch: &mut Batch<'static>, message: &Message) {
    batch.add(
        &SPOKEN,
        params![message.seq, message.created_at, message.conversation.0],
    );
    read_up_to(batch, message.sender, message.conversation, message.seq);
}

/// Reading goes forward only.
pub(super) fn read_up_to(batch: &mut Batch<'static>, user: UserId, conversation: ConversationId, seq: i64) {
    batch.add(&READ_UP_TO, params![seq, conversation.0, user.0, seq]);
}

#[derive(FromQueryResult)]
pub(super) struct Place {
    pub(super) conversation_id: i64,
    pub(super) seq: i64,
    pub(super) blocked_at: Option<i64>,
    pub(super) other_blocked_at: Option<i64>,
}

static PLACE: Sql = Sql::new(
    "message_place",
    "SELECT x.conversation_id, x.seq, m.blocked_at, o.blocked_at AS other_blocked_at
    FROM messages x
    JOIN conversation_members m ON m.conversation_id = x.conversation_id AND m.user_id = ?
    JOIN conversation_members o ON o.conversation_id = x.conversation_id AND o.user_id <> m.user_id
    WHERE x.id = ?",
);

/// Where a message is; `None` if that is no conversation of the user's.
pub(super) async fn place(on: &impl ConnectionTrait, user: UserId, id: MessageId) -> Result<Option<Place>, DbErr> {
    PLACE.one(on, params![user.0, id.0]).await
}

#[derive(FromQueryResult)]
pub(super) struct ReactionRow {
    pub(super) message_id: i64,
    user_id: i64,
    emoji: String,
}

impl ReactionRow {
    /// `None` for one of a set that has since become smaller.
    pub(super) fn reaction(&self) -> Option<Reaction> {
        Some(Reaction {
            user: UserId(self.user_id),
            emoji: self.emoji.parse().ok()?,
        })
    }
}

static REACTIONS: Sql = Sql::new(
    "message_reactions",
    "SELECT r.message_id, r.user_id, r.emoji FROM messages x JOIN message_reactions r ON r.message_id = x.id
    WHERE x.conversation_id = ? AND x.seq BETWEEN ? AND ? ORDER BY r.message_id, r.user_id",
);
static UNREACT: Sql = Sql::new(
    "message_unreact",
    "DELETE FROM message_reactions WHERE message_id = ? AND user_id = ?",
);
static REACT: Sql = Sql::new(
    "message_react",
    "INSERT INTO message_reactions (message_id, user_id, emoji, created_at) VALUES (?, ?, ?, ?)",
);

/// All reactions to the messages from one number to another.
pub(super) async fn reactions(
    on: &impl ConnectionTrait,
    conversation: ConversationId,
    from: i64,
    to: i64,
) -> Result<Vec<ReactionRow>, DbErr> {
    REACTIONS.all(on, params![conversation.0, from, to]).await
}

/// The user's reaction to a message is now this one, or none.
pub(super) fn set_reaction(
    batch: &mut Batch<'static>,
    user: UserId,
    message: MessageId,
    emoji: Option<Emoji>,
    now_ms: i64,
) {
    batch.add(&UNREACT, params![message.0, user.0]);
    if let Some(emoji) = emoji {
        batch.add(&REACT, params![message.0, user.0, emoji.as_str(), now_ms]);
    }
}

static BLOCK: Sql = Sql::new(
    "conversation_block",
    "UPDATE conversation_members SET blocked_at = ? WHERE conversation_id = ? AND user_id = ?",
);

/// The user's own block, and only that. False for those who are no party.
pub(super) async fn set_block(
    on: &impl ConnectionTrait,
    user: UserId,
    conversation: ConversationId,
    at: Option<i64>,
) -> Result<bool, DbErr> {
    Ok(BLOCK.execute(on, params![at, conversation.0, user.0]).await? > 0)
}

static REPORT: Sql = Sql::new(
    "conversation_report",
    "INSERT INTO conversation_reports (conversation_id, reporter_id, reason, details, seq, created_at)
    SELECT c.id, m.user_id, ?, ?, c.last_seq, ? FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.conversation_id = ? AND m.user_id = ?",
);

/// False for those who are no party.
pub(super) async fn report(
    on: &impl ConnectionTrait,
    user: UserId,
    conversation: ConversationId,
    reason: Reason,
    details: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let params = params![reason.as_str(), details, now_ms, conversation.0, user.0];
    Ok(REPORT.execute(on, params).await? > 0)
}

static IS_SOLD_BY: Sql = Sql::new(
    "message_product",
    "SELECT COUNT(*) FROM products WHERE id = ? AND store_id = ? AND status = 'active'",
);

pub(super) async fn is_sold_by(on: &impl ConnectionTrait, product: i64, store: i64) -> Result<bool, DbErr> {
    Ok(IS_SOLD_BY.integer(on, params![product, store]).await? == Some(1))
}

/// The user's messages, both sides', with every one of the words; latest first.
pub(super) async fn search(
    on: &impl ConnectionTrait,
    user: UserId,
    conversation: Option<ConversationId>,
    words: &[&str],
    limit: i64,
) -> Result<Vec<MessageRow>, DbErr> {
    let mut text = String::from(message!(
        "JOIN conversation_members m ON m.conversation_id = x.conversation_id WHERE m.user_id = ?"
    ));
    let mut params: Vec<Value> = params![user.0];
    if let Some(conversation) = conversation {
        text.push_str(" AND x.conversation_id = ?");
        params.push(conversation.0.into());
    }
    for word in words {
        text.push_str(" AND x.search_text LIKE ?");
        params.push(format!("%{word}%").into());
    }
    text.push_str(" ORDER BY x.id DESC LIMIT ?");
    params.push(limit.into());
    Sql::assembled("message_search", text).all(on, params).await
}
