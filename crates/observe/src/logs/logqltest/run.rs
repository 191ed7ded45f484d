//! Running a file.

use std::collections::BTreeMap;

use super::Malformed;
use super::command::{Command, Eval, Expected, Kind, Stream, TestLine, parse};
use crate::logs::block::Line;
use crate::logs::logql::ast::Expr;
use crate::logs::logql::{self, Cancel, Evaluation, LinesQuery, NumberSeries, Numbers, Options, QueryError, Steps};
use crate::logs::memory::MemoryLogs;
use crate::metrics::labels::Labels;
use crate::metrics::promql::number::{almost_equal, plain};
use crate::metrics::promqltest::description::Described;

/// The relative error values may have.
const TOLERANCE: f64 = 1e-6;

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
    let mut logs = MemoryLogs::default();
    let mut reports = Vec::new();
    for command in parse(file)? {
        match command {
            Command::Clear => logs = MemoryLogs::default(),
            Command::Load(streams) => {
                for stream in &streams {
                    let lines = stream.lines.iter().map(|line| Line {
                        time: line.time,
                        text: &line.text,
                        metadata: Some(&line.metadata),
                    });
                    logs.add(&stream.labels, lines);
                }
            }
            Command::Eval(eval) => {
                let outcome = match check(&logs, &eval) {
                    Ok(()) => Outcome::Passed,
                    Err(Trouble::Left(what)) => Outcome::Skipped(what),
                    Err(Trouble::Differs(why)) => Outcome::Failed(why),
                };
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

enum Trouble {
    Left(String),
    Differs(String),
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self::Differs(why)
    }
}

/// Functions of LogQL that this engine does not have.
const LEFT_OUT: [&str; 3] = ["approx_topk", "__variants__", "variants"];

enum Answer {
    Text(String),
    Numbers(Numbers),
    Streams(Vec<Stream>),
}

fn check(logs: &MemoryLogs, eval: &Eval) -> Result<(), Trouble> {
    if let Some(name) = LEFT_OUT.iter().find(|name| eval.query.contains(&format!("{name}("))) {
        return Err(Trouble::Left(format!("{name} is not supported")));
    }
    let answer = match (ask(logs, eval), &eval.fail) {
        (Err(error), Some(text)) if text.accepts(&error.to_string()) => return Ok(()),
        (Err(error), Some(text)) => return Err(format!("expected the error {text:?} but got: {error}").into()),
        (Err(error), None) => return Err(format!("unexpected error: {error}").into()),
        (Ok(_), Some(_)) => return Err("expected an error but got an answer".to_owned().into()),
        (Ok(answer), None) => answer,
    };
    Ok(compare(&answer, eval)?)
}

fn ask(logs: &MemoryLogs, eval: &Eval) -> Result<Answer, QueryError> {
    let expr = logql::parse(&eval.query)?;
    let options = Options::default();
    let evaluation = Evaluation::new(logs, &options, Cancel::default());
    let wrong_kind = |what: &str| QueryError::Execution(format!("the query is for {what}"));
    match (eval.kind, expr) {
        (Kind::Format, expr) => Ok(Answer::Text(expr.to_string())),
        (Kind::Instant(time), Expr::Metric(expr)) => evaluation.numbers(&expr, Steps::at(time)).map(Answer::Numbers),
        (Kind::Range { start, end, step }, Expr::Metric(expr)) => evaluation
            .numbers(&expr, Steps { start, end, step })
            .map(Answer::Numbers),
        (
            Kind::Lines {
                start,
                end,
                limit,
                direction,
            },
            Expr::Log(expr),
        ) => {
            let query = LinesQuery {
                start,
                end,
                limit,
                direction,
                interval: 0,
            };
            let streams = evaluation.lines(&expr, query)?.into_iter().map(|stream| Stream {
                labels: stream.labels,
                lines: stream
                    .lines
                    .into_iter()
                    .map(|line| TestLine {
                        time: line.time,
                        text: line.text,
                        metadata: Labels::empty(),
                    })
                    .collect(),
            });
            Ok(Answer::Streams(streams.collect()))
        }
        (Kind::Lines { .. }, Expr::Metric(_)) => Err(wrong_kind("numbers")),
        (_, Expr::Log(_)) => Err(wrong_kind("lines")),
    }
}

fn compare(answer: &Answer, eval: &Eval) -> Result<(), String> {
    match (answer, &eval.expected) {
        (Answer::Text(text), Expected::Text(expected)) if text == expected => Ok(()),
        (Answer::Text(text), Expected::Text(expected)) => Err(format!("expected {expected:?} but got {text:?}")),
        (Answer::Numbers(Numbers::Scalar(value)), Expected::Scalar(expected)) => same(*expected, *value, "the scalar"),
        (Answer::Numbers(Numbers::Series(found)), Expected::Series(expected)) => series(found, expected, eval),
        (Answer::Streams(found), Expected::Streams(expected)) => streams(found, expected),
        (Answer::Numbers(Numbers::Scalar(value)), _) => Err(format!("got the scalar {}", plain(*value))),
        _ => Err("the answer is of another kind than what was expected".into()),
    }
}

fn same(expected: f64, value: f64, what: &str) -> Result<(), String> {
    if almost_equal(expected, value, TOLERANCE) {
        Ok(())
    } else {
        Err(format!(
            "expected {} for {what} but got {}",
            plain(expected),
            plain(value)
        ))
    }
}

fn series(found: &[NumberSeries], expected: &[(Labels, Vec<Described>)], eval: &Eval) -> Result<(), String> {
    let steps = match eval.kind {
        Kind::Range { start, end, step } => Steps { start, end, step },
        Kind::Instant(time) => Steps::at(time),
        Kind::Lines { .. } | Kind::Format => return Err("numbers were not asked for".into()),
    };
    let wanted: BTreeMap<&Labels, (usize, &Vec<Described>)> = expected
        .iter()
        .enumerate()
        .map(|(place, (labels, values))| (labels, (place, values)))
        .collect();
    if wanted.len() < expected.len() {
        return Err("the same series is expected twice".into());
    }
    for (place, series) in found.iter().enumerate() {
        let labels = &series.labels;
        let Some((wanted_place, values)) = wanted.get(labels) else {
            return Err(format!("unexpected series {labels} with {:?}", series.values));
        };
        if eval.ordered && *wanted_place != place {
            return Err(format!(
                "expected {labels} at position {} but it was at {}",
                wanted_place + 1,
                place + 1
            ));
        }
        for index in 0..steps.count() {
            let time = steps.time(index);
            let value = series
                .values
                .iter()
                .find(|(at, _)| *at == time)
                .map(|(_, value)| *value);
            let what = format!("{labels} at {}", logql::units::write_duration(time));
            match (values.get(index).copied().unwrap_or(Described::Missing), value) {
                (Described::Number(wanted), Some(value)) => same(wanted, value, &what)?,
                (Described::Missing, None) => {}
                (wanted, value) => return Err(format!("expected {wanted:?} for {what} but got {value:?}")),
            }
        }
    }
    let is_missing = |labels: &Labels| !found.iter().any(|series| series.labels == *labels);
    match expected.iter().find(|(labels, _)| is_missing(labels)) {
        Some((labels, _)) => Err(format!("expected the series {labels} but it was not found")),
        None => Ok(()),
    }
}

fn streams(found: &[Stream], expected: &[Stream]) -> Result<(), String> {
    for stream in found {
        let Some(wanted) = expected.iter().find(|wanted| wanted.labels == stream.labels) else {
            let texts: Vec<&str> = stream.lines.iter().map(|line| line.text.as_str()).collect();
            return Err(format!("unexpected stream {} with {texts:?}", stream.labels));
        };
        let (wanted_lines, lines) = (&wanted.lines, &stream.lines);
        for (index, line) in lines.iter().enumerate() {
            match wanted_lines.get(index) {
                Some(wanted) if (wanted.time, &wanted.text) == (line.time, &line.text) => {}
                wanted => {
                    let wanted = wanted.map(|wanted| (logql::units::write_duration(wanted.time), &wanted.text));
                    let got = (logql::units::write_duration(line.time), &line.text);
                    return Err(format!(
                        "line {} of {}: expected {wanted:?} but got {got:?}",
                        index + 1,
                        stream.labels
                    ));
                }
            }
        }
        if let Some(missing) = wanted_lines.get(lines.len()) {
            return Err(format!(
                "expected the line {:?} of {} but it was not found",
                missing.text, stream.labels
            ));
        }
    }
    match expected
        .iter()
        .find(|wanted| !found.iter().any(|stream| stream.labels == wanted.labels))
    {
        Some(missing) => Err(format!("expected the stream {} but it was not found", missing.labels)),
        None => Ok(()),
    }
}
