//! Durations as Prometheus writes them: `15s`, `1h30m`, `1d`.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use serde::Deserialize;

use crate::metrics::promql::number::parse_duration;

/// A duration of Prometheus's files: the largest unit first, each once; a day has 24 hours, a week 7 days, a year 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct PromDuration(Duration);

impl PromDuration {
    /// Whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Whole milliseconds.
    pub const fn from_millis(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }
}

impl From<Duration> for PromDuration {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl TryFrom<String> for PromDuration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::str::FromStr for PromDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty duration string".into());
        }
        parse_duration(text)
            .and_then(|ms| u64::try_from(ms).ok())
            .map(Self::from_millis)
            .ok_or_else(|| format!("not a valid duration string: {text:?}"))
    }
}

/// As Prometheus writes it: `1m30s`. Years, weeks and days only where nothing else is needed.
impl fmt::Display for PromDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u128, bool); 7] = [
            ("y", 365 * 86_400_000, true),
            ("w", 7 * 86_400_000, true),
            ("d", 86_400_000, true),
            ("h", 3_600_000, false),
            ("m", 60_000, false),
            ("s", 1000, false),
            ("ms", 1, false),
        ];
        let mut rest = self.0.as_millis();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, size, only_whole) in UNITS {
            if rest >= size && (!only_whole || rest.is_multiple_of(size)) {
                write!(f, "{}{name}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl Deref for PromDuration {
    type Target = Duration;

    fn deref(&self) -> &Duration {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_write_as_in_prometheus() {
        for (text, ms, written) in [
            ("15s", 15_000, "15s"),
            ("1h30m", 5_400_000, "1h30m"),
            ("90m", 5_400_000, "1h30m"),
            ("1d12h", 129_600_000, "36h"),
            ("2w", 14 * 86_400_000, "2w"),
            ("250ms", 250, "250ms"),
            ("0", 0, "0s"),
        ] {
            let duration: PromDuration = text.parse().unwrap();
            assert_eq!(duration.as_millis(), ms, "{text}");
            assert_eq!(duration.to_string(), written);
        }
        for wrong in ["", "15", "s", "1m1h", "-1s", "1.5h", "1s "] {
            assert!(wrong.parse::<PromDuration>().is_err(), "{wrong:?}");
        }
    }
}
