-- What people are told, and where: rows of the notifications page, devices that take pushes, choices by kind and channel.

-- One row a user and topic (`shipped:17`, `message:4`): a further one on the same topic takes the place of the one before.
CREATE TABLE IF NOT EXISTS notifications (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    user_id          BIGINT       NOT NULL,
    kind             VARCHAR(255) NOT NULL,
    topic            VARCHAR(255) NOT NULL,
    -- the notice as JSON (see crates/shop/src/notifications/notice.rs)
    payload          TEXT         NOT NULL,
    -- how many on the topic since it was last read
    amount           BIGINT       NOT NULL DEFAULT 1,
    created_at       BIGINT       NOT NULL,
    read_at          BIGINT,
    UNIQUE KEY notifications_topic (user_id, topic),
    KEY notifications_latest (user_id, created_at DESC, id DESC),
    KEY notifications_unread (user_id, read_at),
    KEY notifications_age (created_at),
    CONSTRAINT notifications_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Only what differs from the kind's own default.
CREATE TABLE IF NOT EXISTS notification_settings (
    user_id          BIGINT       NOT NULL,
    kind             VARCHAR(255) NOT NULL,
    push             BIGINT       NOT NULL,
    mail             BIGINT       NOT NULL,
    PRIMARY KEY (user_id, kind),
    CONSTRAINT notification_settings_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A browser that takes pushes (RFC 8030), as long as the session it was given in lives.
CREATE TABLE IF NOT EXISTS push_subscriptions (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    user_id          BIGINT       NOT NULL,
    session_id       BIGINT       NOT NULL,
    endpoint         VARCHAR(2048) NOT NULL,
    -- SHA-256 of the endpoint, in hex: an endpoint is too long for a key
    endpoint_hash    VARCHAR(255) NOT NULL,
    p256dh           VARCHAR(255) NOT NULL,
    auth             VARCHAR(255) NOT NULL,
    language         VARCHAR(255) NOT NULL,
    user_agent       VARCHAR(255) NOT NULL DEFAULT '',
    created_at       BIGINT       NOT NULL,
    delivered_at     BIGINT,
    UNIQUE KEY push_subscriptions_endpoint (endpoint_hash),
    KEY push_subscriptions_user (user_id),
    CONSTRAINT push_subscriptions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What is done is taken away after a week; `jobs_due` begins with `done_at` here.
