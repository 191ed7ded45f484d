//! Old days go, and those that are too many.

use super::push::DAY;
use super::{Day, Logs};

impl Logs {
    /// Removes days that are older than may be, and the oldest as long as all together are too large.
    pub async fn retain(&self) {
        let kept = i64::try_from(self.limits.retention_period.as_nanos()).unwrap_or(i64::MAX);
        let days = self.all_days();
        let (today, mut total) = (
            self.now().div_euclid(DAY),
            days.iter().map(|day| size(day)).sum::<u64>(),
        );
        for day in days {
            let ended = (day.number + 1).saturating_mul(DAY);
            let too_old = kept > 0 && ended < self.now().saturating_sub(kept);
            let too_many = self.limits.retention_bytes > 0 && total > self.limits.retention_bytes && day.number < today;
            if !too_old && !too_many {
                continue;
            }
            total = total.saturating_sub(size(&day));
            self.days_mut().remove(&day.number);
            let removed = files(&day).try_for_each(|path| match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            });
            match removed {
                Ok(()) => tracing::info!(day = %day.path.display(), too_old, "removed a day of logs"),
                Err(error) => tracing::error!(%error, day = %day.path.display(), "a day of logs could not be removed"),
            }
            // Whoever still reads it goes on to its end.
        }
    }
}

fn files(day: &Day) -> impl Iterator<Item = std::path::PathBuf> {
    ["", "-wal", "-shm"].into_iter().map(|suffix| {
        let mut name = day.path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

fn size(day: &Day) -> u64 {
    files(day)
        .filter_map(|path| std::fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum()
}
