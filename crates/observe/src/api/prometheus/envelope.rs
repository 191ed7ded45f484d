//! The envelope around every answer: `{"status":"success","data":…}` or `{"status":"error",…}`.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::metrics::promql::QueryError;
use crate::metrics::source::SourceError;

/// Prometheus's `errorType`, which decides the status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// The request makes no sense: 400.
    BadData,
    /// The query cannot be answered: 422.
    Execution,
    /// Whoever asked went away, or the query was ended from outside: 499.
    Canceled,
    /// It took too long, or waited too long for its turn: 503.
    Timeout,
    /// There is no such thing: 404.
    NotFound,
    /// Not ready yet: 503.
    Unavailable,
    /// Our fault: 500.
    Internal,
}

impl ErrorType {
    fn status(self) -> StatusCode {
        match self {
            Self::BadData => StatusCode::BAD_REQUEST,
            Self::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Canceled => StatusCode::from_u16(499).expect("three digits"),
            Self::Timeout | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// Its kind.
    pub error_type: ErrorType,
    /// What to tell.
    pub message: String,
}

impl ApiError {
    pub(super) fn new(error_type: ErrorType, message: impl Into<String>) -> Self {
        Self {
            error_type,
            message: message.into(),
        }
    }

    pub(super) fn bad_data(message: impl Into<String>) -> Self {
        Self::new(ErrorType::BadData, message)
    }

    /// `invalid parameter "step": …`
    pub(super) fn invalid(parameter: &str, why: impl std::fmt::Display) -> Self {
        Self::bad_data(format!("invalid parameter {parameter:?}: {why}"))
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        let error_type = match error {
            QueryError::Parse(_) | QueryError::Invalid(_) | QueryError::TooManySteps(_) => ErrorType::BadData,
            QueryError::Timeout => ErrorType::Timeout,
            QueryError::Canceled => ErrorType::Canceled,
            QueryError::Source(_) => ErrorType::Internal,
            QueryError::Unsupported(_)
            | QueryError::TooManySamples
            | QueryError::TooManySeries(_)
            | QueryError::Execution(_) => ErrorType::Execution,
        };
        Self::new(error_type, error.to_string())
    }
}

impl From<SourceError> for ApiError {
    fn from(error: SourceError) -> Self {
        Self::new(ErrorType::Internal, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Failure {
            status: &'static str,
            error_type: ErrorType,
            error: String,
        }
        let failure = Failure {
            status: "error",
            error_type: self.error_type,
            error: self.message,
        };
        let body = serde_json::to_vec(&failure).expect("texts can be written");
        json(self.error_type.status(), body)
    }
}

/// What a handler answers when all went well.
#[derive(Debug, Serialize)]
pub(super) struct Success<T> {
    status: &'static str,
    data: T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl<T> Success<T> {
    pub(super) fn new(data: T) -> Self {
        Self {
            status: "success",
            data,
            warnings: Vec::new(),
        }
    }

    pub(super) fn warn(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}

impl<T: Serialize> Success<T> {
    /// The answer's bytes. Large ones are written off the threads that serve connections.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, ApiError> {
        serde_json::to_vec(self).map_err(|error| ApiError::new(ErrorType::Internal, error.to_string()))
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        match self.to_bytes() {
            Ok(body) => json(StatusCode::OK, body),
            Err(error) => error.into_response(),
        }
    }
}

/// A finished answer.
pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (status, [content_type], body).into_response()
}

pub(super) type ApiResult<T = Response> = Result<T, ApiError>;
