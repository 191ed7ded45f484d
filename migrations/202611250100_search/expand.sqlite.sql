-- What has changed of what lists of products show, in order: every process that lists products keeps a model of them in memory and reads
-- here, before each list, what is new (docs/decisions/0011-search-read-model.md). Written in the transaction that changes it, by
-- crates/shop/src/catalog/changes.rs; old rows are pruned from the front, and never the last one.
CREATE TABLE catalog_changes (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL CHECK (kind IN ('product', 'store', 'sale', 'all')),
    -- the product, the store, or the purchase that was paid; 0 for all
    subject INTEGER NOT NULL,
    at      INTEGER NOT NULL
);

-- How many products a store has on sale is counted without looking at them.
CREATE INDEX products_store_status ON products (store_id, status);
