//! `/dashboard/vendedor/products`: the list, and what its buttons do.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::{Shell, page, see};
use super::{Desk, HOME, Tab};
use crate::catalog::edit::{self, EditError, OwnFilter, OwnPage, OwnProduct, ProductStatus, StockChange};
use crate::catalog::{ProductId, VariantId};
use crate::texts::{Texts, fill};
use crate::web::session::CsrfForm;
use crate::web::{Id, Problem};

const A_PAGE: u32 = 20;

/// Which products the list shows; every form of it carries this along, to come back to the same list.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Looking {
    #[serde(skip_serializing_if = "String::is_empty")]
    q: String,
    /// `active`, `hidden`, `low` or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    show: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    page: String,
    /// The product whose stock is unfolded.
    #[serde(skip_serializing_if = "String::is_empty")]
    open: String,
}

impl Looking {
    fn filter(&self) -> OwnFilter {
        OwnFilter {
            search: self.q.chars().take(100).collect(),
            status: self
                .show
                .parse()
                .ok()
                .filter(|status| *status != ProductStatus::Deleted),
            low_stock: self.show == "low",
            page: self.page.parse().unwrap_or(1),
            limit: A_PAGE,
        }
    }

    /// The list with one thing changed.
    fn link(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut looking = self.clone();
        change(&mut looking);
        let query = serde_urlencoded::to_string(&looking).unwrap_or_default();
        if query.is_empty() {
            format!("{HOME}/products")
        } else {
            format!("{HOME}/products?{query}")
        }
    }

    /// Back at the list, with a word about what was done.
    fn back(&self, notice: &str, open: Option<ProductId>) -> Response {
        let link = self.link(|looking| looking.open = open.map(|id| id.to_string()).unwrap_or_default());
        let mark = if link.contains('?') { '&' } else { '?' };
        let place = open.map(|id| format!("#p-{id}")).unwrap_or_default();
        see(&format!("{link}{mark}notice={notice}{place}"))
    }
}

/// One of the pills above the list.
struct Choice {
    name: &'static str,
    link: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "dashboard/products.html")]
struct List {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    looking: Looking,
    choices: Vec<Choice>,
    found: OwnPage,
    pages: i64,
    previous: Option<String>,
    next: Option<String>,
}

impl List {
    fn is_open(&self, id: &ProductId) -> bool {
        self.looking.open == id.to_string()
    }

    /// Is nothing left out?
    fn is_all(&self) -> bool {
        self.looking.q.is_empty() && self.looking.show.is_empty()
    }
}

/// `GET /dashboard/vendedor/products`
pub(super) async fn list(desk: Desk, Query(looking): Query<Looking>) -> Result<Response, Problem> {
    let Desk { visit, store, .. } = desk;
    let found = edit::products(&visit.app, store.id(), &looking.filter()).await?;
    let shell = visit.shell;
    let s = &shell.t.seller;
    let choices =
        [("", s.all), ("active", s.active), ("hidden", s.hidden), ("low", s.low)].map(|(show, name)| Choice {
            name,
            chosen: looking.show == show,
            link: looking.link(|looking| {
                show.clone_into(&mut looking.show);
                looking.page.clear();
                looking.open.clear();
            }),
        });
    let to = |number: i64| looking.link(|looking| looking.page = number.to_string());
    page(
        StatusCode::OK,
        &List {
            tab: Tab::Products,
            choices: choices.into(),
            pages: found.total_pages(),
            previous: (found.page > 1).then(|| to(found.page - 1)),
            next: (found.page < found.total_pages()).then(|| to(found.page + 1)),
            found,
            looking,
            t: shell.t,
            shell,
        },
    )
}

#[derive(Deserialize)]
pub(super) struct StockForm {
    variant: VariantId,
    /// How many the page showed.
    #[serde(default)]
    seen: String,
    /// How many there shall be.
    #[serde(default)]
    stock: String,
    /// `-1`, `1`, or nothing for what was typed.
    #[serde(default)]
    by: String,
    #[serde(flatten)]
    looking: Looking,
}

impl StockForm {
    /// What was typed is a difference to what was seen: what is sold meanwhile stays sold.
    fn change(&self) -> Option<StockChange> {
        if !self.by.is_empty() {
            return self.by.parse().ok().map(StockChange::Adjust);
        }
        let (seen, stock): (i64, i64) = (self.seen.trim().parse().ok()?, self.stock.trim().parse().ok()?);
        (stock >= 0).then_some(StockChange::Adjust(stock.checked_sub(seen)?))
    }
}

/// `POST /dashboard/vendedor/products/{id}/stock`
pub(super) async fn stock(
    desk: Desk,
    Id(id): Id<ProductId>,
    CsrfForm(form): CsrfForm<StockForm>,
) -> Result<Response, Problem> {
    let Some(change) = form.change() else {
        return Ok(form.looking.back("stock_wrong", Some(id)));
    };
    match edit::change_stock(&desk.visit.app, desk.store.id(), id, form.variant, change).await {
        Ok(_) => Ok(form.looking.back("stock_done", Some(id))),
        Err(EditError::Reserved { .. }) => Ok(form.looking.back("stock_refused", Some(id))),
        Err(EditError::Invalid(_)) => Ok(form.looking.back("stock_wrong", Some(id))),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub(super) struct StatusForm {
    status: ProductStatus,
    #[serde(flatten)]
    looking: Looking,
}

/// `POST /dashboard/vendedor/products/{id}/status`: shows or hides it.
pub(super) async fn status(
    desk: Desk,
    Id(id): Id<ProductId>,
    CsrfForm(form): CsrfForm<StatusForm>,
) -> Result<Response, Problem> {
    let word = match form.status {
        ProductStatus::Active => "shown",
        ProductStatus::Hidden => "hidden",
        // There is a page that asks first.
        ProductStatus::Deleted => return Err(EditError::NotFound.into()),
    };
    match edit::set_status(&desk.visit.app, desk.store.id(), id, form.status).await {
        Ok(()) => Ok(form.looking.back(word, None)),
        Err(EditError::Incomplete) => Ok(see(&format!("{HOME}/store?notice=incomplete"))),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "dashboard/delete.html")]
struct Ask {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    title: String,
    product: OwnProduct,
}

/// `GET /dashboard/vendedor/products/{id}/delete`: asks first.
pub(super) async fn ask_delete(desk: Desk, Id(id): Id<ProductId>) -> Result<Response, Problem> {
    let product = edit::product(&desk.visit.app, desk.store.id(), id).await?;
    let shell = desk.visit.shell;
    page(
        StatusCode::OK,
        &Ask {
            tab: Tab::Products,
            title: fill(shell.t.seller.delete_title, "name", &product.name),
            t: shell.t,
            product,
            shell,
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

/// `POST /dashboard/vendedor/products/{id}/delete`
pub(super) async fn delete(
    desk: Desk,
    Id(id): Id<ProductId>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    match edit::delete_product(&desk.visit.app, desk.store.id(), id).await {
        // Pressed twice: it is as gone as it can be.
        Ok(()) | Err(EditError::NotFound) => Ok(see(&format!("{HOME}/products?notice=deleted"))),
        Err(error) => Err(error.into()),
    }
}
