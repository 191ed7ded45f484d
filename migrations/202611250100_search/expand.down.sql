DROP INDEX products_store_status;
DROP TABLE catalog_changes;
