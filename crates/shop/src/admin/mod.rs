//! What admins do: look after users and stores, look orders up, and leave a trace of every act.
//!
//! Every act writes a row of `admin_actions` in its own transaction, so there is none without its trace. Only reads cross into other
//! domains' tables; what changes an order goes through [`orders`](crate::orders).

mod create;
mod errors;
mod queries;
mod stores;
mod types;
mod users;

pub use create::{CreateAdmin, CreateAdminError, Created, create};
pub use errors::AdminError;
pub use stores::{reinstate_store, store, stores, suspend_store};
pub use types::{
    Act, ActionRow, OrderFilter, OrderRow, StoreFilter, StoreRow, Subject, UserFilter, UserRow, UserSession, UserState,
};
pub use users::{end_session, end_sessions, reinstate_user, suspend_user, user, user_sessions, users};

use sea_orm::DbErr;

use crate::App;
use crate::db::Batch;

/// Rows of a page of any list here.
pub const PAGE: usize = 50;
/// Most characters of a reason.
pub const LONGEST_REASON: usize = 300;

/// One page of a list, latest first.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// At most [`PAGE`].
    pub rows: Vec<T>,
    /// Ask for those before this id, when there are more.
    pub next: Option<i64>,
}

impl<T> Listed<T> {
    fn new(mut rows: Vec<T>, id: impl Fn(&T) -> i64) -> Self {
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let next = rows.last().map(id).filter(|_| more);
        Self { rows, next }
    }
}

/// Adds the trace of an act to the statements that do it. `admin` is a user's id, or none for the machine's command line.
pub(crate) fn record(
    batch: &mut Batch<'static>,
    admin: Option<i64>,
    act: Act,
    subject: Subject,
    reason: &str,
    now_ms: i64,
) {
    tracing::info!(admin, act = act.as_str(), subject = ?subject, "admin act");
    queries::insert_action(batch, admin, act, subject, reason, now_ms);
}

/// What was done, latest first: everything, or to one subject.
pub async fn actions(app: &App, subject: Option<Subject>, before: Option<i64>) -> Result<Listed<ActionRow>, DbErr> {
    let rows = queries::actions(app.db().read(), subject, before.unwrap_or(i64::MAX)).await?;
    Ok(Listed::new(rows, |row| row.id))
}

/// Orders, latest first: all, one by its number, or a buyer's by e-mail.
pub async fn orders(app: &App, filter: &OrderFilter) -> Result<Listed<OrderRow>, DbErr> {
    let rows = queries::orders(app.db().read(), filter).await?;
    Ok(Listed::new(rows, |row| row.id))
}

/// A reason that can be kept: something, and not a novel.
fn reason(text: &str) -> Result<&str, AdminError> {
    let text = text.trim();
    match text.chars().count() {
        1..=LONGEST_REASON if !text.chars().any(char::is_control) => Ok(text),
        _ => Err(AdminError::Reason),
    }
}
