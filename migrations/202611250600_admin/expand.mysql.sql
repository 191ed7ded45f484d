-- When an order was paid: what analytics count by, read off one index.
-- MySQL 8 knows no ADD COLUMN IF NOT EXISTS; a change broken off half-way is done again, so each asks first.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'orders' AND column_name = 'paid_at') = 0,
    'ALTER TABLE orders ADD COLUMN paid_at BIGINT', 'DO 0');
PREPARE change_once FROM @change;
EXECUTE change_once;
DEALLOCATE PREPARE change_once;
UPDATE orders o JOIN purchases p ON p.id = o.purchase_id SET o.paid_at = p.paid_at
WHERE o.paid_at IS NULL AND o.status IN ('pagado', 'enviado', 'entregado', 'reembolsado');
SET @change = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'orders' AND index_name = 'orders_sales') = 0,
    'ALTER TABLE orders ADD KEY orders_sales_of_store (store_id, paid_at, status, total_cents), ADD KEY orders_sales (paid_at, status, total_cents)', 'DO 0');
PREPARE change_once FROM @change;
EXECUTE change_once;
DEALLOCATE PREPARE change_once;

-- Suspended by an admin; null: not.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'suspended_at') = 0,
    'ALTER TABLE users ADD COLUMN suspended_at BIGINT, ADD KEY users_suspended (suspended_at)', 'DO 0');
PREPARE change_once FROM @change;
EXECUTE change_once;
DEALLOCATE PREPARE change_once;
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'stores' AND column_name = 'suspended_at') = 0,
    'ALTER TABLE stores ADD COLUMN suspended_at BIGINT', 'DO 0');
PREPARE change_once FROM @change;
EXECUTE change_once;
DEALLOCATE PREPARE change_once;

-- Products that were hidden together with their store, to come back with it.
CREATE TABLE IF NOT EXISTS suspended_products (
    product_id       BIGINT       PRIMARY KEY,
    store_id         BIGINT       NOT NULL,
    KEY suspended_products_store (store_id),
    CONSTRAINT suspended_products_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT suspended_products_store_id_fk FOREIGN KEY (store_id) REFERENCES stores (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What admins did. Only ever added to. `admin_id` is null for the command line of the machine itself.
CREATE TABLE IF NOT EXISTS admin_actions (
    id               BIGINT       PRIMARY KEY AUTO_INCREMENT,
    admin_id         BIGINT,
    action           VARCHAR(255) NOT NULL,
    subject_kind     VARCHAR(255) NOT NULL CHECK (subject_kind IN ('user', 'store', 'order')),
    subject_id       BIGINT       NOT NULL,
    reason           VARCHAR(512) NOT NULL DEFAULT '',
    at               BIGINT       NOT NULL,
    KEY admin_actions_subject (subject_kind, subject_id, id DESC),
    CONSTRAINT admin_actions_admin_id_fk FOREIGN KEY (admin_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
