DROP INDEX jobs_done;
DROP TABLE push_subscriptions;
DROP TABLE notification_settings;
DROP TABLE notifications;
