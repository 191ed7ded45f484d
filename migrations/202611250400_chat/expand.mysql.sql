-- Times are unix milliseconds.

-- Chat -------------------------------------------------------------------------------------------------------------

-- One a buyer, store and subject: a product, or the store itself. `subject` is the product's id, 0 for the store; a key over the
-- nullable `product_id` would let the store's be opened twice. `last_seq` counts the messages: the next one gets `last_seq + 1`.
CREATE TABLE IF NOT EXISTS conversations (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    buyer_id         BIGINT       NOT NULL,
    store_id         BIGINT       NOT NULL,
    product_id       BIGINT,
    subject          BIGINT       NOT NULL DEFAULT 0,
    last_seq         BIGINT       NOT NULL DEFAULT 0,
    last_at          BIGINT       NOT NULL,
    created_at       BIGINT       NOT NULL,
    UNIQUE KEY conversations_subject (buyer_id, store_id, subject),
    CONSTRAINT conversations_buyer_id_fk FOREIGN KEY (buyer_id) REFERENCES users (id),
    CONSTRAINT conversations_store_id_fk FOREIGN KEY (store_id) REFERENCES stores (id),
    CONSTRAINT conversations_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The two parties, each with what is theirs alone: how far they have read, and whether they have blocked the other.
CREATE TABLE IF NOT EXISTS conversation_members (
    conversation_id  BIGINT       NOT NULL,
    user_id          BIGINT       NOT NULL,
    side             VARCHAR(255) NOT NULL CHECK (side IN ('buyer', 'store')),
    read_seq         BIGINT       NOT NULL DEFAULT 0,
    blocked_at       BIGINT,
    PRIMARY KEY (conversation_id, user_id),
    UNIQUE KEY conversation_members_side (conversation_id, side),
    KEY conversation_members_user (user_id, conversation_id),
    CONSTRAINT conversation_members_conversation_id_fk FOREIGN KEY (conversation_id) REFERENCES conversations (id),
    CONSTRAINT conversation_members_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS messages (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    conversation_id  BIGINT       NOT NULL,
    -- 1, 2, 3, … within the conversation, in the order they were stored
    seq              BIGINT       NOT NULL,
    sender_id        BIGINT       NOT NULL,
    kind             VARCHAR(255) NOT NULL CHECK (kind IN ('text', 'image', 'product')),
    content          TEXT         NOT NULL,
    -- lower-case words without accents, what a search looks in
    search_text      TEXT         NOT NULL,
    -- made by the client, so that a repeated send is the same message
    client_id        VARCHAR(255),
    created_at       BIGINT       NOT NULL,
    UNIQUE KEY messages_order (conversation_id, seq),
    UNIQUE KEY messages_client (conversation_id, sender_id, client_id),
    CONSTRAINT messages_conversation_id_fk FOREIGN KEY (conversation_id) REFERENCES conversations (id),
    CONSTRAINT messages_sender_id_fk FOREIGN KEY (sender_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One a person and message, from a closed set.
CREATE TABLE IF NOT EXISTS message_reactions (
    message_id       BIGINT       NOT NULL,
    user_id          BIGINT       NOT NULL,
    emoji            VARCHAR(255) NOT NULL,
    created_at       BIGINT       NOT NULL,
    PRIMARY KEY (message_id, user_id),
    CONSTRAINT message_reactions_message_id_fk FOREIGN KEY (message_id) REFERENCES messages (id),
    CONSTRAINT message_reactions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What an admin is asked to look at.
CREATE TABLE IF NOT EXISTS conversation_reports (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    conversation_id  BIGINT       NOT NULL,
    reporter_id      BIGINT       NOT NULL,
    reason           VARCHAR(255) NOT NULL,
    details          VARCHAR(512) NOT NULL DEFAULT '',
    -- how far the conversation had gone
    seq              BIGINT       NOT NULL,
    status           VARCHAR(255) NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    created_at       BIGINT       NOT NULL,
    KEY conversation_reports_open (status, created_at),
    KEY conversation_reports_conversation (conversation_id),
    CONSTRAINT conversation_reports_conversation_id_fk FOREIGN KEY (conversation_id) REFERENCES conversations (id),
    CONSTRAINT conversation_reports_reporter_id_fk FOREIGN KEY (reporter_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
