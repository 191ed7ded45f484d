//! A group: rules evaluated one after the other, so that later ones see what earlier ones wrote.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::World;
use super::alerting::Evaluation;
use super::expression::Sample;
use super::rule::{Kind, Rule};
use crate::metrics::labels::Labels;
use crate::metrics::samples::STALE;
use crate::metrics::store::{AppendError, Appender};

/// A group of rules.
pub struct Group {
    name: String,
    file: PathBuf,
    /// Milliseconds.
    interval: i64,
    /// Milliseconds.
    query_offset: i64,
    limit: usize,
    rules: Vec<Rule>,
    world: Arc<World>,
    /// Held during an evaluation.
    progress: Mutex<Progress>,
    last: Mutex<LastEvaluation>,
    /// The slot that was begun last.
    begun: AtomicI64,
    is_running: AtomicBool,
    missed: AtomicU64,
}

/// What one evaluation leaves for the next.
#[derive(Debug, Default)]
struct Progress {
    /// What each rule wrote last.
    written: Vec<BTreeSet<Labels>>,
    /// Series of rules that are no longer there, to be ended.
    orphans: BTreeSet<Labels>,
    evaluations: u64,
    /// Alerts' states were restored, or need not be.
    restored: bool,
    /// A newer version has taken over.
    retired: bool,
}

/// When a group was evaluated last, and how long that took.
#[derive(Debug, Clone, Copy, Default)]
pub struct LastEvaluation {
    /// Milliseconds since the epoch.
    pub at: Option<i64>,
    /// How long it took.
    pub duration: Duration,
}

/// Where a group comes from and how it is to be evaluated.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) interval: i64,
    pub(super) query_offset: i64,
    pub(super) limit: usize,
    pub(super) rules: Vec<Rule>,
    /// Whether its alerts may have had a life before this process.
    pub(super) restores: bool,
}

impl Group {
    pub(super) fn new(plan: Plan, world: Arc<World>, now: i64) -> Self {
        let group = Self {
            progress: Mutex::new(Progress {
                written: vec![BTreeSet::new(); plan.rules.len()],
                restored: !plan.restores,
                ..Progress::default()
            }),
            name: plan.name,
            file: plan.file,
            interval: plan.interval.max(1),
            query_offset: plan.query_offset,
            limit: plan.limit,
            rules: plan.rules,
            world,
            last: Mutex::default(),
            begun: AtomicI64::new(i64::MIN),
            is_running: AtomicBool::new(false),
            missed: AtomicU64::new(0),
        };
        group.begun.store(group.slot(now), Ordering::Relaxed);
        group
    }

    /// Unique in its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file it stands in.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// How often it is evaluated, in milliseconds.
    pub fn interval(&self) -> i64 {
        self.interval
    }

    /// How far back its queries look, in milliseconds.
    pub fn query_offset(&self) -> i64 {
        self.query_offset
    }

    /// The most series or alerts a rule may have; 0 is no limit.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// In their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The last evaluation.
    pub fn last_evaluation(&self) -> LastEvaluation {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Evaluations that were left out because the one before was not over.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// The last time up to `now` at which it is to be evaluated: a multiple of the interval, and a part of it that its
    /// name decides, so that not all groups are evaluated at once and each always at the same times.
    pub fn slot(&self, now: i64) -> i64 {
        let key = format!("{}\u{ff}{}", self.file.display(), self.name);
        let shift = (fnv1a(key.as_bytes()) % self.interval.unsigned_abs()) as i64;
        (now - shift).div_euclid(self.interval) * self.interval + shift
    }

    /// The next time it is to be evaluated.
    pub(super) fn next_slot(&self) -> i64 {
        self.begun.load(Ordering::Relaxed).saturating_add(self.interval)
    }

    /// Begins the evaluation that is due, if there is one: returns its time. Whoever begins must [`Group::finish`].
    pub(super) fn begin(&self, now: i64) -> Option<i64> {
        let (slot, begun) = (self.slot(now), self.begun.load(Ordering::Relaxed));
        if slot <= begun {
            return None;
        }
        self.begun.store(slot, Ordering::Relaxed);
        let skipped = (slot - begun) / self.interval - 1;
        let runs_still = self.is_running.swap(true, Ordering::Relaxed);
        self.missed
            .fetch_add(skipped.unsigned_abs() + u64::from(runs_still), Ordering::Relaxed);
        (!runs_still).then_some(slot)
    }

    pub(super) fn finish(&self) {
        self.is_running.store(false, Ordering::Relaxed);
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Evaluates all rules as of `at` (milliseconds since the epoch), writes their results and tells of their alerts.
    pub fn evaluate(&self, at: i64) {
        let began = Instant::now();
        let mut progress = self.progress();
        if progress.retired {
            return;
        }
        let evaluation = Evaluation {
            at,
            sampled_at: at - self.query_offset,
            limit: self.limit,
        };
        let restored = progress.restored;
        for (rule, written) in self.rules.iter().zip(&mut progress.written) {
            let Some(mut samples) = rule.evaluate(&self.world, evaluation) else {
                continue;
            };
            if let Kind::Alerting(alerting) = rule.kind() {
                let due = alerting.notifications(&self.world, at, self.interval, rule.expression());
                if !due.is_empty() {
                    self.world.notify.notify(due);
                }
                if !restored {
                    // What is remembered of them must not be overwritten before it is read.
                    samples.clear();
                }
            }
            self.write(rule, &samples, evaluation.sampled_at, written);
        }
        let orphans = std::mem::take(&mut progress.orphans);
        self.world.end_series(&orphans, evaluation.sampled_at);
        progress.evaluations += 1;
        // Not after the first evaluation: alerts may need what rules of other groups write.
        if !progress.restored && progress.evaluations >= 2 {
            self.restore(at);
            progress.restored = true;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = LastEvaluation {
            at: Some(at),
            duration: began.elapsed(),
        };
    }

    /// Writes a rule's results, and ends the series it wrote last time and now did not.
    fn write(&self, rule: &Rule, samples: &[Sample], time: i64, written: &mut BTreeSet<Labels>) {
        let mut batch = self.world.store.appender();
        let mut refused: Option<AppendError> = None;
        for sample in samples {
            if let Err(error) = batch.append(&sample.labels, time, sample.value) {
                refused = Some(error);
            }
        }
        let now: BTreeSet<Labels> = samples.iter().map(|sample| sample.labels.clone()).collect();
        for gone in written.difference(&now) {
            end(&mut batch, gone, time);
        }
        match batch.commit() {
            Ok(_) => *written = now,
            Err(error) => rule.blame(error.to_string()),
        }
        if let Some(error) = refused {
            rule.blame(error.to_string());
        }
    }

    fn restore(&self, at: i64) {
        for rule in &self.rules {
            if let Kind::Alerting(alerting) = rule.kind()
                && let Err(error) = alerting.restore(&*self.world.store, at)
            {
                tracing::warn!(rule = rule.name(), %error, "cannot restore the state of alerts");
            }
        }
    }

    /// Goes on where an earlier version was. Waits for its evaluation to end.
    pub(super) fn take_over(&self, old: &Group) {
        let (mut progress, mut from) = (self.progress(), old.progress());
        from.retired = true;
        let mut left: Vec<Option<&Rule>> = old.rules.iter().map(Some).collect();
        for (index, rule) in self.rules.iter().enumerate() {
            let found = left.iter().position(|old| old.is_some_and(|old| rule.succeeds(old)));
            if let Some(place) = found
                && let Some(old) = left[place].take()
            {
                rule.adopt(old);
                progress.written[index] = std::mem::take(&mut from.written[place]);
            }
        }
        let orphans = std::mem::take(&mut from.written).into_iter().flatten();
        progress
            .orphans
            .extend(orphans.chain(std::mem::take(&mut from.orphans)));
        (progress.evaluations, progress.restored) = (from.evaluations, from.restored);
        if old.interval == self.interval {
            self.begun.store(old.begun.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = old.last_evaluation();
    }

    /// Ends for good: all series it wrote end at `at`.
    pub(super) fn retire(&self, at: i64) {
        let mut progress = self.progress();
        progress.retired = true;
        let written = std::mem::take(&mut progress.written).into_iter().flatten();
        let all = written.chain(std::mem::take(&mut progress.orphans)).collect();
        self.world.end_series(&all, at - self.query_offset);
    }
}

impl World {
    fn end_series(&self, series: &BTreeSet<Labels>, time: i64) {
        let mut batch = self.store.appender();
        series.iter().for_each(|labels| end(&mut batch, labels, time));
        if let Err(error) = batch.commit() {
            tracing::warn!(%error, "cannot end the series of a rule");
        }
    }
}

/// Marks the end of a series; one that another rule still writes goes on.
fn end(batch: &mut Appender<'_>, labels: &Labels, time: i64) {
    if let Err(error) = batch.append(labels, time, STALE) {
        tracing::debug!(%error, series = %labels, "cannot end a series of a rule");
    }
}

/// FNV-1a: the same in every process and version, which the standard hasher does not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
