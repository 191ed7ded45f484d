//! Go's way of writing times: by the example of 2 January 2006, 15:04:05, seven hours west.

use time::OffsetDateTime;

/// Parts of layouts, longer ones before those they begin with.
const PARTS: [&str; 35] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "Z07:00:00",
    "Z070000",
    "Z07:00",
    "Z0700",
    "Z07",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "_2006",
    "_2",
    "PM",
    "pm",
    "1",
    "2",
    "3",
    "4",
    "5",
    "__2",
    "Z",
];

/// The time written as `layout` is.
pub(super) fn format(time: OffsetDateTime, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        if let Some((digits, trims)) = fraction(rest) {
            let written = format!("{:09}", time.nanosecond());
            let kept = &written[..digits.min(9)];
            let kept = if trims { kept.trim_end_matches('0') } else { kept };
            if !kept.is_empty() {
                out.push(c);
                out.push_str(kept);
            }
            rest = &rest[1 + digits..];
            continue;
        }
        match PARTS.iter().find(|part| rest.starts_with(**part)) {
            Some(part) => {
                out.push_str(&part_of(time, part));
                rest = &rest[part.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// `.000` or `,999`: how many digits, and whether zeros at the end are left out. Nothing where more digits follow.
fn fraction(rest: &str) -> Option<(usize, bool)> {
    let digits = rest.strip_prefix(['.', ','])?;
    let first = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let length = digits.len() - digits.trim_start_matches(first).len();
    let ends = !digits[length..].starts_with(|c: char| c.is_ascii_digit());
    ends.then_some((length, first == '9'))
}

fn part_of(time: OffsetDateTime, part: &str) -> String {
    let hour = time.hour();
    let twelve = (hour + 11) % 12 + 1;
    match part {
        "January" => time.month().to_string(),
        "Jan" => time.month().to_string()[..3].to_owned(),
        "Monday" => time.weekday().to_string(),
        "Mon" => time.weekday().to_string()[..3].to_owned(),
        "MST" => abbreviation(time),
        "2006" => format!("{:04}", time.year()),
        "_2006" => format!("_{:04}", time.year()),
        "06" => format!("{:02}", time.year() % 100),
        "01" => format!("{:02}", u8::from(time.month())),
        "1" => u8::from(time.month()).to_string(),
        "02" => format!("{:02}", time.day()),
        "_2" => format!("{:>2}", time.day()),
        "2" => time.day().to_string(),
        "002" => format!("{:03}", time.ordinal()),
        "__2" => format!("{:>3}", time.ordinal()),
        "15" => format!("{hour:02}"),
        "03" => format!("{twelve:02}"),
        "3" => twelve.to_string(),
        "04" => format!("{:02}", time.minute()),
        "4" => time.minute().to_string(),
        "05" => format!("{:02}", time.second()),
        "5" => time.second().to_string(),
        "PM" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
        "pm" => if hour < 12 { "am" } else { "pm" }.to_owned(),
        offset => offset_as(time, offset),
    }
}

fn offset_as(time: OffsetDateTime, part: &str) -> String {
    let (hours, minutes, seconds) = time.offset().as_hms();
    if part == "Z" || (part.starts_with('Z') && time.offset().is_utc()) {
        return "Z".into();
    }
    let sign = if time.offset().whole_seconds() < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (hours.unsigned_abs(), minutes.unsigned_abs(), seconds.unsigned_abs());
    match &part[1..] {
        "07" => format!("{sign}{hours:02}"),
        "0700" => format!("{sign}{hours:02}{minutes:02}"),
        "07:00" => format!("{sign}{hours:02}:{minutes:02}"),
        "070000" => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// `UTC`, or the offset: zones have lost their names here, as Go's times from JSON have.
fn abbreviation(time: OffsetDateTime) -> String {
    if time.offset().is_utc() {
        return "UTC".into();
    }
    let (_, minutes, _) = time.offset().as_hms();
    offset_as(time, if minutes == 0 { "-07" } else { "-0700" })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn layouts_are_go_s() {
        let time = datetime!(2026-11-04 15:07:09.25 -06:00);
        for (layout, written) in [
            ("2006-01-02 15:04:05 MST", "2026-11-04 15:07:09 -06"),
            ("Mon, 02 Jan 2006 15:04:05 -0700", "Wed, 04 Nov 2026 15:07:09 -0600"),
            ("Monday, January _2 2006 3:04PM", "Wednesday, November  4 2026 3:07PM"),
            ("2006-01-02T15:04:05.999999999Z07:00", "2026-11-04T15:07:09.25-06:00"),
            ("15:04:05.000", "15:07:09.250"),
            ("el 2/1/06 a las 15h04", "el 4/11/26 a las 15h07"),
        ] {
            assert_eq!(format(time, layout), written, "{layout}");
        }
        assert_eq!(format(datetime!(2026-01-01 0:00 UTC), "3PM Z07:00 MST"), "12AM Z UTC");
    }
}
