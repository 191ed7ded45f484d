//! Days from one to another, in the time of central Mexico.

use time::format_description::FormatItem;
use time::macros::{format_description, offset};
use time::{Date, Duration, OffsetDateTime, Time, UtcOffset};

use super::RangeError;

/// Central Mexico keeps UTC-6 all year since 2022.
const ZONE: UtcOffset = offset!(-6);
const FORM: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");
/// Most days of a range: a leap year.
pub const LONGEST_DAYS: i64 = 366;
/// Days when neither end is given.
const USUAL_DAYS: i64 = 30;
/// Years that a day may be in: beyond them nothing was sold, and arithmetic stays far from its ends.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2999;

/// Whole days, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    from: Date,
    to: Date,
}

impl Range {
    /// From what was asked for, as `2026-11-24`: without `to` until today, without `from` thirty days.
    pub fn parse(from: Option<&str>, to: Option<&str>, now_ms: i64) -> Result<Self, RangeError> {
        let day = |field, text: Option<&str>| {
            let parsed = text.map(str::trim).filter(|text| !text.is_empty()).map(|text| {
                Date::parse(text, FORM)
                    .ok()
                    .filter(|date| YEARS.contains(&date.year()))
                    .ok_or(RangeError::NotADay { field })
            });
            parsed.transpose()
        };
        let (from, to) = (day("from", from)?, day("to", to)?);
        let to = to.unwrap_or_else(|| local(now_ms).0);
        Self::new(from.unwrap_or(to - Duration::days(USUAL_DAYS - 1)), to)
    }

    /// From one day to another.
    pub fn new(from: Date, to: Date) -> Result<Self, RangeError> {
        let range = Self { from, to };
        match range.len() {
            ..=0 => Err(RangeError::Backwards),
            1..=LONGEST_DAYS => Ok(range),
            _ => Err(RangeError::TooLong),
        }
    }

    /// The last `days` days, today included.
    pub fn last(days: i64, now_ms: i64) -> Self {
        let to = local(now_ms).0;
        Self {
            from: to - Duration::days(days.clamp(1, LONGEST_DAYS) - 1),
            to,
        }
    }

    /// The range of the same length that ends where this one begins.
    #[must_use]
    pub fn before(self) -> Self {
        Self {
            from: self.from - Duration::days(self.len()),
            to: self.from - Duration::DAY,
        }
    }

    /// First day.
    pub fn from(self) -> Date {
        self.from
    }

    /// Last day.
    pub fn to(self) -> Date {
        self.to
    }

    /// How many days.
    #[expect(clippy::len_without_is_empty, reason = "no range is empty")]
    pub fn len(self) -> i64 {
        (self.to - self.from).whole_days() + 1
    }

    /// Every day, in order.
    pub fn days(self) -> impl Iterator<Item = Date> {
        (0..self.len()).map(move |n| self.from + Duration::days(n))
    }

    /// Unix milliseconds of its beginning.
    pub(super) fn starts_at(self) -> i64 {
        midnight(self.from)
    }

    /// Unix milliseconds of the moment after its end.
    pub(super) fn ends_before(self) -> i64 {
        midnight(self.to + Duration::DAY)
    }
}

fn midnight(day: Date) -> i64 {
    day.with_time(Time::MIDNIGHT).assume_offset(ZONE).unix_timestamp() * 1_000
}

/// Day and hour of a moment.
pub(super) fn local(ms: i64) -> (Date, u8) {
    let at = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1_000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .to_offset(ZONE);
    (at.date(), at.hour())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    /// 24 November 2026, 23:30 in Moroleón: the 25th already in UTC.
    const EVENING: i64 = 1_795_584_600_000;

    #[test]
    fn the_day_is_that_of_central_mexico() {
        assert_eq!(local(EVENING), (date!(2026 - 11 - 24), 23));
        let today = Range::last(1, EVENING);
        assert_eq!(
            (today.from(), today.to(), today.len()),
            (date!(2026 - 11 - 24), date!(2026 - 11 - 24), 1)
        );
        assert!((today.starts_at()..today.ends_before()).contains(&EVENING));
        assert_eq!(today.ends_before() - today.starts_at(), 86_400_000);
    }

    #[test]
    fn what_is_not_asked_for_is_thirty_days_until_today() {
        let usual = Range::parse(None, Some(" "), EVENING).unwrap();
        assert_eq!((usual.from(), usual.len()), (date!(2026 - 10 - 26), 30));
        assert_eq!(usual.days().count(), 30);
        assert_eq!(usual.before().to(), date!(2026 - 10 - 25));
        assert_eq!(usual.before().len(), 30);
    }

    #[test]
    fn ranges_are_days_in_order_and_a_year_at_most() {
        let parse = |from, to| Range::parse(Some(from), Some(to), EVENING);
        assert_eq!(parse("2024-01-01", "2024-12-31").unwrap().len(), 366);
        assert_eq!(parse("2024-01-01", "2025-01-01"), Err(RangeError::TooLong));
        assert_eq!(parse("2026-11-24", "2026-11-23"), Err(RangeError::Backwards));
        for wrong in [
            "2026-02-30",
            "24/11/2026",
            "hoy",
            "2026-11-24T00:00:00Z",
            "0001-01-01",
            "+999999-01-01",
        ] {
            assert_eq!(
                parse(wrong, "2026-11-24"),
                Err(RangeError::NotADay { field: "from" }),
                "{wrong}"
            );
            assert_eq!(
                parse("2026-11-24", wrong),
                Err(RangeError::NotADay { field: "to" }),
                "{wrong}"
            );
        }
    }
}
