-- What has changed of what lists of products show, in order: every process that lists products keeps a model of them in memory and reads
-- here, before each list, what is new (docs/decisions/0011-search-read-model.md). Written in the transaction that changes it, by
-- crates/shop/src/catalog/changes.rs; old rows are pruned from the front, and never the last one.
-- One row a statement and transaction, so that numbers are rarely skipped.
CREATE TABLE IF NOT EXISTS catalog_changes (
    seq              BIGINT       PRIMARY KEY AUTO_INCREMENT,
    kind             VARCHAR(16)  NOT NULL CHECK (kind IN ('product', 'store', 'sale', 'all')),
    -- the product, the store, or the purchase that was paid; 0 for all
    subject          BIGINT       NOT NULL,
    at               BIGINT       NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- How many products a store has on sale is counted without looking at them. Done again after a start that was broken off, it is
-- already there: hence the detour, which MySQL needs for want of CREATE INDEX IF NOT EXISTS.
SET @textisur_missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'products' AND index_name = 'products_store_status');
SET @textisur_change = IF(@textisur_missing, 'CREATE INDEX products_store_status ON products (store_id, status)', 'DO 0');
PREPARE textisur_change FROM @textisur_change;
EXECUTE textisur_change;
DEALLOCATE PREPARE textisur_change;
