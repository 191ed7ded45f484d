//! Jaeger's own model of a trace, made from OTLP as Jaeger does.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde_json::{Value, json};

use crate::traces::{Origin, Trace, TraceSpan, hex, text};

/// Integers JavaScript holds exactly.
const SAFE: u64 = (1 << 53) - 1;

/// Writes a trace: its spans, and the processes they ran in.
pub(super) fn trace(from: &Trace) -> Value {
    let mut processes = Processes::default();
    let spans: Vec<Value> = from.spans.iter().map(|found| span(found, &mut processes)).collect();
    json!({
        "traceID": from.id.to_string(),
        "spans": spans,
        "processes": processes.written,
        "warnings": if from.warnings.is_empty() { Value::Null } else { from.warnings.clone().into() },
    })
}

/// A process for every resource: `p1`, `p2` …
#[derive(Default)]
struct Processes {
    known: Vec<(Arc<Origin>, String)>,
    written: BTreeMap<String, Value>,
}

impl Processes {
    fn id(&mut self, origin: &Arc<Origin>) -> String {
        let same = |known: &Arc<Origin>| Arc::ptr_eq(known, origin) || known.resource() == origin.resource();
        if let Some((_, id)) = self.known.iter().find(|(known, _)| same(known)) {
            return id.clone();
        }
        let id = format!("p{}", self.known.len() + 1);
        let attributes = origin.resource().map_or(&[][..], |resource| &resource.attributes);
        let others = attributes.iter().filter(|attribute| attribute.key != "service.name");
        let process = json!({
            "serviceName": &*origin.service,
            "tags": others.filter_map(attribute).collect::<Vec<_>>(),
        });
        self.written.insert(id.clone(), process);
        self.known.push((Arc::clone(origin), id.clone()));
        id
    }
}

fn span(found: &TraceSpan, processes: &mut Processes) -> Value {
    let from = &found.span;
    let tags: Vec<Value> = found.tags().iter().map(|(key, value)| tag(key, value)).collect();
    let backwards = from.end_time_unix_nano < from.start_time_unix_nano;
    let warnings = backwards.then(|| json!(["the span ends before it starts; its duration is shown as zero"]));
    let mut span = json!({
        "traceID": hex(&from.trace_id),
        "spanID": hex(&from.span_id),
        "operationName": from.name,
        "references": references(found),
        "startTime": from.start_time_unix_nano / 1000,
        "duration": from.end_time_unix_nano.saturating_sub(from.start_time_unix_nano) / 1000,
        "tags": tags,
        "logs": from.events.iter().map(log).collect::<Vec<_>>(),
        "processID": processes.id(&found.origin),
        "warnings": warnings,
    });
    // W3C's flags; the others of OTLP are none of Jaeger's.
    if from.flags & 0xff != 0 {
        span["flags"] = (from.flags & 0xff).into();
    }
    span
}

/// The parent first, since Jaeger looks for it there; then the links.
fn references(found: &TraceSpan) -> Vec<Value> {
    let from = &found.span;
    let reference =
        |kind: &str, trace: &[u8], span: &[u8]| json!({"refType": kind, "traceID": hex(trace), "spanID": hex(span)});
    let has_parent = from.parent_span_id.iter().any(|byte| *byte != 0);
    let parent = has_parent.then(|| reference("CHILD_OF", &from.trace_id, &from.parent_span_id));
    // A link Jaeger's own clients sent as a second parent says so.
    let kind = |attributes: &[KeyValue]| {
        let is_child = attributes
            .iter()
            .any(|attribute| attribute.key == "opentracing.ref_type" && is_text(attribute, "child_of"));
        if is_child { "CHILD_OF" } else { "FOLLOWS_FROM" }
    };
    let links = from
        .links
        .iter()
        .filter(|link| !link.trace_id.is_empty() || !link.span_id.is_empty());
    let links = links.map(|link| reference(kind(&link.attributes), &link.trace_id, &link.span_id));
    parent.into_iter().chain(links).collect()
}

fn is_text(attribute: &KeyValue, wanted: &str) -> bool {
    let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
    value.is_some_and(|value| text(value) == wanted)
}

/// An event as a log: its name is the field `event`, unless it has one.
fn log(from: &Event) -> Value {
    let mut fields = Vec::with_capacity(from.attributes.len() + 1);
    let has_own = from.attributes.iter().any(|attribute| attribute.key == "event");
    if !from.name.is_empty() && !has_own {
        fields.push(tag("event", &Any::StringValue(from.name.clone())));
    }
    fields.extend(from.attributes.iter().filter_map(attribute));
    json!({"timestamp": from.time_unix_nano / 1000, "fields": fields})
}

fn attribute(from: &KeyValue) -> Option<Value> {
    Some(tag(&from.key, from.value.as_ref()?.value.as_ref()?))
}

fn tag(key: &str, value: &Any) -> Value {
    let (kind, value) = match value {
        Any::BoolValue(value) => ("bool", json!(value)),
        Any::IntValue(value) if value.unsigned_abs() > SAFE => ("int64", json!(value.to_string())),
        Any::IntValue(value) => ("int64", json!(value)),
        Any::DoubleValue(value) if !value.is_finite() => ("float64", json!(value.to_string())),
        Any::DoubleValue(value) => ("float64", json!(value)),
        Any::BytesValue(bytes) => ("binary", json!(STANDARD.encode(bytes))),
        other => ("string", json!(text(other))),
    };
    json!({"key": key, "type": kind, "value": value})
}
