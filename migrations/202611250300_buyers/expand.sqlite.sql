-- What buyers keep and say: favourites, ratings, and the links their mail carries.

CREATE TABLE favorites (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    product_id INTEGER NOT NULL REFERENCES products (id),
    added_at   INTEGER NOT NULL,
    PRIMARY KEY (user_id, product_id)
) WITHOUT ROWID;
CREATE INDEX favorites_newest ON favorites (user_id, added_at DESC, product_id DESC);

-- One a buyer and product. The sums in `products` and `stores` move with it, in the same transaction.
CREATE TABLE ratings (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id INTEGER NOT NULL REFERENCES products (id),
    user_id    INTEGER NOT NULL REFERENCES users (id),
    stars      INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    comment    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ratings_buyer ON ratings (product_id, user_id);
CREATE INDEX ratings_stars ON ratings (product_id, stars);
CREATE INDEX ratings_newest ON ratings (product_id, id DESC);

-- Links sent by mail, each good once. Only the hash of what the link carries is here.
CREATE TABLE mail_links (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    purpose    TEXT    NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    token_hash TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
);
CREATE UNIQUE INDEX mail_links_token ON mail_links (token_hash);
CREATE INDEX mail_links_user ON mail_links (user_id, purpose, created_at);
CREATE INDEX mail_links_expired ON mail_links (expires_at);
