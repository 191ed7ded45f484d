//! All jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::discovery::pause;
use super::metadata::FamilyMetadata;
use super::pool::{Context, Pool};
use super::target::Target;
use super::{Clock, lock};
use crate::config::PrometheusConfig;
use crate::metrics::labels::Labels;
use crate::metrics::store::Store;

/// Asks all targets of a configuration and puts what they answer into a store.
///
/// Every target has a task of its own, which ends with the target or with [`Manager::run`].
#[derive(Clone)]
pub struct Manager {
    context: Context,
    pools: Arc<Mutex<BTreeMap<String, Pool>>>,
}

/// The targets there are, for the API.
#[derive(Debug, Default)]
pub struct Targets {
    /// Those that are asked, in the order of their jobs and labels.
    pub active: Vec<Arc<Target>>,
    /// Those that rules drop, as many as are remembered.
    pub dropped: Vec<DroppedTarget>,
    /// How many each job drops.
    pub dropped_counts: BTreeMap<String, usize>,
}

/// An address that rules drop.
#[derive(Debug, Clone, PartialEq)]
pub struct DroppedTarget {
    /// The job.
    pub job: String,
    /// Its labels before relabelling.
    pub discovered_labels: Labels,
}

impl Manager {
    /// For this store, without jobs.
    pub fn new(store: Arc<Store>) -> Self {
        Self::with_clock(store, Arc::new(system_time))
    }

    /// With another clock than the system's.
    pub fn with_clock(store: Arc<Store>, clock: Clock) -> Self {
        Self {
            context: Context {
                store,
                clock,
                tasks: TaskTracker::new(),
                shutdown: CancellationToken::new(),
            },
            pools: Arc::default(),
        }
    }

    /// Goes on with this configuration, inside a tokio runtime. What has not changed does not notice.
    pub fn apply(&self, config: &PrometheusConfig) {
        let mut pools = lock(&self.pools);
        pools.retain(|name, pool| {
            let stays = config.scrape_configs.iter().any(|job| job.job_name == *name);
            if !stays {
                pool.stop();
            }
            stays
        });
        for job in &config.scrape_configs {
            match pools.get_mut(&job.job_name) {
                Some(pool) if *pool.config() == *job => {}
                Some(pool) => {
                    pool.update(job.clone(), &self.context);
                    self.discover(&job.job_name, pool);
                }
                None => {
                    let mut pool = Pool::start(job.clone(), &self.context);
                    self.discover(&job.job_name, &mut pool);
                    pools.insert(job.job_name.clone(), pool);
                }
            }
        }
    }

    /// Works until it is told to stop, and then until every scrape under way is in the store or given up.
    pub async fn run(&self, stop: CancellationToken) {
        stop.cancelled().await;
        self.context.shutdown.cancel();
        self.context.tasks.close();
        self.context.tasks.wait().await;
    }

    /// The targets there are now.
    pub fn targets(&self) -> Targets {
        let pools = lock(&self.pools);
        let mut targets = Targets::default();
        for (name, pool) in pools.iter() {
            let mut active: Vec<_> = pool.targets().map(Arc::clone).collect();
            active.sort_by(|one, other| (one.labels(), one.url()).cmp(&(other.labels(), other.url())));
            targets.active.extend(active);
            let (dropped, count) = pool.dropped();
            targets.dropped.extend(dropped.iter().map(|labels| DroppedTarget {
                job: name.clone(),
                discovered_labels: labels.clone(),
            }));
            targets.dropped_counts.insert(name.clone(), count);
        }
        targets
    }

    /// What all targets say about their metrics: for each name everything that is said, once.
    pub fn metadata(&self) -> BTreeMap<String, BTreeSet<FamilyMetadata>> {
        let mut all: BTreeMap<String, BTreeSet<FamilyMetadata>> = BTreeMap::new();
        for target in self.targets().active {
            for (name, metadata) in target.metadata() {
                all.entry(name).or_default().insert(metadata);
            }
        }
        all
    }

    /// Looks at the files of a job from now on.
    fn discover(&self, name: &str, pool: &mut Pool) {
        pool.discovery.cancel();
        let Some(pause) = pause(&pool.config().file_sd_configs) else {
            return;
        };
        pool.discovery = self.context.shutdown.child_token();
        let (stop, name) = (pool.discovery.clone(), name.to_owned());
        let (pools, context) = (Arc::clone(&self.pools), self.context.clone());
        self.context.tasks.spawn(async move {
            while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
                let (pools, context, name) = (Arc::clone(&pools), context.clone(), name.clone());
                let runtime = tokio::runtime::Handle::current();
                let looked = tokio::task::spawn_blocking(move || {
                    let _inside = runtime.enter();
                    if let Some(pool) = lock(&pools).get_mut(&name) {
                        pool.refresh(&context);
                    }
                });
                if let Err(panicked) = looked.await {
                    tracing::error!(%panicked, "looking at files of targets failed");
                }
            }
        });
    }
}

fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
