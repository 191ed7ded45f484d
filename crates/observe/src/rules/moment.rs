//! Times as JSON has them.

use crate::metrics::promql::calendar::rfc3339;

/// `2026-11-24T12:00:00.25Z`, of milliseconds since the epoch: as many digits behind the point as needed.
pub fn write(milliseconds: i64) -> String {
    let whole = rfc3339(milliseconds);
    match milliseconds.rem_euclid(1000) {
        0 => whole,
        fraction => {
            let digits = format!("{fraction:03}");
            format!("{}.{}Z", whole.trim_end_matches('Z'), digits.trim_end_matches('0'))
        }
    }
}

/// As [`write()`]; what has not happened yet is Go's zero time.
pub fn write_optional(milliseconds: Option<i64>) -> String {
    milliseconds.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_as_long_as_needed() {
        assert_eq!(write(1_435_781_430_000), "2015-07-01T20:10:30Z");
        assert_eq!(write(1_435_781_430_250), "2015-07-01T20:10:30.25Z");
        assert_eq!(write_optional(None), "0001-01-01T00:00:00Z");
    }
}
