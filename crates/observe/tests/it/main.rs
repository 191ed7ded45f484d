//! The backend as its users see it: PromQL against test files, against itself, at its limits; the store.

mod api;
mod collectors;
mod files;
mod limits;
mod ops;
mod rules;
mod scrape;
mod sliding;
mod store;
mod syntax;
