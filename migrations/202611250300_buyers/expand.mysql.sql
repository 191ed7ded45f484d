-- What buyers keep and say: favourites, ratings, and the links their mail carries.

CREATE TABLE IF NOT EXISTS favorites (
    user_id          BIGINT       NOT NULL,
    product_id       BIGINT       NOT NULL,
    added_at         BIGINT       NOT NULL,
    PRIMARY KEY (user_id, product_id),
    KEY favorites_newest (user_id, added_at DESC, product_id DESC),
    CONSTRAINT favorites_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT favorites_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One a buyer and product. The sums in `products` and `stores` move with it, in the same transaction.
CREATE TABLE IF NOT EXISTS ratings (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    product_id       BIGINT       NOT NULL,
    user_id          BIGINT       NOT NULL,
    stars            BIGINT       NOT NULL CHECK (stars BETWEEN 1 AND 5),
    comment          VARCHAR(1000) NOT NULL,
    created_at       BIGINT       NOT NULL,
    updated_at       BIGINT       NOT NULL,
    UNIQUE KEY ratings_buyer (product_id, user_id),
    KEY ratings_stars (product_id, stars),
    KEY ratings_newest (product_id, id DESC),
    CONSTRAINT ratings_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT ratings_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Links sent by mail, each good once. Only the hash of what the link carries is here.
CREATE TABLE IF NOT EXISTS mail_links (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    user_id          BIGINT       NOT NULL,
    purpose          VARCHAR(255) NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    token_hash       VARCHAR(255) NOT NULL,
    created_at       BIGINT       NOT NULL,
    expires_at       BIGINT       NOT NULL,
    used_at          BIGINT,
    UNIQUE KEY mail_links_token (token_hash),
    KEY mail_links_user (user_id, purpose, created_at),
    KEY mail_links_expired (expires_at),
    CONSTRAINT mail_links_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
