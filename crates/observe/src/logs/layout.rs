//! Times written and read by Go's layouts: `2006-01-02T15:04:05.000Z07:00`, and the names Promtail gives some of them.

use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The pieces of a layout, the longest first where one begins another.
const PIECES: [&str; 26] = [
    "January", "Jan", "Monday", "Mon", "MST", "2006", "06", "01", "02", "03", "04", "05", "15", "_2", "Z07:00",
    "Z0700", "-07:00", "-0700", "-07", "PM", "pm", "1", "2", "3", "4", "5",
];

/// Promtail's names for layouts.
fn named(layout: &str) -> &str {
    match layout {
        "ANSIC" => "Mon Jan _2 15:04:05 2006",
        "UnixDate" => "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate" => "Mon Jan 02 15:04:05 -0700 2006",
        "RFC822" => "02 Jan 06 15:04 MST",
        "RFC822Z" => "02 Jan 06 15:04 -0700",
        "RFC850" => "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123" => "Mon, 02 Jan 2006 15:04:05 MST",
        "RFC1123Z" => "Mon, 02 Jan 2006 15:04:05 -0700",
        "RFC3339" | "RFC3339Nano" => "2006-01-02T15:04:05.999999999Z07:00",
        other => other,
    }
}

/// The next piece of a layout, or the text before it. `.000` and `.999` are pieces too.
fn next(layout: &str) -> (&str, bool) {
    if let Some(piece) = PIECES.iter().find(|piece| layout.starts_with(**piece)) {
        return (&layout[..piece.len()], true);
    }
    if layout.starts_with(['.', ',']) {
        let digits = layout[1..].bytes().take_while(|b| *b == b'0' || *b == b'9').count();
        if digits > 0 {
            return (&layout[..digits + 1], true);
        }
    }
    let length = layout.chars().next().map_or(0, char::len_utf8);
    (&layout[..length], false)
}

/// Writes nanoseconds since the epoch, in UTC.
pub(crate) fn write(layout: &str, time: i64) -> String {
    let Ok(moment) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(time)) else {
        return String::new();
    };
    let mut out = String::new();
    let mut rest = named(layout);
    while !rest.is_empty() {
        let (piece, known) = next(rest);
        rest = &rest[piece.len()..];
        if !known {
            out.push_str(piece);
            continue;
        }
        let month = MONTHS[usize::from(u8::from(moment.month())) - 1];
        let day = DAYS[usize::from(moment.weekday().number_days_from_monday())];
        let hour12 = match moment.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        out.push_str(&match piece {
            "January" => month.to_owned(),
            "Jan" => month[..3].to_owned(),
            "Monday" => day.to_owned(),
            "Mon" => day[..3].to_owned(),
            "MST" => "UTC".to_owned(),
            "2006" => format!("{:04}", moment.year()),
            "06" => format!("{:02}", moment.year().rem_euclid(100)),
            "01" => format!("{:02}", u8::from(moment.month())),
            "1" => u8::from(moment.month()).to_string(),
            "02" => format!("{:02}", moment.day()),
            "_2" => format!("{:>2}", moment.day()),
            "2" => moment.day().to_string(),
            "15" => format!("{:02}", moment.hour()),
            "03" => format!("{hour12:02}"),
            "3" => hour12.to_string(),
            "04" => format!("{:02}", moment.minute()),
            "4" => moment.minute().to_string(),
            "05" => format!("{:02}", moment.second()),
            "5" => moment.second().to_string(),
            "PM" => if moment.hour() < 12 { "AM" } else { "PM" }.to_owned(),
            "pm" => if moment.hour() < 12 { "am" } else { "pm" }.to_owned(),
            "Z07:00" | "Z0700" => "Z".to_owned(),
            "-07:00" => "+00:00".to_owned(),
            "-0700" => "+0000".to_owned(),
            "-07" => "+00".to_owned(),
            fraction => {
                let digits = format!("{:09}", moment.nanosecond());
                let digits = &digits[..(fraction.len() - 1).min(9)];
                match fraction.as_bytes()[1] {
                    b'0' => format!("{}{digits}", &fraction[..1]),
                    _ => match digits.trim_end_matches('0') {
                        "" => String::new(),
                        digits => format!("{}{digits}", &fraction[..1]),
                    },
                }
            }
        });
    }
    out
}

/// Reads a time as nanoseconds since the epoch; without a zone it is UTC's.
///
/// # Errors
/// What does not fit the layout.
pub(crate) fn read(layout: &str, text: &str) -> Result<i64, String> {
    match layout {
        "Unix" => return read_unix(text).ok_or_else(|| format!("{text:?} is no number of seconds")),
        "UnixMs" | "UnixUs" | "UnixNs" => {
            let scale = match layout {
                "UnixMs" => 1_000_000,
                "UnixUs" => 1_000,
                _ => 1,
            };
            let whole = text
                .trim()
                .parse::<i64>()
                .ok()
                .and_then(|value| value.checked_mul(scale));
            return whole.ok_or_else(|| format!("{text:?} is no whole number"));
        }
        _ => {}
    }
    read_by(named(layout), text).ok_or_else(|| format!("parsing time {text:?} as {layout:?}: cannot parse"))
}

/// Seconds since the epoch, with a fraction.
pub(crate) fn read_unix(text: &str) -> Option<i64> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let seconds: i64 = whole.parse().ok()?;
    let nanoseconds: i64 = match fraction {
        "" => 0,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{:0<9}", &digits[..digits.len().min(9)]).parse().ok()?
        }
        _ => return None,
    };
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

fn read_by(mut layout: &str, mut text: &str) -> Option<i64> {
    let (mut year, mut month, mut day) = (1970, 1_u8, 1_u8);
    let (mut hour, mut minute, mut second, mut nanosecond) = (0_u8, 0_u8, 0_u8, 0_u32);
    let (mut offset, mut afternoon) = (UtcOffset::UTC, None);
    while !layout.is_empty() {
        let (piece, known) = next(layout);
        layout = &layout[piece.len()..];
        if !known {
            text = text.strip_prefix(piece)?;
            continue;
        }
        match piece {
            "January" | "Jan" | "Monday" | "Mon" => {
                let names: &[&str] = if piece.starts_with('J') { &MONTHS } else { &DAYS };
                let short = piece.len() == 3;
                let (place, length) = names.iter().enumerate().find_map(|(place, name)| {
                    let name = if short { &name[..3] } else { name };
                    text.get(..name.len())?
                        .eq_ignore_ascii_case(name)
                        .then_some((place, name.len()))
                })?;
                if piece.starts_with('J') {
                    month = u8::try_from(place + 1).ok()?;
                }
                text = &text[length..];
            }
            "MST" => {
                let length = text.bytes().take_while(u8::is_ascii_uppercase).count();
                text = &text[length..];
            }
            "2006" => year = digits(&mut text, 4, 4)?,
            "06" => {
                let short = digits(&mut text, 2, 2)?;
                year = if short >= 69 { 1900 + short } else { 2000 + short };
            }
            "01" => month = u8::try_from(digits(&mut text, 2, 2)?).ok()?,
            "1" => month = u8::try_from(digits(&mut text, 1, 2)?).ok()?,
            "02" => day = u8::try_from(digits(&mut text, 2, 2)?).ok()?,
            "2" | "_2" => {
                text = text.trim_start();
                day = u8::try_from(digits(&mut text, 1, 2)?).ok()?;
            }
            "15" | "03" => hour = u8::try_from(digits(&mut text, 2, 2)?).ok()?,
            "3" => hour = u8::try_from(digits(&mut text, 1, 2)?).ok()?,
            "04" => minute = u8::try_from(digits(&mut text, 2, 2)?).ok()?,
            "4" => minute = u8::try_from(digits(&mut text, 1, 2)?).ok()?,
            "05" | "5" => {
                second = u8::try_from(digits(&mut text, if piece == "05" { 2 } else { 1 }, 2)?).ok()?;
                // Go takes a fraction after the seconds whether or not the layout has one.
                if !matches!(next(layout), (fraction, true) if fraction.starts_with(['.', ','])) {
                    nanosecond = fraction(&mut text);
                }
            }
            "PM" | "pm" => {
                afternoon = Some(text.get(..2)?.eq_ignore_ascii_case("pm"));
                text = &text[2..];
            }
            "Z07:00" | "Z0700" if text.starts_with('Z') => text = &text[1..],
            "Z07:00" | "Z0700" | "-07:00" | "-0700" | "-07" => offset = zone(&mut text)?,
            _ => nanosecond = fraction(&mut text),
        }
    }
    if !text.is_empty() {
        return None;
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    let moment = OffsetDateTime::new_in_offset(date, Time::from_hms(hour, minute, second).ok()?, offset);
    let moment = moment + Duration::nanoseconds(i64::from(nanosecond));
    i64::try_from(moment.unix_timestamp_nanos()).ok()
}

fn digits(text: &mut &str, fewest: usize, most: usize) -> Option<i32> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < fewest {
        return None;
    }
    let (number, rest) = text.split_at(count);
    *text = rest;
    number.parse().ok()
}

/// `.123`, or nothing.
fn fraction(text: &mut &str) -> u32 {
    let Some(rest) = text.strip_prefix(['.', ',']) else {
        return 0;
    };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 {
        return 0;
    }
    let value = format!("{:0<9}", &rest[..count.min(9)]).parse().unwrap_or(0);
    *text = &rest[count..];
    value
}

/// `+02:00`, `-0530`, `+01`
fn zone(text: &mut &str) -> Option<UtcOffset> {
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *text = &text[1..];
    let hours = i8::try_from(digits(text, 2, 2)?).ok()?;
    *text = text.strip_prefix(':').unwrap_or(text);
    let minutes = i8::try_from(digits(text, 2, 2).unwrap_or(0)).ok()?;
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_by_go_s_layouts() {
        let noon = 1_795_521_600_000_000_000;
        for (layout, text, time) in [
            ("RFC3339Nano", "2026-11-24T12:00:00.123456789Z", noon + 123_456_789),
            ("RFC3339", "2026-11-24T14:00:00+02:00", noon),
            ("2006-01-02 15:04:05.000", "2026-11-24 12:00:00.250", noon + 250_000_000),
            ("02/Jan/2006:15:04:05 -0700", "24/Nov/2026:12:00:00 +0000", noon),
            ("Jan _2 2006 3:04PM", "Nov 24 2026 12:00PM", noon),
            ("Unix", "1795521600.5", noon + 500_000_000),
            ("UnixMs", "1795521600001", noon + 1_000_000),
        ] {
            assert_eq!(read(layout, text), Ok(time), "{layout}");
        }
        for (layout, text) in [
            ("RFC3339", "yesterday"),
            ("2006", "26"),
            ("2006-01-02", "2026-13-01"),
            ("Unix", "x"),
        ] {
            assert!(read(layout, text).is_err(), "{layout}");
        }
    }

    #[test]
    fn times_are_written_by_go_s_layouts() {
        let time = 1_795_521_600_120_000_000;
        assert_eq!(write("RFC3339Nano", time), "2026-11-24T12:00:00.12Z");
        assert_eq!(
            write("Mon 2 Jan 06, 3:04:05.000 PM -0700", time),
            "Tue 24 Nov 26, 12:00:00.120 PM +0000"
        );
    }
}
