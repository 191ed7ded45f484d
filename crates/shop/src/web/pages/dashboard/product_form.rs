//! `/dashboard/vendedor/products/new` and `/{id}`: the form of a product.

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::{Notice, Shell, page, see};
use super::form::{Form, Pic};
use super::{Desk, HOME, Tab};
use crate::App;
use crate::catalog::edit::{self, EditError, MOST_IMAGES, MOST_VARIANTS, OwnProduct, OwnStore, ProductStatus, Version};
use crate::catalog::{CATEGORIES, ProductId, StoreId};
use crate::media::{self, PictureError, UploadError};
use crate::texts::{Lang, Texts};
use crate::web::session::{CsrfParts, Sent};
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "dashboard/product.html")]
struct Page {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    title: &'static str,
    action: String,
    id: Option<ProductId>,
    f: Form,
    most_pictures: usize,
}

impl Page {
    fn categories(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        let english = self.shell.lang.is_english();
        CATEGORIES
            .iter()
            .map(move |(key, es, en)| (*key, if english { *en } else { *es }))
    }
}

fn render(shell: Shell, status: StatusCode, id: Option<ProductId>, f: Form) -> Result<Response, Problem> {
    let s = &shell.t.seller;
    page(
        status,
        &Page {
            tab: Tab::Products,
            title: if id.is_some() { s.edit_product } else { s.new_product },
            action: action(id),
            id,
            f,
            most_pictures: MOST_IMAGES,
            t: shell.t,
            shell,
        },
    )
}

fn action(id: Option<ProductId>) -> String {
    match id {
        Some(id) => format!("{HOME}/products/{id}"),
        None => format!("{HOME}/products/new"),
    }
}

/// `GET /dashboard/vendedor/products/new`
pub(super) async fn blank(desk: Desk) -> Result<Response, Problem> {
    render(desk.visit.shell, StatusCode::OK, None, Form::blank())
}

/// `GET /dashboard/vendedor/products/{id}`
pub(super) async fn show(desk: Desk, Id(id): Id<ProductId>) -> Result<Response, Problem> {
    let product = edit::product(&desk.visit.app, desk.store.id(), id).await?;
    render(desk.visit.shell, StatusCode::OK, Some(id), Form::of(&product))
}

/// `POST /dashboard/vendedor/products/new`
pub(super) async fn create(desk: Desk, parts: CsrfParts) -> Result<Response, Problem> {
    submit(desk, None, parts).await
}

/// `POST /dashboard/vendedor/products/{id}`
pub(super) async fn save(desk: Desk, Id(id): Id<ProductId>, parts: CsrfParts) -> Result<Response, Problem> {
    submit(desk, Some(id), parts).await
}

/// The form's three buttons: lay the table out, take pictures in, save. Whatever is refused comes back as it was typed.
async fn submit(desk: Desk, id: Option<ProductId>, parts: CsrfParts) -> Result<Response, Problem> {
    let Desk { visit, store, .. } = desk;
    let (app, mut shell) = (visit.app, visit.shell);
    shell.here = action(id);
    if let Some(id) = id {
        // Of one's own, before anything is taken in.
        edit::product(&app, store.id(), id).await?;
    }
    let (lang, s) = (shell.lang, &shell.t.seller);
    let mut form = Form::read(&parts);
    let grew = form.lay_out();
    if form.is_too_large() {
        let text = edit::EditRule::TooMany(MOST_VARIANTS).texts();
        form.errors.insert(
            "sizes".into(),
            if lang.is_english() { text.1 } else { text.0 }.into_owned(),
        );
    }
    take_pictures(&app, store.id(), &mut form, parts.files.as_slice(), lang).await?;
    if matches!(parts.get("do"), "table" | "pictures") {
        let status = if form.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        return render(shell, status, id, form);
    }
    if grew {
        shell.notice = Some(Notice::bad(s.table_changed));
        return render(shell, StatusCode::UNPROCESSABLE_ENTITY, id, form);
    }
    let (status, notice) = match keep(&app, &store, id, &mut form, lang).await? {
        Kept::Yes(product) => return Ok(see(&format!("{HOME}/products?notice={}", word(id, &form, &product)))),
        Kept::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, s.check),
        Kept::Edited => (StatusCode::CONFLICT, s.edited),
    };
    shell.notice = Some(Notice::bad(notice));
    render(shell, status, id, form)
}

enum Kept {
    Yes(Box<OwnProduct>),
    Wrong,
    Edited,
}

/// What the list says of a product just saved.
fn word(id: Option<ProductId>, form: &Form, product: &OwnProduct) -> &'static str {
    match (product.status, id) {
        (ProductStatus::Active, None) => "created",
        (ProductStatus::Active, Some(_)) => "saved",
        _ if form.hidden => "saved_hidden",
        _ => "kept_hidden",
    }
}

async fn keep(
    app: &App,
    store: &OwnStore,
    id: Option<ProductId>,
    form: &mut Form,
    lang: Lang,
) -> Result<Kept, Problem> {
    let Some(mut draft) = form.draft(lang).filter(|_| form.errors.is_empty()) else {
        return Ok(Kept::Wrong);
    };
    if !store.is_complete() {
        // A product is not lost over a profile that is not filled in yet.
        draft.product.status = ProductStatus::Hidden;
    }
    let kept = match id {
        Some(id) => {
            // A form without its version began from none that is.
            let seen = Version(form.version.parse().unwrap_or(0));
            edit::update_product(app, store.id(), id, Some(seen), &draft.product).await
        }
        None => edit::create_product(app, store.id(), &draft.product).await,
    };
    match kept {
        Ok(product) => Ok(Kept::Yes(Box::new(product))),
        Err(EditError::Invalid(wrong)) => {
            form.mark(lang, &draft, &wrong);
            Ok(Kept::Wrong)
        }
        Err(EditError::Reserved { option, reserved, .. }) => {
            form.mark_reserved(lang, &option, reserved);
            Ok(Kept::Wrong)
        }
        Err(EditError::Edited { version }) => {
            // Saving again is then meant, and is over that version.
            form.version = version.0.to_string();
            Ok(Kept::Edited)
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the files in and adds them to the form's pictures. One that is no picture is said at its place; the rest is kept.
async fn take_pictures(app: &App, store: StoreId, form: &mut Form, files: &[Sent], lang: Lang) -> Result<(), Problem> {
    for sent in files.iter().filter(|sent| sent.field == "pictures") {
        if form.pictures.len() >= MOST_IMAGES {
            let (es, en) = edit::EditRule::TooMany(MOST_IMAGES).texts();
            form.errors
                .insert("pictures".into(), if lang.is_english() { en } else { es }.into_owned());
            return Ok(());
        }
        match take(app, store, sent).await? {
            Ok(file) if form.pictures.iter().any(|pic| pic.file == file) => {}
            Ok(file) => form.pictures.push(Pic { file, ..Pic::default() }),
            Err(error) => {
                form.errors.insert("pictures".into(), refusal(error, lang));
            }
        }
    }
    Ok(())
}

/// Takes one file in; the inner error is the sender's to mend.
pub(super) async fn take(app: &App, store: StoreId, sent: &Sent) -> Result<Result<String, PictureError>, Problem> {
    let bytes = match &sent.bytes {
        Ok(bytes) => bytes.clone(),
        Err(error) => return Ok(Err(*error)),
    };
    match media::accept(app, store, bytes).await {
        Ok(picture) => Ok(Ok(picture.file)),
        Err(UploadError::Picture(error)) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

/// Why a picture was not taken, in words.
pub(super) fn refusal(error: PictureError, lang: Lang) -> String {
    Problem::from(error).text(lang.is_english()).to_owned()
}

/// `POST /dashboard/vendedor/pictures`: one picture, for the script that shows it at once.
pub(super) async fn picture(desk: Desk, parts: CsrfParts) -> Result<Response, Problem> {
    let sent = parts.files.first().ok_or(PictureError::Missing)?;
    let file = take(&desk.visit.app, desk.store.id(), sent).await??;
    let body = json!({ "file": file, "thumbnail": format!("/media/{}", media::small(&file)) });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
