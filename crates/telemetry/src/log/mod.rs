//! Log lines on standard output: one line, one write.

mod json;
mod pretty;

use std::{
    cell::RefCell,
    io::{IsTerminal as _, Write as _},
};

use tracing::{Event, Subscriber};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::LogFormat;

/// Longer texts are cut, so that one field cannot fill a disk.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Buffers that grew past this are not kept for the next line.
const KEPT_BUFFER_BYTES: usize = 64 * 1024;

/// Span fields that describe the connection or the visitor rather than the work: for traces only.
const TRACE_ONLY: [&str; 6] = ["otel.", "url.", "server.", "client.", "network.", "user_agent."];

/// Where lines go and how they look.
pub(crate) struct Sink {
    format: Format,
    output: Output,
}

enum Format {
    Json(json::Json),
    Pretty { colours: bool },
}

enum Output {
    Stdout,
    #[cfg(test)]
    Memory(std::sync::Arc<std::sync::Mutex<Vec<u8>>>),
}

thread_local! {
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Sink {
    pub(crate) fn stdout(format: LogFormat, service: &str, version: &str) -> Self {
        Self {
            format: match format {
                LogFormat::Json => Format::Json(json::Json::new(service, version)),
                LogFormat::Pretty => Format::Pretty {
                    colours: std::io::stdout().is_terminal(),
                },
            },
            output: Output::Stdout,
        }
    }

    #[cfg(test)]
    pub(crate) fn memory(
        format: LogFormat,
        service: &str,
        version: &str,
    ) -> (Self, std::sync::Arc<std::sync::Mutex<Vec<u8>>>) {
        let memory = std::sync::Arc::<std::sync::Mutex<Vec<u8>>>::default();
        let mut sink = Self::stdout(format, service, version);
        if let Format::Pretty { colours } = &mut sink.format {
            *colours = false;
        }
        sink.output = Output::Memory(memory.clone());
        (sink, memory)
    }

    /// Writes one event. A closed or full output loses the line and nothing else.
    pub(crate) fn write<S>(&self, event: &Event<'_>, span: Option<&SpanRef<'_, S>>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        LINE.with(|line| {
            // A field whose Debug logs would come here again while the buffer is in use: such a line gets its own.
            let mut own = Vec::new();
            let mut shared = line.try_borrow_mut().ok();
            let line = shared.as_deref_mut().unwrap_or(&mut own);
            line.clear();
            match &self.format {
                Format::Json(json) => json.line(line, event, span),
                Format::Pretty { colours } => pretty::line(line, *colours, event, span),
            }
            line.push(b'\n');
            self.output.write(line);
            if line.capacity() > KEPT_BUFFER_BYTES {
                *line = Vec::new();
            }
        });
    }
}

impl Output {
    fn write(&self, line: &[u8]) {
        match self {
            Self::Stdout => drop(std::io::stdout().lock().write_all(line)),
            #[cfg(test)]
            Self::Memory(memory) => memory
                .lock()
                .expect("no test panics while writing")
                .extend_from_slice(line),
        }
    }
}

fn for_traces_only(field: &str) -> bool {
    TRACE_ONLY.iter().any(|prefix| field.starts_with(prefix))
}

/// `text` cut at a character boundary to [`MAX_TEXT_BYTES`], and whether it was.
fn bounded(text: &str) -> (&str, bool) {
    if text.len() <= MAX_TEXT_BYTES {
        return (text, false);
    }
    (&text[..text.floor_char_boundary(MAX_TEXT_BYTES)], true)
}

/// RFC 3339 in UTC with milliseconds, written without allocating.
fn push_time(line: &mut Vec<u8>, now: time::OffsetDateTime) {
    let date = now.date();
    push_digits(line, date.year().unsigned_abs(), 4);
    line.push(b'-');
    push_digits(line, u32::from(u8::from(date.month())), 2);
    line.push(b'-');
    push_digits(line, u32::from(date.day()), 2);
    line.push(b'T');
    push_digits(line, u32::from(now.hour()), 2);
    line.push(b':');
    push_digits(line, u32::from(now.minute()), 2);
    line.push(b':');
    push_digits(line, u32::from(now.second()), 2);
    line.push(b'.');
    push_digits(line, u32::from(now.millisecond()), 3);
    line.push(b'Z');
}

fn push_digits(line: &mut Vec<u8>, mut value: u32, width: usize) {
    let start = line.len();
    line.resize(start + width, b'0');
    for digit in line[start..].iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests;
