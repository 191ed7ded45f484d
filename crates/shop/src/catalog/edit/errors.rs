//! Why an edit was not made. Nothing of it was kept.

use std::borrow::Cow;

use sea_orm::DbErr;

use super::super::VariantId;
use super::Version;
use crate::db::MayConflict;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// There is none under that id that the seller may know of.
    #[error("no such thing")]
    NotFound,
    /// Everybody sees it, and it is another store's.
    #[error("of another store")]
    NotYours,
    /// Fields that break a rule, in the order of the form.
    #[error("invalid fields: {0:?}")]
    Invalid(Vec<Wrong>),
    /// It was edited since the seller looked at it.
    #[error("edited meanwhile")]
    Edited {
        /// The edit it is now.
        version: Version,
    },
    /// The store's profile lacks what buyers need to know before it sells.
    #[error("the store's profile is not complete")]
    Incomplete,
    /// An admin has suspended the store: nothing of it goes on sale.
    #[error("the store is suspended")]
    Suspended,
    /// Fewer units would be on the shelf than running payments hold.
    #[error("{reserved} units are held by running payments")]
    Reserved {
        /// Of which variant.
        variant: VariantId,
        /// "M · Mostaza".
        option: String,
        /// How many are held.
        reserved: i64,
        /// How many are on the shelf.
        stock: i64,
    },
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for EditError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// One field that breaks one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// As in JSON: `name`, `variants[2].price`.
    pub field: Cow<'static, str>,
    /// What it breaks.
    pub rule: EditRule,
}

/// The rules of products and stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditRule {
    /// Something must be there.
    Required,
    /// At most so many characters.
    TooLong(usize),
    /// Control characters have no place in it.
    Characters,
    /// Not a category.
    Category,
    /// From one peso to a million.
    Price,
    /// From 0 to so many.
    Stock(i64),
    /// At most so many.
    TooMany(usize),
    /// At least one is needed.
    None,
    /// The same size and colour twice.
    Repeated,
    /// Not a picture of this store.
    Picture,
    /// Not active or hidden.
    Status,
    /// Ten digits.
    Phone,
    /// Not a place on the map of Mexico.
    Position,
}

impl EditRule {
    /// Stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong(_) => "too_long",
            Self::Characters => "characters",
            Self::Category => "category",
            Self::Price => "price",
            Self::Stock(_) => "stock",
            Self::TooMany(_) => "too_many",
            Self::None => "none",
            Self::Repeated => "repeated",
            Self::Picture => "picture",
            Self::Status => "status",
            Self::Phone => "phone",
            Self::Position => "position",
        }
    }

    /// For people, in Spanish and in English.
    pub fn texts(self) -> (Cow<'static, str>, Cow<'static, str>) {
        let both = |es: &'static str, en: &'static str| (es.into(), en.into());
        match self {
            Self::Required => both("Este dato es obligatorio.", "This is required."),
            Self::TooLong(most) => (
                format!("Usa como máximo {most} caracteres.").into(),
                format!("Use at most {most} characters.").into(),
            ),
            Self::Characters => both(
                "Contiene caracteres que no se pueden usar.",
                "It contains characters that cannot be used.",
            ),
            Self::Category => both("Elige una categoría de la lista.", "Choose a category from the list."),
            Self::Price => both(
                "Escribe un precio entre $1 y $1,000,000, con dos decimales como máximo.",
                "Enter a price between $1 and $1,000,000, with two decimals at most.",
            ),
            Self::Stock(most) => (
                format!("Escribe un número entero de piezas, de 0 a {most}.").into(),
                format!("Enter a whole number of pieces, 0 to {most}.").into(),
            ),
            Self::TooMany(most) => (format!("Como máximo {most}.").into(), format!("At most {most}.").into()),
            Self::None => both(
                "Escribe las piezas de al menos una talla y color.",
                "Enter the pieces of at least one size and colour.",
            ),
            Self::Repeated => both(
                "Esta talla y color está dos veces.",
                "This size and colour is there twice.",
            ),
            Self::Picture => both(
                "Esta foto no es de tu tienda; súbela otra vez.",
                "This picture is not your store's; upload it again.",
            ),
            Self::Status => both("Elige a la venta u oculto.", "Choose active or hidden."),
            Self::Phone => both(
                "Son diez dígitos, por ejemplo 445 457 1021.",
                "Ten digits, for example 445 457 1021.",
            ),
            Self::Position => both(
                "Escribe latitud y longitud de un lugar en México, por ejemplo 20.1269 y -101.1917.",
                "Enter latitude and longitude of a place in Mexico, for example 20.1269 and -101.1917.",
            ),
        }
    }
}
