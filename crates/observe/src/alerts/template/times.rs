//! Times in templates: `.StartsAt.Format "15:04"`, `.EndsAt.Sub .StartsAt`, `since .StartsAt`.

use time::{Duration, OffsetDateTime};

use super::super::config::zone::Zone;
use super::super::moment;
use super::go_time::format;
use crate::rules::template::{Object, Value};

/// How Go prints a time; it is read back from that.
const PRINTED: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

#[derive(Debug)]
struct Time(OffsetDateTime);

pub(super) fn time(time: OffsetDateTime) -> Value {
    Value::typed(format(time, PRINTED).into(), Time(time))
}

/// The time a value is.
pub(super) fn read(value: &Value) -> Result<OffsetDateTime, String> {
    let text = value.text()?;
    let parsed = || {
        let mut parts = text.split(' ');
        let (date, clock, offset) = (parts.next()?, parts.next()?, parts.next()?);
        let (hours, minutes) = offset.split_at_checked(3)?;
        moment::read(&format!("{date}T{clock}{hours}:{minutes}")).ok()
    };
    parsed().ok_or_else(|| format!("wrong type; expected time.Time; got {text:?}"))
}

impl Object for Time {
    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let time = self.0;
        let int = |number: i64| Ok(Value::Int(number));
        Some(match (name, args) {
            ("Format", [layout]) => layout.text().map(|layout| format(time, layout).into()),
            ("Unix", []) => int(time.unix_timestamp()),
            ("UnixNano", []) => int(i64::try_from(time.unix_timestamp_nanos()).unwrap_or(0)),
            ("UTC", []) => Ok(self::time(time.to_offset(time::UtcOffset::UTC))),
            ("Local", []) => Zone::load("Local")
                .or(Ok(Zone::utc()))
                .map(|zone| self::time(zone.local(time))),
            ("Add", [by]) => by.number().map(|nanoseconds| {
                let by = Duration::nanoseconds(nanoseconds as i64);
                self::time(time.checked_add(by).unwrap_or(time))
            }),
            ("Sub", [other]) => read(other).map(|other| duration(time - other)),
            ("Before", [other]) => read(other).map(|other| (time < other).into()),
            ("After", [other]) => read(other).map(|other| (time > other).into()),
            ("Equal", [other]) => read(other).map(|other| (time == other).into()),
            ("IsZero", []) => Ok((time == moment::ZERO).into()),
            ("Year", []) => int(time.year().into()),
            ("Month", []) => Ok(time.month().to_string().into()),
            ("Day", []) => int(time.day().into()),
            ("Hour", []) => int(time.hour().into()),
            ("Minute", []) => int(time.minute().into()),
            ("Second", []) => int(time.second().into()),
            ("Weekday", []) => Ok(time.weekday().to_string().into()),
            ("YearDay", []) => int(time.ordinal().into()),
            ("String", []) => Ok(format(time, PRINTED).into()),
            (name, _) => Err(format!("can't evaluate field {name} in type time.Time")),
        })
    }
}

#[derive(Debug)]
struct Span(Duration);

pub(super) fn duration(span: Duration) -> Value {
    Value::typed(printed(span).into(), Span(span))
}

impl Object for Span {
    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        Some(match (name, args) {
            ("Seconds", []) => Ok(self.0.as_seconds_f64().into()),
            ("Minutes", []) => Ok((self.0.as_seconds_f64() / 60.0).into()),
            ("Hours", []) => Ok((self.0.as_seconds_f64() / 3600.0).into()),
            ("Milliseconds", []) => Ok(Value::Int(i64::try_from(self.0.whole_milliseconds()).unwrap_or(0))),
            ("String", []) => Ok(printed(self.0).into()),
            (name, _) => Err(format!("can't evaluate field {name} in type time.Duration")),
        })
    }
}

/// `1h2m3.5s`, `250ms`
fn printed(span: Duration) -> String {
    let sign = if span.is_negative() { "-" } else { "" };
    let nanoseconds = span.whole_nanoseconds().unsigned_abs();
    let decimal = |value: f64| {
        let text = format!("{value:.9}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let small = [
        (1_000_000_000_u128, 1e6, "ms"),
        (1_000_000, 1e3, "µs"),
        (1000, 1.0, "ns"),
    ];
    if nanoseconds == 0 {
        return "0s".into();
    }
    if nanoseconds < 1_000_000_000 {
        let (_, size, unit) = small
            .into_iter()
            .rev()
            .find(|(below, ..)| nanoseconds < *below)
            .unwrap_or(small[0]);
        return format!("{sign}{}{unit}", decimal(nanoseconds as f64 / size));
    }
    let (hours, minutes) = (nanoseconds / 3_600_000_000_000, nanoseconds / 60_000_000_000 % 60);
    let seconds = decimal((nanoseconds % 60_000_000_000) as f64 / 1e9);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_are_read_back_from_what_is_printed() {
        let at = datetime!(2026-11-24 12:00:00.25 -06:00);
        assert_eq!(read(&time(at)).unwrap(), at);
        assert!(read(&Value::from("x")).is_err());
    }

    #[test]
    fn spans_are_printed_as_in_go() {
        for (span, text) in [
            (Duration::milliseconds(3_723_500), "1h2m3.5s"),
            (Duration::seconds(-90), "-1m30s"),
            (Duration::milliseconds(250), "250ms"),
            (Duration::microseconds(1500), "1.5ms"),
            (Duration::nanoseconds(7), "7ns"),
            (Duration::ZERO, "0s"),
        ] {
            assert_eq!(printed(span), text);
        }
    }
}
