-- Times are unix milliseconds, money is centavos, states are the words of the domain (see crates/shop/src/orders/state.rs).

-- Accounts ---------------------------------------------------------------------------------------------------------

CREATE TABLE users (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    name              TEXT    NOT NULL,
    email             TEXT    NOT NULL,
    password_hash     TEXT    NOT NULL,
    role              TEXT    NOT NULL CHECK (role IN ('comprador', 'vendedor', 'admin')),
    email_verified_at INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE addresses (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id      INTEGER NOT NULL REFERENCES users (id),
    recipient    TEXT    NOT NULL,
    phone        TEXT    NOT NULL,
    street       TEXT    NOT NULL,
    neighborhood TEXT    NOT NULL,
    city         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    postal_code  TEXT    NOT NULL,
    notes        TEXT    NOT NULL DEFAULT '',
    is_default   INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL
);
CREATE INDEX addresses_user ON addresses (user_id);

-- One row a signed-in device. A web session is found by its cookie's hash, an API session by its refresh tokens.
CREATE TABLE sessions (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id        INTEGER NOT NULL REFERENCES users (id),
    kind           TEXT    NOT NULL CHECK (kind IN ('web', 'api')),
    token_hash     TEXT,
    user_agent     TEXT    NOT NULL DEFAULT '',
    ip             TEXT    NOT NULL DEFAULT '',
    created_at     INTEGER NOT NULL,
    last_seen_at   INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    revoked_at     INTEGER,
    revoked_reason TEXT
);
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_seen ON sessions (last_seen_at);

CREATE TABLE refresh_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES sessions (id),
    token_hash TEXT    NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
);
CREATE UNIQUE INDEX refresh_tokens_token ON refresh_tokens (token_hash);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE signing_keys (
    kid        TEXT    PRIMARY KEY,
    algorithm  TEXT    NOT NULL,
    public_key TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
);

-- Catalogue --------------------------------------------------------------------------------------------------------

CREATE TABLE stores (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id      INTEGER NOT NULL REFERENCES users (id),
    name          TEXT    NOT NULL,
    slug          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    city          TEXT    NOT NULL,
    address       TEXT    NOT NULL DEFAULT '',
    phone         TEXT    NOT NULL DEFAULT '',
    latitude      REAL,
    longitude     REAL,
    picture       TEXT    NOT NULL DEFAULT '',
    auto_dispatch INTEGER NOT NULL DEFAULT 0,
    commission_bp INTEGER NOT NULL DEFAULT 800 CHECK (commission_bp BETWEEN 0 AND 10000),
    rating_sum    INTEGER NOT NULL DEFAULT 0,
    rating_count  INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);
CREATE UNIQUE INDEX stores_owner ON stores (owner_id);
CREATE UNIQUE INDEX stores_slug ON stores (slug);

CREATE TABLE products (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    store_id     INTEGER NOT NULL REFERENCES stores (id),
    name         TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    category     TEXT    NOT NULL,
    price_cents  INTEGER NOT NULL CHECK (price_cents > 0),
    -- lower-case words without accents, what a search looks in
    search_text  TEXT    NOT NULL,
    status       TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'hidden', 'deleted')),
    sold_count   INTEGER NOT NULL DEFAULT 0,
    rating_sum   INTEGER NOT NULL DEFAULT 0,
    rating_count INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
);
CREATE INDEX products_store ON products (store_id);
CREATE INDEX products_newest ON products (status, created_at DESC, id DESC);
CREATE INDEX products_price ON products (status, price_cents, id);
CREATE INDEX products_popular ON products (status, sold_count DESC, id DESC);
CREATE INDEX products_category ON products (status, category, created_at DESC, id DESC);

CREATE TABLE product_images (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id INTEGER NOT NULL REFERENCES products (id),
    position   INTEGER NOT NULL,
    -- file name below /media/, content-addressed
    file       TEXT    NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    alt        TEXT    NOT NULL
);
CREATE UNIQUE INDEX product_images_place ON product_images (product_id, position);

-- `stock` is what is on the shelf, `reserved` the part of it held by running payments. Both can only move within 0 <= reserved <= stock.
CREATE TABLE variants (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id  INTEGER NOT NULL REFERENCES products (id),
    position    INTEGER NOT NULL,
    sku         TEXT    NOT NULL,
    size        TEXT    NOT NULL DEFAULT '',
    color       TEXT    NOT NULL DEFAULT '',
    -- null: the product's price
    price_cents INTEGER CHECK (price_cents > 0),
    stock       INTEGER NOT NULL CHECK (stock >= 0),
    reserved    INTEGER NOT NULL DEFAULT 0,
    active      INTEGER NOT NULL DEFAULT 1,
    CHECK (reserved >= 0 AND reserved <= stock)
);
CREATE UNIQUE INDEX variants_place ON variants (product_id, position);
CREATE UNIQUE INDEX variants_options ON variants (product_id, size, color);

-- Cart -------------------------------------------------------------------------------------------------------------

-- Owned by a user, or by whoever holds the guest token; never by both.
CREATE TABLE carts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER REFERENCES users (id),
    guest_token TEXT,
    updated_at  INTEGER NOT NULL,
    CHECK ((user_id IS NULL) <> (guest_token IS NULL))
);
CREATE UNIQUE INDEX carts_user ON carts (user_id);
CREATE UNIQUE INDEX carts_guest ON carts (guest_token);

CREATE TABLE cart_items (
    cart_id    INTEGER NOT NULL REFERENCES carts (id),
    variant_id INTEGER NOT NULL REFERENCES variants (id),
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    added_at   INTEGER NOT NULL,
    PRIMARY KEY (cart_id, variant_id)
) WITHOUT ROWID;

-- Purchases and orders ---------------------------------------------------------------------------------------------

-- One checkout: one payment, one order a store.
CREATE TABLE purchases (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    buyer_id         INTEGER NOT NULL REFERENCES users (id),
    state            TEXT    NOT NULL CHECK (state IN ('pendiente', 'pagado', 'cancelado', 'reembolsado')),
    total_cents      INTEGER NOT NULL CHECK (total_cents > 0),
    currency         TEXT    NOT NULL,
    -- of the request that made it; the same key with another body is refused
    idempotency_key  TEXT,
    request_hash     TEXT    NOT NULL,
    shipping_address TEXT,
    session_id       TEXT,
    session_url      TEXT,
    payment_intent   TEXT,
    -- W3C context of the checkout, so that the webhook's spans join its trace
    traceparent      TEXT,
    cart_id          INTEGER,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    paid_at          INTEGER,
    closed_at        INTEGER
);
CREATE UNIQUE INDEX purchases_idempotency ON purchases (buyer_id, idempotency_key);
CREATE UNIQUE INDEX purchases_session ON purchases (session_id);
CREATE UNIQUE INDEX purchases_payment ON purchases (payment_intent);
CREATE INDEX purchases_paid ON purchases (buyer_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX purchases_without_session ON purchases (created_at) WHERE state = 'pendiente' AND session_id IS NULL;
CREATE INDEX purchases_open ON purchases (expires_at) WHERE state = 'pendiente';

CREATE TABLE orders (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    purchase_id      INTEGER NOT NULL REFERENCES purchases (id),
    store_id         INTEGER NOT NULL REFERENCES stores (id),
    buyer_id         INTEGER NOT NULL REFERENCES users (id),
    status           TEXT    NOT NULL CHECK (status IN ('pendiente', 'pagado', 'enviado', 'entregado', 'cancelado', 'reembolsado')),
    total_cents      INTEGER NOT NULL CHECK (total_cents > 0),
    commission_cents INTEGER NOT NULL CHECK (commission_cents >= 0),
    carrier          TEXT,
    tracking_number  TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
);
CREATE UNIQUE INDEX orders_purchase_store ON orders (purchase_id, store_id);
CREATE INDEX orders_buyer ON orders (buyer_id, id DESC);
CREATE INDEX orders_store ON orders (store_id, status, id DESC);

-- What was bought, as it was then: later changes of the product do not reach it.
CREATE TABLE order_lines (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id         INTEGER NOT NULL REFERENCES orders (id),
    product_id       INTEGER NOT NULL REFERENCES products (id),
    variant_id       INTEGER NOT NULL REFERENCES variants (id),
    product_name     TEXT    NOT NULL,
    size             TEXT    NOT NULL,
    color            TEXT    NOT NULL,
    unit_price_cents INTEGER NOT NULL CHECK (unit_price_cents > 0),
    quantity         INTEGER NOT NULL CHECK (quantity > 0)
);
CREATE INDEX order_lines_order ON order_lines (order_id);

CREATE TABLE order_events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id    INTEGER NOT NULL REFERENCES orders (id),
    from_status TEXT,
    to_status   TEXT    NOT NULL,
    cause       TEXT    NOT NULL,
    at          INTEGER NOT NULL
);
CREATE INDEX order_events_order ON order_events (order_id);

CREATE TABLE reservations (
    purchase_id INTEGER NOT NULL REFERENCES purchases (id),
    variant_id  INTEGER NOT NULL REFERENCES variants (id),
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    state       TEXT    NOT NULL CHECK (state IN ('held', 'sold', 'released')),
    PRIMARY KEY (purchase_id, variant_id)
) WITHOUT ROWID;

-- Payment events already taken in, so that a repeated webhook is answered without being acted on.
CREATE TABLE payment_events (
    event_id    TEXT    PRIMARY KEY,
    type        TEXT    NOT NULL,
    received_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Outbox -----------------------------------------------------------------------------------------------------------

CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    -- the same effect is never queued twice
    dedupe_key   TEXT,
    traceparent  TEXT,
    run_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    -- a runner's lease; past it another may take the job over
    leased_until INTEGER,
    last_error   TEXT,
    created_at   INTEGER NOT NULL,
    done_at      INTEGER,
    failed_at    INTEGER
);
CREATE UNIQUE INDEX jobs_dedupe ON jobs (dedupe_key);
CREATE INDEX jobs_due ON jobs (run_at) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX jobs_failed ON jobs (failed_at) WHERE failed_at IS NOT NULL;

-- Mail as the embedded default delivers it: to the outbox page.
CREATE TABLE mails (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id     INTEGER NOT NULL,
    recipient  TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX mails_job ON mails (job_id);
