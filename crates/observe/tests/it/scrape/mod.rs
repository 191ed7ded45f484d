//! Scraping against servers that behave, and servers that do not.

mod answers;
mod jobs;
mod peer;
mod security;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use observe::config::PrometheusConfig;
use observe::metrics::promql::{Cancel, Engine, Options, Query, QueryResult};
use observe::metrics::store::{Settings, Store};
use observe::scrape::{Health, Manager, Target};
use tokio_util::sync::CancellationToken;

/// A store and what fills it, in a folder of their own.
struct Scraping {
    folder: tempfile::TempDir,
    store: Arc<Store>,
    manager: Manager,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl Scraping {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join("data"), Settings::default()).unwrap());
        let manager = Manager::new(Arc::clone(&store));
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let (manager, stop) = (manager.clone(), stop.clone());
            async move { manager.run(stop).await }
        });
        Self {
            folder,
            store,
            manager,
            stop,
            running,
        }
    }

    /// Applies `scrape_configs`, with an interval so short that nobody waits long.
    fn apply(&self, jobs: &str) {
        let text = format!("global: {{scrape_interval: 100ms, scrape_timeout: 100ms}}\nscrape_configs: [{jobs}]");
        let config = PrometheusConfig::parse(&text, &self.folder.path().join("prometheus.yml"));
        self.manager.apply(&config.unwrap());
    }

    fn with(jobs: &str) -> Self {
        let scraping = Self::start();
        scraping.apply(jobs);
        scraping
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What a query answers now: labels and values.
    fn query(&self, text: &str) -> Vec<(String, f64)> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
        let query = Query::parse(text, &Options::default()).unwrap();
        let answer = Engine::default().instant(&*self.store, &query, now, Cancel::default());
        let QueryResult::Vector(samples) = answer.unwrap().result else {
            panic!("{text} is no vector")
        };
        samples
            .into_iter()
            .map(|sample| (sample.labels.to_string(), sample.value))
            .collect()
    }

    fn value(&self, text: &str) -> Option<f64> {
        self.query(text).first().map(|(_, value)| *value)
    }

    /// The only target, once it was asked.
    async fn asked(&self) -> Arc<Target> {
        let [target] = &self.manager.targets().active[..] else {
            panic!("one target, not {:?}", self.manager.targets().active)
        };
        until(|| target.state().health != Health::Unknown).await;
        Arc::clone(target)
    }

    /// Stops, and waits for everything that was under way.
    async fn stop(self) -> Self {
        self.stop.cancel();
        self.running.await.unwrap();
        Self {
            running: tokio::spawn(async {}),
            ..self
        }
    }
}

/// Waits for a condition. That it never comes true is noticed by whoever runs the tests.
async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
