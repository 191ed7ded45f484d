//! `/api/uploads`: pictures for a seller's products and store.

use axum::Json;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::media::{self, Name, Picture, PictureError};
use crate::web::seller::Seller;
use crate::web::{Problem, upload};

/// A picture that was taken in.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct UploadView {
    /// How products and stores name it.
    file: String,
    /// Where it is.
    url: String,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
    /// Narrower copies and itself, as `srcset` of an `img` takes them; empty when there is but one size.
    srcset: String,
    /// The narrowest copy.
    thumbnail: String,
}

impl From<Picture> for UploadView {
    fn from(picture: Picture) -> Self {
        debug_assert!(Name::parse(&picture.file).is_some());
        Self {
            url: format!("/media/{}", picture.file),
            srcset: media::srcset(&picture.file),
            thumbnail: format!("/media/{}", media::small(&picture.file)),
            width: picture.width,
            height: picture.height,
            file: picture.file,
        }
    }
}

/// A form with one picture.
#[derive(ToSchema)]
#[allow(dead_code)]
pub(in crate::web) struct UploadForm {
    /// JPEG, PNG or WebP by its content, at most 10 MB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes a picture in: told by its content, turned upright, shrunk to 1600 pixels, encoded anew without anything else that was in the
/// file. One that no product and no store shows for a day goes away again.
#[utoipa::path(
    post, path = "/api/uploads", tag = "sellers", security(("bearer" = [])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "Taken in", body = UploadView),
        (status = 400, description = "No multipart form, or no picture in it"),
        (status = 403, description = "Not a seller"),
        (status = 413, description = "More than 10 MB"),
        (status = 415, description = "Not a form, or not JPEG, PNG or WebP by its content"),
        (status = 422, description = "Damaged, too large or too small"),
    )
)]
pub(in crate::web) async fn upload(
    State(app): State<App>,
    Seller { store, .. }: Seller,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<UploadView>), Problem> {
    let mut form = form.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_type",
            "Manda la foto como multipart/form-data",
            "Send the picture as multipart/form-data",
        )
    })?;
    while let Some(field) = form.next_field().await.map_err(upload::unreadable)? {
        if field.file_name().is_some() {
            let bytes = upload::read(field).await??;
            let picture = media::accept(&app, store.id(), bytes).await?;
            return Ok((StatusCode::CREATED, Json(picture.into())));
        }
    }
    Err(PictureError::Missing.into())
}
