//! Extractors that refuse with a problem document instead of a bare text.

use std::str::FromStr;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use super::Problem;
use crate::texts::Lang;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_type",
                "Manda JSON con Content-Type: application/json",
                "Send JSON with Content-Type: application/json",
            )),
            Err(JsonRejection::JsonSyntaxError(error)) => Err(bad_request(
                "json_syntax",
                "El cuerpo no es JSON válido",
                "The body is not valid JSON",
                &error.body_text(),
            )),
            Err(JsonRejection::JsonDataError(error)) => Err(bad_request(
                "json_data",
                "El JSON no tiene la forma esperada",
                "The JSON does not have the expected shape",
                &error.body_text(),
            )),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "El cuerpo de la solicitud es demasiado grande",
                "The request body is too large",
            )),
            Err(error) => Err(bad_request(
                "body",
                "No se pudo leer la solicitud",
                "The request could not be read",
                &error.body_text(),
            )),
        }
    }
}

/// The query string.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => Err(bad_request(
                "query",
                "Un parámetro no es válido",
                "A parameter is not valid",
                &error.body_text(),
            )),
            Err(error) => Err(bad_request(
                "query",
                "Un parámetro no es válido",
                "A parameter is not valid",
                &error.body_text(),
            )),
        }
    }
}

/// The language that a program wants its texts in, by `Accept-Language`.
pub(crate) struct AcceptLang(pub(crate) Lang);

impl<S: Sync> FromRequestParts<S> for AcceptLang {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok());
        Ok(Self(accepted.map(Lang::negotiate).unwrap_or_default()))
    }
}

/// The one id in the path; anything that is not an id is an unknown one.
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = || Problem::not_found("No existe", "There is no such thing");
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => text.parse().map(Self).map_err(|_| unknown()),
            // Percent-encoding that is not UTF-8 names nothing.
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(unknown()),
            Err(error) => Err(Problem::internal(&error)),
        }
    }
}

fn bad_request(code: &'static str, es: &str, en: &str, cause: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        code,
        format!("{es}: {cause}"),
        format!("{en}: {cause}"),
    )
}
