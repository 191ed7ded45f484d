//! A trace as it is read: its spans in the order they began, each with where it comes from.

use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span::SpanKind, status::StatusCode};

use super::ids::TraceId;

/// Where spans come from: a resource and a scope of it, in OTLP's own shape but without spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// `service.name` of the resource, or what Jaeger calls a service that says none.
    pub service: Arc<str>,
    shell: ResourceSpans,
}

impl Origin {
    /// From a [`ResourceSpans`] with one [`ScopeSpans`] without spans.
    pub(super) fn new(shell: ResourceSpans) -> Self {
        let service = service_name(shell.resource.as_ref());
        Self { service, shell }
    }

    /// The resource, if one was sent.
    pub fn resource(&self) -> Option<&Resource> {
        self.shell.resource.as_ref()
    }

    /// The scope, if one was sent.
    pub fn scope(&self) -> Option<&InstrumentationScope> {
        self.shell.scope_spans.first()?.scope.as_ref()
    }

    /// OTLP's shape with these spans.
    fn with_spans(&self, spans: Vec<Span>) -> ResourceSpans {
        let mut filled = self.shell.clone();
        match filled.scope_spans.first_mut() {
            Some(scope) => scope.spans = spans,
            None => filled.scope_spans.push(ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }),
        }
        filled
    }
}

/// The name Jaeger shows for a resource.
pub(super) fn service_name(resource: Option<&Resource>) -> Arc<str> {
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    match attributes.iter().find(|attribute| attribute.key == "service.name") {
        None => Arc::from("missing-service-name"),
        Some(attribute) => match text_of(attribute.value.as_ref()) {
            name if name.is_empty() => Arc::from("empty-service-name"),
            name => Arc::from(name),
        },
    }
}

/// A span and where it comes from.
#[derive(Debug, Clone)]
pub struct TraceSpan {
    /// Shared by the spans of one service and scope.
    pub origin: Arc<Origin>,
    /// As it was sent.
    pub span: Span,
}

impl TraceSpan {
    /// Its tags as Jaeger shows and finds them: attributes, and what OTLP has fields for.
    pub fn tags(&self) -> Vec<(&str, Value)> {
        let text = |text: &str| Value::StringValue(text.to_owned());
        let mut tags = Vec::with_capacity(self.span.attributes.len() + 6);
        if let Some(scope) = self.origin.scope() {
            for (key, value) in [("otel.scope.name", &scope.name), ("otel.scope.version", &scope.version)] {
                if !value.is_empty() {
                    tags.push((key, text(value)));
                }
            }
        }
        tags.extend(self.span.attributes.iter().filter_map(pair));
        if let Some(kind) = kind_name(self.span.kind) {
            tags.push(("span.kind", text(kind)));
        }
        let status = self.span.status.as_ref();
        match status.map(|status| status.code()) {
            Some(StatusCode::Ok) => tags.push(("otel.status_code", text("OK"))),
            Some(StatusCode::Error) => {
                tags.push(("otel.status_code", text("ERROR")));
                tags.push(("error", Value::BoolValue(true)));
            }
            _ => {}
        }
        if let Some(status) = status.filter(|status| !status.message.is_empty()) {
            tags.push(("otel.status_description", text(&status.message)));
        }
        if !self.span.trace_state.is_empty() {
            tags.push(("w3c.tracestate", text(&self.span.trace_state)));
        }
        tags
    }

    /// Whether a tag of the span, an attribute of its resource or scope, or one of its events has this value.
    pub(super) fn has_tag(&self, key: &str, value: &str) -> bool {
        let among = |attributes: &[KeyValue]| {
            attributes
                .iter()
                .any(|attribute| attribute.key == key && text_of(attribute.value.as_ref()) == value)
        };
        self.tags()
            .iter()
            .any(|(name, found)| *name == key && text(found) == value)
            || self
                .origin
                .resource()
                .is_some_and(|resource| among(&resource.attributes))
            || self.origin.scope().is_some_and(|scope| among(&scope.attributes))
            || self
                .span
                .events
                .iter()
                .any(|event| among(&event.attributes) || (key == "event" && event.name == value))
    }
}

/// Jaeger's name of a kind of span; none for one that says none.
pub fn kind_name(kind: i32) -> Option<&'static str> {
    match SpanKind::try_from(kind) {
        Ok(SpanKind::Internal) => Some("internal"),
        Ok(SpanKind::Server) => Some("server"),
        Ok(SpanKind::Client) => Some("client"),
        Ok(SpanKind::Producer) => Some("producer"),
        Ok(SpanKind::Consumer) => Some("consumer"),
        _ => None,
    }
}

/// Whether a span failed: by its status, or by an attribute as OpenTracing had it.
pub(super) fn is_error(span: &Span) -> bool {
    span.status
        .as_ref()
        .is_some_and(|status| status.code() == StatusCode::Error)
        || span
            .attributes
            .iter()
            .any(|attribute| attribute.key == "error" && text_of(attribute.value.as_ref()) == "true")
}

/// When a span began, in nanoseconds since the epoch, and how long it took.
pub(super) fn times(span: &Span) -> (i64, i64) {
    let whole = |nanos: u64| i64::try_from(nanos).unwrap_or(i64::MAX);
    let took = span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano);
    (whole(span.start_time_unix_nano), whole(took))
}

fn pair(attribute: &KeyValue) -> Option<(&str, Value)> {
    let value = attribute.value.as_ref()?.value.clone()?;
    Some((&attribute.key, value))
}

/// A value as text: what tags are compared by. Lists and maps are JSON, as Jaeger has them.
pub fn text(value: &Value) -> String {
    match value {
        Value::StringValue(text) => text.clone(),
        Value::BoolValue(value) => value.to_string(),
        Value::IntValue(value) => value.to_string(),
        Value::DoubleValue(value) => value.to_string(),
        Value::BytesValue(bytes) => base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes),
        Value::ArrayValue(_) | Value::KvlistValue(_) => plain(value).to_string(),
        // Of profiles only.
        Value::StringValueStrindex(_) => String::new(),
    }
}

/// A value as plain JSON.
fn plain(value: &Value) -> serde_json::Value {
    let inner = |value: &Option<AnyValue>| {
        let value = value.as_ref().and_then(|value| value.value.as_ref());
        value.map_or(serde_json::Value::Null, plain)
    };
    match value {
        Value::BoolValue(value) => (*value).into(),
        Value::IntValue(value) => (*value).into(),
        Value::DoubleValue(value) => (*value).into(),
        Value::ArrayValue(list) => list
            .values
            .iter()
            .map(|value| value.value.as_ref().map_or(serde_json::Value::Null, plain))
            .collect(),
        Value::KvlistValue(list) => list
            .values
            .iter()
            .map(|entry| (entry.key.clone(), inner(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => text(other).into(),
    }
}

fn text_of(value: Option<&AnyValue>) -> String {
    value
        .and_then(|value| value.value.as_ref())
        .map(text)
        .unwrap_or_default()
}

/// All that is kept of one trace.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Its id.
    pub id: TraceId,
    /// In the order they began; each once, however often it was sent.
    pub spans: Vec<TraceSpan>,
    /// What people should know about it.
    pub warnings: Vec<String>,
}

impl Trace {
    /// In OTLP's shape, spans grouped by where they come from.
    pub fn resource_spans(&self) -> Vec<ResourceSpans> {
        let mut groups: Vec<(&Arc<Origin>, Vec<Span>)> = Vec::new();
        for TraceSpan { origin, span } in &self.spans {
            match groups
                .iter_mut()
                .find(|(known, _)| Arc::ptr_eq(known, origin) || known == &origin)
            {
                Some((_, spans)) => spans.push(span.clone()),
                None => groups.push((origin, vec![span.clone()])),
            }
        }
        groups
            .into_iter()
            .map(|(origin, spans)| origin.with_spans(spans))
            .collect()
    }
}
