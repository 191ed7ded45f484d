//! What arrives, made ready to be stored: each request's spans of one trace become one fragment.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use super::errors::WriteError;
use super::ids::{SpanId, TraceId};
use super::trace::{is_error, service_name, times};

/// Level 1 packs spans to a third at a fifth of the time of the default level.
const LEVEL: i32 = 1;

/// Spans of one trace that arrived together: what is written, read and checked as a whole.
#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) trace: TraceId,
    /// Of the content: the same spans sent again have the same.
    pub(super) digest: i64,
    /// Where its groups of spans come from.
    pub(super) origins: Vec<Arc<EncodedOrigin>>,
    /// How many bytes `body` has unpacked.
    pub(super) size: usize,
    /// [`Body`], packed by zstd.
    pub(super) body: Vec<u8>,
    /// What is searched by.
    pub(super) entries: Vec<Entry>,
}

impl Fragment {
    /// Whether it has a reason of its own to be kept.
    pub(super) fn is_remarkable(&self, slow: i64) -> bool {
        self.entries.iter().any(|entry| entry.error || entry.duration >= slow)
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.body.len() + self.entries.len() * size_of::<Entry>() + size_of::<Self>()
    }
}

/// A resource and a scope as they are stored, once for all spans of theirs.
#[derive(Debug)]
pub(super) struct EncodedOrigin {
    pub(super) service: Arc<str>,
    /// A [`ResourceSpans`] without spans.
    pub(super) body: Vec<u8>,
}

/// What the index says about a span.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) service: Arc<str>,
    pub(super) operation: Arc<str>,
    pub(super) kind: i32,
    /// Nanoseconds since the epoch.
    pub(super) start: i64,
    /// Nanoseconds.
    pub(super) duration: i64,
    pub(super) error: bool,
}

/// A fragment's spans: one group for each of its origins.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Body {
    #[prost(message, repeated, tag = "1")]
    pub(super) groups: Vec<Group>,
}

/// Spans of one origin, without the id of their trace.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Group {
    #[prost(message, repeated, tag = "1")]
    pub(super) spans: Vec<Span>,
}

/// A request, looked through.
#[derive(Debug, Default)]
pub(super) struct Intake {
    pub(super) fragments: Vec<Fragment>,
    /// Spans that can be stored.
    pub(super) accepted: u64,
    /// Spans that cannot.
    pub(super) rejected: u64,
    /// Why the first of them cannot.
    pub(super) reason: Option<String>,
}

/// The groups of spans of one trace, by the number of their origin.
type Groups = Vec<(usize, Vec<Span>)>;

/// Sorts a request's spans by trace and packs them.
pub(super) fn prepare(request: Vec<ResourceSpans>) -> Result<Intake, WriteError> {
    let mut intake = Intake::default();
    let mut origins = Vec::new();
    let mut traces: HashMap<TraceId, Groups> = HashMap::new();
    // Of the traces, as they came.
    let mut order = Vec::new();
    for mut resource in request {
        let service = service_name(resource.resource.as_ref());
        for mut scope in std::mem::take(&mut resource.scope_spans) {
            let spans = std::mem::take(&mut scope.spans);
            if spans.is_empty() {
                continue;
            }
            let number = origins.len();
            origins.push(encode_origin(&resource, scope, &service));
            for mut span in spans {
                let trace = match check(&span) {
                    Ok(trace) => trace,
                    Err(reason) => {
                        intake.rejected += 1;
                        intake.reason.get_or_insert(reason);
                        continue;
                    }
                };
                intake.accepted += 1;
                span.trace_id = Vec::new();
                let groups = traces.entry(trace).or_insert_with(|| {
                    order.push(trace);
                    Vec::new()
                });
                match groups.last_mut() {
                    Some((of, spans)) if *of == number => spans.push(span),
                    _ => groups.push((number, vec![span])),
                }
            }
        }
    }
    let mut packer = zstd::bulk::Compressor::new(LEVEL).map_err(|error| WriteError::Other(error.to_string()))?;
    for trace in order {
        if let Some(groups) = traces.remove(&trace) {
            intake.fragments.push(pack(trace, groups, &origins, &mut packer)?);
        }
    }
    Ok(intake)
}

fn encode_origin(resource: &ResourceSpans, scope: ScopeSpans, service: &Arc<str>) -> Arc<EncodedOrigin> {
    let shell = ResourceSpans {
        resource: resource.resource.clone(),
        scope_spans: vec![scope],
        schema_url: resource.schema_url.clone(),
    };
    Arc::new(EncodedOrigin {
        service: Arc::clone(service),
        body: shell.encode_to_vec(),
    })
}

/// OTLP asks of a span that it say which it is; without that it cannot be found again.
fn check(span: &Span) -> Result<TraceId, String> {
    let trace = TraceId::from_bytes(&span.trace_id).ok_or_else(|| {
        format!(
            "span {:?}: a trace id has 16 bytes that are not all zero, this has {}",
            span.name,
            span.trace_id.len()
        )
    })?;
    if SpanId::from_bytes(&span.span_id).is_none() {
        return Err(format!(
            "span {:?}: a span id has 8 bytes that are not all zero, this has {}",
            span.name,
            span.span_id.len()
        ));
    }
    if !matches!(span.parent_span_id.len(), 0 | 8) {
        return Err(format!(
            "span {:?}: a parent's id has 8 bytes, this has {}",
            span.name,
            span.parent_span_id.len()
        ));
    }
    Ok(trace)
}

fn pack(
    trace: TraceId,
    groups: Groups,
    origins: &[Arc<EncodedOrigin>],
    packer: &mut zstd::bulk::Compressor<'_>,
) -> Result<Fragment, WriteError> {
    let mut fragment_origins = Vec::with_capacity(groups.len());
    let mut entries = Vec::new();
    let mut body = Body::default();
    for (number, spans) in groups {
        let origin = &origins[number];
        entries.extend(spans.iter().map(|span| entry(span, &origin.service)));
        fragment_origins.push(Arc::clone(origin));
        body.groups.push(Group { spans });
    }
    let raw = body.encode_to_vec();
    let mut hasher = DefaultHasher::new();
    raw.hash(&mut hasher);
    for origin in &fragment_origins {
        origin.body.hash(&mut hasher);
    }
    let packed = packer.compress(&raw);
    Ok(Fragment {
        trace,
        digest: hasher.finish().cast_signed(),
        origins: fragment_origins,
        size: raw.len(),
        body: packed.map_err(|error| WriteError::Other(error.to_string()))?,
        entries,
    })
}

fn entry(span: &Span, service: &Arc<str>) -> Entry {
    let (start, duration) = times(span);
    Entry {
        service: Arc::clone(service),
        operation: Arc::from(span.name.as_str()),
        kind: span.kind,
        start,
        duration,
        error: is_error(span),
    }
}
