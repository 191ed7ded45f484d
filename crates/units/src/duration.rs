//! Durations as people write them in configuration: `250ms`, `30s`, `5m`, `2h`, `7d`.

use std::{fmt, ops::Deref, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// A duration read from and written as `250ms`, `30s`, `5m`, `2h`, `7d`; the unit is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HumanDuration(Duration);

/// What was written is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration; write a whole number and a unit: 250ms, 30s, 5m, 2h, 7d")]
pub struct ParseDurationError(pub String);

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

impl HumanDuration {
    /// Whole milliseconds.
    pub const fn from_millis(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    /// Whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Whole milliseconds, for arithmetic with unix-millisecond timestamps.
    pub fn as_ms(self) -> i64 {
        i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX)
    }
}

impl FromStr for HumanDuration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseDurationError(text.to_owned());
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (_, ms) = UNITS.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        number.checked_mul(*ms).map(Self::from_millis).ok_or_else(wrong)
    }
}

/// The largest unit that divides it evenly.
impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis() as u64;
        let (name, size) = UNITS
            .iter()
            .rev()
            .find(|(_, size)| ms > 0 && ms.is_multiple_of(*size))
            .unwrap_or(&UNITS[0]);
        write!(f, "{}{name}", ms / size)
    }
}

impl TryFrom<String> for HumanDuration {
    type Error = ParseDurationError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<HumanDuration> for String {
    fn from(duration: HumanDuration) -> Self {
        duration.to_string()
    }
}

impl From<Duration> for HumanDuration {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl Deref for HumanDuration {
    type Target = Duration;
    fn deref(&self) -> &Duration {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_people_write() {
        for (text, ms) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("7d", 604_800_000),
        ] {
            let duration: HumanDuration = text.parse().unwrap();
            assert_eq!(duration, HumanDuration::from_millis(ms));
            assert_eq!(duration.to_string(), text);
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for wrong in ["", "30", "s", "-1s", "1.5h", "3 weeks", "99999999999999999999d"] {
            let error = wrong.parse::<HumanDuration>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }
}
