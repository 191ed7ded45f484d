//! From an answer to samples in the store: everything about a scrape but the asking.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::SemaphorePermit;

use super::cache::{Cache, Found, Series};
use super::exposition::{Entry, ExemplarText, Format, MetricType, Parser, Sample, series_labels};
use super::lock;
use super::metadata::Families;
use super::sample_labels::sample_labels;
use crate::config::ScrapeConfig;
use crate::metrics::labels::{Labels, METRIC_NAME};
use crate::metrics::samples::STALE;
use crate::metrics::store::{AppendError, Appender, Exemplar, SeriesRef, Store};

/// What a target answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) format: Format,
    /// The leave to hold so much, given back when the answer is in the store.
    pub(super) _permit: Option<SemaphorePermit<'static>>,
}

/// Puts the answers of one target into the store, for all its life.
#[derive(Debug)]
pub(super) struct Ingester {
    store: Arc<Store>,
    /// What is added to every series.
    target: Labels,
    families: Arc<Mutex<Families>>,
    cache: Cache,
    reports: [ReportSeries; 5],
}

/// One of the series that tell of the scrape itself.
#[derive(Debug)]
struct ReportSeries {
    labels: Labels,
    reference: Option<SeriesRef>,
}

const REPORTS: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

/// What came of a scrape.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Samples the target wrote.
    pub(super) scraped: u64,
    /// Samples left by `metric_relabel_configs`.
    pub(super) kept: u64,
    /// Series the scrape before did not have.
    pub(super) added: u64,
    /// Why the scrape failed.
    pub(super) error: Option<String>,
    refused: Refused,
}

/// Samples the store would not take.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Refused {
    out_of_order: u64,
    duplicate: u64,
    too_old: u64,
    exemplars: u64,
}

impl Ingester {
    pub(super) fn new(store: Arc<Store>, target: Labels, families: Arc<Mutex<Families>>) -> Self {
        let reports = REPORTS.map(|name| ReportSeries {
            labels: target.edit().set(METRIC_NAME, name).build(),
            reference: None,
        });
        Self {
            store,
            target,
            families,
            cache: Cache::default(),
            reports,
        }
    }

    /// The job says something else now: what texts mean has to be learnt anew.
    pub(super) fn relearn(&mut self) {
        self.cache.relearn();
    }

    /// Puts an answer, or that there was none, into the store: its samples, the ends of series it does not have any more,
    /// and the report, in one batch. `time` is when the target was asked, in milliseconds since the epoch.
    pub(super) fn ingest(
        &mut self,
        answer: Result<Answer, String>,
        job: &ScrapeConfig,
        time: i64,
        took: Duration,
    ) -> Outcome {
        let store = Arc::clone(&self.store);
        let mut batch = store.appender();
        let mut outcome = Outcome::default();
        let read = answer.and_then(|answer| self.append_answer(&mut batch, &answer, job, time, &mut outcome));
        if let Err(error) = read {
            // Nothing of half an answer is kept.
            batch = store.appender();
            for labels in self.cache.visible() {
                append_end(&mut batch, &labels, time);
            }
            outcome.error = Some(error);
        }
        let values = [
            f64::from(u8::from(outcome.error.is_none())),
            took.as_secs_f64(),
            outcome.scraped as f64,
            outcome.kept as f64,
            outcome.added as f64,
        ];
        self.append_reports(&mut batch, time, values);
        self.commit(batch, &mut outcome);
        outcome
    }

    /// Ends all series of the target, which is no target any more.
    pub(super) fn finish(&mut self, time: i64) {
        let store = Arc::clone(&self.store);
        let mut batch = store.appender();
        for labels in self.cache.visible() {
            append_end(&mut batch, &labels, time);
        }
        self.append_reports(&mut batch, time, [STALE; 5]);
        let mut outcome = Outcome {
            error: Some("the target is gone".into()),
            ..Outcome::default()
        };
        self.commit(batch, &mut outcome);
    }

    fn commit(&mut self, mut batch: Appender<'_>, outcome: &mut Outcome) {
        match batch.commit() {
            Ok(committed) => {
                outcome.refused.duplicate += committed.refused;
                if outcome.error.is_none() {
                    self.cache.end();
                    lock(&self.families).end();
                } else {
                    self.cache.fail();
                }
            }
            Err(error) => {
                // The store has noted it; the series are as they were.
                outcome
                    .error
                    .get_or_insert_with(|| format!("commit the scrape: {error}"));
            }
        }
        let refused = outcome.refused;
        if refused != Refused::default() {
            tracing::warn!(
                target_labels = %self.target,
                out_of_order = refused.out_of_order,
                duplicate = refused.duplicate,
                too_old = refused.too_old,
                exemplars = refused.exemplars,
                "samples of a scrape were refused"
            );
        }
    }

    fn append_answer(
        &mut self,
        batch: &mut Appender<'_>,
        answer: &Answer,
        job: &ScrapeConfig,
        time: i64,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        self.cache.begin();
        lock(&self.families).begin();
        let mut parser = Parser::new(&answer.body, answer.format).map_err(|error| error.to_string())?;
        while let Some(entry) = parser.next_entry().map_err(|error| error.to_string())? {
            match entry {
                Entry::Sample(sample) => {
                    let scrape = OneScrape {
                        job,
                        time,
                        format: answer.format,
                        kind: parser.kind(),
                    };
                    self.append_sample(batch, &scrape, &sample, outcome)
                        .map_err(|what| format!("line {}: {what}", parser.line()))?;
                }
                Entry::Type(name, kind) => lock(&self.families).set_kind(&name, kind),
                Entry::Help(name, help) => lock(&self.families).set_help(&name, &help),
                Entry::Unit(name, unit) => lock(&self.families).set_unit(&name, unit),
            }
        }
        if job.sample_limit > 0 && outcome.kept > job.sample_limit {
            return Err("sample limit exceeded".into());
        }
        for labels in self.cache.vanished() {
            append_end(batch, &labels, time);
        }
        Ok(())
    }

    fn append_sample(
        &mut self,
        batch: &mut Appender<'_>,
        scrape: &OneScrape<'_>,
        sample: &Sample<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        outcome.scraped += 1;
        let own_time = sample.time.filter(|_| scrape.job.honor_timestamps);
        let tracked = own_time.is_none() || scrape.job.track_timestamps_staleness;
        let time = own_time.unwrap_or(scrape.time);
        let within_limit = |kept: u64| scrape.job.sample_limit == 0 || kept <= scrape.job.sample_limit;
        match self.cache.find(sample.series) {
            Found::Dropped => {}
            Found::New => {
                let labels = series_labels(sample.series, scrape.format, scrape.kind)
                    .and_then(|pairs| sample_labels(&pairs, &self.target, scrape.job))?;
                let Some(labels) = labels else {
                    self.cache.insert(sample.series, None, false);
                    return Ok(());
                };
                outcome.kept += 1;
                if !within_limit(outcome.kept) {
                    return Ok(());
                }
                match batch.append(&labels, time, sample.value) {
                    Ok(reference) => {
                        append_exemplar(batch, &labels, sample.exemplar, time, outcome);
                        outcome.added += 1;
                        self.cache
                            .insert(sample.series, Some(Series { labels, reference }), tracked);
                    }
                    Err(error) => outcome.refused.count(error),
                }
            }
            Found::Known { known, again } => {
                outcome.kept += 1;
                // With times of its own a target may write several samples of a series.
                if again && own_time.is_none() {
                    outcome.refused.duplicate += 1;
                    return Ok(());
                }
                if !within_limit(outcome.kept) {
                    return Ok(());
                }
                known.track(tracked);
                let Some(series) = &mut known.series else { return Ok(()) };
                let appended = match batch.append_to(series.reference, time, sample.value) {
                    Err(AppendError::UnknownSeries) => batch
                        .append(&series.labels, time, sample.value)
                        .map(|reference| series.reference = reference),
                    other => other,
                };
                match appended {
                    Ok(()) => append_exemplar(batch, &series.labels, sample.exemplar, time, outcome),
                    Err(error) => outcome.refused.count(error),
                }
            }
        }
        Ok(())
    }

    fn append_reports(&mut self, batch: &mut Appender<'_>, time: i64, values: [f64; 5]) {
        for (series, value) in self.reports.iter_mut().zip(values) {
            let known = series
                .reference
                .map(|reference| batch.append_to(reference, time, value));
            if matches!(known, None | Some(Err(AppendError::UnknownSeries))) {
                series.reference = batch.append(&series.labels, time, value).ok();
            }
        }
    }
}

/// What holds for all samples of a scrape, or of a family in it.
struct OneScrape<'a> {
    job: &'a ScrapeConfig,
    time: i64,
    format: Format,
    kind: MetricType,
}

/// Ends a series. Where that comes too late, because somebody else has gone on with it, it is as well.
fn append_end(batch: &mut Appender<'_>, labels: &Labels, time: i64) {
    _ = batch.append(labels, time, STALE);
}

fn append_exemplar(
    batch: &mut Appender<'_>,
    series: &Labels,
    exemplar: Option<ExemplarText<'_>>,
    time: i64,
    outcome: &mut Outcome,
) {
    let Some(written) = exemplar else { return };
    let appended = series_labels(written.labels, Format::OpenMetrics, MetricType::Unknown)
        .ok()
        .and_then(|pairs| {
            let exemplar = Exemplar {
                labels: Labels::from_pairs(pairs),
                time: written.time.unwrap_or(time),
                value: written.value,
            };
            batch.append_exemplar(series, exemplar).ok()
        });
    outcome.refused.exemplars += u64::from(appended.is_none());
}

impl Refused {
    fn count(&mut self, error: AppendError) {
        match error {
            AppendError::OutOfOrder => self.out_of_order += 1,
            AppendError::Duplicate => self.duplicate += 1,
            AppendError::TooOld => self.too_old += 1,
            AppendError::NoLabels | AppendError::UnknownSeries => {}
        }
    }
}

#[cfg(test)]
mod tests;
