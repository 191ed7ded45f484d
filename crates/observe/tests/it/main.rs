//! PromQL against test files, against itself, and at its limits.

mod files;
mod limits;
mod sliding;
mod syntax;
