//! The messages of `opentelemetry.proto.trace.v1` and what they are made of, read.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde_json::Value;

use super::fields::{Fields, Read, boolean, bytes, double, enumeration, id, integer, list, text};

pub(super) fn resource_spans(value: Value) -> Read<ResourceSpans> {
    let mut fields = Fields::of(value)?;
    Ok(ResourceSpans {
        resource: fields.take_some("resource", resource)?,
        scope_spans: fields.take("scopeSpans", list(scope_spans))?,
        schema_url: fields.take("schemaUrl", text)?,
    })
}

fn resource(value: Value) -> Read<Resource> {
    let mut fields = Fields::of(value)?;
    Ok(Resource {
        attributes: fields.take("attributes", list(key_value))?,
        dropped_attributes_count: fields.take("droppedAttributesCount", integer)?,
        entity_refs: fields.take("entityRefs", list(entity_ref))?,
    })
}

fn entity_ref(value: Value) -> Read<EntityRef> {
    let mut fields = Fields::of(value)?;
    Ok(EntityRef {
        schema_url: fields.take("schemaUrl", text)?,
        r#type: fields.take("type", text)?,
        id_keys: fields.take("idKeys", list(text))?,
        description_keys: fields.take("descriptionKeys", list(text))?,
    })
}

fn scope_spans(value: Value) -> Read<ScopeSpans> {
    let mut fields = Fields::of(value)?;
    Ok(ScopeSpans {
        scope: fields.take_some("scope", scope)?,
        spans: fields.take("spans", list(span))?,
        schema_url: fields.take("schemaUrl", text)?,
    })
}

fn scope(value: Value) -> Read<InstrumentationScope> {
    let mut fields = Fields::of(value)?;
    Ok(InstrumentationScope {
        name: fields.take("name", text)?,
        version: fields.take("version", text)?,
        attributes: fields.take("attributes", list(key_value))?,
        dropped_attributes_count: fields.take("droppedAttributesCount", integer)?,
    })
}

fn span(value: Value) -> Read<Span> {
    let mut fields = Fields::of(value)?;
    Ok(Span {
        trace_id: fields.take("traceId", id)?,
        span_id: fields.take("spanId", id)?,
        trace_state: fields.take("traceState", text)?,
        parent_span_id: fields.take("parentSpanId", id)?,
        flags: fields.take("flags", integer)?,
        name: fields.take("name", text)?,
        kind: fields.take("kind", enumeration(SpanKind::from_str_name))?,
        start_time_unix_nano: fields.take("startTimeUnixNano", integer)?,
        end_time_unix_nano: fields.take("endTimeUnixNano", integer)?,
        attributes: fields.take("attributes", list(key_value))?,
        dropped_attributes_count: fields.take("droppedAttributesCount", integer)?,
        events: fields.take("events", list(event))?,
        dropped_events_count: fields.take("droppedEventsCount", integer)?,
        links: fields.take("links", list(link))?,
        dropped_links_count: fields.take("droppedLinksCount", integer)?,
        status: fields.take_some("status", status)?,
    })
}

fn event(value: Value) -> Read<Event> {
    let mut fields = Fields::of(value)?;
    Ok(Event {
        time_unix_nano: fields.take("timeUnixNano", integer)?,
        name: fields.take("name", text)?,
        attributes: fields.take("attributes", list(key_value))?,
        dropped_attributes_count: fields.take("droppedAttributesCount", integer)?,
    })
}

fn link(value: Value) -> Read<Link> {
    let mut fields = Fields::of(value)?;
    Ok(Link {
        trace_id: fields.take("traceId", id)?,
        span_id: fields.take("spanId", id)?,
        trace_state: fields.take("traceState", text)?,
        attributes: fields.take("attributes", list(key_value))?,
        dropped_attributes_count: fields.take("droppedAttributesCount", integer)?,
        flags: fields.take("flags", integer)?,
    })
}

fn status(value: Value) -> Read<Status> {
    let mut fields = Fields::of(value)?;
    Ok(Status {
        message: fields.take("message", text)?,
        code: fields.take("code", enumeration(StatusCode::from_str_name))?,
    })
}

fn key_value(value: Value) -> Read<KeyValue> {
    let mut fields = Fields::of(value)?;
    Ok(KeyValue {
        key: fields.take("key", text)?,
        value: fields.take_some("value", any_value)?,
        key_strindex: 0,
    })
}

/// The first of the kinds of value that is there; none for an empty value, which OTLP allows.
fn any_value(value: Value) -> Read<AnyValue> {
    let mut fields = Fields::of(value)?;
    let value = if let Some(value) = fields.take_some("stringValue", text)? {
        Some(Any::StringValue(value))
    } else if let Some(value) = fields.take_some("boolValue", boolean)? {
        Some(Any::BoolValue(value))
    } else if let Some(value) = fields.take_some("intValue", integer)? {
        Some(Any::IntValue(value))
    } else if let Some(value) = fields.take_some("doubleValue", double)? {
        Some(Any::DoubleValue(value))
    } else if let Some(value) = fields.take_some("arrayValue", array)? {
        Some(Any::ArrayValue(value))
    } else if let Some(value) = fields.take_some("kvlistValue", key_value_list)? {
        Some(Any::KvlistValue(value))
    } else {
        fields.take_some("bytesValue", bytes)?.map(Any::BytesValue)
    };
    Ok(AnyValue { value })
}

fn array(value: Value) -> Read<ArrayValue> {
    let mut fields = Fields::of(value)?;
    Ok(ArrayValue {
        values: fields.take("values", list(any_value))?,
    })
}

fn key_value_list(value: Value) -> Read<KeyValueList> {
    let mut fields = Fields::of(value)?;
    Ok(KeyValueList {
        values: fields.take("values", list(key_value))?,
    })
}
