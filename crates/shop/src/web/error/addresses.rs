//! What changes of an address book are refused with.

use axum::http::StatusCode;
use serde_json::json;

use super::{FieldProblem, Problem};
use crate::addresses::{AddressError, Broken};
use crate::texts::Lang;

impl From<Broken> for FieldProblem {
    fn from(Broken { part, rule }: Broken) -> Self {
        Self {
            field: part.as_str().into(),
            code: rule.code(),
            es: Lang::Es.texts().addresses.wrong(rule).into(),
            en: Lang::En.texts().addresses.wrong(rule).into(),
        }
    }
}

impl From<AddressError> for Problem {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::Unknown => Self::not_found("No tienes esa dirección", "You have no such address"),
            AddressError::Invalid(broken) => Self::invalid(broken.into_iter().map(FieldProblem::from).collect()),
            AddressError::Full { max } => Self::new(
                StatusCode::CONFLICT,
                "addresses_full",
                format!("Ya guardas {max} direcciones; borra alguna para agregar otra"),
                format!("You already keep {max} addresses; delete one to add another"),
            )
            .with("max", json!(max)),
            AddressError::AlreadyKept => Self::new(
                StatusCode::CONFLICT,
                "address_already_kept",
                "Ya tienes guardada una dirección igual",
                "You already keep an address that says the same",
            ),
            AddressError::Database(error) => error.into(),
        }
    }
}
