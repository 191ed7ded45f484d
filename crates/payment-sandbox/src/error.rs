//! Stripe's error objects: `{"error":{"type","code","message","param","doc_url",…}}` with their status codes.

use http::StatusCode;
use serde_json::{Map, Value, json};

/// An answer that is not a success. `saved` answers began to execute and are kept for their idempotency key; the rest
/// (bad parameters, missing objects) may be retried with the same key, as Stripe documents.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    saved: bool,
    fields: Map<String, Value>,
}

impl ApiError {
    fn new(status: StatusCode, kind: &str, message: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("type".to_owned(), kind.into());
        fields.insert("message".to_owned(), message.into().into());
        Self {
            status,
            saved: false,
            fields,
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    pub(crate) fn parameter(code: &str, param: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).with_code(code).with_param(param)
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::parameter("parameter_missing", param, format!("Missing required param: {param}."))
    }

    pub(crate) fn empty_parameter(param: &str) -> Self {
        Self::parameter(
            "parameter_invalid_empty",
            param,
            format!(
                "You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; \
                 however '{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty value."
            ),
        )
    }

    pub(crate) fn unknown_parameters(names: &[String]) -> Self {
        let plural = if names.len() == 1 { "" } else { "s" };
        let message = format!("Received unknown parameter{plural}: {}", names.join(", "));
        Self::parameter("parameter_unknown", &names[0], message)
    }

    /// Stripe knows it; this sandbox would have to pretend.
    pub(crate) fn unsupported(param: &str) -> Self {
        Self::parameter(
            "parameter_unsupported_by_sandbox",
            param,
            format!("The payment sandbox does not support the parameter '{param}'."),
        )
    }

    pub(crate) fn wrong_kind(problem: &str, param: &str) -> Self {
        Self::invalid(problem).with_param(param)
    }

    pub(crate) fn not_one_of(param: &str, values: &[&str]) -> Self {
        let listed = match values {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first, second] => format!("{first} or {second}"),
            [rest @ .., last] => format!("{}, or {last}", rest.join(", ")),
        };
        Self::invalid(format!("Invalid {param}: must be one of {listed}")).with_param(param)
    }

    /// The object named in the path is not there: 404.
    pub(crate) fn no_such(noun: &str, param: &str, id: &str) -> Self {
        let mut error = Self::no_such_reference(noun, param, id);
        error.status = StatusCode::NOT_FOUND;
        error
    }

    /// An object named by a parameter is not there: 400.
    pub(crate) fn no_such_reference(noun: &str, param: &str, id: &str) -> Self {
        Self::parameter("resource_missing", param, format!("No such {noun}: '{id}'"))
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message)
    }

    pub(crate) fn unrecognized_url(method: &str, path: &str) -> Self {
        let mut error = Self::invalid(format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at \
             https://support.stripe.com/."
        ));
        error.status = StatusCode::NOT_FOUND;
        error
    }

    pub(crate) fn idempotency(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", message)
    }

    pub(crate) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that probably means you submitted \
             twice, and the other request is still going through): {key}. Please try again later."
        );
        let mut error = Self::invalid(message).with_code("idempotency_key_in_use");
        error.status = StatusCode::CONFLICT;
        error
    }

    /// A card that was refused: 402, kept for the idempotency key.
    pub(crate) fn card(message: impl Into<String>, code: &str) -> Self {
        let mut error = Self::new(StatusCode::PAYMENT_REQUIRED, "card_error", message).with_code(code);
        error.saved = true;
        error
    }

    /// Stripe's own fault.
    pub(crate) fn server(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", message)
    }

    pub(crate) fn down() -> Self {
        let mut error = Self::server("The payment sandbox is switched off (mode \"down\").");
        error.status = StatusCode::SERVICE_UNAVAILABLE;
        error
    }

    pub(crate) fn too_large() -> Self {
        let mut error = Self::invalid("The request body is too large.");
        error.status = StatusCode::PAYLOAD_TOO_LARGE;
        error
    }

    pub(crate) fn with_code(self, code: &str) -> Self {
        let doc = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
        self.with("code", code).with("doc_url", doc)
    }

    pub(crate) fn with_param(self, param: &str) -> Self {
        self.with("param", param)
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// Execution had begun: the answer belongs to the idempotency key from now on.
    pub(crate) fn saved(mut self) -> Self {
        self.saved = true;
        self
    }

    pub(crate) fn is_saved(&self) -> bool {
        self.saved
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn body(&self) -> Value {
        json!({ "error": self.fields })
    }
}
