//! `/favorites` and the hearts.

use askama::Template;
use axum::Json;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::{Shell, Visit, noting, page, see};
use crate::App;
use crate::catalog::{ProductId, ProductSummary};
use crate::favorites::{self, FavoriteError};
use crate::texts::{Texts, fill};
use crate::web::session::{CsrfForm, NextPath, SignedIn};
use crate::web::{Id, Problem};

const A_PAGE: i64 = 24;

#[derive(Template)]
#[template(path = "favorites.html")]
struct Page {
    shell: Shell,
    t: &'static Texts,
    products: Vec<ProductSummary>,
    eager: usize,
    total: i64,
    number: i64,
    pages: i64,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    page: String,
}

/// `GET /favorites`
pub(super) async fn list(
    SignedIn { user, .. }: SignedIn,
    Query(which): Query<Which>,
    mut visit: Visit,
) -> Result<Response, Problem> {
    let number = which.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let found = favorites::list(&visit.app, user.identity.user_id.0, number, A_PAGE).await?;
    let pages = found.total_pages();
    if number > pages.max(1) {
        // The last one of a page was just taken away.
        return Ok(see(&address(pages)));
    }
    visit.shell.fill_hearts(&visit.app).await?;
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Page {
            t: shell.t,
            products: found.products,
            eager: 4,
            total: found.total,
            number,
            pages,
            previous: (number > 1).then(|| address(number - 1)),
            next: (number < pages).then(|| address(number + 1)),
            shell,
        },
    )
}

fn address(page: i64) -> String {
    if page > 1 {
        format!("/favorites?page={page}")
    } else {
        "/favorites".into()
    }
}

#[derive(Deserialize)]
pub(super) struct Heart {
    /// 1 to keep, 0 to forget.
    #[serde(default)]
    on: String,
    /// Where the heart was.
    #[serde(default)]
    next: String,
}

/// `POST /favorites/{product}`: a form's answer leads back to where the heart was, a script's is a sentence to say. Who is not signed
/// in goes through the login, which does it then.
pub(super) async fn toggle(
    Id(product): Id<ProductId>,
    visit: Visit,
    headers: HeaderMap,
    CsrfForm(form): CsrfForm<Heart>,
) -> Result<Response, Problem> {
    let next = NextPath::parse(&form.next);
    let Some(user) = visit.session.user_id() else {
        return Ok(see(&next.through_login_keeping(product.0)));
    };
    let t = &visit.shell.t.buyer;
    let (done, word, text) = if form.on == "0" {
        let done = favorites::remove(&visit.app, user.0, product).await;
        (done, "forgotten", t.forgotten)
    } else {
        let done = favorites::add(&visit.app, user.0, product).await;
        (done, "kept", t.kept)
    };
    let scripted = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    let (status, word, text) = match done {
        Ok(()) => (StatusCode::OK, word, text.to_owned()),
        Err(FavoriteError::Full { max }) => (StatusCode::CONFLICT, "favorites_full", fill(t.favorites_full, "n", max)),
        Err(error) => return Err(error.into()),
    };
    if scripted {
        return Ok((status, Json(json!({ "message": text }))).into_response());
    }
    Ok(see(&noting(&next, word)))
}

/// What a guest had asked for, done once they are signed in; answers the word to say.
pub(super) async fn keep_after_login(
    app: &App,
    user: i64,
    product: ProductId,
) -> Result<Option<&'static str>, Problem> {
    match favorites::add(app, user, product).await {
        Ok(()) => Ok(Some("kept")),
        Err(FavoriteError::Full { .. }) => Ok(Some("favorites_full")),
        Err(FavoriteError::UnknownProduct) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
