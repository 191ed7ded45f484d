//! Errors as Loki answers them: a status code and a plain text.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::logs::PushError;
use crate::logs::logql::QueryError;

/// A request that failed.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    text: String,
}

pub(super) type ApiResult<T = Response> = Result<T, ApiError>;

impl ApiError {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub(super) fn internal(text: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        let status = match error {
            QueryError::Timeout => StatusCode::GATEWAY_TIMEOUT,
            QueryError::Canceled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            QueryError::Source(_) => StatusCode::INTERNAL_SERVER_ERROR,
            QueryError::Syntax { .. }
            | QueryError::Invalid(_)
            | QueryError::Limit(_)
            | QueryError::Pipeline { .. }
            | QueryError::Execution(_) => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl From<PushError> for ApiError {
    fn from(error: PushError) -> Self {
        let status = match error {
            PushError::Invalid(_) => StatusCode::BAD_REQUEST,
            PushError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            PushError::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, self.text + "\n").into_response()
    }
}
