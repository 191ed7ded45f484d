//! `/dashboard/vendedor/store`: the store's profile.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::super::field::Field;
use super::super::{Notice, Shell, page, see};
use super::{Desk, HOME, Tab, product_form};
use crate::catalog::edit::{self, EditError, EditRule, OwnStore, StoreDraft, Version, Wrong};
use crate::catalog::{TOWNS, Town};
use crate::texts::{Lang, Texts};
use crate::web::Problem;
use crate::web::session::CsrfParts;

/// The profile as typed.
#[derive(Clone, Debug, Default)]
struct Form {
    name: String,
    description: String,
    city: String,
    address: String,
    phone: String,
    latitude: String,
    longitude: String,
    picture: String,
    auto_dispatch: bool,
    version: String,
    errors: Vec<(String, String)>,
}

impl Form {
    fn of(store: &OwnStore) -> Self {
        let degrees = |value: Option<f64>| value.map(|degrees| degrees.to_string()).unwrap_or_default();
        Self {
            name: store.name.clone(),
            description: store.description.clone(),
            city: store.city.clone(),
            address: store.address.clone(),
            phone: store.phone.clone(),
            latitude: degrees(store.latitude),
            longitude: degrees(store.longitude),
            picture: store.picture.clone(),
            auto_dispatch: store.auto_dispatch,
            version: store.updated_at.to_string(),
            errors: Vec::new(),
        }
    }

    fn read(parts: &CsrfParts) -> Self {
        let get = |name: &str| parts.get(name).to_owned();
        Self {
            name: get("name"),
            description: get("description"),
            city: get("city"),
            address: get("address"),
            phone: get("phone"),
            latitude: get("latitude"),
            longitude: get("longitude"),
            picture: if parts.get("no_picture").is_empty() {
                get("picture")
            } else {
                String::new()
            },
            auto_dispatch: !parts.get("auto_dispatch").is_empty(),
            version: get("version"),
            errors: Vec::new(),
        }
    }

    fn draft(&self) -> StoreDraft {
        let degrees = |text: &str| text.trim().replace(',', ".").parse::<f64>().unwrap_or(f64::NAN);
        let nowhere = self.latitude.trim().is_empty() && self.longitude.trim().is_empty();
        StoreDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            city: self.city.clone(),
            address: self.address.clone(),
            phone: self.phone.clone(),
            position: (!nowhere).then(|| (degrees(&self.latitude), degrees(&self.longitude))),
            picture: self.picture.clone(),
            auto_dispatch: self.auto_dispatch,
        }
    }

    fn error(&self, name: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, text)| text.as_str())
    }

    fn mark(&mut self, lang: Lang, wrong: &[Wrong]) {
        for Wrong { field, rule } in wrong {
            let (es, en) = rule.texts();
            let text = if lang.is_english() { en } else { es };
            self.errors.push((field.clone().into_owned(), text.into_owned()));
        }
    }
}

#[derive(Template)]
#[template(path = "dashboard/store.html")]
struct Page {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    slug: String,
    is_complete: bool,
    f: Form,
    contact: Vec<Field>,
    /// Offered while typing; any other may be typed.
    towns: &'static [Town],
}

fn render(shell: Shell, status: StatusCode, store: &OwnStore, f: Form) -> Result<Response, Problem> {
    let s = &shell.t.seller;
    let wrong = |name: &str| f.error(name).map(str::to_owned);
    let contact = vec![
        Field::new("address", "text", s.address, "street-address")
            .most(160)
            .optional()
            .holding(&f.address)
            .wrong(wrong("address")),
        Field::new("phone", "tel", s.phone, "tel-national")
            .most(30)
            .optional()
            .holding(&f.phone)
            .wrong(wrong("phone")),
    ];
    page(
        status,
        &Page {
            tab: Tab::Store,
            slug: store.slug.clone(),
            is_complete: store.is_complete(),
            contact,
            towns: &TOWNS,
            f,
            t: shell.t,
            shell,
        },
    )
}

/// `GET /dashboard/vendedor/store`
pub(super) async fn show(desk: Desk) -> Result<Response, Problem> {
    let form = Form::of(&desk.store);
    render(desk.visit.shell, StatusCode::OK, &desk.store, form)
}

/// `POST /dashboard/vendedor/store`
pub(super) async fn save(desk: Desk, parts: CsrfParts) -> Result<Response, Problem> {
    let Desk {
        visit,
        seller_id,
        store,
    } = desk;
    let (app, mut shell) = (visit.app, visit.shell);
    shell.here = format!("{HOME}/store");
    let (lang, s) = (shell.lang, &shell.t.seller);
    let mut form = Form::read(&parts);
    if let Some(sent) = parts.files.first() {
        match product_form::take(&app, store.id(), sent).await? {
            Ok(file) => form.picture = file,
            Err(error) => form.errors.push(("picture".into(), product_form::refusal(error, lang))),
        }
    }
    let (status, notice) = if form.errors.is_empty() {
        let seen = Version(form.version.parse().unwrap_or(0));
        match edit::update_store(&app, seller_id, Some(seen), &form.draft()).await {
            Ok(_) => return Ok(see(&format!("{HOME}/store?notice=saved"))),
            Err(EditError::Invalid(wrong)) => {
                form.mark(lang, &wrong);
                if wrong.iter().any(|wrong| wrong.rule == EditRule::Picture) {
                    form.picture.clone_from(&store.picture);
                }
                (StatusCode::UNPROCESSABLE_ENTITY, s.check)
            }
            Err(EditError::Edited { version }) => {
                form.version = version.0.to_string();
                (StatusCode::CONFLICT, s.edited_store)
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, s.check)
    };
    shell.notice = Some(Notice::bad(notice));
    render(shell, status, &store, form)
}
