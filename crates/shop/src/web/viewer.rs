//! Whose orders a request may see.

use super::Problem;
use crate::App;
use crate::accounts::{Identity, Role};
use crate::catalog;
use crate::orders::Viewer;

/// Whose orders a caller may see: the role comes from the token, the store from the database.
pub(super) async fn viewer(app: &App, identity: &Identity) -> Result<Viewer, Problem> {
    let user_id = identity.user_id.0;
    let store_id = match identity.role {
        Role::Vendedor => catalog::store_of(app.db(), user_id).await?.map(|store| store.id),
        Role::Comprador | Role::Admin => None,
    };
    Ok(Viewer {
        user_id,
        store_id,
        admin: identity.role == Role::Admin,
    })
}
