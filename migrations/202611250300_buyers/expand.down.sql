DROP TABLE mail_links;
DROP TABLE ratings;
DROP TABLE favorites;
