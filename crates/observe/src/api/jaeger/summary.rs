//! What a list of found traces shows of each (`TraceSummary` of v3).

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use crate::traces::{Trace, TraceSpan};

/// Writes the summaries of traces.
pub(super) fn all(traces: &[Trace]) -> Value {
    json!({"summaries": traces.iter().map(one).collect::<Vec<_>>()})
}

fn one(trace: &Trace) -> Value {
    let spans = &trace.spans;
    let known: HashSet<&[u8]> = spans.iter().map(|span| span.span.span_id.as_slice()).collect();
    let mut services: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut orphans = 0;
    for span in spans {
        let (count, errors) = services.entry(&span.origin.service).or_default();
        *count += 1;
        *errors += usize::from(failed(span));
        orphans += usize::from(!is_root(span) && !known.contains(span.span.parent_span_id.as_slice()));
    }
    // Of a trace without a root, the earliest of the spans whose parents are missing.
    let root = spans.iter().find(|span| is_root(span));
    let root = root.or_else(|| {
        spans
            .iter()
            .find(|span| !known.contains(span.span.parent_span_id.as_slice()))
    });
    let start = spans.iter().map(|span| span.span.start_time_unix_nano).min();
    let end = spans.iter().map(|span| span.span.end_time_unix_nano).max();
    let services: Vec<Value> = services
        .iter()
        .map(|(name, (count, errors))| json!({"name": name, "spanCount": count, "errorSpanCount": errors}))
        .collect();
    json!({
        "traceId": trace.id.to_string(),
        "rootServiceName": root.map_or("", |root| &*root.origin.service),
        "rootOperationName": root.map_or("", |root| &*root.span.name),
        "minStartTimeUnixNano": start.unwrap_or_default().to_string(),
        "maxEndTimeUnixNano": end.unwrap_or_default().to_string(),
        "spanCount": spans.len(),
        "errorSpanCount": spans.iter().filter(|span| failed(span)).count(),
        "orphanSpanCount": orphans,
        "services": services,
    })
}

fn is_root(span: &TraceSpan) -> bool {
    span.span.parent_span_id.iter().all(|byte| *byte == 0)
}

/// OTLP's status only, as Jaeger counts.
fn failed(span: &TraceSpan) -> bool {
    span.span.status.as_ref().is_some_and(|status| status.code == 2)
}
