-- Pictures that sellers sent, re-encoded and kept below the media folder. A file's name is made of its content and its store, so the same
-- picture sent twice is one row, and whose it is never changes.
CREATE TABLE IF NOT EXISTS uploads (
    file             VARCHAR(255) PRIMARY KEY,
    store_id         BIGINT       NOT NULL,
    width            BIGINT       NOT NULL,
    height           BIGINT       NOT NULL,
    created_at       BIGINT       NOT NULL,
    -- null while a product or the store shows it; a day after this it is swept, file and row
    unused_since     BIGINT,
    KEY uploads_store (store_id),
    KEY uploads_unused (unused_since),
    CONSTRAINT uploads_store_id_fk FOREIGN KEY (store_id) REFERENCES stores (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
