-- Pictures that sellers sent, re-encoded and kept below the media folder. A file's name is made of its content and its store, so the same
-- picture sent twice is one row, and whose it is never changes.
CREATE TABLE uploads (
    file         TEXT    PRIMARY KEY,
    store_id     INTEGER NOT NULL REFERENCES stores (id),
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    -- null while a product or the store shows it; a day after this it is swept, file and row
    unused_since INTEGER
);
CREATE INDEX uploads_store ON uploads (store_id);
CREATE INDEX uploads_unused ON uploads (unused_since);
