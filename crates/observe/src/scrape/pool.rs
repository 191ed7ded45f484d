//! The targets of one job.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Clock;
use super::client::HttpClient;
use super::discovery::{Files, discovered};
use super::ingest::Ingester;
use super::target::{Made, Target};
use super::worker::{Job, Worker};
use crate::config::ScrapeConfig;
use crate::metrics::labels::Labels;
use crate::metrics::store::Store;

/// What every job needs.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    pub(super) tasks: TaskTracker,
    pub(super) shutdown: CancellationToken,
}

pub(super) struct Pool {
    job: watch::Sender<Arc<Job>>,
    files: Files,
    targets: HashMap<(Labels, String), Running>,
    dropped: Vec<Labels>,
    dropped_count: usize,
    /// Ends the task that looks at the files.
    pub(super) discovery: CancellationToken,
}

struct Running {
    target: Arc<Target>,
    stop: CancellationToken,
}

impl Pool {
    /// Begins to ask the targets of a job.
    pub(super) fn start(config: ScrapeConfig, context: &Context) -> Self {
        let job = Job {
            client: Arc::new(HttpClient::new(config.http.clone())),
            config: Arc::new(config),
            over_limit: None,
        };
        let mut pool = Self {
            job: watch::Sender::new(Arc::new(job)),
            files: Files::default(),
            targets: HashMap::new(),
            dropped: Vec::new(),
            dropped_count: 0,
            discovery: CancellationToken::new(),
        };
        pool.files.refresh(&pool.config().file_sd_configs);
        pool.sync(context);
        pool
    }

    pub(super) fn config(&self) -> Arc<ScrapeConfig> {
        Arc::clone(&self.job.borrow().config)
    }

    /// Goes on with another configuration. Targets that are the same keep their state and their place in time.
    pub(super) fn update(&mut self, config: ScrapeConfig, context: &Context) {
        let old = Arc::clone(&self.job.borrow());
        let client = if old.config.http == config.http {
            Arc::clone(&old.client)
        } else {
            Arc::new(HttpClient::new(config.http.clone()))
        };
        self.job.send_replace(Arc::new(Job {
            client,
            config: Arc::new(config),
            over_limit: old.over_limit.clone(),
        }));
        self.files.refresh(&self.config().file_sd_configs);
        self.sync(context);
    }

    /// Looks at the files and takes in what has changed.
    pub(super) fn refresh(&mut self, context: &Context) {
        if self.files.refresh(&self.config().file_sd_configs) {
            self.sync(context);
        }
    }

    /// Stops asking.
    pub(super) fn stop(&mut self) {
        self.discovery.cancel();
        self.targets.values().for_each(|running| running.stop.cancel());
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = &Arc<Target>> {
        self.targets.values().map(|running| &running.target)
    }

    /// The labels of dropped targets that are remembered, and how many there are.
    pub(super) fn dropped(&self) -> (&[Labels], usize) {
        (&self.dropped, self.dropped_count)
    }

    /// Starts what is new and stops what is gone.
    fn sync(&mut self, context: &Context) {
        let config = self.config();
        let mut wanted = HashMap::new();
        self.dropped.clear();
        self.dropped_count = 0;
        for labels in discovered(&config.static_configs, &self.files) {
            match Target::make(&labels.edit(), &config) {
                Ok(Made::Target(target)) => _ = wanted.entry(target.identity()).or_insert(target),
                Ok(Made::Dropped(labels)) => {
                    self.dropped_count += 1;
                    if config.keep_dropped_targets == 0 || self.dropped.len() < config.keep_dropped_targets as usize {
                        self.dropped.push(labels);
                    }
                }
                Err(error) => {
                    tracing::error!(job = config.job_name, %labels, error, "an address is no target");
                }
            }
        }
        self.limit(&config, wanted.len());
        self.targets.retain(|identity, running| {
            let stays = wanted.remove(identity).is_some();
            if !stays {
                running.stop.cancel();
            }
            stays
        });
        for (identity, target) in wanted {
            let running = self.run(Arc::new(target), context);
            self.targets.insert(identity, running);
        }
    }

    fn limit(&self, config: &ScrapeConfig, targets: usize) {
        let limit = config.target_limit;
        let over_limit = (limit > 0 && targets as u64 > limit)
            .then(|| format!("target_limit exceeded (number of targets: {targets}, limit: {limit})"));
        self.job.send_if_modified(|job| {
            let changes = job.over_limit != over_limit;
            if changes {
                *job = Arc::new(Job {
                    config: Arc::clone(&job.config),
                    client: Arc::clone(&job.client),
                    over_limit,
                });
            }
            changes
        });
    }

    fn run(&self, target: Arc<Target>, context: &Context) -> Running {
        let ingester = Ingester::new(
            Arc::clone(&context.store),
            target.labels().clone(),
            Arc::clone(&target.families),
        );
        let stop = CancellationToken::new();
        let worker = Worker {
            target: Arc::clone(&target),
            job: self.job.subscribe(),
            ingester: Arc::new(Mutex::new(ingester)),
            clock: Arc::clone(&context.clock),
            stop: stop.clone(),
            shutdown: context.shutdown.clone(),
        };
        context.tasks.spawn(worker.run());
        Running { target, stop }
    }
}
