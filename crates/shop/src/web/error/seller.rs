//! What sellers' edits and uploads are refused with.

use axum::http::StatusCode;
use serde_json::json;

use super::{FieldProblem, Problem};
use crate::catalog::edit::{EditError, Wrong};
use crate::media::{MOST_BYTES, PictureError, UploadError};

impl From<Wrong> for FieldProblem {
    fn from(wrong: Wrong) -> Self {
        let (es, en) = wrong.rule.texts();
        Self {
            field: wrong.field,
            code: wrong.rule.code(),
            es,
            en,
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::NotFound => {
                Self::not_found("Eso no existe en tu tienda", "There is no such thing in your store")
            }
            EditError::NotYours => Self::new(
                StatusCode::FORBIDDEN,
                "not_yours",
                "Ese producto es de otra tienda",
                "That product is another store's",
            ),
            EditError::Invalid(wrong) => Self::invalid(wrong.into_iter().map(FieldProblem::from).collect()),
            EditError::Edited { version } => Self::new(
                StatusCode::CONFLICT,
                "edited_meanwhile",
                "Alguien lo cambió mientras lo editabas. Vuelve a leerlo y repite tu cambio; no se guardó nada.",
                "Somebody changed it while you were editing. Read it again and repeat your change; nothing was saved.",
            )
            .with("version", json!(version)),
            EditError::Suspended => Self::new(
                StatusCode::CONFLICT,
                "store_suspended",
                "Tu tienda está suspendida: por ahora nada suyo puede ponerse a la venta",
                "Your store is suspended: nothing of it can go on sale for now",
            ),
            EditError::Incomplete => Self::new(
                StatusCode::CONFLICT,
                "store_incomplete",
                "Antes de vender, completa el perfil de tu tienda: descripción y municipio",
                "Before selling, complete your store's profile: description and town",
            ),
            EditError::Reserved {
                variant,
                option,
                reserved,
                stock,
            } => Self::new(
                StatusCode::CONFLICT,
                "stock_reserved",
                format!("{option}: hay {reserved} apartadas por pagos en curso; no puede haber menos"),
                format!("{option}: {reserved} are held by running payments; there cannot be fewer"),
            )
            .with("variantId", json!(variant))
            .with("reserved", json!(reserved))
            .with("stock", json!(stock)),
            EditError::Database(error) => error.into(),
        }
    }
}

impl From<PictureError> for Problem {
    fn from(error: PictureError) -> Self {
        let (status, code) = match error {
            PictureError::Missing => (StatusCode::BAD_REQUEST, "picture_missing"),
            PictureError::TooHeavy => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            PictureError::Format => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "picture_format"),
            PictureError::TooLarge => (StatusCode::UNPROCESSABLE_ENTITY, "picture_pixels"),
            PictureError::TooSmall => (StatusCode::UNPROCESSABLE_ENTITY, "picture_small"),
            PictureError::Damaged => (StatusCode::UNPROCESSABLE_ENTITY, "picture_damaged"),
        };
        let (es, en) = picture_texts(error);
        Self::new(status, code, es, en)
    }
}

/// For people, in Spanish and in English.
fn picture_texts(error: PictureError) -> (String, String) {
    let both = |es: &str, en: &str| (es.to_owned(), en.to_owned());
    match error {
        PictureError::Missing => both("No llegó ninguna foto", "No picture came"),
        PictureError::TooHeavy => {
            let most = MOST_BYTES / 1024 / 1024;
            (
                format!("La foto pesa demasiado: como máximo {most} MB"),
                format!("The picture is too heavy: at most {most} MB"),
            )
        }
        PictureError::Format => both(
            "No es una foto JPEG, PNG o WebP",
            "It is not a JPEG, PNG or WebP picture",
        ),
        PictureError::TooLarge => both(
            "La foto tiene demasiados pixeles: como máximo 50 megapixeles",
            "The picture has too many pixels: at most 50 megapixels",
        ),
        PictureError::TooSmall => both(
            "La foto es demasiado pequeña: al menos 32 pixeles por lado",
            "The picture is too small: at least 32 pixels a side",
        ),
        PictureError::Damaged => both(
            "La foto llegó dañada o incompleta; súbela otra vez",
            "The picture came damaged or incomplete; upload it again",
        ),
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Picture(error) => error.into(),
            UploadError::Database(error) => error.into(),
            UploadError::Disk(_) => Self::internal(&error),
        }
    }
}
