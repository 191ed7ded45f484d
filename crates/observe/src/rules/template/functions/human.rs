//! Numbers for people, in Prometheus's manner: four digits and a prefix.

use super::super::value::Value;
use crate::metrics::promql::calendar::Moment;
use crate::metrics::promql::number::{general_in, parse_duration as milliseconds};

type Result = std::result::Result<Value, String>;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

fn digits(value: f64) -> String {
    general_in(value, 4)
}

/// Divided by `base` until it is below it.
fn scaled_down(mut value: f64, base: f64, prefixes: &[&'static str]) -> (f64, &'static str) {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < base {
            break;
        }
        (prefix, value) = (next, value / base);
    }
    (value, prefix)
}

/// Multiplied by 1000 until it is at least 1.
fn scaled_up(mut value: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        (prefix, value) = (next, value * 1000.0);
    }
    (value, prefix)
}

/// `1.235M`, `12m`
pub(super) fn humanize(args: &[Value]) -> Result {
    let value = args[0].number()?;
    let (scaled, prefix) = if value == 0.0 || !value.is_finite() {
        (value, "")
    } else if value.abs() >= 1.0 {
        scaled_down(value, 1000.0, &LARGE)
    } else {
        scaled_up(value)
    };
    Ok(format!("{}{prefix}", digits(scaled)).into())
}

/// `1.5Gi`
pub(super) fn humanize1024(args: &[Value]) -> Result {
    let value = args[0].number()?;
    let (scaled, prefix) = if value.abs() <= 1.0 || !value.is_finite() {
        (value, "")
    } else {
        scaled_down(value, 1024.0, &BINARY)
    };
    Ok(format!("{}{prefix}", digits(scaled)).into())
}

/// `1d 2h 3m 4s`, `250ms`, of seconds
pub(super) fn humanize_duration(args: &[Value]) -> Result {
    let seconds = args[0].number()?;
    if !seconds.is_finite() {
        return Ok(digits(seconds).into());
    }
    if seconds != 0.0 && seconds.abs() < 1.0 {
        let (scaled, prefix) = scaled_up(seconds);
        return Ok(format!("{}{prefix}s", digits(scaled)).into());
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs() as u64;
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let text = if days > 0 {
        format!("{sign}{days}d {hours}h {minutes}m {rest}s")
    } else if hours > 0 {
        format!("{sign}{hours}h {minutes}m {rest}s")
    } else if minutes > 0 {
        format!("{sign}{minutes}m {rest}s")
    } else {
        format!("{sign}{}s", digits(seconds.abs()))
    };
    Ok(text.into())
}

/// `12.34%`, of a ratio
pub(super) fn humanize_percentage(args: &[Value]) -> Result {
    Ok(format!("{}%", digits(args[0].number()? * 100.0)).into())
}

/// `2026-11-24 12:00:00 +0000 UTC`, of seconds since the epoch
pub(super) fn humanize_timestamp(args: &[Value]) -> Result {
    let seconds = args[0].number()?;
    if !seconds.is_finite() {
        return Ok(digits(seconds).into());
    }
    if seconds.abs() > 9e12 {
        return Err(format!("{} cannot be represented as a timestamp", digits(seconds)));
    }
    let milliseconds = (seconds * 1000.0).round() as i64;
    let m = Moment::from_unix(milliseconds.div_euclid(1000));
    let fraction = match milliseconds.rem_euclid(1000) {
        0 => String::new(),
        fraction => format!(".{fraction:03}").trim_end_matches('0').to_owned(),
    };
    let text = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}{fraction} +0000 UTC",
        m.year, m.month, m.day, m.hour, m.minute, m.second
    );
    Ok(text.into())
}

/// Seconds, of `1h30m`
pub(super) fn parse_duration(args: &[Value]) -> Result {
    let text = args[0].text()?;
    let parsed = milliseconds(text).ok_or_else(|| format!("not a valid duration string: {text:?}"))?;
    Ok((parsed as f64 / 1000.0).into())
}
