//! Durations and times as Go reads them, since that is what Jaeger's parameters are written in.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads `1.5s`, `100ms`, `1h30m`, `-2us`, `0`: Go's `time.ParseDuration`. In nanoseconds.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let wrong = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let end = rest
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .ok_or_else(|| format!("time: missing unit in duration {text:?}"))?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = &rest[end..];
        let end = rest
            .find(|letter: char| letter.is_ascii_digit() || letter == '.')
            .unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            unit => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        rest = &rest[end..];
        nanos += number * unit;
    }
    if nanos >= i64::MAX as f64 {
        return Err(wrong());
    }
    let nanos = nanos.round() as i64;
    Ok(if negative { -nanos } else { nanos })
}

/// Reads RFC 3339 with fractions of a second; a space stands for the plus sign of an offset that was not escaped. In
/// nanoseconds since the epoch.
pub(super) fn parse_time(text: &str) -> Result<i64, String> {
    let escaped = match text.char_indices().nth(19) {
        // After the seconds and their fraction, only an offset can follow a space.
        Some((at, _)) => format!("{}{}", &text[..at], text[at..].replace(' ', "+")),
        None => text.to_owned(),
    };
    let time = OffsetDateTime::parse(&escaped, &Rfc3339)
        .map_err(|error| format!("parsing time {text:?} as RFC 3339: {error}"))?;
    i64::try_from(time.unix_timestamp_nanos()).map_err(|_| format!("time {text:?} is out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_does() {
        let good = [
            ("0", 0),
            ("100ms", 100_000_000),
            ("1.5s", 1_500_000_000),
            ("1h30m", 5_400_000_000_000),
            ("10us", 10_000),
            ("10µs", 10_000),
            ("-2ns", -2),
            (".5m", 30_000_000_000),
        ];
        for (text, nanos) in good {
            assert_eq!(parse(text), Ok(nanos), "{text}");
        }
        for bad in ["", "-", "10", "s", "1x", "1.2.3s", "é", "1sé", "99999999999h"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_may_come_unescaped() {
        let wanted = Ok(1_785_578_400_123_456_789);
        assert_eq!(parse_time("2026-08-01T10:00:00.123456789Z"), wanted);
        assert_eq!(parse_time("2026-08-01T12:00:00.123456789+02:00"), wanted);
        assert_eq!(parse_time("2026-08-01T12:00:00.123456789 02:00"), wanted);
        for bad in [
            "",
            "yesterday",
            "2026-08-01",
            "2026-08-01T10:00:00",
            "9999999999999999999999é",
        ] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }
}
