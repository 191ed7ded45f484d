//! Money, ids, percentages and durations for humans: the words every other crate counts in.

mod duration;
mod id;
mod money;
mod percent;

pub use duration::{HumanDuration, ParseDurationError};
pub use money::{Currency, Money, MoneyError};
pub use percent::{BasisPoints, PercentError};
