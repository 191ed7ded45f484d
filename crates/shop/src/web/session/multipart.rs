//! A form with files in it, and its proof of origin.

use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use bytes::Bytes;

use super::request::{is_form, refused};
use super::{CsrfForm, WebSession, form_token};
use crate::App;
use crate::media::PictureError;
use crate::web::{Problem, upload};

/// Most fields of a form: a hundred variants and a dozen pictures with all that is said of each.
const MOST_FIELDS: usize = 1_000;
/// Most bytes of a field that is no file.
const MOST_TEXT: usize = 64 * 1024;

/// What a form of ours sent, with the same proof of origin as [`CsrfForm`]. The `csrf` field comes first, so that nobody without it has
/// a file read. A form without files (`application/x-www-form-urlencoded`) is taken too.
pub(crate) struct CsrfParts {
    /// Names and values, in their order.
    pub(crate) fields: Vec<(String, String)>,
    /// Files that were chosen.
    pub(crate) files: Vec<Sent>,
}

/// One file of a form.
pub(crate) struct Sent {
    /// Of the field.
    pub(crate) field: String,
    /// Or why it was not read to its end.
    pub(crate) bytes: Result<Bytes, PictureError>,
}

impl CsrfParts {
    /// The first value of a field, empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.as_str())
    }
}

impl FromRequest<App> for CsrfParts {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if is_form(request.headers()) {
            let CsrfForm(fields) = CsrfForm::<Vec<(String, String)>>::from_request(request, app).await?;
            return Ok(Self {
                fields,
                files: Vec::new(),
            });
        }
        let (mut parts, body) = request.into_parts();
        let session = WebSession::from_request_parts(&mut parts, app).await?;
        if form_token::is_foreign(&parts.headers) {
            return Err(refused("foreign_form"));
        }
        let sent_token = parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
        let mut proven = sent_token.is_some_and(|token| session.is_csrf(token));
        let mut form = Multipart::from_request(Request::from_parts(parts, body), app)
            .await
            .map_err(|_| {
                Problem::new(
                    axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "content_type",
                    "Manda un formulario (multipart/form-data)",
                    "Send a form (multipart/form-data)",
                )
            })?;
        let (mut fields, mut files) = (Vec::new(), Vec::new());
        while let Some(mut field) = form.next_field().await.map_err(upload::unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "csrf" {
                proven |= session.is_csrf(&text(&mut field).await?);
                continue;
            }
            if !proven {
                return Err(refused("stale_form"));
            }
            if fields.len() + files.len() >= MOST_FIELDS {
                return Err(too_much());
            }
            if field.file_name().is_some() {
                let bytes = upload::read(field).await?;
                // A file field where nothing was chosen.
                if !matches!(&bytes, Ok(bytes) if bytes.is_empty()) {
                    files.push(Sent { field: name, bytes });
                }
            } else {
                fields.push((name, text(&mut field).await?));
            }
        }
        if !proven {
            return Err(refused("stale_form"));
        }
        Ok(Self { fields, files })
    }
}

async fn text(field: &mut axum::extract::multipart::Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(upload::unreadable)? {
        if bytes.len() + chunk.len() > MOST_TEXT {
            return Err(too_much());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn too_much() -> Problem {
    Problem::new(
        axum::http::StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "El formulario trae demasiados datos",
        "The form carries too much",
    )
}
