//! What somebody changes about their own account.

use super::{
    errors::{ChangeError, SessionError},
    queries,
    types::{Identity, User},
    validation::{self, Broken},
};
use crate::App;

/// Changes the account's name.
#[tracing::instrument(name = "accounts.rename", skip_all)]
pub async fn rename(app: &App, identity: &Identity, name: &str) -> Result<User, ChangeError> {
    let name = name.trim();
    if let Some(rule) = validation::name_rule(name) {
        return Err(ChangeError::Invalid(vec![Broken { field: "name", rule }]));
    }
    let user = super::current_user(app, identity).await?;
    queries::set_name(app.db().write(), user.id, name, app.clock().now_ms()).await?;
    Ok(User {
        name: name.to_owned(),
        ..user
    })
}

/// Ends every session of the account but the asking one; answers how many that were.
#[tracing::instrument(name = "accounts.end_other_sessions", skip_all)]
pub async fn end_other_sessions(app: &App, identity: &Identity) -> Result<u64, SessionError> {
    super::current_user(app, identity).await?;
    let (user, kept) = (identity.user_id, Some(identity.session_id));
    Ok(queries::end_sessions(app.db().write(), user, kept, "ended_by_user", app.clock().now_ms()).await?)
}
