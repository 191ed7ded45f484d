//! Answers that say no: a text as JSON where Alertmanager itself objects, a code and a message where what it is built
//! with (go-swagger) does.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::json;

/// Why not.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A text, in JSON.
    Text(StatusCode, String),
    /// A code and a message.
    Swagger {
        status: StatusCode,
        code: u16,
        message: String,
    },
}

impl Refusal {
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::Text(StatusCode::BAD_REQUEST, message.into())
    }

    /// What does not fit the API's description; 601 is a wrong format, 602 something missing, 612 too few.
    pub(super) fn invalid(code: u16, message: impl Into<String>) -> Self {
        Self::Swagger {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code,
            message: message.into(),
        }
    }

    pub(super) fn required(what: &str) -> Self {
        Self::invalid(602, format!("{what} in body is required"))
    }

    fn swagger(status: StatusCode, message: String) -> Self {
        Self::Swagger {
            code: status.as_u16(),
            status,
            message,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Text(status, message) => (status, Json(message)).into_response(),
            Self::Swagger { status, code, message } => {
                (status, Json(json!({ "code": code, "message": message }))).into_response()
            }
        }
    }
}

/// A body in JSON, with the objections Alertmanager has.
pub(super) struct Body<T>(pub(super) T);

/// What a body is called in objections.
pub(super) trait Named {
    /// Its name.
    const NAME: &'static str;
}

impl<S: Send + Sync, T: DeserializeOwned + Named> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let media_type = content_type.map_or("application/json", |value| value.to_str().unwrap_or(""));
        let essence = media_type.split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let message = format!("unsupported media type {essence:?}, only [application/json] are allowed");
            return Err(Refusal::swagger(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error: BytesRejection| Refusal::swagger(error.status(), error.body_text()))?;
        if bytes.trim_ascii().is_empty() {
            return Err(Refusal::required(T::NAME));
        }
        let read: Result<Option<T>, _> = serde_json::from_slice(&bytes);
        match read {
            Ok(Some(value)) => Ok(Self(value)),
            Ok(None) => Err(Refusal::required(T::NAME)),
            Err(error) => {
                let message = format!("parsing {} body from \"\" failed, because {error}", T::NAME);
                Err(Refusal::swagger(StatusCode::BAD_REQUEST, message))
            }
        }
    }
}
