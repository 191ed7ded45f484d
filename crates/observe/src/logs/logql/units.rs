//! Durations and sizes as Go's libraries read and write them.

const SECOND: f64 = 1e9;

const DURATIONS: [(&str, f64); 10] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", SECOND),
    ("m", 60.0 * SECOND),
    ("h", 3600.0 * SECOND),
    ("d", 86_400.0 * SECOND),
    ("w", 7.0 * 86_400.0 * SECOND),
];

/// The days of Prometheus's year.
const YEAR: (&str, f64) = ("y", 365.0 * 86_400.0 * SECOND);

/// `1h30m`, `1.5s`, `-20ms`, `7d` in nanoseconds.
pub(crate) fn duration(text: &str) -> Option<i64> {
    duration_or_unit(text).ok()
}

/// As [`duration`]; the error is the unit nobody knows, or empty.
fn duration_or_unit(text: &str) -> Result<i64, String> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(String::new());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let count: f64 = rest[..digits].parse().map_err(|_| String::new())?;
        rest = &rest[digits..];
        let length = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let unit = &rest[..length];
        let (_, size) = DURATIONS
            .iter()
            .chain([&YEAR])
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| unit.to_owned())?;
        total += count * size;
        rest = &rest[length..];
    }
    let total = sign * total;
    if total.abs() > i64::MAX as f64 {
        return Err(String::new());
    }
    Ok(total.round() as i64)
}

/// What stands between the brackets of a range; it must be positive.
pub(super) fn range(text: &str) -> Result<i64, String> {
    match duration_or_unit(text) {
        Ok(range) if range > 0 => Ok(range),
        Ok(_) => Err(format!("range must be positive: [{text}]")),
        Err(unit) if unit.is_empty() => Err(format!("not a valid duration string: {text:?}")),
        Err(unit) => Err(format!("unknown unit {unit:?} in duration {text:?}")),
    }
}

/// `5KB`, `1.5 MiB`, `20B`, `3g`: SI units are powers of 1000, IEC units of 1024.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(text.len());
    let count: f64 = text[..digits].replace(',', "").parse().ok()?;
    let size: f64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "p" | "pb" => 1e15,
        "e" | "eb" => 1e18,
        "ki" | "kib" => 1024.0,
        "mi" | "mib" => 1024f64.powi(2),
        "gi" | "gib" => 1024f64.powi(3),
        "ti" | "tib" => 1024f64.powi(4),
        "pi" | "pib" => 1024f64.powi(5),
        "ei" | "eib" => 1024f64.powi(6),
        _ => return None,
    };
    let total = count * size;
    (total < u64::MAX as f64).then_some(total as u64)
}

/// Nanoseconds as Go writes them: `1h30m0s`, `1.5s`, `20ms`.
pub(crate) fn write_duration(ns: i64) -> String {
    let magnitude = ns.unsigned_abs();
    let sign = if ns < 0 { "-" } else { "" };
    let fraction = |value: u64, unit: u64| {
        let text = format!(
            "{}.{:09}",
            value / unit,
            (value % unit) as u128 * 1_000_000_000 / u128::from(unit)
        );
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let text = match magnitude {
        0 => return "0s".into(),
        1..1_000 => format!("{magnitude}ns"),
        1_000..1_000_000 => format!("{}µs", fraction(magnitude, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", fraction(magnitude, 1_000_000)),
        _ => {
            let (hours, minutes) = (magnitude / 3_600_000_000_000, magnitude / 60_000_000_000 % 60);
            let seconds = fraction(magnitude % 60_000_000_000, 1_000_000_000);
            match (hours, minutes) {
                (0, 0) => format!("{seconds}s"),
                (0, _) => format!("{minutes}m{seconds}s"),
                _ => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// Nanoseconds as queries write them: `5m` and not `5m0s`.
pub(crate) fn write_short_duration(ns: i64) -> String {
    let mut text = write_duration(ns);
    for zero in ["0s", "0m"] {
        if let Some(rest) = text.strip_suffix(zero)
            && rest.ends_with(['m', 'h'])
        {
            text = rest.to_owned();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_write_as_in_go() {
        for (text, ns, written) in [
            ("1h30m", 5_400_000_000_000, "1h30m0s"),
            ("1.5s", 1_500_000_000, "1.5s"),
            ("-20ms", -20_000_000, "-20ms"),
            ("1d", 86_400_000_000_000, "24h0m0s"),
            ("2µs", 2_000, "2µs"),
        ] {
            assert_eq!(duration(text), Some(ns), "{text}");
            assert_eq!(write_duration(ns), written);
        }
        assert_eq!((duration("5"), duration("5x"), duration("")), (None, None, None));
        assert_eq!(
            range("5minutes").unwrap_err(),
            "unknown unit \"minutes\" in duration \"5minutes\""
        );
        assert_eq!(
            [300_000_000_000, 3_600_000_000_000].map(write_short_duration),
            ["5m", "1h"]
        );
    }

    #[test]
    fn sizes_have_powers_of_1000_and_of_1024() {
        for (text, value) in [
            ("5KB", 5000),
            ("1.5MiB", 1_572_864),
            ("42", 42),
            ("1 gb", 1_000_000_000),
            ("3b", 3),
        ] {
            assert_eq!(bytes(text), Some(value), "{text}");
        }
        assert_eq!((bytes("5x"), bytes("")), (None, None));
    }
}
