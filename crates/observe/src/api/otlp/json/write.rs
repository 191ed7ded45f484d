//! The messages of `opentelemetry.proto.trace.v1` and what they are made of, written. What has its default is left out,
//! but for the fields every span has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde_json::{Map, Value, json};

use crate::traces::hex;

/// An object that leaves out what has its default.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn text(self, name: &str, text: &str) -> Self {
        if text.is_empty() { self } else { self.with(name, text) }
    }

    fn count(self, name: &str, count: u32) -> Self {
        if count == 0 { self } else { self.with(name, count) }
    }

    fn list<T>(self, name: &str, items: &[T], write: impl Fn(&T) -> Value) -> Self {
        if items.is_empty() {
            return self;
        }
        self.with(name, items.iter().map(write).collect::<Vec<_>>())
    }

    fn attributes(self, attributes: &[KeyValue], dropped: u32) -> Self {
        self.list("attributes", attributes, key_value)
            .count("droppedAttributesCount", dropped)
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

/// Writes spans with where they come from.
pub fn resource_spans(from: &ResourceSpans) -> Value {
    Object::default()
        .with("resource", from.resource.as_ref().map_or(json!({}), resource))
        .with(
            "scopeSpans",
            from.scope_spans.iter().map(scope_spans).collect::<Vec<_>>(),
        )
        .text("schemaUrl", &from.schema_url)
        .done()
}

fn resource(from: &Resource) -> Value {
    Object::default()
        .attributes(&from.attributes, from.dropped_attributes_count)
        .list("entityRefs", &from.entity_refs, entity_ref)
        .done()
}

fn entity_ref(from: &EntityRef) -> Value {
    let text = |text: &String| Value::from(text.as_str());
    Object::default()
        .text("schemaUrl", &from.schema_url)
        .text("type", &from.r#type)
        .list("idKeys", &from.id_keys, text)
        .list("descriptionKeys", &from.description_keys, text)
        .done()
}

fn scope_spans(from: &ScopeSpans) -> Value {
    Object::default()
        .with("scope", from.scope.as_ref().map_or(json!({}), scope))
        .with("spans", from.spans.iter().map(span).collect::<Vec<_>>())
        .text("schemaUrl", &from.schema_url)
        .done()
}

fn scope(from: &InstrumentationScope) -> Value {
    Object::default()
        .text("name", &from.name)
        .text("version", &from.version)
        .attributes(&from.attributes, from.dropped_attributes_count)
        .done()
}

fn span(from: &Span) -> Value {
    Object::default()
        .with("traceId", hex(&from.trace_id))
        .with("spanId", hex(&from.span_id))
        .text("traceState", &from.trace_state)
        .with("parentSpanId", hex(&from.parent_span_id))
        .count("flags", from.flags)
        .with("name", from.name.as_str())
        .with("kind", from.kind)
        .with("startTimeUnixNano", from.start_time_unix_nano.to_string())
        .with("endTimeUnixNano", from.end_time_unix_nano.to_string())
        .attributes(&from.attributes, from.dropped_attributes_count)
        .list("events", &from.events, event)
        .count("droppedEventsCount", from.dropped_events_count)
        .list("links", &from.links, link)
        .count("droppedLinksCount", from.dropped_links_count)
        .with("status", from.status.as_ref().map_or(json!({}), status))
        .done()
}

fn event(from: &Event) -> Value {
    Object::default()
        .with("timeUnixNano", from.time_unix_nano.to_string())
        .text("name", &from.name)
        .attributes(&from.attributes, from.dropped_attributes_count)
        .done()
}

fn link(from: &Link) -> Value {
    Object::default()
        .with("traceId", hex(&from.trace_id))
        .with("spanId", hex(&from.span_id))
        .text("traceState", &from.trace_state)
        .attributes(&from.attributes, from.dropped_attributes_count)
        .count("flags", from.flags)
        .done()
}

fn status(from: &Status) -> Value {
    let object = Object::default().text("message", &from.message);
    match from.code {
        0 => object.done(),
        code => object.with("code", code).done(),
    }
}

fn key_value(from: &KeyValue) -> Value {
    json!({"key": from.key, "value": from.value.as_ref().map_or(json!({}), any_value)})
}

fn any_value(from: &AnyValue) -> Value {
    match &from.value {
        None | Some(Any::StringValueStrindex(_)) => json!({}),
        Some(Any::StringValue(value)) => json!({"stringValue": value}),
        Some(Any::BoolValue(value)) => json!({"boolValue": value}),
        Some(Any::IntValue(value)) => json!({"intValue": value.to_string()}),
        Some(Any::DoubleValue(value)) => json!({"doubleValue": double(*value)}),
        Some(Any::ArrayValue(list)) => {
            json!({"arrayValue": {"values": list.values.iter().map(any_value).collect::<Vec<_>>()}})
        }
        Some(Any::KvlistValue(list)) => {
            json!({"kvlistValue": {"values": list.values.iter().map(key_value).collect::<Vec<_>>()}})
        }
        Some(Any::BytesValue(bytes)) => json!({"bytesValue": STANDARD.encode(bytes)}),
    }
}

/// JSON has no number that is none, or has no end.
fn double(value: f64) -> Value {
    match value {
        value if value.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        value => value.into(),
    }
}
