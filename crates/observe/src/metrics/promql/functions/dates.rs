//! Parts of dates, of a vector's values or of the time of the step, in UTC.

use super::super::calendar::Moment;
use super::super::error::Result;
use super::super::eval::Evaluator;
use super::super::syntax::Node;
use super::super::value::{Grid, Series, Steps, Value};
use crate::metrics::labels::Labels;

/// A part of a date.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    DaysInMonth,
    DayOfMonth,
    DayOfWeek,
    DayOfYear,
    Hour,
    Minute,
    Month,
    Year,
}

impl Part {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "days_in_month" => Part::DaysInMonth,
            "day_of_month" => Part::DayOfMonth,
            "day_of_week" => Part::DayOfWeek,
            "day_of_year" => Part::DayOfYear,
            "hour" => Part::Hour,
            "minute" => Part::Minute,
            "month" => Part::Month,
            "year" => Part::Year,
            _ => return None,
        })
    }

    fn of(self, seconds: i64) -> f64 {
        let moment = Moment::from_unix(seconds);
        let part = match self {
            Part::DaysInMonth => moment.days_in_month,
            Part::DayOfMonth => moment.day,
            Part::DayOfWeek => moment.weekday,
            Part::DayOfYear => moment.day_of_year,
            Part::Hour => moment.hour,
            Part::Minute => moment.minute,
            Part::Month => moment.month,
            Part::Year => moment.year,
        };
        part as f64
    }
}

impl Evaluator<'_> {
    pub(super) fn date(&self, part: Part, args: &[Node], grid: Grid) -> Result<Value> {
        match args.first() {
            Some(arg) => self.changed(arg, grid, |_, value| Some(part.of(value as i64))),
            None => {
                let now = Steps::from_cells(grid.times().map(|time| part.of(time / 1000)).collect());
                Ok(Value::Vector(vec![Series::new(Labels::empty(), now)]))
            }
        }
    }
}
