//! Time zones, from the system's database (RFC 9636) and its rules for the years beyond (POSIX's `TZ`).

use std::path::{Component, Path};

use time::{Date, Duration, Month, OffsetDateTime, UtcOffset};

/// Where the database is.
const DATABASE: &str = "/usr/share/zoneinfo";

/// How far a place's clocks are from UTC, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    name: String,
    /// Seconds since the epoch, and the seconds east of UTC from then on.
    transitions: Vec<(i64, i32)>,
    /// Before the first of them.
    first: i32,
    /// After the last of them.
    rule: Option<Rule>,
}

/// What holds every year.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    standard: i32,
    /// Summer time: seconds east of UTC, its first and its last moment.
    summer: Option<(i32, Day, Day)>,
}

/// A day of a year, and seconds after its beginning on the clock that holds until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    kind: DayKind,
    seconds: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayKind {
    /// The `week`th `weekday` (0 is Sunday) of a month; the fifth is the last.
    Weekday { month: u8, week: u8, weekday: u8 },
    /// From 1; 29 February is not counted.
    WithoutLeap(u16),
    /// From 0.
    WithLeap(u16),
}

impl Zone {
    /// Reads a zone: `UTC`, `Local`, or a name of the database such as `America/Mexico_City`.
    ///
    /// # Errors
    /// When there is no such zone, or no database.
    pub(crate) fn load(name: &str) -> Result<Self, String> {
        if matches!(name, "" | "UTC") {
            return Ok(Self::utc());
        }
        let is_name = Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let path = match name {
            "Local" => Path::new("/etc/localtime").to_owned(),
            _ if is_name => Path::new(DATABASE).join(name),
            _ => return Err(format!("unknown time zone {name}")),
        };
        let bytes = std::fs::read(&path).map_err(|error| {
            format!(
                "unknown time zone {name}: {}: {error}. Names are those of the system's database (package tzdata); UTC is always there",
                path.display()
            )
        })?;
        parse(&bytes, name).ok_or_else(|| format!("malformed time zone information in {}", path.display()))
    }

    pub(crate) fn utc() -> Self {
        Self {
            name: "UTC".into(),
            transitions: Vec::new(),
            first: 0,
            rule: None,
        }
    }

    /// The time on the clocks there.
    pub(crate) fn local(&self, time: OffsetDateTime) -> OffsetDateTime {
        let offset = self.offset(time.unix_timestamp());
        time.to_offset(UtcOffset::from_whole_seconds(offset).unwrap_or(UtcOffset::UTC))
    }

    /// Seconds east of UTC.
    fn offset(&self, at: i64) -> i32 {
        let passed = self.transitions.partition_point(|(from, _)| *from <= at);
        match (&self.rule, passed) {
            (Some(rule), passed) if passed == self.transitions.len() => rule.offset(at),
            (_, 0) => self.first,
            (_, passed) => self.transitions[passed - 1].1,
        }
    }
}

impl Rule {
    fn offset(&self, at: i64) -> i32 {
        let Some((summer, begin, end)) = &self.summer else {
            return self.standard;
        };
        let Ok(local) = OffsetDateTime::from_unix_timestamp(at + i64::from(self.standard)) else {
            return self.standard;
        };
        let begins = begin.moment(local.year()) - i64::from(self.standard);
        let ends = end.moment(local.year()) - i64::from(*summer);
        let is_summer = if begins < ends {
            (begins..ends).contains(&at)
        } else {
            !(ends..begins).contains(&at)
        };
        if is_summer { *summer } else { self.standard }
    }
}

impl Day {
    /// Seconds since the epoch, on the clock that holds until then.
    fn moment(&self, year: i32) -> i64 {
        let new_year = Date::from_ordinal_date(year, 1).unwrap_or(Date::MIN);
        let date = match self.kind {
            DayKind::WithLeap(day) => new_year + Duration::days(i64::from(day)),
            DayKind::WithoutLeap(day) => {
                let is_after = time::util::is_leap_year(year) && day >= 60;
                new_year + Duration::days(i64::from(day) - 1 + i64::from(is_after))
            }
            DayKind::Weekday { month, week, weekday } => {
                let month = Month::try_from(month).unwrap_or(Month::January);
                let first = Date::from_calendar_date(year, month, 1).unwrap_or(new_year);
                let ahead = (7 + weekday - first.weekday().number_days_from_sunday()) % 7;
                let mut day = 1 + ahead + 7 * (week - 1);
                while day > month.length(year) {
                    day -= 7;
                }
                first + Duration::days(i64::from(day) - 1)
            }
        };
        date.midnight().assume_utc().unix_timestamp() + self.seconds
    }
}

fn parse(bytes: &[u8], name: &str) -> Option<Zone> {
    let first = Header::read(bytes)?;
    if first.version < b'2' {
        return Zone::from_block(first, bytes.get(44..)?, 4, name);
    }
    let second = bytes.get(44 + first.length(4)..)?;
    let header = Header::read(second)?;
    let length = header.length(8);
    let mut zone = Zone::from_block(header, second.get(44..)?, 8, name)?;
    let footer = std::str::from_utf8(second.get(44 + length..)?).ok()?.trim_matches('\n');
    if !footer.is_empty() {
        zone.rule = Some(rule(footer)?);
    }
    Some(zone)
}

struct Header {
    version: u8,
    /// Universal and standard indicators, leap seconds, transitions, kinds of time, letters.
    counts: [usize; 6],
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..44)?.strip_prefix(b"TZif")?;
        let mut counts = [0; 6];
        for (count, four) in counts.iter_mut().zip(bytes[16..].chunks_exact(4)) {
            *count = u32::from_be_bytes(four.try_into().ok()?) as usize;
        }
        Some(Self {
            version: bytes[0],
            counts,
        })
    }

    /// Bytes of what follows, with times of this size.
    fn length(&self, size: usize) -> usize {
        let [universal, standard, leaps, times, kinds, letters] = self.counts;
        times * (size + 1) + kinds * 6 + letters + leaps * (size + 4) + standard + universal
    }
}

impl Zone {
    fn from_block(header: Header, block: &[u8], size: usize, name: &str) -> Option<Self> {
        let [_, _, _, times, kinds, _] = header.counts;
        let (moments, rest) = block.split_at_checked(times.checked_mul(size)?)?;
        let (indices, rest) = rest.split_at_checked(times)?;
        let offsets: Vec<i32> = rest
            .get(..kinds.checked_mul(6)?)?
            .chunks_exact(6)
            .map(|kind| i32::from_be_bytes([kind[0], kind[1], kind[2], kind[3]]))
            .collect();
        let moment = |bytes: &[u8]| match bytes.try_into() {
            Ok(eight) => i64::from_be_bytes(eight),
            Err(_) => i64::from(i32::from_be_bytes(bytes.try_into().unwrap_or_default())),
        };
        let transitions = moments.chunks_exact(size).zip(indices).map(|(bytes, index)| {
            let offset = offsets.get(usize::from(*index))?;
            Some((moment(bytes), *offset))
        });
        Some(Self {
            name: name.to_owned(),
            transitions: transitions.collect::<Option<_>>()?,
            first: *offsets.first()?,
            rule: None,
        })
    }
}

/// `EST5EDT,M3.2.0,M11.1.0`
fn rule(text: &str) -> Option<Rule> {
    let mut rest = abbreviation(text)?;
    let standard = -i32::try_from(clock(&mut rest)?).ok()?;
    if rest.is_empty() {
        return Some(Rule { standard, summer: None });
    }
    rest = abbreviation(rest)?;
    let summer = if rest.starts_with(',') {
        standard + 3600
    } else {
        -i32::try_from(clock(&mut rest)?).ok()?
    };
    let (begin, end) = rest.strip_prefix(',')?.split_once(',')?;
    Some(Rule {
        standard,
        summer: Some((summer, day(begin)?, day(end)?)),
    })
}

/// What follows after letters, or anything in angle brackets.
fn abbreviation(text: &str) -> Option<&str> {
    if let Some(quoted) = text.strip_prefix('<') {
        return Some(&quoted[quoted.find('>')? + 1..]);
    }
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    (end >= 3).then(|| &text[end..])
}

/// Seconds of `-5:30:15`, which is taken off.
fn clock(rest: &mut &str) -> Option<i64> {
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '+' | '-')))
        .unwrap_or(rest.len());
    let (text, after) = rest.split_at(end);
    *rest = after;
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds = 0;
    for (part, weight) in text.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i64>().ok().filter(|part| *part < 200)? * weight;
    }
    Some(sign * seconds)
}

/// `M3.2.0/2`, `J60`, `59`
fn day(text: &str) -> Option<Day> {
    let (day, mut after) = text.split_once('/').unwrap_or((text, "2"));
    let seconds = clock(&mut after)?;
    let kind = if let Some(rest) = day.strip_prefix('M') {
        let mut parts = rest.splitn(3, '.').map(|part| part.parse::<u8>().ok());
        let (month, week, weekday) = (parts.next()??, parts.next()??, parts.next()??);
        if !(1..=12).contains(&month) || !(1..=5).contains(&week) || weekday > 6 {
            return None;
        }
        DayKind::Weekday { month, week, weekday }
    } else if let Some(rest) = day.strip_prefix('J') {
        DayKind::WithoutLeap(rest.parse().ok().filter(|day| (1..=365).contains(day))?)
    } else {
        DayKind::WithLeap(day.parse().ok().filter(|day| *day <= 365)?)
    };
    Some(Day { kind, seconds })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn with(tz: &str) -> Zone {
        Zone {
            rule: rule(tz),
            ..Zone::utc()
        }
    }

    #[test]
    fn rules_hold_every_year() {
        let york = with("EST5EDT,M3.2.0,M11.1.0");
        for (utc, hours) in [
            (datetime!(2026-03-08 06:59:59 UTC), -5),
            (datetime!(2026-03-08 07:00 UTC), -4),
            (datetime!(2026-11-01 05:59:59 UTC), -4),
            (datetime!(2026-11-01 06:00 UTC), -5),
        ] {
            assert_eq!(york.local(utc).offset().whole_hours(), hours, "{utc}");
        }
        // The summer of the south has a new year in it.
        let auckland = with("NZST-12NZDT,M9.5.0,M4.1.0/3");
        assert_eq!(
            auckland.local(datetime!(2027-01-01 0:00 UTC)).offset().whole_hours(),
            13
        );
        assert_eq!(
            auckland.local(datetime!(2027-06-01 0:00 UTC)).offset().whole_hours(),
            12
        );
        assert_eq!(
            with("<-0330>3:30")
                .local(datetime!(2027-06-01 0:00 UTC))
                .offset()
                .whole_minutes(),
            -210
        );
    }

    #[test]
    fn zones_that_do_not_exist_are_refused() {
        for name in ["Moon/Tranquility", "../../../etc/passwd", "/etc/passwd"] {
            assert!(Zone::load(name).unwrap_err().starts_with("unknown time zone"), "{name}");
        }
    }

    #[test]
    fn broken_files_are_refused() {
        assert_eq!(parse(b"TZif2", "x"), None);
        let mut header = b"TZif1".to_vec();
        header.extend([0xff; 39]);
        assert_eq!(parse(&header, "x"), None);
    }
}
