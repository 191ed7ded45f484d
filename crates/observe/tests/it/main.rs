//! The backend as its users see it: PromQL against test files, against itself, at its limits; the store.

mod alerts;
mod api;
mod collectors;
mod console;
mod files;
mod limits;
mod logs;
mod ops;
mod rules;
mod scrape;
mod sliding;
mod store;
mod syntax;
mod traces;
