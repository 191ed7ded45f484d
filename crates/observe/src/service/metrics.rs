//! The part that stands in for Prometheus: its configuration read and applied, store, scraping, rules and API around it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::{Config, Error, secrets, signals};
use crate::api::prometheus::views::{ProcessView, Reload};
use crate::api::prometheus::{Clock, Limits, Parts, Prometheus, router, system_clock};
use crate::config::{ConfigError, PromDuration, PrometheusConfig};
use crate::metrics::labels::Labels;
use crate::metrics::promql::{Engine, Options};
use crate::metrics::store::{Store, StoreThreads};
use crate::notifier::Notifier;
use crate::rules::{Loading, RESEND_DELAY, Rules, World};
use crate::scrape::Manager;
use crate::traces::Traces;

/// Everything that stands in for Prometheus.
pub(super) struct Metrics {
    process: Arc<Process>,
    traces: Arc<Traces>,
    threads: StoreThreads,
}

/// The process as its API shows it, and what a reload changes.
struct Process {
    file: PathBuf,
    external_url: String,
    store: Arc<Store>,
    options: Options,
    limits: Limits,
    scrape: Manager,
    rules: Arc<Rules>,
    notifier: Arc<Notifier>,
    clock: Clock,
    started_at: i64,
    is_ready: AtomicBool,
    applied: RwLock<Applied>,
    /// Held by a reload: two at a time would mix two configurations.
    reloading: Mutex<()>,
    runtime: tokio::runtime::Handle,
}

/// The configuration in use.
struct Applied {
    yaml: String,
    external_labels: Labels,
    last_reload: Reload,
}

impl Metrics {
    /// Opens the store, and reads `prometheus.yml` and the files it names. Inside a tokio runtime.
    pub(super) fn open(config: &Config, traces: Arc<Traces>) -> Result<Self, Error> {
        let folder = config.data_dir.join("metrics");
        std::fs::create_dir_all(&folder).map_err(|source| Error::Folder {
            path: folder.clone(),
            source,
        })?;
        let file = config.ops_dir.join("prometheus/prometheus.yml");
        let read = Read::file(&file).map_err(|error| Error::Files(vec![error]))?;
        let mut settings = config.store.clone();
        if let Some(time) = read.config.storage.tsdb.retention.time {
            settings.retention = (*time).into();
        }
        if let Some(max) = read.config.storage.exemplars.max_exemplars {
            settings.max_exemplars = max;
        }
        let store = Arc::new(Store::open(&folder, settings)?);
        let threads = StoreThreads::start(&store).map_err(Error::system("thread of the store"))?;
        let clock = system_clock();
        let now = clock();
        let process = Process {
            file,
            external_url: format!("http://{}", config.listen.prometheus),
            options: Options {
                lookback: *config.query.lookback_delta,
                max_samples: config.query.max_samples,
                timeout: *config.query.timeout,
                ..Options::default()
            },
            limits: Limits {
                concurrent_queries: config.query.max_concurrency,
                lifecycle: true,
                remote_write: true,
                ..Limits::default()
            },
            scrape: Manager::new(Arc::clone(&store)),
            store,
            rules: Arc::default(),
            notifier: Arc::new(Notifier::new(&read.config.alerting)),
            started_at: now,
            clock,
            is_ready: AtomicBool::new(false),
            applied: RwLock::new(Applied {
                yaml: String::new(),
                external_labels: Labels::default(),
                last_reload: Reload {
                    succeeded: false,
                    at: now,
                },
            }),
            reloading: Mutex::default(),
            runtime: tokio::runtime::Handle::current(),
        };
        process.apply(read).map_err(Error::Files)?;
        signals::register(&process.store, &process.rules, &process.scrape);
        process.is_ready.store(true, Ordering::Release);
        Ok(Self {
            process: Arc::new(process),
            traces,
            threads,
        })
    }

    /// Prometheus's API, and this process's own metrics.
    pub(super) fn router(&self) -> Router {
        let process = &self.process;
        let parts = Parts {
            store: Arc::clone(&process.store),
            engine: Engine::new(process.options.clone()),
            rules: Arc::clone(&process.rules),
            scrape: Arc::new(process.scrape.clone()),
            process: Arc::clone(process) as Arc<dyn ProcessView>,
        };
        router(Arc::new(Prometheus::new(parts, process.limits.clone()))).route(
            "/metrics",
            get(own_metrics).with_state((Arc::clone(&process.notifier), Arc::clone(&self.traces))),
        )
    }

    /// Scrapes and evaluates until `stop`; then writes what is in memory.
    pub(super) async fn run(self, stop: CancellationToken) {
        let Self { process, threads, .. } = self;
        let clock = Arc::clone(&process.clock);
        // The rules' last alerts are sent before the notifier ends.
        let evaluated = CancellationToken::new();
        let evaluating = async {
            process.rules.run(move || clock(), stop.clone()).await;
            evaluated.cancel();
        };
        tokio::join!(
            process.scrape.run(stop.clone()),
            evaluating,
            process.notifier.run(evaluated.clone()),
        );
        // Joins threads and syncs: not on a thread of the runtime.
        if let Err(error) = tokio::task::spawn_blocking(move || drop(threads)).await {
            tracing::error!(%error, "the store's threads did not end well");
        }
    }
}

/// Always in Prometheus's text format: parts bring text of their own.
async fn own_metrics(State((notifier, traces)): State<(Arc<Notifier>, Arc<Traces>)>) -> impl IntoResponse {
    let (content_type, mut text) = telemetry::metrics::render(None);
    text.push_str(&notifier.metrics_text());
    text.push_str(&traces.metrics());
    ([(header::CONTENT_TYPE, content_type)], text)
}

/// A configuration that was read and is not applied yet.
struct Read {
    config: PrometheusConfig,
    text: String,
}

impl Read {
    fn file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::whole(path, error))?;
        let config = PrometheusConfig::parse(&text, path)?;
        if !config.remote_write.is_empty() {
            // Said rather than left undone in silence.
            let why = "remote_write: samples are taken by remote write here, but not sent on; leave the section out";
            return Err(ConfigError::whole(path, why));
        }
        Ok(Self { config, text })
    }
}

impl Process {
    fn applied(&self) -> RwLockReadGuard<'_, Applied> {
        self.applied.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rules first, since they can be wrong; what follows cannot fail.
    fn apply(&self, read: Read) -> Result<(), Vec<ConfigError>> {
        let Read { config, text } = read;
        let files = config
            .expanded_rule_files()
            .map_err(|error| vec![ConfigError::whole(&self.file, error)])?;
        let external_labels = Labels::from_pairs(config.global.external_labels.iter());
        let world = Arc::new(World {
            store: Arc::clone(&self.store),
            engine: Engine::new(Options {
                subquery_step: *config.global.evaluation_interval,
                ..self.options.clone()
            }),
            external_labels: external_labels.clone(),
            external_url: self.external_url.clone(),
            notify: Arc::clone(&self.notifier) as _,
            resend_delay: RESEND_DELAY,
        });
        let loading = Loading {
            files,
            interval: config.global.evaluation_interval,
            query_offset: config.global.rule_query_offset,
        };
        let now = (self.clock)();
        self.rules.load(&loading, &world, now)?;
        self.notifier.apply(&config.alerting);
        self.scrape.apply(&config);
        *self.applied.write().unwrap_or_else(PoisonError::into_inner) = Applied {
            yaml: secrets::masked(&text),
            external_labels,
            last_reload: Reload {
                succeeded: true,
                at: now,
            },
        };
        Ok(())
    }
}

impl ProcessView for Process {
    fn config_yaml(&self) -> String {
        self.applied().yaml.clone()
    }

    fn flags(&self) -> BTreeMap<String, String> {
        let settings = self.store.settings();
        let duration = |duration: Duration| PromDuration::from(duration).to_string();
        [
            ("config.file", self.file.display().to_string()),
            ("web.external-url", self.external_url.clone()),
            ("query.lookback-delta", duration(self.options.lookback)),
            ("query.timeout", duration(self.options.timeout)),
            ("query.max-samples", self.options.max_samples.to_string()),
            ("query.max-concurrency", self.limits.concurrent_queries.to_string()),
            ("storage.tsdb.retention.time", duration(*settings.retention)),
            ("storage.tsdb.retention.size", settings.retention_bytes.to_string()),
            ("web.enable-lifecycle", self.limits.lifecycle.to_string()),
            ("web.enable-remote-write-receiver", self.limits.remote_write.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn external_labels(&self) -> Labels {
        self.applied().external_labels.clone()
    }

    fn alertmanagers(&self) -> (Vec<String>, Vec<String>) {
        self.notifier.alertmanagers()
    }

    fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    fn last_reload(&self) -> Reload {
        self.applied().last_reload
    }

    fn started_at(&self) -> i64 {
        self.started_at
    }

    fn reload(&self) -> Result<(), String> {
        let _one_at_a_time = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let _inside = self.runtime.enter();
        let result = Read::file(&self.file)
            .map_err(|error| vec![error])
            .and_then(|read| self.apply(read));
        let result = result.map_err(|errors| super::lines(&errors));
        match &result {
            Ok(()) => tracing::info!(file = %self.file.display(), "configuration read again"),
            Err(error) => {
                tracing::error!(error, "configuration could not be read again; the old one stays");
                let mut applied = self.applied.write().unwrap_or_else(PoisonError::into_inner);
                applied.last_reload = Reload {
                    succeeded: false,
                    at: (self.clock)(),
                };
            }
        }
        result
    }
}
