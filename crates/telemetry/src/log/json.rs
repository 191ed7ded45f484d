//! The JSON line: `time`, `level`, `service`, `version`, `message`, `trace_id`, `span_id`, then the event's fields, then those of the
//! enclosing spans that the event does not have itself, innermost first.

use std::{
    fmt::{self, Write as _},
    io::Write as _,
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::{bounded, for_traces_only, push_time};
use crate::layer::{SpanState, Value};

/// A field of one of these names is written as `field.NAME`: keys stay unique.
const RESERVED: [&str; 7] = ["time", "level", "service", "version", "message", "trace_id", "span_id"];

/// Keys already in the line; further fields than this are dropped.
const MAX_KEYS: usize = 64;

pub(super) struct Json {
    /// `,"service":"…","version":"…"`, the same in every line.
    process: Vec<u8>,
}

impl Json {
    pub(super) fn new(service: &str, version: &str) -> Self {
        let mut process = Vec::new();
        process.extend_from_slice(b",\"service\":");
        push_text(&mut process, service);
        process.extend_from_slice(b",\"version\":");
        push_text(&mut process, version);
        Self { process }
    }

    pub(super) fn line<S>(&self, line: &mut Vec<u8>, event: &Event<'_>, span: Option<&SpanRef<'_, S>>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        line.extend_from_slice(b"{\"time\":\"");
        push_time(line, time::OffsetDateTime::now_utc());
        line.extend_from_slice(b"\",\"level\":\"");
        line.extend_from_slice(level(event.metadata().level()).as_bytes());
        line.push(b'"');
        line.extend_from_slice(&self.process);
        line.extend_from_slice(b",\"message\":");
        let mut message = Message { line, found: false };
        event.record(&mut message);
        if !message.found {
            push_text(line, event.metadata().name());
        }
        if let Some(span) = span
            && let Some(state) = span.extensions().get::<SpanState>()
        {
            let _ = write!(
                line,
                ",\"trace_id\":\"{}\",\"span_id\":\"{}\"",
                state.context.trace_id, state.context.span_id
            );
        }
        let mut fields = FieldWriter {
            line,
            keys: [""; MAX_KEYS],
            count: 0,
        };
        event.record(&mut fields);
        for span in span.into_iter().flat_map(SpanRef::scope) {
            if let Some(state) = span.extensions().get::<SpanState>() {
                for (key, value) in state.fields.iter().filter(|(key, _)| !for_traces_only(key)) {
                    fields.value(key, value);
                }
            }
        }
        line.push(b'}');
    }
}

fn level(level: &tracing::Level) -> &'static str {
    match *level {
        tracing::Level::ERROR => "error",
        tracing::Level::WARN => "warn",
        tracing::Level::INFO => "info",
        tracing::Level::DEBUG => "debug",
        tracing::Level::TRACE => "trace",
    }
}

struct Message<'a> {
    line: &'a mut Vec<u8>,
    found: bool,
}

impl Visit for Message<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" && !self.found {
            push_text(self.line, value);
            self.found = true;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" && !self.found {
            push_debug(self.line, value);
            self.found = true;
        }
    }
}

struct FieldWriter<'a> {
    line: &'a mut Vec<u8>,
    keys: [&'static str; MAX_KEYS],
    count: usize,
}

impl FieldWriter<'_> {
    /// Writes `,"key":` unless the key is there already.
    fn key(&mut self, name: &'static str) -> bool {
        if name == "message" || self.count == MAX_KEYS || self.keys[..self.count].contains(&name) {
            return false;
        }
        self.keys[self.count] = name;
        self.count += 1;
        self.line.extend_from_slice(b",\"");
        if RESERVED.contains(&name) {
            self.line.extend_from_slice(b"field.");
        }
        let _ = Escape(self.line).write_str(name);
        self.line.extend_from_slice(b"\":");
        true
    }

    fn value(&mut self, name: &'static str, value: &Value) {
        if self.key(name) {
            match value {
                Value::Bool(value) => drop(write!(self.line, "{value}")),
                Value::I64(value) => drop(write!(self.line, "{value}")),
                Value::U64(value) => drop(write!(self.line, "{value}")),
                Value::F64(value) => push_f64(self.line, *value),
                Value::Text(value) => push_text(self.line, value),
            }
        }
    }
}

impl Visit for FieldWriter<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field.name(), &Value::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field.name(), &Value::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field.name(), &Value::U64(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field.name(), &Value::F64(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.key(field.name()) {
            push_text(self.line, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.key(field.name()) {
            push_debug(self.line, value);
        }
    }
}

/// JSON has no NaN and no infinities.
fn push_f64(line: &mut Vec<u8>, value: f64) {
    let _ = if value.is_finite() {
        write!(line, "{value}")
    } else {
        write!(line, "\"{value}\"")
    };
}

fn push_text(line: &mut Vec<u8>, text: &str) {
    let (text, cut) = bounded(text);
    line.push(b'"');
    let _ = Escape(line).write_str(text);
    line.extend_from_slice(if cut { "…\"".as_bytes() } else { b"\"" });
}

fn push_debug(line: &mut Vec<u8>, value: &dyn fmt::Debug) {
    line.push(b'"');
    let mut writer = Bounded {
        left: super::MAX_TEXT_BYTES,
        inner: Escape(line),
    };
    let cut = write!(writer, "{value:?}").is_err();
    line.extend_from_slice(if cut { "…\"".as_bytes() } else { b"\"" });
}

/// Stops the formatting of a value once it is long enough.
struct Bounded<'a> {
    left: usize,
    inner: Escape<'a>,
}

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let taken = text.floor_char_boundary(self.left);
        self.inner.write_str(&text[..taken])?;
        self.left -= taken;
        if taken < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Writes into a JSON string, escaping as RFC 8259 wants it.
struct Escape<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let bytes = text.as_bytes();
        let mut plain = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let escape: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                0..0x20 => b"",
                _ => continue,
            };
            self.0.extend_from_slice(&bytes[plain..at]);
            plain = at + 1;
            if escape.is_empty() {
                let _ = write!(self.0, "\\u{byte:04x}");
            } else {
                self.0.extend_from_slice(escape);
            }
        }
        self.0.extend_from_slice(&bytes[plain..]);
        Ok(())
    }
}
