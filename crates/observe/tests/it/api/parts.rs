//! A scraper and a process that stand still.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use observe::api::prometheus::views::{
    ActiveTarget, DroppedTarget, Metadata, ProcessView, Reload, ScrapeView, TargetHealth, TargetMetadata,
};
use observe::metrics::labels::Labels;

use super::NOW;

pub(crate) struct Scraper;

fn target(job: &str, health: TargetHealth) -> ActiveTarget {
    ActiveTarget {
        discovered_labels: Labels::from_pairs([("__address__", "127.0.0.1:9090"), ("job", job)]),
        labels: Labels::from_pairs([("instance", "127.0.0.1:9090"), ("job", job)]),
        scrape_pool: job.to_owned(),
        scrape_url: "http://127.0.0.1:9090/metrics".into(),
        global_url: "http://observe:9090/metrics".into(),
        last_error: String::new(),
        last_scrape: (health == TargetHealth::Up).then_some(NOW * 1000 - 250),
        last_scrape_duration: 0.05,
        health,
        scrape_interval: "15s".into(),
        scrape_timeout: "10s".into(),
    }
}

impl ScrapeView for Scraper {
    fn active_targets(&self) -> Vec<ActiveTarget> {
        vec![target("node", TargetHealth::Up), target("shop", TargetHealth::Unknown)]
    }

    fn dropped_targets(&self) -> Vec<DroppedTarget> {
        vec![DroppedTarget {
            discovered_labels: Labels::from_pairs([("__address__", "127.0.0.1:9100")]),
            scrape_pool: "node".into(),
        }]
    }

    fn dropped_target_counts(&self) -> BTreeMap<String, usize> {
        BTreeMap::from([("node".to_owned(), 1), ("shop".to_owned(), 0)])
    }

    fn metadata(&self) -> Vec<TargetMetadata> {
        let of = |job: &str, metric: &str, help: &str| TargetMetadata {
            target: Labels::from_pairs([("job", job)]),
            metric: metric.into(),
            metadata: Metadata {
                kind: "gauge".into(),
                help: help.into(),
                unit: String::new(),
            },
        };
        vec![
            of("node", "load1", "Load."),
            of("shop", "load1", "Load."),
            of("shop", "users", "Users."),
        ]
    }
}

/// Counts how often it was told to read its configuration.
#[derive(Default)]
pub(crate) struct Process {
    pub(crate) is_ready: AtomicBool,
    pub(crate) is_broken: AtomicBool,
    pub(crate) reloads: AtomicUsize,
}

impl ProcessView for Process {
    fn config_yaml(&self) -> String {
        "global:\n  scrape_interval: 15s\n".into()
    }

    fn flags(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("query.lookback-delta".to_owned(), "5m".to_owned())])
    }

    fn external_labels(&self) -> Labels {
        Labels::from_pairs([("cluster", "mx")])
    }

    fn alertmanagers(&self) -> (Vec<String>, Vec<String>) {
        (vec!["http://127.0.0.1:9093/api/v2/alerts".into()], Vec::new())
    }

    fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    fn last_reload(&self) -> Reload {
        Reload {
            succeeded: true,
            at: NOW * 1000,
        }
    }

    fn started_at(&self) -> i64 {
        NOW * 1000 - 3_600_000
    }

    fn reload(&self) -> Result<(), String> {
        self.reloads.fetch_add(1, Ordering::Relaxed);
        if self.is_broken.load(Ordering::Relaxed) {
            return Err("prometheus.yml:1: unknown key `globl`".into());
        }
        Ok(())
    }
}
