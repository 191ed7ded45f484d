//! `time_intervals`: when routes are muted, or active.

use serde::Deserialize;
use time::OffsetDateTime;

use super::zone::Zone;

/// One of `time_intervals`: it holds when any of its intervals does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedIntervals {
    /// What routes call it.
    pub name: String,
    /// The intervals.
    #[serde(default, deserialize_with = "crate::config::yaml::or_default")]
    pub time_intervals: Vec<TimeInterval>,
}

impl NamedIntervals {
    /// Whether a time is in it.
    pub fn contains(&self, time: OffsetDateTime) -> bool {
        self.time_intervals.iter().any(|interval| interval.contains(time))
    }
}

/// Conditions on a time that must all hold; a list that is not there holds always.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct TimeInterval {
    /// Minutes of the day, the end left out.
    times: Option<Vec<(u16, u16)>>,
    /// From 0, Sunday.
    weekdays: Option<Vec<(i64, i64)>>,
    /// From 1; negative ones count from the end.
    days_of_month: Option<Vec<(i64, i64)>>,
    months: Option<Vec<(i64, i64)>>,
    years: Option<Vec<(i64, i64)>>,
    zone: Zone,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Written {
    times: Option<Vec<WrittenTimes>>,
    weekdays: Option<Vec<String>>,
    days_of_month: Option<Vec<String>>,
    months: Option<Vec<String>>,
    years: Option<Vec<String>>,
    location: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct WrittenTimes {
    start_time: String,
    end_time: String,
}

const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl TryFrom<Written> for TimeInterval {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        Ok(Self {
            times: each(written.times, |times| times_of(&times))?,
            weekdays: each(written.weekdays, |text| range(&text, weekday, "day"))?,
            days_of_month: each(written.days_of_month, |text| days_of_month(&text))?,
            months: each(written.months, |text| range(&text, month, "month"))?,
            years: each(written.years, |text| range(&text, year, "year"))?,
            zone: Zone::load(written.location.as_deref().unwrap_or(""))?,
        })
    }
}

fn each<W, R>(written: Option<Vec<W>>, read: impl Fn(W) -> Result<R, String>) -> Result<Option<Vec<R>>, String> {
    written.map(|all| all.into_iter().map(read).collect()).transpose()
}

fn times_of(written: &WrittenTimes) -> Result<(u16, u16), String> {
    if written.start_time.is_empty() || written.end_time.is_empty() {
        return Err("both start and end times must be provided".into());
    }
    let (start, end) = (minute(&written.start_time)?, minute(&written.end_time)?);
    if start >= end {
        return Err("start time cannot be equal or greater than end time".into());
    }
    Ok((start, end))
}

/// The minute of the day, of `17:30`; `24:00` is its end.
fn minute(text: &str) -> Result<u16, String> {
    let digits = |text: &str| -> Option<u16> {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
    };
    text.split_once(':')
        .and_then(|(hour, minute)| Some((digits(hour)?, digits(minute)?)))
        .filter(|(hour, minute)| (*hour < 24 && *minute < 60) || (*hour, *minute) == (24, 0))
        .map(|(hour, minute)| hour * 60 + minute)
        .ok_or_else(|| format!("couldn't parse timestamp {text}, invalid format"))
}

/// `monday:friday`, or one alone.
fn range(text: &str, read: impl Fn(&str) -> Result<i64, String>, what: &str) -> Result<(i64, i64), String> {
    let (begin, end) = text.split_once(':').unwrap_or((text, text));
    let (begin, end) = (read(begin.trim())?, read(end.trim())?);
    if begin > end {
        return Err(format!("start {what} cannot be before end {what}: {text:?}"));
    }
    Ok((begin, end))
}

fn weekday(text: &str) -> Result<i64, String> {
    let lower = text.to_lowercase();
    let known = WEEKDAYS.iter().position(|name| *name == lower);
    known
        .map(|index| index as i64)
        .ok_or_else(|| format!("{text} is not a valid weekday"))
}

fn month(text: &str) -> Result<i64, String> {
    let lower = text.to_lowercase();
    let known = MONTHS
        .iter()
        .position(|name| *name == lower)
        .map(|index| index as i64 + 1);
    known
        .or_else(|| text.parse().ok())
        .filter(|month| (1..=12).contains(month))
        .ok_or_else(|| format!("{text} is not a valid month"))
}

fn year(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("{text} is not a valid year"))
}

fn days_of_month(text: &str) -> Result<(i64, i64), String> {
    let (begin, end) = text.split_once(':').unwrap_or((text, text));
    let read = |text: &str| -> Result<i64, String> {
        let text = text.trim();
        let day = text
            .parse()
            .map_err(|_| format!("{text} is not a valid day of the month"))?;
        if day == 0 || !(-31..=31).contains(&day) {
            return Err(format!("{day} is not a valid day of the month: out of range"));
        }
        Ok(day)
    };
    let (begin, end) = (read(begin)?, read(end)?);
    if begin < 0 && end > 0 {
        return Err("end day must be negative if start day is negative".into());
    }
    // As far as they could ever be: the shortest month has 28 days, the longest 31.
    let latest = |day: i64| if day < 0 { 31 + day + 1 } else { day };
    if begin > latest(end) && (begin > 0) {
        return Err(format!("end day {end} is always before start day {begin}"));
    }
    if begin.signum() == end.signum() && begin > end {
        return Err("end day is always before start day".into());
    }
    Ok((begin, end))
}

impl TimeInterval {
    /// Whether a time is in it.
    pub fn contains(&self, time: OffsetDateTime) -> bool {
        let local = self.zone.local(time);
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        let days = i64::from(local.month().length(local.year()));
        let day = i64::from(local.day());
        let in_month = |(begin, end): &(i64, i64)| {
            let from_end = |at: i64| if at < 0 { days + at + 1 } else { at };
            let begin = from_end(*begin);
            begin <= days && (begin..=from_end(*end).min(days)).contains(&day)
        };
        holds(&self.times, |(begin, end)| (*begin..*end).contains(&minute))
            && holds(&self.days_of_month, in_month)
            && within(&self.months, i64::from(u8::from(local.month())))
            && within(&self.weekdays, i64::from(local.weekday().number_days_from_sunday()))
            && within(&self.years, i64::from(local.year()))
    }
}

fn holds<R>(ranges: &Option<Vec<R>>, test: impl Fn(&R) -> bool) -> bool {
    ranges.as_ref().is_none_or(|ranges| ranges.iter().any(test))
}

fn within(ranges: &Option<Vec<(i64, i64)>>, value: i64) -> bool {
    holds(ranges, |(begin, end)| (*begin..=*end).contains(&value))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn interval(yaml: &str) -> Result<TimeInterval, String> {
        let read = crate::config::yaml::read(yaml, std::path::Path::new("t"));
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn all_conditions_must_hold() {
        let office = interval(
            "{times: [{start_time: '09:00', end_time: '17:30'}], weekdays: ['monday:friday'], months: ['november:12'], years: ['2026']}",
        )
        .unwrap();
        assert!(office.contains(datetime!(2026-11-24 09:00 UTC)));
        assert!(office.contains(datetime!(2026-11-24 17:29:59 UTC)));
        for outside in [
            datetime!(2026-11-24 08:59:59 UTC),
            datetime!(2026-11-24 17:30 UTC),
            datetime!(2026-11-22 10:00 UTC),
            datetime!(2026-10-20 10:00 UTC),
            datetime!(2027-11-24 10:00 UTC),
        ] {
            assert!(!office.contains(outside), "{outside}");
        }
    }

    #[test]
    fn days_count_from_both_ends_of_a_month() {
        let last = interval("{days_of_month: ['-3:-1', '1', '30:31']}").unwrap();
        for (day, holds) in [
            (datetime!(2026-02-26 0:00 UTC), true),
            (datetime!(2026-02-25 0:00 UTC), false),
            (datetime!(2026-03-01 0:00 UTC), true),
            (datetime!(2026-03-29 0:00 UTC), true),
            (datetime!(2026-03-28 0:00 UTC), false),
        ] {
            assert_eq!(last.contains(day), holds, "{day}");
        }
        // A range that begins after the end of a month is not in it.
        assert!(
            !interval("{days_of_month: ['31']}")
                .unwrap()
                .contains(datetime!(2026-04-30 0:00 UTC))
        );
    }

    #[test]
    fn no_condition_holds_always() {
        assert!(interval("{}").unwrap().contains(datetime!(2026-04-30 0:00 UTC)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (yaml, why) in [
            (
                "{times: [{start_time: '09:00'}]}",
                "both start and end times must be provided",
            ),
            (
                "{times: [{start_time: '9:00', end_time: '10:00'}]}",
                "couldn't parse timestamp 9:00, invalid format",
            ),
            (
                "{times: [{start_time: '10:00', end_time: '09:00'}]}",
                "start time cannot be equal",
            ),
            ("{weekdays: [funday]}", "funday is not a valid weekday"),
            ("{months: ['13']}", "13 is not a valid month"),
            (
                "{days_of_month: ['0']}",
                "0 is not a valid day of the month: out of range",
            ),
            ("{days_of_month: ['-3:5']}", "end day must be negative"),
            ("{years: ['2027:2026']}", "start year cannot be before end year"),
            ("{location: Moon}", "unknown time zone Moon"),
        ] {
            let said = interval(yaml).expect_err(yaml);
            assert!(said.contains(why), "{yaml}: {said}");
        }
    }
}
