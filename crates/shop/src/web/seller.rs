//! Who sells: the seller behind a request, with the store from the database.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::Problem;
use super::session::Bearer;
use crate::App;
use crate::accounts::{Identity, Role};
use crate::catalog::edit::{self, OwnStore};

/// A program at work for a seller. Nobody gets 401; who sells nothing, an admin too, 403.
pub(crate) struct Seller {
    /// The seller's account.
    pub(crate) user_id: i64,
    /// The seller's store, as it is now.
    pub(crate) store: OwnStore,
}

impl FromRequestParts<App> for Seller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Bearer(identity) = Bearer::from_request_parts(parts, app).await?;
        seller(app, &identity).await
    }
}

/// The seller that somebody is: the role comes from the token, the store from the database.
pub(crate) async fn seller(app: &App, identity: &Identity) -> Result<Seller, Problem> {
    let refused = || {
        Problem::new(
            StatusCode::FORBIDDEN,
            "sellers_only",
            "Esto es para vendedores con tienda",
            "This is for sellers with a store",
        )
    };
    if identity.role != Role::Vendedor {
        return Err(refused());
    }
    let user_id = identity.user_id.0;
    let store = edit::own_store(app, user_id).await?.ok_or_else(refused)?;
    Ok(Seller { user_id, store })
}
