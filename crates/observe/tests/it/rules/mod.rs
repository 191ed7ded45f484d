//! Rules from file to series and notifications, with time in the test's hand.

mod alerts;
mod recording;
mod reload;

use std::path::Path;
use std::sync::{Arc, Mutex};

use observe::config::PromDuration;
use observe::metrics::labels::Labels;
use observe::metrics::promql::{Cancel, Engine, Query, QueryResult};
use observe::metrics::store::{Settings, Store};
use observe::rules::notify::{Notification, Notify};
use observe::rules::{Loading, Rules, World};
use tempfile::TempDir;

/// 2026-11-24T12:00:00Z, in milliseconds.
pub(crate) const NOON: i64 = 1_795_521_600_000;
pub(crate) const MINUTE: i64 = 60_000;

#[derive(Default)]
pub(crate) struct Recorded(Mutex<Vec<Notification>>);

impl Notify for Recorded {
    fn notify(&self, alerts: Vec<Notification>) {
        self.0.lock().unwrap().extend(alerts);
    }
}

/// A store, rules over it, and whoever is told.
pub(crate) struct Bench {
    pub(crate) rules: Rules,
    pub(crate) store: Arc<Store>,
    pub(crate) folder: Arc<TempDir>,
    told: Arc<Recorded>,
    world: Arc<World>,
}

impl Bench {
    pub(crate) fn new(rules: &str) -> Self {
        Self::over(Arc::new(tempfile::tempdir().unwrap()), rules)
    }

    /// A process that begins with what is in the folder already.
    pub(crate) fn over(folder: Arc<TempDir>, rules: &str) -> Self {
        let store = Arc::new(Store::open(&folder.path().join("data"), Settings::default()).unwrap());
        let told = Arc::new(Recorded::default());
        let world = Arc::new(World {
            store: Arc::clone(&store),
            engine: Engine::default(),
            external_labels: Labels::from_pairs([("cluster", "mx"), ("severity", "unused")]),
            external_url: "http://observe:9090".into(),
            notify: Arc::clone(&told) as Arc<dyn Notify>,
            resend_delay: MINUTE,
        });
        let bench = Self {
            rules: Rules::default(),
            store,
            folder,
            told,
            world,
        };
        bench.load(rules, NOON).unwrap();
        bench
    }

    pub(crate) fn load(&self, rules: &str, now: i64) -> Result<(), Vec<String>> {
        let path = self.folder.path().join("rules.yml");
        std::fs::write(&path, rules).unwrap();
        let loading = Loading {
            files: vec![path],
            interval: PromDuration::from_secs(60),
            query_offset: PromDuration::default(),
        };
        let loaded = self.rules.load(&loading, &self.world, now);
        loaded.map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), "rules.yml")
    }

    /// Adds a sample.
    pub(crate) fn add(&self, labels: &[(&str, &str)], time: i64, value: f64) {
        let mut batch = self.store.appender();
        batch
            .append(&Labels::from_pairs(labels.iter().copied()), time, value)
            .unwrap();
        batch.commit().unwrap();
    }

    /// Evaluates all groups as of a time.
    pub(crate) fn evaluate(&self, at: i64) {
        for group in self.rules.groups() {
            group.evaluate(at);
        }
    }

    /// What a query answers, as `{labels} value`.
    pub(crate) fn ask(&self, text: &str, time: i64) -> Vec<String> {
        let engine = Engine::default();
        let query = Query::parse(text, engine.options()).unwrap();
        let answer = engine.instant(&*self.store, &query, time, Cancel::default()).unwrap();
        let QueryResult::Vector(samples) = answer.result else {
            panic!("{text} is no vector")
        };
        let mut lines: Vec<String> = samples.iter().map(|s| format!("{} {}", s.labels, s.value)).collect();
        lines.sort();
        lines
    }

    /// Who was told what since the last time.
    pub(crate) fn told(&self) -> Vec<Notification> {
        std::mem::take(&mut *self.told.0.lock().unwrap())
    }
}
