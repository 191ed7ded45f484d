//! `/dashboard/vendedor`: a seller's whole day, on a phone first, and without a script.

mod form;
mod form_read;
mod orders;
mod overview;
mod product_form;
mod products;
mod store;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{Visit, problems};
use crate::App;
use crate::accounts::Role;
use crate::catalog::edit::{self, OwnStore};
use crate::orders::Viewer;
use crate::web::session::SignedIn;
use crate::web::{Problem, upload};

/// Where the dashboard begins.
const HOME: &str = "/dashboard/vendedor";

/// Every page and form of a seller.
pub(super) fn routes() -> Router<App> {
    let with_files = DefaultBodyLimit::max(upload::MOST_BODY);
    Router::new()
        .route("/dashboard/vendedor", get(overview::show))
        .route("/dashboard/vendedor/products", get(products::list))
        .route(
            "/dashboard/vendedor/products/new",
            get(product_form::blank).post(product_form::create).layer(with_files),
        )
        .route(
            "/dashboard/vendedor/products/{id}",
            get(product_form::show).post(product_form::save).layer(with_files),
        )
        .route("/dashboard/vendedor/products/{id}/stock", post(products::stock))
        .route("/dashboard/vendedor/products/{id}/status", post(products::status))
        .route(
            "/dashboard/vendedor/products/{id}/delete",
            get(products::ask_delete).post(products::delete),
        )
        .route(
            "/dashboard/vendedor/pictures",
            post(product_form::picture).layer(with_files),
        )
        .route(
            "/dashboard/vendedor/store",
            get(store::show).post(store::save).layer(with_files),
        )
        .route("/dashboard/vendedor/orders", get(orders::list))
        .route("/dashboard/vendedor/orders/{id}", get(orders::show))
        .route("/dashboard/vendedor/orders/{id}/slip", get(orders::slip))
        .route("/dashboard/vendedor/orders/{id}/ship", post(orders::ship))
        .route("/dashboard/vendedor/orders/{id}/deliver", post(orders::deliver))
        .route(
            "/dashboard/vendedor/orders/{id}/refund",
            get(orders::ask_refund).post(orders::refund),
        )
}

/// A seller at the dashboard. Nobody is sent to the login; who sells nothing is told so.
pub(in crate::web::pages) struct Desk {
    pub(in crate::web::pages) visit: Visit,
    pub(in crate::web::pages) seller_id: i64,
    pub(in crate::web::pages) store: OwnStore,
}

impl Desk {
    /// The seller as orders know one.
    fn viewer(&self) -> Viewer {
        Viewer {
            user_id: self.seller_id,
            store_id: Some(self.store.id),
            admin: false,
        }
    }
}

impl FromRequestParts<App> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn { user } = SignedIn::from_request_parts(parts, app).await?;
        let visit = Visit::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let seller_id = user.identity.user_id.0;
        let store = match user.identity.role {
            Role::Vendedor => edit::own_store(app, seller_id)
                .await
                .map_err(|error| Problem::from(error).into_response())?,
            Role::Comprador | Role::Admin => None,
        };
        match store {
            Some(store) => Ok(Self {
                visit,
                seller_id,
                store,
            }),
            None => {
                let t = &visit.shell.t.seller;
                Err(problems::message(
                    StatusCode::FORBIDDEN,
                    t.only_sellers,
                    t.only_sellers_text,
                    visit.shell,
                ))
            }
        }
    }
}

/// Which part of the dashboard a page belongs to, for its own navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Tab {
    /// The day at a glance.
    Overview,
    /// What is sold.
    Products,
    /// What was bought.
    Orders,
    /// Who sells.
    Store,
    /// How it went.
    Analytics,
}

impl Tab {
    /// Marks the link to the part being looked at.
    pub(in crate::web) fn mark(&self, tab: Self) -> &'static str {
        if *self == tab { r#" aria-current="page""# } else { "" }
    }
}
