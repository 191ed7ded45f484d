//! `/login`, `/register`, `/logout`, `/profile`

mod enter;
mod profile;

pub(super) use enter::{login, login_form, logout, register, register_form};
pub(super) use profile::{browser, end_session, profile};
