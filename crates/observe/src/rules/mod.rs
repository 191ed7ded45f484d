//! Recording and alerting rules, as Prometheus evaluates them.
//!
//! ```text
//!   files ──► groups ──► evaluation, at each group's own times ──► series in the store
//!                             │                                    (results, ALERTS, ALERTS_FOR_STATE)
//!                             └──► alerts: pending, firing, resolved ──► Notify
//! ```
//!
//! * Time is given to whatever evaluates ([`Group::evaluate`]); only [`Rules::run`] looks at a clock and waits.
//! * A series a rule no longer makes is ended by a staleness marker, also when the rule itself has gone.
//! * The life of an alert is a pure function ([`alerting::state::next`]).
//! * After a restart, alerts go on waiting where they were ([`alerting::state::restored_active_at`]).

pub mod alerting;
mod expression;
pub mod file;
mod group;
pub mod moment;
pub mod notify;
mod rule;
pub mod template;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify as Signal;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::group::Plan;
pub use self::group::{Group, LastEvaluation};
use self::notify::Notify;
pub use self::rule::{Health, Kind, Rule, RuleStatus};
use crate::config::{ConfigError, PromDuration};
use crate::metrics::labels::Labels;
use crate::metrics::promql::Engine;
use crate::metrics::store::Store;

/// How long an alert is not told again while nothing changes (`--rules.alert.resend-delay`): milliseconds.
pub const RESEND_DELAY: i64 = 60_000;

/// What evaluations need.
pub struct World {
    /// Read and written.
    pub store: Arc<Store>,
    /// Answers the rules' queries.
    pub engine: Engine,
    /// Seen by templates, and added to notifications.
    pub external_labels: Labels,
    /// Where this server is reached, for links.
    pub external_url: String,
    /// Who is told of alerts.
    pub notify: Arc<dyn Notify>,
    /// How long an alert is not told again while nothing changes: milliseconds.
    pub resend_delay: i64,
}

/// What the configuration says about rules.
#[derive(Debug, Clone)]
pub struct Loading {
    /// The files, in their order.
    pub files: Vec<PathBuf>,
    /// How often groups are evaluated that do not say it.
    pub interval: PromDuration,
    /// How far back groups look that do not say it.
    pub query_offset: PromDuration,
}

/// All groups of rules.
#[derive(Default)]
pub struct Rules {
    groups: RwLock<Vec<Arc<Group>>>,
    /// Held while files are loaded: whether there were rules before in this process. What is new then has no past to
    /// restore.
    loaded: Mutex<bool>,
    changed: Signal,
}

impl Rules {
    /// The groups, in the order of their files.
    pub fn groups(&self) -> Vec<Arc<Group>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files and puts their groups in the place of those there are. Groups and rules that were there before go
    /// on where they are. Waits for evaluations that are under way; `now` is milliseconds since the epoch.
    ///
    /// # Errors
    /// All that is wrong with the files. Everything stays as it was.
    pub fn load(&self, loading: &Loading, world: &Arc<World>, now: i64) -> Result<(), Vec<ConfigError>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let plans = plans(loading, world, !*loaded)?;
        let groups: Vec<Arc<Group>> = plans
            .into_iter()
            .map(|plan| Arc::new(Group::new(plan, Arc::clone(world), now)))
            .collect();
        for old in self.groups() {
            let successor = groups
                .iter()
                .find(|new| new.name() == old.name() && new.file() == old.file());
            match successor {
                Some(new) => new.take_over(&old),
                None => old.retire(now),
            }
        }
        *self.groups.write().unwrap_or_else(PoisonError::into_inner) = groups;
        *loaded = true;
        self.changed.notify_one();
        Ok(())
    }

    /// Begins the evaluations that are due.
    fn due(&self, now: i64) -> Vec<Evaluating> {
        let groups = self.groups().into_iter();
        groups
            .filter_map(|group| group.begin(now).map(|at| Evaluating { group, at }))
            .collect()
    }

    /// Evaluates whatever is due, once: for those who have a time of their own, such as tests.
    pub fn evaluate_due(&self, now: i64) {
        for evaluating in self.due(now) {
            evaluating.group.evaluate(evaluating.at);
        }
    }

    /// Evaluates all groups at their times until it is told to stop, on threads that may block. Evaluations that are
    /// under way then are waited for.
    pub async fn run(&self, clock: impl Fn() -> i64, stop: CancellationToken) {
        let mut evaluations = JoinSet::new();
        loop {
            let now = clock();
            for evaluating in self.due(now) {
                evaluations.spawn_blocking(move || evaluating.group.evaluate(evaluating.at));
            }
            let next = self.groups().iter().map(|group| group.next_slot()).min();
            // Without groups there is nothing to wait for but a change; an hour is as good as any time.
            let wait = next.map_or(3_600_000, |next| next.saturating_sub(now).max(1));
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())) => {}
                Some(ended) = evaluations.join_next() => report(ended),
            }
        }
        while let Some(ended) = evaluations.join_next().await {
            report(ended);
        }
    }
}

/// An evaluation that has begun. Whatever becomes of it, it is over when this is dropped.
struct Evaluating {
    group: Arc<Group>,
    at: i64,
}

impl Drop for Evaluating {
    fn drop(&mut self) {
        self.group.finish();
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "an evaluation of rules failed");
    }
}

/// What all files say, checked.
fn plans(loading: &Loading, world: &World, restores: bool) -> Result<Vec<Plan>, Vec<ConfigError>> {
    let (mut plans, mut errors) = (Vec::new(), Vec::new());
    for path in &loading.files {
        let specs = match file::load(path, world.engine.options()) {
            Ok(specs) => specs,
            Err(more) => {
                errors.extend(more);
                continue;
            }
        };
        for duplicate in file::duplicates(&specs) {
            tracing::warn!(file = %path.display(), rule = duplicate, "rules make the same series");
        }
        for spec in specs {
            match plan(&spec, path, loading, world, restores) {
                Ok(plan) => plans.push(plan),
                Err(error) => errors.push(ConfigError::whole(path, error)),
            }
        }
    }
    if errors.is_empty() { Ok(plans) } else { Err(errors) }
}

fn plan(
    spec: &file::GroupSpec,
    path: &std::path::Path,
    loading: &Loading,
    world: &World,
    restores: bool,
) -> Result<Plan, String> {
    let milliseconds = |duration: PromDuration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let rules = spec.rules.iter().map(|rule| {
        Rule::new(rule, world.engine.options())
            .map_err(|error| format!("group {:?}, {:?}: {error}", spec.name, rule.name()))
    });
    Ok(Plan {
        name: spec.name.clone(),
        file: path.to_owned(),
        interval: milliseconds(
            spec.interval
                .filter(|interval| !interval.is_zero())
                .unwrap_or(loading.interval),
        ),
        query_offset: milliseconds(spec.query_offset.unwrap_or(loading.query_offset)),
        limit: spec.limit,
        rules: rules.collect::<Result<_, _>>()?,
        restores,
    })
}
