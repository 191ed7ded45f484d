//! `/products`, `/products/{id}`

mod detail;
mod facets;
mod list;
mod opinions;
mod schema_org;
mod structured;

pub(super) use detail::{Look, render as render_product, show};
pub(super) use list::list;
pub(super) use opinions::{rate, withdraw};
