//! Histograms as text, with exemplars, for series that are kept elsewhere than in the registry.

use std::{
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use opentelemetry::trace::TraceId;

use super::Format;

/// A trace that shows what a bucket's observations look like.
#[derive(Clone, Copy, Debug)]
pub struct Exemplar {
    /// Of a trace that is exported.
    pub trace_id: TraceId,
    /// What was observed, in the histogram's unit.
    pub value: f64,
    /// When.
    pub at: SystemTime,
}

/// One series of a histogram.
#[derive(Debug)]
pub struct HistogramSeries<'a> {
    /// As they stand between the braces: `method="GET",route="/"`.
    pub labels: &'a str,
    /// Observations by bucket, not cumulative: one more than there are bounds.
    pub counts: &'a [u64],
    /// Of all observations.
    pub sum: f64,
    /// By bucket; may be shorter than `counts`.
    pub exemplars: &'a [Option<Exemplar>],
}

/// Begins a histogram's family.
pub fn begin_histogram(text: &mut String, format: Format, name: &str, help: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} histogram");
    if format == Format::OpenMetrics
        && let Some((_, unit @ ("seconds" | "bytes"))) = name.rsplit_once('_')
    {
        let _ = writeln!(text, "# UNIT {name} {unit}");
    }
}

/// Writes a series of it. `bounds` are upper bounds, ascending, without `+Inf`. Exemplars are for OpenMetrics only.
pub fn write_histogram(
    text: &mut String,
    format: Format,
    name: &str,
    bounds: impl IntoIterator<Item = f64>,
    series: &HistogramSeries<'_>,
) {
    let HistogramSeries {
        labels,
        counts,
        sum,
        exemplars,
    } = series;
    let mut bounds = bounds.into_iter();
    let mut count = 0;
    for (bucket, in_bucket) in counts.iter().enumerate() {
        count += in_bucket;
        let _ = write!(text, "{name}_bucket{{{labels},le=\"");
        let _ = match bounds.next() {
            Some(bound) => write!(text, "{bound:?}\"}} {count}"),
            None => write!(text, "+Inf\"}} {count}"),
        };
        if let Some(Some(exemplar)) = exemplars.get(bucket)
            && format == Format::OpenMetrics
        {
            let Exemplar { trace_id, value, at } = exemplar;
            let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
            let _ = write!(text, " # {{trace_id=\"{trace_id}\"}} {value} {at:.3}");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{name}_sum{{{labels}}} {sum:?}\n{name}_count{{{labels}}} {count}");
}
