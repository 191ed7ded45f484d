//! A sampled span while it is open.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{Event as SpanEvent, SpanId, SpanKind, Status},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracing::{Event, Level};

use super::{Fields, Value};
use crate::trace::TraceContext;

/// OpenTelemetry's default limit of events a span.
const MAX_EVENTS: usize = 128;

/// What is kept of a sampled span besides its ids and fields.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) start: SystemTime,
    parent: Option<SpanId>,
    parent_is_remote: bool,
    events: Vec<SpanEvent>,
    dropped_events: u32,
    failed: bool,
}

impl Recording {
    pub(crate) fn new(start: SystemTime, parent: Option<SpanId>, parent_is_remote: bool) -> Self {
        Self {
            start,
            parent,
            parent_is_remote,
            events: Vec::new(),
            dropped_events: 0,
            failed: false,
        }
    }

    /// Adds a span event. An event at error level marks the span as failed.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        let metadata = event.metadata();
        self.failed |= *metadata.level() == Level::ERROR;
        if self.events.len() == MAX_EVENTS {
            self.dropped_events += 1;
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut name = Cow::Borrowed(metadata.name());
        let mut attributes = vec![KeyValue::new("level", metadata.level().as_str())];
        for (key, value) in fields {
            match value {
                Value::Text(text) if key == "message" => name = Cow::Owned(text.into()),
                value => attributes.push(KeyValue::new(key, value)),
            }
        }
        self.events.push(SpanEvent::new(name, SystemTime::now(), attributes, 0));
    }

    /// The span as exporters take it. The `otel.…` fields become name, kind and status.
    pub(crate) fn finish(
        self,
        end: SystemTime,
        name: &'static str,
        context: &TraceContext,
        fields: Fields,
        scope: InstrumentationScope,
    ) -> SpanData {
        let mut span_name = None;
        // Of a request; its span is only named at once when it is sampled.
        let (mut method, mut route) = (None, None);
        let mut kind = SpanKind::Internal;
        let mut failed = self.failed;
        let mut ok = false;
        let mut description = String::new();
        let mut attributes = Vec::new();
        for (key, value) in fields {
            match (key, value) {
                ("otel.name", Value::Text(text)) => span_name = Some(Cow::Owned(text.into())),
                ("otel.kind", Value::Text(text)) => kind = span_kind(&text),
                ("otel.status_code", Value::Text(text)) => {
                    failed |= text.eq_ignore_ascii_case("error");
                    ok = text.eq_ignore_ascii_case("ok");
                }
                ("otel.status_description", Value::Text(text)) => description = text.into(),
                (key, value) => {
                    match (key, &value) {
                        ("http.request.method", Value::Text(text)) => method = Some(text.clone()),
                        ("http.route", Value::Text(text)) => route = Some(text.clone()),
                        _ => {}
                    }
                    attributes.push(KeyValue::new(key, value));
                }
            }
        }
        let span_name = span_name.unwrap_or_else(|| match (&kind, method, route) {
            (SpanKind::Server, Some(method), Some(route)) => Cow::Owned(format!("{method} {route}")),
            _ => Cow::Borrowed(name),
        });
        let status = match (failed, ok) {
            (true, _) => Status::error(description),
            (false, true) => Status::Ok,
            (false, false) => Status::Unset,
        };
        let mut events = SpanEvents::default();
        events.events = self.events;
        events.dropped_count = self.dropped_events;
        SpanData {
            span_context: context.span_context(false),
            parent_span_id: self.parent.unwrap_or(SpanId::INVALID),
            parent_span_is_remote: self.parent_is_remote,
            span_kind: kind,
            name: span_name,
            start_time: self.start,
            end_time: end,
            attributes,
            dropped_attributes_count: 0,
            events,
            links: SpanLinks::default(),
            status,
            instrumentation_scope: scope,
        }
    }
}

fn span_kind(text: &str) -> SpanKind {
    match text.to_ascii_lowercase().as_str() {
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}
