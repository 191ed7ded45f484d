-- Times are unix milliseconds, money is centavos, states are the words of the domain (see crates/shop/src/orders/state.rs).

-- Accounts ---------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS users (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    name             VARCHAR(255) NOT NULL,
    email            VARCHAR(255) NOT NULL,
    password_hash    VARCHAR(255) NOT NULL,
    role             VARCHAR(255) NOT NULL CHECK (role IN ('comprador', 'vendedor', 'admin')),
    email_verified_at BIGINT,
    created_at       BIGINT       NOT NULL,
    updated_at       BIGINT       NOT NULL,
    UNIQUE KEY users_email (email)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS addresses (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    user_id          BIGINT       NOT NULL,
    recipient        VARCHAR(255) NOT NULL,
    phone            VARCHAR(255) NOT NULL,
    street           VARCHAR(255) NOT NULL,
    neighborhood     VARCHAR(255) NOT NULL,
    city             VARCHAR(255) NOT NULL,
    state            VARCHAR(255) NOT NULL,
    postal_code      VARCHAR(255) NOT NULL,
    notes            VARCHAR(255) NOT NULL DEFAULT '',
    is_default       BIGINT       NOT NULL DEFAULT 0,
    created_at       BIGINT       NOT NULL,
    KEY addresses_user (user_id),
    CONSTRAINT addresses_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row a signed-in device. A web session is found by its cookie's hash, an API session by its refresh tokens.
CREATE TABLE IF NOT EXISTS sessions (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    user_id          BIGINT       NOT NULL,
    kind             VARCHAR(255) NOT NULL CHECK (kind IN ('web', 'api')),
    token_hash       VARCHAR(255),
    user_agent       VARCHAR(512) NOT NULL DEFAULT '',
    ip               VARCHAR(255) NOT NULL DEFAULT '',
    created_at       BIGINT       NOT NULL,
    last_seen_at     BIGINT       NOT NULL,
    expires_at       BIGINT       NOT NULL,
    revoked_at       BIGINT,
    revoked_reason   VARCHAR(255),
    UNIQUE KEY sessions_token (token_hash),
    KEY sessions_user (user_id),
    KEY sessions_seen (last_seen_at),
    CONSTRAINT sessions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS refresh_tokens (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    session_id       BIGINT       NOT NULL,
    token_hash       VARCHAR(255) NOT NULL,
    issued_at        BIGINT       NOT NULL,
    expires_at       BIGINT       NOT NULL,
    used_at          BIGINT,
    UNIQUE KEY refresh_tokens_token (token_hash),
    KEY refresh_tokens_session (session_id),
    CONSTRAINT refresh_tokens_session_id_fk FOREIGN KEY (session_id) REFERENCES sessions (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS signing_keys (
    kid              VARCHAR(255) PRIMARY KEY,
    algorithm        VARCHAR(255) NOT NULL,
    public_key       VARCHAR(255) NOT NULL,
    created_at       BIGINT       NOT NULL,
    retired_at       BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Catalogue --------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS stores (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    owner_id         BIGINT       NOT NULL,
    name             VARCHAR(255) NOT NULL,
    slug             VARCHAR(255) NOT NULL,
    description      TEXT         NOT NULL,
    city             VARCHAR(255) NOT NULL,
    address          VARCHAR(255) NOT NULL DEFAULT '',
    phone            VARCHAR(255) NOT NULL DEFAULT '',
    latitude         DOUBLE,
    longitude        DOUBLE,
    picture          VARCHAR(255) NOT NULL DEFAULT '',
    auto_dispatch    BIGINT       NOT NULL DEFAULT 0,
    commission_bp    BIGINT       NOT NULL DEFAULT 800 CHECK (commission_bp BETWEEN 0 AND 10000),
    rating_sum       BIGINT       NOT NULL DEFAULT 0,
    rating_count     BIGINT       NOT NULL DEFAULT 0,
    created_at       BIGINT       NOT NULL,
    updated_at       BIGINT       NOT NULL,
    UNIQUE KEY stores_owner (owner_id),
    UNIQUE KEY stores_slug (slug),
    CONSTRAINT stores_owner_id_fk FOREIGN KEY (owner_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS products (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    store_id         BIGINT       NOT NULL,
    name             VARCHAR(255) NOT NULL,
    description      TEXT         NOT NULL,
    category         VARCHAR(255) NOT NULL,
    price_cents      BIGINT       NOT NULL CHECK (price_cents > 0),
    -- lower-case words without accents, what a search looks in
    search_text      TEXT         NOT NULL,
    status           VARCHAR(255) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'hidden', 'deleted')),
    sold_count       BIGINT       NOT NULL DEFAULT 0,
    rating_sum       BIGINT       NOT NULL DEFAULT 0,
    rating_count     BIGINT       NOT NULL DEFAULT 0,
    created_at       BIGINT       NOT NULL,
    updated_at       BIGINT       NOT NULL,
    KEY products_store (store_id),
    KEY products_newest (status, created_at DESC, id DESC),
    KEY products_price (status, price_cents, id),
    KEY products_popular (status, sold_count DESC, id DESC),
    KEY products_category (status, category, created_at DESC, id DESC),
    CONSTRAINT products_store_id_fk FOREIGN KEY (store_id) REFERENCES stores (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS product_images (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    product_id       BIGINT       NOT NULL,
    position         BIGINT       NOT NULL,
    -- file name below /media/, content-addressed
    file             VARCHAR(255) NOT NULL,
    width            BIGINT       NOT NULL,
    height           BIGINT       NOT NULL,
    alt              VARCHAR(255) NOT NULL,
    UNIQUE KEY product_images_place (product_id, position),
    CONSTRAINT product_images_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- `stock` is what is on the shelf, `reserved` the part of it held by running payments. Both can only move within 0 <= reserved <= stock.
CREATE TABLE IF NOT EXISTS variants (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    product_id       BIGINT       NOT NULL,
    position         BIGINT       NOT NULL,
    sku              VARCHAR(255) NOT NULL,
    size             VARCHAR(255) NOT NULL DEFAULT '',
    color            VARCHAR(255) NOT NULL DEFAULT '',
    -- null: the product's price
    price_cents      BIGINT       CHECK (price_cents > 0),
    stock            BIGINT       NOT NULL CHECK (stock >= 0),
    reserved         BIGINT       NOT NULL DEFAULT 0,
    active           BIGINT       NOT NULL DEFAULT 1,
    CHECK (reserved >= 0 AND reserved <= stock),
    UNIQUE KEY variants_place (product_id, position),
    UNIQUE KEY variants_options (product_id, size, color),
    CONSTRAINT variants_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Cart -------------------------------------------------------------------------------------------------------------

-- Owned by a user, or by whoever holds the guest token; never by both.
CREATE TABLE IF NOT EXISTS carts (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    user_id          BIGINT,
    guest_token      VARCHAR(255),
    updated_at       BIGINT       NOT NULL,
    CHECK ((user_id IS NULL) <> (guest_token IS NULL)),
    UNIQUE KEY carts_user (user_id),
    UNIQUE KEY carts_guest (guest_token),
    CONSTRAINT carts_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS cart_items (
    cart_id          BIGINT       NOT NULL,
    variant_id       BIGINT       NOT NULL,
    quantity         BIGINT       NOT NULL CHECK (quantity > 0),
    added_at         BIGINT       NOT NULL,
    PRIMARY KEY (cart_id, variant_id),
    CONSTRAINT cart_items_cart_id_fk FOREIGN KEY (cart_id) REFERENCES carts (id),
    CONSTRAINT cart_items_variant_id_fk FOREIGN KEY (variant_id) REFERENCES variants (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Purchases and orders ---------------------------------------------------------------------------------------------

-- One checkout: one payment, one order a store.
CREATE TABLE IF NOT EXISTS purchases (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    buyer_id         BIGINT       NOT NULL,
    state            VARCHAR(255) NOT NULL CHECK (state IN ('pendiente', 'pagado', 'cancelado', 'reembolsado')),
    total_cents      BIGINT       NOT NULL CHECK (total_cents > 0),
    currency         VARCHAR(255) NOT NULL,
    -- of the request that made it; the same key with another body is refused
    idempotency_key  VARCHAR(255),
    request_hash     VARCHAR(255) NOT NULL,
    shipping_address TEXT,
    session_id       VARCHAR(255),
    session_url      TEXT,
    payment_intent   VARCHAR(255),
    -- W3C context of the checkout, so that the webhook's spans join its trace
    traceparent      TEXT,
    cart_id          BIGINT,
    created_at       BIGINT       NOT NULL,
    expires_at       BIGINT       NOT NULL,
    paid_at          BIGINT,
    closed_at        BIGINT,
    UNIQUE KEY purchases_idempotency (buyer_id, idempotency_key),
    UNIQUE KEY purchases_session (session_id),
    UNIQUE KEY purchases_payment (payment_intent),
    KEY purchases_paid (buyer_id, paid_at),
    KEY purchases_without_session (state, created_at),
    KEY purchases_open (state, expires_at),
    CONSTRAINT purchases_buyer_id_fk FOREIGN KEY (buyer_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS orders (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    purchase_id      BIGINT       NOT NULL,
    store_id         BIGINT       NOT NULL,
    buyer_id         BIGINT       NOT NULL,
    status           VARCHAR(255) NOT NULL CHECK (status IN ('pendiente', 'pagado', 'enviado', 'entregado', 'cancelado', 'reembolsado')),
    total_cents      BIGINT       NOT NULL CHECK (total_cents > 0),
    commission_cents BIGINT       NOT NULL CHECK (commission_cents >= 0),
    carrier          VARCHAR(255),
    tracking_number  VARCHAR(255),
    created_at       BIGINT       NOT NULL,
    updated_at       BIGINT       NOT NULL,
    UNIQUE KEY orders_purchase_store (purchase_id, store_id),
    KEY orders_buyer (buyer_id, id DESC),
    KEY orders_store (store_id, status, id DESC),
    CONSTRAINT orders_purchase_id_fk FOREIGN KEY (purchase_id) REFERENCES purchases (id),
    CONSTRAINT orders_store_id_fk FOREIGN KEY (store_id) REFERENCES stores (id),
    CONSTRAINT orders_buyer_id_fk FOREIGN KEY (buyer_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What was bought, as it was then: later changes of the product do not reach it.
CREATE TABLE IF NOT EXISTS order_lines (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    order_id         BIGINT       NOT NULL,
    product_id       BIGINT       NOT NULL,
    variant_id       BIGINT       NOT NULL,
    product_name     VARCHAR(255) NOT NULL,
    size             VARCHAR(255) NOT NULL,
    color            VARCHAR(255) NOT NULL,
    unit_price_cents BIGINT       NOT NULL CHECK (unit_price_cents > 0),
    quantity         BIGINT       NOT NULL CHECK (quantity > 0),
    KEY order_lines_order (order_id),
    CONSTRAINT order_lines_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_lines_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT order_lines_variant_id_fk FOREIGN KEY (variant_id) REFERENCES variants (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS order_events (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    order_id         BIGINT       NOT NULL,
    from_status      VARCHAR(255),
    to_status        VARCHAR(255) NOT NULL,
    cause            VARCHAR(255) NOT NULL,
    at               BIGINT       NOT NULL,
    KEY order_events_order (order_id),
    CONSTRAINT order_events_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reservations (
    purchase_id      BIGINT       NOT NULL,
    variant_id       BIGINT       NOT NULL,
    quantity         BIGINT       NOT NULL CHECK (quantity > 0),
    state            VARCHAR(255) NOT NULL CHECK (state IN ('held', 'sold', 'released')),
    PRIMARY KEY (purchase_id, variant_id),
    CONSTRAINT reservations_purchase_id_fk FOREIGN KEY (purchase_id) REFERENCES purchases (id),
    CONSTRAINT reservations_variant_id_fk FOREIGN KEY (variant_id) REFERENCES variants (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Payment events already taken in, so that a repeated webhook is answered without being acted on.
CREATE TABLE IF NOT EXISTS payment_events (
    event_id         VARCHAR(255) PRIMARY KEY,
    type             VARCHAR(255) NOT NULL,
    received_at      BIGINT       NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Outbox -----------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS jobs (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    kind             VARCHAR(255) NOT NULL,
    payload          TEXT         NOT NULL,
    -- the same effect is never queued twice
    dedupe_key       VARCHAR(255),
    traceparent      TEXT,
    run_at           BIGINT       NOT NULL,
    attempts         BIGINT       NOT NULL DEFAULT 0,
    -- a runner's lease; past it another may take the job over
    leased_until     BIGINT,
    last_error       TEXT,
    created_at       BIGINT       NOT NULL,
    done_at          BIGINT,
    failed_at        BIGINT,
    UNIQUE KEY jobs_dedupe (dedupe_key),
    KEY jobs_due (done_at, failed_at, run_at),
    KEY jobs_failed (failed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Mail as the embedded default delivers it: to the outbox page.
CREATE TABLE IF NOT EXISTS mails (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    job_id           BIGINT       NOT NULL,
    recipient        VARCHAR(255) NOT NULL,
    subject          VARCHAR(255) NOT NULL,
    body             TEXT         NOT NULL,
    created_at       BIGINT       NOT NULL,
    UNIQUE KEY mails_job (job_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
