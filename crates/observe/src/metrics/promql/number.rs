//! Numbers as Go writes and reads them.

/// Without an exponent, in as many digits as needed (`strconv.FormatFloat(v, 'f', -1, 64)`): `0.25`, `+Inf`, `NaN`.
pub fn plain(value: f64) -> String {
    special(value).map_or_else(|| value.to_string(), str::to_owned)
}

/// With an exponent where it is short (`%g`): `0.25`, `1e+06`.
pub fn general(value: f64) -> String {
    special(value).map_or_else(|| with_exponent(&format!("{value:e}"), 6), str::to_owned)
}

/// Like [`general`], in `digits` digits (`%.2g`).
pub fn general_in(value: f64, digits: usize) -> String {
    special(value).map_or_else(
        || with_exponent(&format!("{value:.*e}", digits.saturating_sub(1)), digits as i32),
        str::to_owned,
    )
}

fn special(value: f64) -> Option<&'static str> {
    match value {
        v if v.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

/// From Rust's `1.5e7` to what Go makes of it: plain below `limit` digits before the point, else `1.5e+07`.
fn with_exponent(scientific: &str, limit: i32) -> String {
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    if (-4..limit).contains(&exponent) {
        return format!("{mantissa}e{exponent}")
            .parse::<f64>()
            .expect("it was a number")
            .to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Reads a number of the language: decimal, hexadecimal (`0x1f`), octal (`017`), binary, `Inf` or `NaN` in any case.
pub fn parse(text: &str) -> Option<f64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    let integer = |prefix: &str, radix| {
        lower
            .strip_prefix(prefix)
            .and_then(|rest| i64::from_str_radix(rest, radix).ok())
    };
    let value = integer("0x", 16)
        .or_else(|| integer("0b", 2))
        .or_else(|| integer("0o", 8))
        .or_else(|| if lower.len() > 1 { integer("0", 8) } else { None })
        .map(|v| v as f64)
        .or_else(|| lower.parse().ok())?;
    Some(if negative { -value } else { value })
}

/// Reads a duration such as `1h30m` or `10s53ms` in milliseconds; `0` needs no unit.
pub fn parse_duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 7] = [
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut units, mut total) = (text, UNITS.as_slice(), 0_i64);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let name = &rest[..rest.bytes().take_while(u8::is_ascii_alphabetic).count()];
        // Larger units come first, and each once.
        let place = units.iter().position(|(unit, _)| *unit == name)?;
        total = total.checked_add(count.checked_mul(units[place].1)?)?;
        units = &units[place + 1..];
        rest = &rest[name.len()..];
    }
    if text.is_empty() { None } else { Some(total) }
}

/// Whether two numbers differ by no more than `tolerance` of their size. NaN is equal to NaN here.
pub fn almost_equal(a: f64, b: f64, tolerance: f64) -> bool {
    if a.is_nan() && b.is_nan() || a == b {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < tolerance * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_does() {
        assert_eq!(
            [0.25, 1e21, f64::INFINITY, -0.0].map(plain),
            ["0.25", "1000000000000000000000", "+Inf", "-0"]
        );
        assert_eq!(
            [0.25, 1e6, 123456.0, 1.5e-7].map(general),
            ["0.25", "1e+06", "123456", "1.5e-07"]
        );
        assert_eq!(
            [0.123, 120.0, 10.0, 0.5].map(|v| general_in(v, 2)),
            ["0.12", "1.2e+02", "10", "0.5"]
        );
    }

    #[test]
    fn numbers_are_read_as_go_does() {
        let cases = [
            ("0x1F", 31.0),
            ("017", 15.0),
            ("089", 89.0),
            ("-1.5e3", -1500.0),
            ("inF", f64::INFINITY),
            ("0e3", 0.0),
        ];
        for (text, value) in cases {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        assert!(parse("NaN").unwrap().is_nan());
        assert_eq!((parse("--1"), parse("5m"), parse("")), (None, None, None));
    }

    #[test]
    fn durations_are_sums_of_units_in_falling_order() {
        assert_eq!(parse_duration("1h30m"), Some(5_400_000));
        assert_eq!(parse_duration("10s53ms"), Some(10_053));
        assert_eq!(
            (
                parse_duration("5"),
                parse_duration("1m1h"),
                parse_duration("1x"),
                parse_duration("")
            ),
            (None, None, None, None)
        );
    }
}
