//! The output of a process: line by line into its log file, and what is a warning or an error also to the terminal.

use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::time::Instant;

use crate::events::{Event, Events, Severity};
use crate::logs::{self, RotatingLog};

/// A longer line is cut into lines of this size.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// One line on the terminal is at most this long; the log file has all of it.
const MAX_ECHO_CHARS: usize = 300;

/// At most so many lines in so much time reach the terminal from one process.
const ECHO_LIMIT: (u32, Duration) = (20, Duration::from_secs(10));

/// Copies until every holder of the writing end is gone.
pub(crate) async fn run(pipe: PipeReader, service: String, log: Arc<Mutex<RotatingLog>>, events: Events) {
    let mut pipe = match pipe::Receiver::from_owned_fd(OwnedFd::from(pipe)) {
        Ok(pipe) => pipe,
        Err(error) => {
            return events.tell(Event::Problem {
                service,
                text: format!("output not captured: {error}"),
            });
        }
    };
    let mut echo = Echo {
        service,
        events,
        window: Instant::now(),
        told: 0,
        panicked: false,
    };
    let mut log_works = true;
    let mut buffer = Vec::with_capacity(8 * 1024);
    loop {
        let read = pipe.read_buf(&mut buffer).await.unwrap_or(0);
        if read == 0 && !buffer.is_empty() && buffer.last() != Some(&b'\n') {
            buffer.push(b'\n');
        }
        let whole = match buffer.iter().rposition(|&byte| byte == b'\n') {
            Some(last) => last + 1,
            None if buffer.len() >= MAX_LINE_BYTES => {
                buffer.push(b'\n');
                buffer.len()
            }
            None => 0,
        };
        if whole > 0 {
            let written = logs::lock(&log).write(&buffer[..whole]);
            if log_works && let Err(error) = &written {
                let text = format!("log file cannot be written: {error}");
                echo.events.tell(Event::Problem {
                    service: echo.service.clone(),
                    text,
                });
            }
            log_works = written.is_ok();
            for line in buffer[..whole].split(|&byte| byte == b'\n') {
                echo.line(line);
            }
            buffer.drain(..whole);
        }
        if read == 0 {
            return;
        }
    }
}

struct Echo {
    service: String,
    events: Events,
    window: Instant,
    told: u32,
    /// The line after "thread … panicked at …:" says why.
    panicked: bool,
}

impl Echo {
    fn line(&mut self, line: &[u8]) {
        let Some((severity, text)) = judge(line, &mut self.panicked) else {
            return;
        };
        if self.window.elapsed() >= ECHO_LIMIT.1 {
            (self.window, self.told) = (Instant::now(), 0);
        }
        self.told += 1;
        let text = match self.told {
            told if told < ECHO_LIMIT.0 => text,
            told if told == ECHO_LIMIT.0 => "… and more, see its log".to_owned(),
            _ => return,
        };
        self.events.tell(Event::Output {
            service: self.service.clone(),
            severity,
            text,
        });
    }
}

/// Whether a line is worth the terminal, and how it reads there.
fn judge(line: &[u8], panicked: &mut bool) -> Option<(Severity, String)> {
    let why_of_panic = std::mem::take(panicked) && !line.is_empty();
    // The cheap question first: nearly every line is an informational one.
    let has = |word: &[u8]| line.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if line.first() == Some(&b'{') && line.last() == Some(&b'}') {
        if !has(b"\"warn") && !has(b"\"error\"") {
            return None;
        }
        let entry: Value = serde_json::from_slice(line).ok()?;
        let severity = match entry.get("level")?.as_str()?.to_ascii_lowercase().as_str() {
            "warn" | "warning" => Severity::Warning,
            "error" => Severity::Error,
            _ => return None,
        };
        return Some((severity, shorten(&compact(&entry))));
    }
    let text = String::from_utf8_lossy(line);
    let panics = text.contains("panicked at");
    *panicked = panics;
    if panics || why_of_panic || text.starts_with("error:") || text.starts_with("Error:") || text.contains("ERROR") {
        Some((Severity::Error, shorten(&text)))
    } else if text.contains("WARN") {
        Some((Severity::Warning, shorten(&text)))
    } else {
        None
    }
}

/// `message key=value …` of a JSON log entry, without what every line has.
fn compact(entry: &Value) -> String {
    let Some(entry) = entry.as_object() else {
        return String::new();
    };
    let fields = entry.get("fields").and_then(Value::as_object).unwrap_or(entry);
    let mut text = fields
        .get("message")
        .or(entry.get("message"))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    const KNOWN: [&str; 13] = [
        "timestamp",
        "time",
        "level",
        "target",
        "service",
        "version",
        "commit",
        "message",
        "span",
        "spans",
        "span_id",
        "trace_id",
        "fields",
    ];
    for (key, value) in fields.iter().filter(|(key, _)| !KNOWN.contains(&key.as_str())) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!(" {key}={value}"));
    }
    text
}

/// One line of bounded length without control characters: what a process writes must not steer the terminal.
fn shorten(text: &str) -> String {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_ECHO_CHARS + 1)
        .collect();
    match clean.char_indices().nth(MAX_ECHO_CHARS) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(line: &str) -> Option<(Severity, String)> {
        judge(line.as_bytes(), &mut false)
    }

    #[test]
    fn only_warnings_and_errors_reach_the_terminal() {
        assert_eq!(judged(r#"{"level":"INFO","message":"request","error":"none"}"#), None);
        assert_eq!(judged("listening"), None);
        assert_eq!(
            judged(r#"{"timestamp":"t","level":"WARN","service":"textisur-auth","message":"slow query","took_ms":12}"#),
            Some((Severity::Warning, "slow query took_ms=12".to_owned()))
        );
        assert_eq!(
            judged(r#"{"level":"error","fields":{"message":"no database","path":"a.db"}}"#),
            Some((Severity::Error, "no database path=a.db".to_owned()))
        );
        assert_eq!(
            judged("Error: \u{1b}[31mbad\u{1b}[0m"),
            Some((Severity::Error, "Error: [31mbad[0m".to_owned()))
        );
    }

    #[test]
    fn a_panic_is_shown_with_its_reason() {
        let mut panicked = false;
        assert!(judge(b"thread 'main' panicked at src/main.rs:1:1:", &mut panicked).is_some());
        assert_eq!(
            judge(b"index out of bounds", &mut panicked).unwrap().1,
            "index out of bounds"
        );
        assert_eq!(judge(b"note: run with RUST_BACKTRACE=1", &mut panicked), None);
    }
}
