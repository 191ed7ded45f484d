//! The line for people: `12:30:01.250 INFO  order paid order_id=7 trace_id=…`.

use std::{fmt, io::Write as _};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::for_traces_only;
use crate::layer::{Fields, SpanState, Value};

pub(super) fn line<S>(line: &mut Vec<u8>, colours: bool, event: &Event<'_>, span: Option<&SpanRef<'_, S>>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let level = *event.metadata().level();
    let now = time::OffsetDateTime::now_utc();
    let (dim, colour, plain) = if colours {
        ("\x1b[2m", colour(level), "\x1b[0m")
    } else {
        ("", "", "")
    };
    let _ = write!(
        line,
        "{dim}{:02}:{:02}:{:02}.{:03}{plain} {colour}{level:<5}{plain}",
        now.hour(),
        now.minute(),
        now.second(),
        now.millisecond()
    );
    let mut message = Message { line, found: false };
    event.record(&mut message);
    if !message.found {
        let _ = write!(line, " {}", event.metadata().name());
    }
    let mut fields = Fields::default();
    event.record(&mut fields);
    for (key, value) in fields.iter().filter(|(key, _)| *key != "message") {
        push(line, key, value, dim, plain);
    }
    let Some(span) = span else { return };
    let mut trace_id = None;
    for span in span.scope() {
        if let Some(state) = span.extensions().get::<SpanState>() {
            trace_id.get_or_insert(state.context.trace_id);
            for (key, value) in state.fields.iter().filter(|(key, _)| !for_traces_only(key)) {
                push(line, key, value, dim, plain);
            }
        }
    }
    if let Some(trace_id) = trace_id {
        let _ = write!(line, " {dim}trace_id={plain}{trace_id}");
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        _ => "\x1b[34m",
    }
}

fn push(line: &mut Vec<u8>, key: &str, value: &Value, dim: &str, plain: &str) {
    let _ = write!(line, " {dim}{key}={plain}");
    let _ = match value {
        Value::Bool(value) => write!(line, "{value}"),
        Value::I64(value) => write!(line, "{value}"),
        Value::U64(value) => write!(line, "{value}"),
        Value::F64(value) => write!(line, "{value}"),
        Value::Text(value) => push_text(line, value),
    };
}

/// Quoted when it would not read as one word; control characters never reach the terminal.
fn push_text(line: &mut Vec<u8>, text: &str) -> std::io::Result<()> {
    let (text, cut) = super::bounded(text);
    let word = !text.is_empty() && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '"');
    if word {
        write!(line, "{text}")?
    } else {
        write!(line, "{text:?}")?
    }
    if cut { write!(line, "…") } else { Ok(()) }
}

struct Message<'a> {
    line: &'a mut Vec<u8>,
    found: bool,
}

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.found = true;
            let text = format!("{value:?}");
            let (text, cut) = super::bounded(&text);
            self.line.push(b' ');
            for c in text.chars() {
                let _ = if c.is_control() {
                    write!(self.line, "{}", c.escape_default())
                } else {
                    write!(self.line, "{c}")
                };
            }
            if cut {
                self.line.extend_from_slice("…".as_bytes());
            }
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}
