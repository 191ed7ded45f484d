-- When an order was paid: what analytics count by, read off one index.
ALTER TABLE orders ADD COLUMN paid_at INTEGER;
UPDATE orders SET paid_at = (SELECT p.paid_at FROM purchases p WHERE p.id = orders.purchase_id)
WHERE status IN ('pagado', 'enviado', 'entregado', 'reembolsado');
CREATE INDEX orders_sales_of_store ON orders (store_id, paid_at, status, total_cents);
CREATE INDEX orders_sales ON orders (paid_at, status, total_cents);

-- Suspended by an admin; null: not.
ALTER TABLE users ADD COLUMN suspended_at INTEGER;
CREATE INDEX users_suspended ON users (suspended_at) WHERE suspended_at IS NOT NULL;
ALTER TABLE stores ADD COLUMN suspended_at INTEGER;

-- Products that were hidden together with their store, to come back with it.
CREATE TABLE suspended_products (
    product_id INTEGER PRIMARY KEY REFERENCES products (id),
    store_id   INTEGER NOT NULL REFERENCES stores (id)
);
CREATE INDEX suspended_products_store ON suspended_products (store_id);

-- What admins did. Only ever added to. `admin_id` is null for the command line of the machine itself.
CREATE TABLE admin_actions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    admin_id     INTEGER REFERENCES users (id),
    action       TEXT    NOT NULL,
    subject_kind TEXT    NOT NULL CHECK (subject_kind IN ('user', 'store', 'order')),
    subject_id   INTEGER NOT NULL,
    reason       TEXT    NOT NULL DEFAULT '',
    at           INTEGER NOT NULL
);
CREATE INDEX admin_actions_subject ON admin_actions (subject_kind, subject_id, id DESC);
