//! The one `tracing` layer: span ids and fields for the logs, recordings of sampled spans for the exporter.
//!
//! `tracing-opentelemetry` would build an OpenTelemetry span for every `tracing` span, sampled or not. Here an unsampled span costs
//! its ids, fields and times; only sampled ones get all events and, at their end, a [`SpanData`] handed to the batch processor. Of the
//! others those are exported whose trace turns out to have failed or taken long (`undecided`).

mod fields;
mod recording;
mod undecided;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    InstrumentationScope,
    trace::{SpanId, TraceId},
};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator, SpanData, SpanProcessor};
use tracing::{
    Event, Level, Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

use crate::{log, trace::TraceContext};
pub(crate) use fields::{Fields, Value};
use recording::Recording;
use undecided::Undecided;

/// Decides which of the traces begun here are sampled, by the trace id's low half as OpenTelemetry's `TraceIdRatioBased` does, so that
/// processes agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampler {
    below: u64,
}

impl Sampler {
    /// `None` unless `ratio` is from 0 to 1.
    pub(crate) fn new(ratio: f64) -> Option<Self> {
        (0.0..=1.0).contains(&ratio).then_some(Self {
            below: (ratio * (1_u64 << 63) as f64) as u64,
        })
    }

    fn samples(self, trace_id: TraceId) -> bool {
        let low = u128::from_be_bytes(trace_id.to_bytes()) as u64;
        low >> 1 < self.below
    }
}

pub(crate) const DEFAULT_SLOW: Duration = Duration::from_secs(1);

/// Where finished spans go.
pub(crate) struct SpanSink {
    processor: Box<dyn SpanProcessor>,
    scope: InstrumentationScope,
}

impl SpanSink {
    pub(crate) fn new(processor: Box<dyn SpanProcessor>, scope: InstrumentationScope) -> Self {
        Self { processor, scope }
    }

    pub(crate) fn shutdown(&self) {
        if let Err(error) = self.processor.shutdown() {
            tracing::debug!(error = %error, "span processor did not stop cleanly");
        }
    }

    fn end(&self, span: SpanData) {
        self.processor.on_end(span);
    }
}

impl fmt::Debug for SpanSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanSink")
            .field("processor", &self.processor)
            .finish_non_exhaustive()
    }
}

/// What is known of an open span.
#[derive(Debug)]
pub(crate) struct SpanState {
    pub(crate) context: TraceContext,
    pub(crate) fields: Fields,
    /// Only for spans that will be exported.
    pub(crate) recording: Option<Box<Recording>>,
    /// Only for spans that will be exported if their trace turns out to be worth it.
    pub(crate) undecided: Option<Undecided>,
}

impl SpanState {
    /// Takes the remote parent's trace, state and sampling decision; the span keeps its own id.
    pub(crate) fn continue_from(&mut self, parent: &TraceContext, signals: &Signals) {
        self.context.trace_id = parent.trace_id;
        self.context.sampled = parent.sampled;
        self.context.trace_state = parent.trace_state.clone();
        let Some(_) = &signals.spans else { return };
        let begun = self.recording.as_ref().map(|recording| recording.start);
        let begun = begun.or(self.undecided.as_ref().map(Undecided::start));
        let recording = Recording::new(begun.unwrap_or_else(SystemTime::now), Some(parent.span_id), true);
        if parent.sampled {
            self.recording = Some(Box::new(recording));
            self.undecided = None;
        } else {
            self.recording = None;
            match &mut self.undecided {
                Some(undecided) => undecided.continue_from(recording),
                None => self.undecided = Some(Undecided::new(recording, None)),
            }
        }
    }

    /// Whether the span is exported, should it end like this: it is sampled, it failed, or it took long.
    pub(crate) fn is_kept(&self, failed: bool, took: Duration, signals: &Signals) -> bool {
        self.recording.is_some() || (self.undecided.is_some() && (failed || took >= signals.slow))
    }
}

/// The layer.
pub(crate) struct Signals {
    filter: Targets,
    log: Option<log::Sink>,
    sampler: Sampler,
    spans: Option<Arc<SpanSink>>,
    /// From here on, a trace that was not sampled is exported.
    slow: Duration,
    ids: RandomIdGenerator,
}

impl Signals {
    pub(crate) fn new(filter: Targets, log: Option<log::Sink>, sampler: Sampler, spans: Option<Arc<SpanSink>>) -> Self {
        Self {
            filter,
            log,
            sampler,
            spans,
            slow: DEFAULT_SLOW,
            ids: RandomIdGenerator::default(),
        }
    }

    /// Unsampled traces that take this long are exported, as are those that fail.
    pub(crate) fn keep_slower_than(mut self, slow: Duration) -> Self {
        self.slow = slow;
        self
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        (metadata.is_span() && *metadata.level() <= Level::INFO)
            || self.filter.would_enable(metadata.target(), metadata.level())
    }

    /// Sampling a trace that nobody exports would only promise others a trace that is not there.
    fn root(&self) -> TraceContext {
        let trace_id = self.ids.new_trace_id();
        TraceContext {
            trace_id,
            span_id: self.ids.new_span_id(),
            sampled: self.spans.is_some() && self.sampler.samples(trace_id),
            trace_state: None,
        }
    }

    fn child_of(&self, parent: &TraceContext) -> TraceContext {
        TraceContext {
            span_id: self.ids.new_span_id(),
            ..parent.clone()
        }
    }
}

impl<S> Layer<S> for Signals
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let filter = Layer::<S>::max_level_hint(&self.filter).unwrap_or(LevelFilter::TRACE);
        Some(filter.max(LevelFilter::INFO))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let parent = span.parent().and_then(|parent| {
            parent.extensions().get::<SpanState>().map(|state| {
                let trace = state.undecided.as_ref().map(Undecided::share);
                (self.child_of(&state.context), state.context.span_id, trace)
            })
        });
        let (context, parent_id, trace): (TraceContext, Option<SpanId>, _) = match parent {
            Some((context, parent_id, trace)) => (context, Some(parent_id), trace),
            None => (self.root(), None, None),
        };
        let mut fields = Fields::with_capacity(attributes.values().len());
        attributes.record(&mut fields);
        let (mut recording, mut undecided) = (None, None);
        if self.spans.is_some() {
            let begun = Recording::new(SystemTime::now(), parent_id, false);
            if context.sampled {
                recording = Some(Box::new(begun));
            } else {
                undecided = Some(Undecided::new(begun, trace));
            }
        }
        span.extensions_mut().insert(SpanState {
            context,
            fields,
            recording,
            undecided,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        if let Some(state) = span.extensions_mut().get_mut::<SpanState>() {
            values.record(&mut state.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let span = ctx.event_span(event);
        if let Some(log) = &self.log {
            log.write(event, span.as_ref());
        }
        let Some(span) = span else { return };
        if let Some(state) = span.extensions_mut().get_mut::<SpanState>() {
            if let Some(recording) = &mut state.recording {
                recording.event(event);
            } else if let Some(undecided) = &mut state.undecided {
                undecided.event(event);
            }
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        // Taken out first: the processor must not run under the span's lock.
        let state = span.extensions_mut().remove::<SpanState>();
        let (Some(state), Some(sink)) = (state, &self.spans) else {
            return;
        };
        if let Some(recording) = state.recording {
            let (end, scope) = (SystemTime::now(), sink.scope.clone());
            sink.end(recording.finish(end, span.name(), &state.context, state.fields, scope));
        } else if let Some(undecided) = state.undecided {
            for ended in undecided.end(span.name(), state.context, state.fields, self.slow) {
                sink.end(ended.finish(sink.scope.clone()));
            }
        }
    }
}
