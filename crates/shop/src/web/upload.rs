//! Reading a picture out of a multipart body (RFC 7578). Names and types that the sender claims are not looked at.

use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};

use super::Problem;
use crate::media::{self, PictureError};

/// Most bytes of a body with pictures: one of the heaviest and what is around it. The edge takes as many.
pub(super) const MOST_BODY: usize = 12 * 1024 * 1024;

/// One file of the form; one that is heavier than a picture may be is read over and not kept.
pub(super) async fn read(mut field: Field<'_>) -> Result<Result<Bytes, PictureError>, Problem> {
    let mut bytes = BytesMut::new();
    let mut heavy = false;
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        heavy |= bytes.len() + chunk.len() > media::MOST_BYTES;
        if heavy {
            bytes.clear();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(if heavy {
        Err(PictureError::TooHeavy)
    } else {
        Ok(bytes.freeze())
    })
}

/// The body is no multipart form, or too large, or ended early.
pub(super) fn unreadable(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return PictureError::TooHeavy.into();
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "multipart",
        "El formulario con la foto llegó incompleto o con otra forma",
        "The form with the picture came incomplete or in another shape",
    )
}
