//! Numbers of the formats.

use crate::metrics::promql::number::general;

/// The NaN every NaN is stored as.
const NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0001);

/// A value as Go's `ParseFloat` reads it, without underscores and hexadecimals.
pub(super) fn value(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let special = digits.starts_with(['i', 'I', 'n', 'N']);
    let value: f64 = text.parse().ok()?;
    if value.is_nan() {
        return (digits.len() == text.len()).then_some(NAN);
    }
    // A number beyond all numbers is an error, only the word is infinity.
    (special || value.is_finite()).then_some(value)
}

/// Seconds, with a fraction, in whole milliseconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let seconds = value(text).filter(|seconds| seconds.is_finite())?;
    Some((seconds * 1000.0) as i64)
}

/// As OpenMetrics writes bounds and quantiles: `1.0`, `0.25`, `1e+06`, `+Inf`.
pub(super) fn open_metrics(text: &str) -> Option<String> {
    let value = value(text)?;
    let mut written = general(value);
    if value.is_finite() && !written.contains(['e', '.']) {
        written.push_str(".0");
    }
    Some(written)
}
