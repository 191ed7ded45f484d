//! What can be set about the store, with defaults that suit one machine.

use serde::{Deserialize, Serialize};
use units::HumanDuration;

use super::errors::OpenError;

/// The `[metrics.store]` table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The time one fresh block covers. Blocks begin at multiples of it, and half of it is how late a sample may be.
    pub block_range: HumanDuration,
    /// How long samples are kept, counted back from the newest block.
    pub retention: HumanDuration,
    /// How many bytes blocks and log may take together, the oldest block going first; 0 is no limit.
    pub retention_bytes: u64,
    /// The longest an acknowledged batch may wait for the disk: what a crash of the machine may cost.
    pub sync_interval: HumanDuration,
    /// How often blocks are cut, merged and given up, where there is reason to.
    pub upkeep_interval: HumanDuration,
    /// Bytes after which the log goes on in a new file.
    pub segment_bytes: u64,
    /// How many series one selector may name; a query that names more is refused before it takes memory. 0 is no limit.
    pub max_selected_series: u64,
    /// How many exemplars are remembered; the oldest go first.
    pub max_exemplars: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            block_range: HumanDuration::from_secs(2 * 3600),
            retention: HumanDuration::from_secs(15 * 24 * 3600),
            retention_bytes: 0,
            sync_interval: HumanDuration::from_secs(5),
            upkeep_interval: HumanDuration::from_secs(30),
            segment_bytes: 32 << 20,
            max_selected_series: 1_000_000,
            max_exemplars: 100_000,
        }
    }
}

impl Settings {
    /// # Errors
    /// When a value makes no sense, with its name.
    pub(super) fn check(&self) -> Result<(), OpenError> {
        let wrong = |what: &'static str| Err(OpenError::Settings(what));
        match self {
            Self { block_range, .. } if block_range.as_ms() < 1000 => wrong("block_range is shorter than a second"),
            Self {
                retention, block_range, ..
            } if retention < block_range => wrong("retention is shorter than block_range"),
            Self { sync_interval, .. } if sync_interval.is_zero() => wrong("sync_interval is zero"),
            Self { upkeep_interval, .. } if upkeep_interval.is_zero() => wrong("upkeep_interval is zero"),
            Self {
                segment_bytes: ..4096, ..
            } => wrong("segment_bytes is less than 4096"),
            _ => Ok(()),
        }
    }

    /// The times blocks are merged to, rising by three: 2 h, 6 h, 18 h … up to a tenth of the retention, so that giving
    /// up the oldest block never gives up much at once. In milliseconds.
    pub(super) fn block_ranges(&self) -> Vec<i64> {
        let largest = (self.retention.as_ms() / 10).max(self.block_range.as_ms());
        std::iter::successors(Some(self.block_range.as_ms()), |range| range.checked_mul(3))
            .take_while(|range| *range <= largest)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound_and_unknown_names_are_refused() {
        Settings::default().check().unwrap();
        assert!(serde_json::from_str::<Settings>(r#"{"retention": "30d"}"#).is_ok());
        assert!(serde_json::from_str::<Settings>(r#"{"retenion": "30d"}"#).is_err());
    }

    #[test]
    fn blocks_grow_by_three_up_to_a_tenth_of_the_retention() {
        let hours: Vec<i64> = Settings::default()
            .block_ranges()
            .iter()
            .map(|range| range / 3_600_000)
            .collect();
        assert_eq!(hours, [2, 6, 18]);
    }
}
