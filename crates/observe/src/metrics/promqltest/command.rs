//! From the lines of a file to commands.

use regex::Regex;

use super::Malformed;
use super::description::{self, Described};
use crate::metrics::labels::Labels;
use crate::metrics::promql::{number, strings};

#[derive(Debug)]
pub(super) enum Command {
    Clear,
    Load(Load),
    Eval(Box<Eval>),
}

/// Series, with a value every `step` milliseconds from the epoch on.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) step: i64,
    pub(super) series: Vec<(Labels, Vec<Described>)>,
    /// Classic histograms are to be loaded as native ones besides.
    pub(super) as_native: bool,
    /// Samples carry start timestamps.
    pub(super) start_times: bool,
}

/// A query and what it should answer.
#[derive(Debug)]
pub(super) struct Eval {
    /// From 1.
    pub(super) line: usize,
    pub(super) query: String,
    pub(super) times: Times,
    pub(super) expected: Expected,
    pub(super) ordered: bool,
    pub(super) fail: Option<Text>,
    pub(super) annotations: Annotations,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Times {
    Instant(i64),
    Range { start: i64, end: i64, step: i64 },
}

/// The answer.
#[derive(Debug)]
pub(super) enum Expected {
    Scalar(f64),
    Text(String),
    /// Series in their order, at the times of the query or at those given.
    Series {
        series: Vec<(Labels, Vec<Described>)>,
        at: Option<(i64, i64, i64)>,
    },
}

/// Expectations of one kind of annotation, given by `expect warn`, `no_warn` and the like.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    pub(super) warnings: Vec<Text>,
    pub(super) no_warnings: bool,
    pub(super) infos: Vec<Text>,
    pub(super) no_infos: bool,
}

/// What a message should be.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Any,
    Exactly(String),
    Matching(Regex),
}

impl Text {
    pub(super) fn accepts(&self, message: &str) -> bool {
        match self {
            Text::Any => true,
            Text::Exactly(text) => text == message,
            Text::Matching(regex) => regex.is_match(message),
        }
    }
}

/// Reads a file.
pub(super) fn parse(file: &str) -> Result<Vec<Command>, Malformed> {
    let lines: Vec<&str> = file
        .lines()
        .map(|line| {
            if line.trim_start().starts_with('#') {
                ""
            } else {
                line.trim()
            }
        })
        .collect();
    let mut commands = Vec::new();
    let mut next = 0;
    while next < lines.len() {
        let number = next + 1;
        let line = lines[next];
        next += 1;
        if line.is_empty() {
            continue;
        }
        // A command goes on to the next empty line.
        let body_end = next
            + lines[next..]
                .iter()
                .position(|line| line.is_empty())
                .unwrap_or(lines.len() - next);
        let body = &lines[next..body_end];
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let word = word.to_ascii_lowercase();
        let malformed = |(offset, reason)| Malformed {
            line: number + offset,
            reason,
        };
        let command = match word.as_str() {
            "clear" => {
                commands.push(Command::Clear);
                continue;
            }
            "load" | "load_with_nhcb" => Command::Load(load(&word, rest, body).map_err(malformed)?),
            _ if word.starts_with("eval") => {
                let (eval, used) = eval(&word, rest, body, number).map_err(malformed)?;
                commands.push(Command::Eval(Box::new(eval)));
                next += used;
                continue;
            }
            _ => return Err(malformed((0, format!("invalid command \"{line}\"")))),
        };
        commands.push(command);
        next = body_end;
    }
    Ok(commands)
}

/// An error with the number of lines after the command's own.
type Fallible<T> = Result<T, (usize, String)>;

fn load(word: &str, step: &str, body: &[&str]) -> Fallible<Load> {
    let step = duration(step).map_err(|reason| (0, reason))?;
    let mut load = Load {
        step,
        series: Vec::new(),
        as_native: word.ends_with("_with_nhcb"),
        start_times: false,
    };
    for (index, line) in body.iter().enumerate() {
        if line.split([' ', '\t']).next().is_some_and(|word| word.ends_with("@st")) {
            load.start_times = true;
            continue;
        }
        load.series
            .push(description::series(line).map_err(|reason| (index + 1, reason))?);
    }
    Ok(load)
}

/// Reads an evaluation, and says how many lines of its body belong to it.
fn eval(word: &str, rest: &str, body: &[&str], line: usize) -> Fallible<(Eval, usize)> {
    let (times, query) = times_and_query(rest).map_err(|reason| (0, reason))?;
    let mut eval = Eval {
        line,
        query: query.to_owned(),
        times,
        expected: Expected::Series {
            series: Vec::new(),
            at: None,
        },
        ordered: word == "eval_ordered",
        fail: (word == "eval_fail").then_some(Text::Any),
        annotations: Annotations::default(),
    };
    match word {
        "eval_warn" => eval.annotations.warnings.push(Text::Any),
        "eval_info" => eval.annotations.infos.push(Text::Any),
        _ => {}
    }
    for (index, line) in body.iter().enumerate() {
        let more = expectation(&mut eval, line).map_err(|reason| (index + 1, reason))?;
        if !more {
            return Ok((eval, index + 1));
        }
    }
    Ok((eval, body.len()))
}

/// `instant at TIME QUERY` or `range from TIME to TIME step DURATION QUERY`.
fn times_and_query(text: &str) -> Result<(Times, &str), String> {
    let mut rest = text.trim_start();
    let mut word = || {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = after.trim_start();
        word
    };
    let times = match word() {
        "instant" => {
            expect_word("at", word())?;
            Times::Instant(duration(word())?)
        }
        "range" => {
            expect_word("from", word())?;
            let start = duration(word())?;
            expect_word("to", word())?;
            let end = duration(word())?;
            expect_word("step", word())?;
            Times::Range {
                start,
                end,
                step: duration(word())?,
            }
        }
        other => return Err(format!("instant or range was expected instead of {other}")),
    };
    Ok((times, rest))
}

fn expect_word(expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("\"{expected}\" was expected instead of \"{found}\""))
    }
}

fn duration(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    number::parse_duration(digits)
        .map(|value| sign * value)
        .ok_or_else(|| format!("invalid duration \"{text}\""))
}

/// Takes one line of what is expected; false when it was the last one.
fn expectation(eval: &mut Eval, line: &str) -> Result<bool, String> {
    if eval.fail.is_some() {
        if let Some(message) = line.strip_prefix("expected_fail_message") {
            eval.fail = Some(Text::Exactly(message.trim().to_owned()));
            return Ok(false);
        }
        if let Some(pattern) = line.strip_prefix("expected_fail_regexp") {
            eval.fail = Some(Text::Matching(regex(pattern)?));
            return Ok(false);
        }
    }
    if let Some(range) = line.strip_prefix("expect range vector") {
        let (Times::Range { start, end, step }, _) = times_and_query(&format!("range {}", range.trim()))? else {
            return Err("a range was expected".into());
        };
        eval.expected = Expected::Series {
            series: Vec::new(),
            at: Some((start, end, step)),
        };
        return Ok(true);
    }
    if let Some(text) = line.strip_prefix("expect string") {
        let (value, _) = strings::unquote(text.trim_start())?;
        eval.expected = Expected::Text(value);
        return Ok(true);
    }
    if let Some(rest) = line.strip_prefix("expect ").or_else(|| line.strip_prefix("expect\t")) {
        expect(eval, rest.trim())?;
        return Ok(true);
    }
    if let Some(value) = number::parse(line) {
        eval.expected = Expected::Scalar(value);
        return Ok(false);
    }
    let described = description::series(line)?;
    match &mut eval.expected {
        Expected::Series { series, .. } => series.push(described),
        other => {
            *other = Expected::Series {
                series: vec![described],
                at: None,
            }
        }
    }
    Ok(true)
}

/// `fail`, `ordered`, `warn`, `no_warn`, `info`, `no_info`, with `msg:` or `regex:`.
fn expect(eval: &mut Eval, line: &str) -> Result<(), String> {
    let (kind, detail) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let detail = detail.trim();
    let text = if let Some(message) = detail.strip_prefix("msg:") {
        Text::Exactly(message.trim().to_owned())
    } else if let Some(pattern) = detail.strip_prefix("regex:") {
        Text::Matching(regex(pattern)?)
    } else if detail.is_empty() {
        Text::Any
    } else {
        return Err(format!("invalid expect statement: {line}"));
    };
    match kind {
        "fail" => eval.fail = Some(text),
        "ordered" => eval.ordered = true,
        "warn" => eval.annotations.warnings.push(text),
        "no_warn" => eval.annotations.no_warnings = true,
        "info" => eval.annotations.infos.push(text),
        "no_info" => eval.annotations.no_infos = true,
        other => return Err(format!("invalid expected error/annotation type {other}")),
    }
    Ok(())
}

fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern.trim()).map_err(|error| format!("invalid regex {pattern}: {error}"))
}
