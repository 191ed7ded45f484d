//! Why a range is none.

use super::LONGEST_DAYS;

/// What is wrong with the dates that were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not a day as `2026-11-24`.
    #[error("`{field}` is not a day as 2026-11-24")]
    NotADay {
        /// `from` or `to`.
        field: &'static str,
    },
    /// It ends before it begins.
    #[error("the range ends before it begins")]
    Backwards,
    /// More than a year.
    #[error("the range is longer than {LONGEST_DAYS} days")]
    TooLong,
}
