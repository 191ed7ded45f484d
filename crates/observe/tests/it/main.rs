//! The backend as its users see it: PromQL against test files, against itself, at its limits; the store.

mod api;
mod files;
mod limits;
mod scrape;
mod rules;
mod sliding;
mod store;
mod syntax;
