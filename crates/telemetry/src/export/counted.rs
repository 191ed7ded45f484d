//! `trace_spans_total{outcome}`: what became of the spans to be exported.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanExporter, SpanProcessor},
};
use prometheus_client::{encoding::EncodeLabelSet, metrics::counter::Counter};

use crate::metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

/// The counters, and how many spans wait or are under way.
#[derive(Clone, Debug)]
pub(super) struct Spans {
    exported: Counter,
    failed: Counter,
    dropped: Counter,
    queued: Arc<AtomicUsize>,
    most: usize,
}

impl Spans {
    /// At zero, with room for `most`.
    pub(super) fn new(most: usize) -> Self {
        let spans = metrics::counter::<Labels>(
            "trace_spans",
            "Spans by what became of them: exported, failed with their batch, or dropped because too many waited",
        );
        let of = |outcome| spans.get_or_create(&Labels { outcome }).clone();
        Self {
            exported: of("exported"),
            failed: of("failed"),
            dropped: of("dropped"),
            queued: Arc::default(),
            most,
        }
    }
}

/// Around an exporter.
#[derive(Debug)]
pub(super) struct Counting<E> {
    pub(super) exporter: E,
    pub(super) spans: Spans,
}

impl<E: SpanExporter> SpanExporter for Counting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let outcome = self.exporter.export(batch).await;
        self.spans.queued.fetch_sub(count, Relaxed);
        let counter = if outcome.is_ok() {
            &self.spans.exported
        } else {
            &self.spans.failed
        };
        counter.inc_by(count as u64);
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Before a processor whose queue has room for as many: what it would have to drop is dropped here, and counted.
#[derive(Debug)]
pub(super) struct Bounded<P> {
    pub(super) processor: P,
    pub(super) spans: Spans,
}

impl<P: SpanProcessor> SpanProcessor for Bounded<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.spans.queued.fetch_add(1, Relaxed) < self.spans.most {
            self.processor.on_end(span);
        } else {
            self.spans.queued.fetch_sub(1, Relaxed);
            self.spans.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use opentelemetry::{
        InstrumentationScope,
        trace::{SpanContext, SpanId, SpanKind, Status},
    };
    use opentelemetry_sdk::{
        error::OTelSdkError,
        trace::{SpanEvents, SpanLinks},
    };

    use super::*;

    fn span() -> SpanData {
        let now = std::time::SystemTime::now();
        SpanData {
            span_context: SpanContext::empty_context(),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "span".into(),
            start_time: now,
            end_time: now,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::default(),
        }
    }

    /// Keeps spans until they are asked for, as a batch processor does.
    #[derive(Debug, Default)]
    struct Waiting(Mutex<Vec<SpanData>>);

    impl SpanProcessor for Waiting {
        fn on_start(&self, _: &mut Span, _: &Context) {}
        fn on_end(&self, span: SpanData) {
            self.0.lock().expect("nobody panicked").push(span);
        }
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    #[derive(Debug)]
    struct Receiver(bool);

    impl SpanExporter for Receiver {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            if self.0 {
                Ok(())
            } else {
                Err(OTelSdkError::InternalFailure("away".into()))
            }
        }
    }

    #[tokio::test]
    async fn every_span_is_counted_once_and_those_without_room_are_dropped() {
        let spans = Spans::new(2);
        let processor = Bounded {
            processor: Waiting::default(),
            spans: spans.clone(),
        };
        let counts = || [&spans.exported, &spans.failed, &spans.dropped].map(Counter::get);
        let take = || std::mem::take(&mut *processor.processor.0.lock().expect("nobody panicked"));
        for answers in [true, false] {
            for _ in 0..3 {
                processor.on_end(span());
            }
            let exporter = Counting {
                exporter: Receiver(answers),
                spans: spans.clone(),
            };
            let batch = take();
            assert_eq!(batch.len(), 2);
            assert_eq!(exporter.export(batch).await.is_ok(), answers);
        }
        assert_eq!(counts(), [2, 2, 2]);
    }
}
