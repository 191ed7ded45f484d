//! `/products`, `/products/{id}`

mod detail;
mod facets;
mod list;

pub(super) use detail::{render as render_product, show};
pub(super) use list::list;
