//! `/profile/addresses`: one's address book.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::address_form::fields;
use super::field::Field;
use super::{Confirm, Notice, Shell, Visit, page, see};
use crate::App;
use crate::addresses::{self, Address, AddressError, AddressId, Broken, KeptAddress, MOST};
use crate::texts::{Texts, fill};
use crate::web::session::{CsrfForm, SignedIn};
use crate::web::{Id, Problem};

const HOME: &str = "/profile/addresses";

/// The pages of the book.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/profile/addresses", get(list).post(add))
        .route("/profile/addresses/new", get(new))
        .route("/profile/addresses/{id}", get(edit).post(change))
        .route("/profile/addresses/{id}/default", post(make_default))
        .route("/profile/addresses/{id}/delete", get(ask_delete).post(delete))
}

#[derive(Template)]
#[template(path = "addresses.html")]
struct List {
    shell: Shell,
    t: &'static Texts,
    book: Vec<KeptAddress>,
    /// Why there is no room for another.
    full: Option<String>,
}

/// `GET /profile/addresses`
async fn list(SignedIn { user, .. }: SignedIn, visit: Visit) -> Result<Response, Problem> {
    let book = addresses::list(&visit.app, user.identity.user_id.0).await?;
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &List {
            t: shell.t,
            full: (book.len() >= MOST).then(|| full(shell.t)),
            book,
            shell,
        },
    )
}

fn full(t: &'static Texts) -> String {
    fill(t.addresses.full, "n", MOST)
}

#[derive(Template)]
#[template(path = "address_edit.html")]
struct Edit {
    shell: Shell,
    t: &'static Texts,
    title: &'static str,
    /// Of an address that is kept already.
    hint: Option<&'static str>,
    action: String,
    fields: Vec<Field>,
}

fn form(shell: Shell, status: StatusCode, id: Option<AddressId>, fields: Vec<Field>) -> Result<Response, Problem> {
    let t = shell.t;
    let (title, hint, action) = match id {
        Some(id) => (
            t.addresses.edit_title,
            Some(t.addresses.edit_hint),
            format!("{HOME}/{id}"),
        ),
        None => (t.addresses.add_title, None, HOME.to_owned()),
    };
    page(
        status,
        &Edit {
            t,
            title,
            hint,
            action,
            fields,
            shell,
        },
    )
}

/// `GET /profile/addresses/new`
async fn new(SignedIn { user, .. }: SignedIn, visit: Visit) -> Result<Response, Problem> {
    let blank = Address {
        recipient: user.name,
        ..Address::default()
    };
    let fields = fields(visit.shell.t, &blank, &[]);
    form(visit.shell, StatusCode::OK, None, fields)
}

/// `POST /profile/addresses`
async fn add(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    CsrfForm(address): CsrfForm<Address>,
) -> Result<Response, Problem> {
    match addresses::keep(&visit.app, user.identity.user_id.0, &address).await {
        Ok((_, true)) => Ok(see("/profile/addresses?notice=address_kept")),
        Ok((_, false)) => Ok(see("/profile/addresses?notice=address_same")),
        Err(error) => refused(visit, None, &address, error),
    }
}

/// `GET /profile/addresses/{id}`
async fn edit(SignedIn { user, .. }: SignedIn, Id(id): Id<AddressId>, visit: Visit) -> Result<Response, Problem> {
    let kept = addresses::get(&visit.app, user.identity.user_id.0, id).await?;
    let fields = fields(visit.shell.t, &kept.address, &[]);
    form(visit.shell, StatusCode::OK, Some(id), fields)
}

/// `POST /profile/addresses/{id}`
async fn change(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<AddressId>,
    visit: Visit,
    CsrfForm(address): CsrfForm<Address>,
) -> Result<Response, Problem> {
    match addresses::change(&visit.app, user.identity.user_id.0, id, &address).await {
        Ok(_) => Ok(see("/profile/addresses?notice=address_changed")),
        Err(error) => refused(visit, Some(id), &address, error),
    }
}

/// The form again, with what was typed and why it was not taken.
fn refused(
    mut visit: Visit,
    id: Option<AddressId>,
    address: &Address,
    error: AddressError,
) -> Result<Response, Problem> {
    let t = visit.shell.t;
    let (status, why, broken): (_, _, Vec<Broken>) = match error {
        AddressError::Invalid(broken) => (StatusCode::UNPROCESSABLE_ENTITY, t.account.check.to_owned(), broken),
        AddressError::AlreadyKept => (StatusCode::CONFLICT, t.addresses.same.to_owned(), Vec::new()),
        AddressError::Full { .. } => (StatusCode::CONFLICT, full(t), Vec::new()),
        error @ (AddressError::Unknown | AddressError::Database(_)) => return Err(error.into()),
    };
    visit.shell.notice = Some(Notice::bad(why));
    visit.shell.here = HOME.into();
    let fields = fields(t, address, &broken);
    form(visit.shell, status, id, fields)
}

#[derive(Deserialize)]
struct Nothing {}

/// `POST /profile/addresses/{id}/default`
async fn make_default(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<AddressId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    addresses::make_default(&visit.app, user.identity.user_id.0, id).await?;
    Ok(see("/profile/addresses?notice=address_default"))
}

/// `GET /profile/addresses/{id}/delete`: asks first.
async fn ask_delete(SignedIn { user, .. }: SignedIn, Id(id): Id<AddressId>, visit: Visit) -> Result<Response, Problem> {
    let kept = addresses::get(&visit.app, user.identity.user_id.0, id).await?;
    let shell = visit.shell;
    let words = &shell.t.addresses;
    page(
        StatusCode::OK,
        &Confirm {
            t: shell.t,
            title: words.delete_title.to_owned(),
            text: words.delete_text.to_owned(),
            address: Some(kept.address),
            action: format!("{HOME}/{id}/delete"),
            yes: words.delete_yes,
            no: words.cancel,
            back: HOME.to_owned(),
            shell,
        },
    )
}

/// `POST /profile/addresses/{id}/delete`
async fn delete(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<AddressId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    match addresses::forget(&visit.app, user.identity.user_id.0, id).await {
        // Pressed twice: it is as gone as it can be.
        Ok(()) | Err(AddressError::Unknown) => Ok(see("/profile/addresses?notice=address_deleted")),
        Err(error) => Err(error.into()),
    }
}
