-- What people are told, and where: rows of the notifications page, devices that take pushes, choices by kind and channel.

-- One row a user and topic (`shipped:17`, `message:4`): a further one on the same topic takes the place of the one before.
CREATE TABLE notifications (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    topic      TEXT    NOT NULL,
    -- the notice as JSON (see crates/shop/src/notifications/notice.rs)
    payload    TEXT    NOT NULL,
    -- how many on the topic since it was last read
    amount     INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    read_at    INTEGER
);
CREATE UNIQUE INDEX notifications_topic ON notifications (user_id, topic);
CREATE INDEX notifications_latest ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread ON notifications (user_id, read_at);
CREATE INDEX notifications_age ON notifications (created_at);

-- Only what differs from the kind's own default.
CREATE TABLE notification_settings (
    user_id INTEGER NOT NULL REFERENCES users (id),
    kind    TEXT    NOT NULL,
    push    INTEGER NOT NULL,
    mail    INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind)
) WITHOUT ROWID;

-- A browser that takes pushes (RFC 8030), as long as the session it was given in lives.
CREATE TABLE push_subscriptions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER NOT NULL REFERENCES users (id),
    session_id    INTEGER NOT NULL,
    endpoint      TEXT    NOT NULL,
    -- SHA-256 of the endpoint, in hex: an endpoint is too long for a key
    endpoint_hash TEXT    NOT NULL,
    p256dh        TEXT    NOT NULL,
    auth          TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    user_agent    TEXT    NOT NULL DEFAULT '',
    created_at    INTEGER NOT NULL,
    delivered_at  INTEGER
);
CREATE UNIQUE INDEX push_subscriptions_endpoint ON push_subscriptions (endpoint_hash);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id);

-- What is done is taken away after a week.
CREATE INDEX jobs_done ON jobs (done_at) WHERE done_at IS NOT NULL;
