-- Times are unix milliseconds.

-- Chat -------------------------------------------------------------------------------------------------------------

-- One a buyer, store and subject: a product, or the store itself. `subject` is the product's id, 0 for the store; a key over the
-- nullable `product_id` would let the store's be opened twice. `last_seq` counts the messages: the next one gets `last_seq + 1`.
CREATE TABLE conversations (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    buyer_id         INTEGER NOT NULL REFERENCES users (id),
    store_id         INTEGER NOT NULL REFERENCES stores (id),
    product_id       INTEGER REFERENCES products (id),
    subject          INTEGER NOT NULL DEFAULT 0,
    last_seq         INTEGER NOT NULL DEFAULT 0,
    last_at          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL
);
CREATE UNIQUE INDEX conversations_subject ON conversations (buyer_id, store_id, subject);

-- The two parties, each with what is theirs alone: how far they have read, and whether they have blocked the other.
CREATE TABLE conversation_members (
    conversation_id  INTEGER NOT NULL REFERENCES conversations (id),
    user_id          INTEGER NOT NULL REFERENCES users (id),
    side             TEXT    NOT NULL CHECK (side IN ('buyer', 'store')),
    read_seq         INTEGER NOT NULL DEFAULT 0,
    blocked_at       INTEGER,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE UNIQUE INDEX conversation_members_side ON conversation_members (conversation_id, side);
CREATE INDEX conversation_members_user ON conversation_members (user_id, conversation_id);

CREATE TABLE messages (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id  INTEGER NOT NULL REFERENCES conversations (id),
    -- 1, 2, 3, … within the conversation, in the order they were stored
    seq              INTEGER NOT NULL,
    sender_id        INTEGER NOT NULL REFERENCES users (id),
    kind             TEXT    NOT NULL CHECK (kind IN ('text', 'image', 'product')),
    content          TEXT    NOT NULL,
    -- lower-case words without accents, what a search looks in
    search_text      TEXT    NOT NULL,
    -- made by the client, so that a repeated send is the same message
    client_id        TEXT,
    created_at       INTEGER NOT NULL
);
CREATE UNIQUE INDEX messages_order ON messages (conversation_id, seq);
CREATE UNIQUE INDEX messages_client ON messages (conversation_id, sender_id, client_id);

-- One a person and message, from a closed set.
CREATE TABLE message_reactions (
    message_id       INTEGER NOT NULL REFERENCES messages (id),
    user_id          INTEGER NOT NULL REFERENCES users (id),
    emoji            TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    PRIMARY KEY (message_id, user_id)
);

-- What an admin is asked to look at.
CREATE TABLE conversation_reports (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id  INTEGER NOT NULL REFERENCES conversations (id),
    reporter_id      INTEGER NOT NULL REFERENCES users (id),
    reason           TEXT    NOT NULL,
    details          TEXT    NOT NULL DEFAULT '',
    -- how far the conversation had gone
    seq              INTEGER NOT NULL,
    status           TEXT    NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    created_at       INTEGER NOT NULL
);
CREATE INDEX conversation_reports_open ON conversation_reports (status, created_at);
CREATE INDEX conversation_reports_conversation ON conversation_reports (conversation_id);
