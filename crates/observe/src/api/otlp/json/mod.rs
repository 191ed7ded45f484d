//! OTLP's JSON: proto3's JSON with ids as hexadecimal digits and enumerations as numbers.
//!
//! Read generously, as a server must: 64-bit integers as text or number, enumerations as number or name, field names as
//! proto3 allows them (`traceId`, `trace_id`), `null` for what is not there, unknown fields passed over. Written strictly.

mod fields;
mod read;
mod write;

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use serde_json::{Value, json};

use self::fields::{Fields, list};
pub use self::write::resource_spans;

/// Reads a request.
///
/// # Errors
/// With the path of what cannot be read: `resourceSpans[0].scopeSpans[0].spans[2].traceId: …`.
pub fn request(text: &[u8]) -> Result<ExportTraceServiceRequest, String> {
    let value: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let read = |value| -> Result<_, fields::Wrong> {
        let mut fields = Fields::of(value)?;
        Ok(ExportTraceServiceRequest {
            resource_spans: fields.take("resourceSpans", list(read::resource_spans))?,
        })
    };
    read(value).map_err(|wrong| wrong.to_string())
}

/// Writes the answer to a request.
pub fn response(response: &ExportTraceServiceResponse) -> Value {
    match &response.partial_success {
        None => json!({}),
        Some(partial) => json!({"partialSuccess": {
            "rejectedSpans": partial.rejected_spans.to_string(),
            "errorMessage": partial.error_message,
        }}),
    }
}
