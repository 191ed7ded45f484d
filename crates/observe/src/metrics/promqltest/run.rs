//! Running a file.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::Malformed;
use super::command::{Command, Eval, Expected, Load, Times, parse};
use super::compare;
use super::description::Described;
use crate::metrics::labels::{BUCKET, Labels, METRIC_NAME};
use crate::metrics::memory::MemorySource;
use crate::metrics::promql::{Answer, Cancel, Engine, Options, Query, QueryError, QueryResult};
use crate::metrics::source::{Selection, Source, SourceError, StoredSeries};

/// What became of one evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Not as expected; why.
    Failed(String),
    /// Not tried, since the engine leaves it out; what it is.
    Skipped(String),
}

/// The outcome of one evaluation of a file.
#[derive(Debug, Clone)]
pub struct Report {
    /// The line of the evaluation, from 1.
    pub line: usize,
    /// The query.
    pub query: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// Runs a file, every evaluation of it.
///
/// # Errors
/// When the file is malformed.
pub fn run(file: &str) -> Result<Vec<Report>, Malformed> {
    let options = Options {
        delayed_name_removal: true,
        experimental_functions: true,
        // More than any file asks for, so that a step of a millisecond does not end in an error of the limit.
        max_steps: 1_000_000,
        ..Options::default()
    };
    let engine = Engine::new(options);
    let mut store = TestStore::default();
    let mut reports = Vec::new();
    for command in parse(file)? {
        match command {
            Command::Clear => store = TestStore::default(),
            Command::Load(load) => store.load(&load),
            Command::Eval(eval) => {
                let outcome = evaluate(&engine, &store, &eval);
                reports.push(Report {
                    line: eval.line,
                    query: eval.query,
                    outcome,
                });
            }
        }
    }
    Ok(reports)
}

fn evaluate(engine: &Engine, store: &TestStore, eval: &Eval) -> Outcome {
    if let Some(reason) = unsupported_syntax(&eval.query) {
        return Outcome::Skipped(reason.into());
    }
    if expects_histograms(&eval.expected) {
        return Outcome::Skipped("native histograms: one is expected".into());
    }
    store
        .touched
        .lock()
        .expect("no test panics while it holds the lock")
        .take();
    let outcome = check(engine, store, eval);
    let touched = store.touched.lock().expect("as above").take();
    if let Some(reason) = touched {
        return Outcome::Skipped(reason);
    }
    match outcome {
        Ok(()) => Outcome::Passed,
        Err(Trouble::Unsupported(reason)) => Outcome::Skipped(format!("experimental: {reason}")),
        Err(Trouble::Differs(reason)) => Outcome::Failed(reason),
    }
}

enum Trouble {
    Unsupported(String),
    Differs(String),
}

impl From<String> for Trouble {
    fn from(reason: String) -> Self {
        Trouble::Differs(reason)
    }
}

fn check(engine: &Engine, store: &TestStore, eval: &Eval) -> Result<(), Trouble> {
    let query = match Query::parse(&eval.query, engine.options()) {
        Ok(query) => query,
        Err(QueryError::Unsupported(reason)) => return Err(Trouble::Unsupported(reason)),
        Err(error) => return Err(Trouble::Differs(error.to_string())),
    };
    let answer = match eval.times {
        Times::Instant(time) => engine.instant(store, &query, time, Cancel::default()),
        Times::Range { start, end, step } => engine.range(store, &query, (start, end, step), Cancel::default()),
    };
    let answer = match (answer, &eval.fail) {
        (Err(QueryError::Unsupported(reason)), _) => return Err(Trouble::Unsupported(reason)),
        (Err(error), Some(text)) if text.accepts(&error.to_string()) => return Ok(()),
        (Err(error), Some(text)) => return Err(format!("expected the error {text:?} but got: {error}").into()),
        (Err(error), None) => return Err(format!("unexpected error: {error}").into()),
        (Ok(answer), Some(_)) => return Err(format!("expected an error but got {:?}", answer.result).into()),
        (Ok(answer), None) => answer,
    };
    compare::annotations(&answer.annotations, &eval.annotations)?;
    compare::answer(&answer.result, &eval.expected, eval.times, eval.ordered)?;
    match eval.times {
        Times::Instant(time) => in_range(engine, store, eval, &query, (&answer, time)),
        Times::Range { .. } => Ok(()),
    }
}

/// Asks an instant query again as a range query, a minute before and after: its middle must be the same answer.
fn in_range(
    engine: &Engine,
    store: &TestStore,
    eval: &Eval,
    query: &Query,
    (answer, time): (&Answer, i64),
) -> Result<(), Trouble> {
    let of_the_query = ["start()", "end()", "range()", "step()"]
        .iter()
        .any(|call| eval.query.contains(call));
    if eval.ordered || of_the_query || matches!(answer.result, QueryResult::Matrix(_) | QueryResult::Text { .. }) {
        return Ok(());
    }
    let range = engine
        .range(store, query, (time - 60_000, time + 60_000, 60_000), Cancel::default())
        .map_err(|error| format!("as a range query: {error}"))?;
    let QueryResult::Matrix(series) = range.result else {
        return Err("as a range query: no matrix".to_owned().into());
    };
    let at_time = series.into_iter().filter_map(|series| {
        let value = series.points.iter().find(|(at, _)| *at == time)?.1;
        Some(crate::metrics::promql::InstantSample {
            labels: series.labels,
            time,
            value,
        })
    });
    let middle = match &answer.result {
        QueryResult::Scalar { .. } => at_time
            .map(|sample| sample.value)
            .next()
            .map(|value| QueryResult::Scalar { time, value }),
        _ => Some(QueryResult::Vector(at_time.collect())),
    };
    let middle = middle.ok_or_else(|| "as a range query: no value".to_owned())?;
    compare::answer(&middle, &eval.expected, eval.times, false)
        .map_err(|reason| format!("as a range query: {reason}").into())
}

/// Experimental syntax that the parser does not know.
fn unsupported_syntax(query: &str) -> Option<&'static str> {
    let word = |word: &str| {
        query
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|part| part.eq_ignore_ascii_case(word))
    };
    if word("anchored") || word("smoothed") {
        return Some("experimental: anchored and smoothed ranges");
    }
    if query.contains("</") || query.contains(">/") {
        return Some("native histograms: trimming operators");
    }
    None
}

fn expects_histograms(expected: &Expected) -> bool {
    let Expected::Series { series, .. } = expected else {
        return false;
    };
    series.iter().any(|(_, values)| values.contains(&Described::Histogram))
}

/// Series in memory, and those that hold what the engine leaves out. A query that selects one of these is skipped.
#[derive(Default)]
struct TestStore {
    memory: MemorySource,
    left_out: BTreeMap<Labels, &'static str>,
    touched: Mutex<Option<String>>,
}

impl TestStore {
    fn load(&mut self, load: &Load) {
        for (labels, values) in &load.series {
            for (index, value) in values.iter().enumerate() {
                match value {
                    Described::Missing => {}
                    Described::Number(value) => self.memory.insert(labels, load.step * index as i64, *value),
                    Described::Histogram => {
                        self.left_out.insert(labels.clone(), "native histograms");
                    }
                }
            }
            if load.start_times {
                self.left_out.insert(labels.clone(), "experimental: start timestamps");
            }
            if load.as_native
                && let Some(labels) = native_series(labels)
            {
                self.left_out.insert(labels, "native histograms");
            }
        }
    }
}

/// The native histogram that a series of a classic one would become part of.
fn native_series(labels: &Labels) -> Option<Labels> {
    let name = labels.metric_name();
    let base = ["_bucket", "_count", "_sum"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))?;
    Some(labels.edit().set(METRIC_NAME, base.to_owned()).set(BUCKET, "").build())
}

impl Source for TestStore {
    fn select<'a>(&'a self, selection: &Selection<'_>) -> Result<Vec<Box<dyn StoredSeries + 'a>>, SourceError> {
        let matches = |labels: &Labels| selection.matchers.iter().all(|matcher| matcher.matches(labels));
        if let Some((labels, reason)) = self.left_out.iter().find(|(labels, _)| matches(labels)) {
            let mut touched = self.touched.lock().expect("no test panics while it holds the lock");
            *touched = Some(format!("{reason}: the query selects {labels}"));
        }
        self.memory.select(selection)
    }
}
