//! The backend as its users see it.

mod store;
