//! `POST /api/webhooks/stripe`: what Stripe has to say. Answered 200 only when it has been taken in for good; anything else brings
//! it back later.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use tracing::Instrument;
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::checkout;
use crate::payments::{self, Event, EventKind, SignatureError};
use crate::web::Problem;

#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Received {
    received: bool,
}

/// Who sent an event.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read from the headers by `stripe`")]
pub(in crate::web) struct Signature {
    /// Scheme v1: `t=…,v1=…`, over the bytes of the body.
    #[param(rename = "Stripe-Signature")]
    signature: String,
}

/// Takes a payment event, signed by Stripe.
///
/// The signature is checked over the bytes as they came, before anything reads them. An event that came before is acknowledged
/// and changes nothing.
#[utoipa::path(post, path = "/api/webhooks/stripe", tag = "checkout", params(Signature),
    request_body(content = Object, content_type = "application/json", description = "A Stripe event"), responses(
    (status = 200, description = "Taken up", body = Received),
    (status = 400, description = "The signature is bad or too old, or the body is no event"),
    (status = 404, description = "An event about no purchase of ours"),
    (status = 409, description = "An event that does not fit the order's state"),
    (status = 502, description = "The payment service refused what the event asks for"),
))]
pub(in crate::web) async fn stripe(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Received>, Problem> {
    let config = &app.config().payments;
    let signature = headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let tolerance = config.webhook_tolerance.as_secs() as i64;
    payments::verify(
        signature,
        &body,
        &config.webhook_secret,
        app.clock().now_ms() / 1_000,
        tolerance,
    )
    .map_err(refuse)?;
    let event = Event::parse(&body).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "webhook_body",
            format!("El cuerpo no es un evento de Stripe: {error}"),
            format!("The body is not a Stripe event: {error}"),
        )
    })?;
    let span = tracing::info_span!("checkout.settle", event_id = event.id, event_type = event.name);
    if let EventKind::Completed(session) | EventKind::Ended(session) = &event.kind
        && let Some(traceparent) = session.metadata.get("traceparent")
        && headers.get("traceparent").is_none()
    {
        // Stripe sends no trace context; the checkout's own came along in the session's metadata.
        telemetry::trace::set_parent(&span, traceparent);
    }
    checkout::settle(&app, &event).instrument(span).await?;
    Ok(Json(Received { received: true }))
}

fn refuse(error: SignatureError) -> Problem {
    tracing::warn!(%error, "webhook refused");
    let es = match error {
        SignatureError::Malformed => "Falta el encabezado Stripe-Signature o está mal formado",
        SignatureError::Stale => "La firma es demasiado antigua",
        SignatureError::Mismatch => "La firma no corresponde al cuerpo",
    };
    Problem::new(StatusCode::BAD_REQUEST, "webhook_signature", es, error.to_string())
}
