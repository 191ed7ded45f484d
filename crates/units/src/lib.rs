//! Money, ids, percentages and durations for humans: the words every other crate counts in.

mod duration;
mod id;
pub mod kpi;
mod money;
mod percent;

pub use duration::{HumanDuration, ParseDurationError};
pub use money::{Currency, Money, MoneyError};
pub use percent::{BasisPoints, PercentError};
