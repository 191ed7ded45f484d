//! `/login`, `/register`, `/logout`, `/profile`, and what letters lead to

mod enter;
mod profile;
mod recover;

pub(super) use enter::{login, login_form, logout, register, register_form};
pub(super) use profile::{browser, change_password, end_other_sessions, end_session, profile, rename};
pub(super) use recover::{forgot, forgot_form, resend, reset, reset_form, verify, verify_form};
