//! Errors as RFC 9457 problem documents, with the `message` and `error` members older clients read.
//!
//! Where each error goes: a domain error becomes a [`Problem`] in the one exhaustive `From` below; extractors refuse with a
//! `Problem` themselves; a panic becomes one in [`layers`](super::layers). Pages render their own.

mod addresses;
mod domains;
mod seller;

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// What was wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldProblem {
    /// Name as in the request.
    pub(crate) field: Cow<'static, str>,
    /// Machine-readable.
    pub(crate) code: &'static str,
    /// Spanish.
    pub(crate) es: Cow<'static, str>,
    /// English.
    pub(crate) en: Cow<'static, str>,
}

/// A refusal or failure to be answered as `application/problem+json`. One pointer, since every handler's result carries one.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    es: Cow<'static, str>,
    en: Cow<'static, str>,
    fields: Vec<FieldProblem>,
    extra: Map<String, Value>,
    retry_after: Option<Duration>,
    challenge: Option<&'static str>,
}

impl Problem {
    /// A problem with its texts in both languages.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        es: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            es: es.into(),
            en: en.into(),
            fields: Vec::new(),
            extra: Map::new(),
            retry_after: None,
            challenge: None,
        }))
    }

    /// 400 over some fields.
    pub(crate) fn invalid(fields: Vec<FieldProblem>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "validation",
            "Revisa los datos marcados",
            "Check the marked fields",
        )
        .with_fields(fields)
    }

    /// 404.
    pub(crate) fn not_found(es: &'static str, en: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", es, en)
    }

    /// 500; the cause goes to the log, not to the client.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Algo falló de nuestro lado. Ya quedó registrado; intenta de nuevo en un momento.",
            "Something failed on our side. It has been recorded; try again in a moment.",
        )
    }

    /// 503, to be tried again.
    pub(crate) fn unavailable(code: &'static str, es: &'static str, en: &'static str, retry_after: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, es, en).with_retry_after(retry_after)
    }

    /// Names the fields that were wrong.
    pub(crate) fn with_fields(mut self, fields: Vec<FieldProblem>) -> Self {
        self.0.fields = fields;
        self
    }

    /// Adds a member of this kind of problem.
    pub(crate) fn with(mut self, member: &str, value: Value) -> Self {
        self.0.extra.insert(member.to_owned(), value);
        self
    }

    /// Says when to try again.
    pub(crate) fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Adds a `WWW-Authenticate` challenge.
    pub(crate) fn with_challenge(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// The status it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The text in one language.
    pub(crate) fn text(&self, english: bool) -> &str {
        if english { &self.0.en } else { &self.0.es }
    }

    /// The document in one language.
    pub(crate) fn document(&self, english: bool) -> Value {
        let text = self.text(english);
        let mut document = json!({
            "type": format!("https://textisur.com/problems/{}", self.0.code),
            "title": self.0.status.canonical_reason().unwrap_or("Error"),
            "status": self.0.status.as_u16(),
            "code": self.0.code,
            "detail": text,
            "message": text,
            "error": text,
        });
        if let Some(members) = document.as_object_mut() {
            if !self.0.fields.is_empty() {
                let fields = self.0.fields.iter().map(|field| {
                    json!({ "field": field.field, "code": field.code, "message": if english { &field.en } else { &field.es } })
                });
                members.insert("errors".into(), fields.collect());
            }
            members.extend(self.0.extra.clone());
        }
        document
    }

    /// The answer in one language.
    pub(crate) fn render(&self, english: bool) -> Response {
        let mut response = (self.0.status, self.document(english).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(if english { "en" } else { "es" }),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.0.retry_after {
            let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.0.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

/// In Spanish, with itself attached so that [`layers`](super::layers) can say it in English to those who ask for that.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render(false);
        response.extensions_mut().insert(self);
        response
    }
}
