//! The scraper, as the API shows it.

use std::collections::BTreeMap;

use super::views::{ActiveTarget, DroppedTarget, Metadata, ScrapeView, TargetHealth, TargetMetadata};
use crate::scrape::{FamilyMetadata, Health, Manager, Target};

impl ScrapeView for Manager {
    fn active_targets(&self) -> Vec<ActiveTarget> {
        self.targets().active.iter().map(|target| active(target)).collect()
    }

    fn dropped_targets(&self) -> Vec<DroppedTarget> {
        let dropped = self.targets().dropped.into_iter();
        dropped
            .map(|target| DroppedTarget {
                discovered_labels: target.discovered_labels,
                scrape_pool: target.job,
            })
            .collect()
    }

    fn dropped_target_counts(&self) -> BTreeMap<String, usize> {
        self.targets().dropped_counts
    }

    fn metadata(&self) -> Vec<TargetMetadata> {
        let mut all = Vec::new();
        for target in self.targets().active {
            let of_target = target.metadata().into_iter().map(|(metric, family)| TargetMetadata {
                target: target.labels().clone(),
                metric,
                metadata: metadata(family),
            });
            all.extend(of_target);
        }
        all
    }
}

fn active(target: &Target) -> ActiveTarget {
    let state = target.state();
    ActiveTarget {
        discovered_labels: target.discovered_labels().clone(),
        labels: target.labels().clone(),
        scrape_pool: target.job().to_owned(),
        scrape_url: target.url().to_owned(),
        global_url: target.url().to_owned(),
        last_error: state.last_error,
        last_scrape: state.last_scrape,
        last_scrape_duration: state.last_duration.as_secs_f64(),
        health: match state.health {
            Health::Unknown => TargetHealth::Unknown,
            Health::Up => TargetHealth::Up,
            Health::Down => TargetHealth::Down,
        },
        scrape_interval: target.interval().to_string(),
        scrape_timeout: target.timeout().to_string(),
    }
}

fn metadata(family: FamilyMetadata) -> Metadata {
    Metadata {
        kind: family.kind.to_owned(),
        help: family.help,
        unit: family.unit,
    }
}
