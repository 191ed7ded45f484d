//! Traces that were not sampled and are exported all the same: those in whose part of this process something failed, or that took long.
//!
//! Nobody knows that at their beginning. So an unsampled span keeps its times, and leaves itself with the root of the process's part
//! when it ends; what the root has collected is exported or forgotten when it ends itself. Other processes decide for themselves: such
//! a trace has the parts where it was noticed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::SpanData;
use tracing::{Event, Level};

use super::{Fields, Recording, Value};
use crate::trace::TraceContext;

/// Spans that one root keeps; those that end later are not exported with it.
const MOST_SPANS: usize = 64;

/// What the spans of one local trace share until its root has ended.
#[derive(Debug, Default)]
pub(crate) struct LocalTrace {
    failed: AtomicBool,
    ended: Mutex<Vec<Ended>>,
}

/// An open span of such a trace.
#[derive(Debug)]
pub(crate) struct Undecided {
    recording: Box<Recording>,
    trace: Arc<LocalTrace>,
    is_root: bool,
}

/// A span that has ended, not yet in the exporter's form.
#[derive(Debug)]
pub(crate) struct Ended {
    name: &'static str,
    context: TraceContext,
    fields: Fields,
    recording: Recording,
    at: SystemTime,
}

impl Undecided {
    /// Of the local trace of its parent, else the root of one of its own.
    pub(crate) fn new(recording: Recording, trace: Option<Arc<LocalTrace>>) -> Self {
        Self {
            recording: Box::new(recording),
            is_root: trace.is_none(),
            trace: trace.unwrap_or_default(),
        }
    }

    /// The trace, for a child.
    pub(crate) fn share(&self) -> Arc<LocalTrace> {
        self.trace.clone()
    }

    /// The span continues a remote one.
    pub(crate) fn continue_from(&mut self, recording: Recording) {
        *self.recording = recording;
    }

    pub(crate) fn start(&self) -> SystemTime {
        self.recording.start
    }

    /// Only what is worth a warning: the rest of what happens is seldom wanted, and is formatted for nothing.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        let level = *event.metadata().level();
        if level <= Level::WARN {
            self.recording.event(event);
        }
        if level == Level::ERROR {
            self.trace.failed.store(true, Ordering::Relaxed);
        }
    }

    /// What is to be exported now that the span has ended: nothing, or the whole local trace.
    pub(crate) fn end(self, name: &'static str, context: TraceContext, fields: Fields, slow: Duration) -> Vec<Ended> {
        let at = SystemTime::now();
        let took = at.duration_since(self.recording.start).unwrap_or_default();
        let ended = Ended {
            name,
            context,
            fields,
            recording: *self.recording,
            at,
        };
        let mut others = self.trace.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_root {
            if others.len() < MOST_SPANS {
                others.push(ended);
            }
            return Vec::new();
        }
        let failed = self.trace.failed.load(Ordering::Relaxed) || ended.failed();
        if !failed && took < slow {
            return Vec::new();
        }
        let mut all = std::mem::take(&mut *others);
        all.push(ended);
        all
    }
}

impl Ended {
    fn failed(&self) -> bool {
        self.fields
            .iter()
            .any(|(name, value)| name == "otel.status_code" && is_text(value, "error"))
    }

    /// In the exporter's form, as one that was sampled: processors drop others.
    pub(crate) fn finish(mut self, scope: InstrumentationScope) -> SpanData {
        self.context.sampled = true;
        self.recording
            .finish(self.at, self.name, &self.context, self.fields, scope)
    }
}

fn is_text(value: &Value, wanted: &str) -> bool {
    matches!(value, Value::Text(text) if text.eq_ignore_ascii_case(wanted))
}
