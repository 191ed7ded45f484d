DROP TABLE admin_actions;
DROP TABLE suspended_products;
ALTER TABLE stores DROP COLUMN suspended_at;
DROP INDEX users_suspended;
ALTER TABLE users DROP COLUMN suspended_at;
DROP INDEX orders_sales;
DROP INDEX orders_sales_of_store;
ALTER TABLE orders DROP COLUMN paid_at;
