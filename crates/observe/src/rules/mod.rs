//! Rules.

pub mod template;
