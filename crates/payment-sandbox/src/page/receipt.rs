//! `charge.receipt_url`: what was paid, on one page.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};

use super::{
    Language,
    html::{self, Layout, NoticePage},
};
use crate::{app::App, currency};

pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let language = Language::choose(None, &headers);
    let found = app.read(|state| state.charges.get(&id).filter(|charge| charge.succeeded()).cloned());
    let Some(charge) = found else {
        return html::missing(language);
    };
    let layout = Layout::new(language);
    let amount = |amount: i64| {
        format!(
            "{} {}",
            currency::format(amount, &charge.currency),
            charge.currency.to_ascii_uppercase()
        )
    };
    let mut text = format!(
        "{} · {} •••• {}",
        amount(charge.amount),
        &*charge.details.brand,
        charge.details.last4
    );
    if charge.amount_refunded > 0 {
        text.push_str(&format!(" · {} {}", layout.t.refunded, amount(charge.amount_refunded)));
    }
    let title = layout.t.receipt_title;
    html::page(
        StatusCode::OK,
        &NoticePage {
            layout,
            title,
            text: &text,
            link: None,
        },
        &[],
        &[],
    )
}
