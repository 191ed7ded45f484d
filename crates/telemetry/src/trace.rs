//! Trace context: what a span is called by the rest of the world.
//!
//! Standard: W3C Trace Context (`traceparent`, `tracestate`).

use std::{fmt, sync::Arc, time::Duration};

pub use opentelemetry::trace::TraceId;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceState};
use tracing::{Dispatch, Span};
use tracing_subscriber::{Registry, registry::LookupSpan as _};

use crate::layer::{Signals, SpanState};

/// The ids of one span, as they travel between processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The whole trace's id, never zero.
    pub trace_id: TraceId,
    /// The span's id, never zero.
    pub span_id: SpanId,
    /// Whether the trace is recorded by whoever began it.
    pub sampled: bool,
    /// `tracestate`, passed on as it came.
    pub trace_state: Option<Arc<str>>,
}

impl TraceContext {
    /// Reads a `traceparent`. `None` for anything the standard tells to ignore: wrong lengths, upper-case digits, version `ff`, ids of
    /// zero. Later versions are read by the fields known today.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let bytes = traceparent.as_bytes();
        if bytes.len() < 55 || bytes[2] != b'-' || bytes[35] != b'-' || bytes[52] != b'-' {
            return None;
        }
        let version = hex(&bytes[0..2])?;
        let well_ended = if version == 0 {
            bytes.len() == 55
        } else {
            bytes.len() == 55 || bytes[55] == b'-'
        };
        if version == 0xff || !well_ended {
            return None;
        }
        let trace_id = hex(&bytes[3..35])?;
        let span_id = u64::try_from(hex(&bytes[36..52])?).ok()?;
        let flags = hex(&bytes[53..55])?;
        (trace_id != 0 && span_id != 0).then(|| Self {
            trace_id: TraceId::from(trace_id),
            span_id: SpanId::from(span_id),
            sampled: flags & 1 == 1,
            trace_state: None,
        })
    }

    /// Takes the span out of an OpenTelemetry context, if there is a valid one.
    pub fn from_otel(context: &opentelemetry::Context) -> Option<Self> {
        let span = context.span();
        let span = span.span_context();
        let trace_state = span.trace_state().header();
        span.is_valid().then(|| Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            sampled: span.is_sampled(),
            trace_state: (!trace_state.is_empty()).then(|| trace_state.into()),
        })
    }

    /// An OpenTelemetry context that holds this span as a remote parent.
    pub fn to_otel(&self) -> opentelemetry::Context {
        opentelemetry::Context::new().with_remote_span_context(self.span_context(true))
    }

    pub(crate) fn span_context(&self, remote: bool) -> SpanContext {
        let flags = if self.sampled {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::default()
        };
        let state = self
            .trace_state
            .as_deref()
            .and_then(|text| text.parse::<TraceState>().ok())
            .unwrap_or_default();
        SpanContext::new(self.trace_id, self.span_id, flags, remote, state)
    }
}

/// As a `traceparent`.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.sampled { "01" } else { "00" };
        write!(
            f,
            "00-{:032x}-{:016x}-{flags}",
            u128::from_be_bytes(self.trace_id.to_bytes()),
            u64::from_be_bytes(self.span_id.to_bytes())
        )
    }
}

/// Lower-case hexadecimal digits only, as the standard wants them.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })
}

/// The current span's context; `None` outside every span, or before [`crate::init`].
pub fn current() -> Option<TraceContext> {
    tracing::dispatcher::get_default(|dispatch| {
        let current = dispatch.current_span();
        with_state(dispatch, current.id()?, |state, _| state.context.clone())
    })
}

/// The current span as a `traceparent`, to be kept with a job or sent with a message.
pub fn current_traceparent() -> Option<String> {
    current().map(|context| context.to_string())
}

/// The current trace id, 32 hexadecimal digits, to be shown to the user with an error.
pub fn current_trace_id() -> Option<String> {
    current().map(|context| context.trace_id.to_string())
}

/// Continues the trace that `traceparent` names in `span`; a malformed one leaves the span as it is. To be called before the span is
/// entered: children already begun keep the old trace.
pub fn set_parent(span: &Span, traceparent: &str) {
    if let Some(context) = TraceContext::parse(traceparent) {
        set_parent_context(span, &context);
    }
}

/// [`set_parent`] for a context already read.
pub fn set_parent_context(span: &Span, parent: &TraceContext) {
    span.with_subscriber(|(id, dispatch)| {
        with_state(dispatch, id, |state, signals| state.continue_from(parent, signals))
    });
}

/// A span's context.
pub fn context_of(span: &Span) -> Option<TraceContext> {
    span.with_subscriber(|(id, dispatch)| with_state(dispatch, id, |state, _| state.context.clone()))
        .flatten()
}

/// Whether what is recorded on this span is exported: ask before computing costly attributes.
pub fn is_recording(span: &Span) -> bool {
    span.with_subscriber(|(id, dispatch)| with_state(dispatch, id, |state, _| state.recording.is_some()))
        .flatten()
        .unwrap_or(false)
}

/// Whether the span would be exported if it ended like this: sampled, failed, or as long as that.
pub(crate) fn is_kept(span: &Span, failed: bool, took: Duration) -> bool {
    span.with_subscriber(|(id, dispatch)| {
        with_state(dispatch, id, |state, signals| state.is_kept(failed, took, signals))
    })
    .flatten()
    .unwrap_or(false)
}

fn with_state<R>(
    dispatch: &Dispatch,
    id: &tracing::span::Id,
    f: impl FnOnce(&mut SpanState, &Signals) -> R,
) -> Option<R> {
    let signals = dispatch.downcast_ref::<Signals>()?;
    let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
    let mut extensions = span.extensions_mut();
    extensions.get_mut::<SpanState>().map(|state| f(state, signals))
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::layer::Sampler;

    const W3C_EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn traceparents_are_read_as_the_standard_says() {
        let context = TraceContext::parse(W3C_EXAMPLE).expect("valid");
        assert!(context.sampled);
        assert_eq!(context.to_string(), W3C_EXAMPLE);
        let later = TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-the-future")
            .expect("valid");
        assert!(!later.sampled);
        for wrong in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-ñbf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_job_continues_the_trace_it_was_enqueued_in() {
        let signals = Signals::new(
            "info".parse().expect("a filter"),
            None,
            Sampler::new(1.0).expect("a ratio"),
            None,
        );
        tracing::subscriber::with_default(tracing_subscriber::registry().with(signals), || {
            assert_eq!(current_traceparent(), None);
            let kept = tracing::info_span!("request").in_scope(|| current_traceparent().expect("a span is open"));
            let job = tracing::info_span!("job");
            set_parent(&job, "nonsense");
            set_parent(&job, &kept);
            let _job = job.enter();
            assert_eq!(current_trace_id().as_deref(), Some(&kept[3..35]));
            assert_ne!(current_traceparent().as_deref(), Some(&*kept));
            let child = tracing::info_span!("child").in_scope(|| current_trace_id().expect("a span is open"));
            assert_eq!(child, kept[3..35]);
        });
    }
}
