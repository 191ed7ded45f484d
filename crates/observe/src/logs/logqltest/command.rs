//! From the lines of a file to commands.

use regex::Regex;

use super::Malformed;
use crate::logs::logql::{Direction, units};
use crate::metrics::labels::Labels;
use crate::metrics::promql::{number, strings};
use crate::metrics::promqltest::description::{self, Described};

#[derive(Debug)]
pub(super) enum Command {
    Clear,
    Load(Vec<Stream>),
    Eval(Eval),
}

/// Labels with lines: loaded, or expected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stream {
    pub(super) labels: Labels,
    pub(super) lines: Vec<TestLine>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TestLine {
    /// Nanoseconds since the epoch.
    pub(super) time: i64,
    pub(super) text: String,
    pub(super) metadata: Labels,
}

#[derive(Debug)]
pub(super) struct Eval {
    /// From 1.
    pub(super) line: usize,
    pub(super) query: String,
    pub(super) kind: Kind,
    pub(super) expected: Expected,
    pub(super) ordered: bool,
    pub(super) fail: Option<Text>,
}

/// What is asked, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Instant(i64),
    Range {
        start: i64,
        end: i64,
        step: i64,
    },
    Lines {
        start: i64,
        end: i64,
        limit: usize,
        direction: Direction,
    },
    Format,
}

#[derive(Debug)]
pub(super) enum Expected {
    Scalar(f64),
    Text(String),
    Series(Vec<(Labels, Vec<Described>)>),
    Streams(Vec<Stream>),
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
            Self::Any => true,
            Self::Exactly(text) => text == message,
            Self::Matching(regex) => regex.is_match(message),
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
                line.trim_end()
            }
        })
        .collect();
    let mut commands = Vec::new();
    let mut next = 0;
    while next < lines.len() {
        let (number, head) = (next + 1, lines[next].trim());
        next += 1;
        if head.is_empty() {
            continue;
        }
        let length = lines[next..]
            .iter()
            .position(|line| line.trim().is_empty())
            .unwrap_or(lines.len() - next);
        let body = &lines[next..next + length];
        next += length;
        let malformed = |(offset, reason)| Malformed {
            line: number + offset,
            reason,
        };
        let (word, rest) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
        commands.push(match word {
            "clear" => Command::Clear,
            "load" => Command::Load(streams(body).map_err(malformed)?),
            "eval" => Command::Eval(eval(rest.trim(), body, number).map_err(malformed)?),
            _ => return Err(malformed((0, format!("invalid command \"{head}\"")))),
        });
    }
    Ok(commands)
}

/// An error with the number of lines after the command's own.
type Fallible<T> = Result<T, (usize, String)>;

fn streams(body: &[&str]) -> Fallible<Vec<Stream>> {
    let mut streams: Vec<Stream> = Vec::new();
    for (index, line) in body.iter().enumerate() {
        stream_line(&mut streams, line).map_err(|reason| (index + 1, reason))?;
    }
    Ok(streams)
}

/// A label set, or a line of the last one.
fn stream_line(streams: &mut Vec<Stream>, line: &str) -> Result<(), String> {
    let line = line.trim_start();
    if line.starts_with('{') {
        let (labels, values) = description::series(line)?;
        if !values.is_empty() {
            return Err(format!("a stream has its labels on a line of their own: {line}"));
        }
        streams.push(Stream {
            labels,
            lines: Vec::new(),
        });
        return Ok(());
    }
    let (time, text) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let time = duration(time)?;
    let stream = streams.last_mut().ok_or("a line stands before any stream")?;
    let text = text.trim_start();
    let (text, metadata) = if text.starts_with(['"', '`']) {
        let (unquoted, length) = strings::unquote(text).map_err(|error| format!("{error}: {line}"))?;
        let rest = text[length..].trim();
        let metadata = if rest.is_empty() {
            Labels::empty()
        } else {
            description::series(rest)?.0
        };
        (unquoted, metadata)
    } else {
        (text.to_owned(), Labels::empty())
    };
    stream.lines.push(TestLine { time, text, metadata });
    Ok(())
}

fn eval(head: &str, body: &[&str], line: usize) -> Fallible<Eval> {
    let (kind, query) = kind_and_query(head).map_err(|reason| (0, reason))?;
    let expected = match kind {
        Kind::Lines { .. } => Expected::Streams(Vec::new()),
        Kind::Format => Expected::Text(String::new()),
        Kind::Instant(_) | Kind::Range { .. } => Expected::Series(Vec::new()),
    };
    let mut eval = Eval {
        line,
        query: query.to_owned(),
        kind,
        expected,
        ordered: false,
        fail: None,
    };
    for (index, line) in body.iter().enumerate() {
        expectation(&mut eval, line).map_err(|reason| (index + 1, reason))?;
    }
    Ok(eval)
}

fn expectation(eval: &mut Eval, line: &str) -> Result<(), String> {
    let trimmed = line.trim();
    if let Some(text) = trimmed.strip_prefix("expect string ") {
        eval.expected = Expected::Text(strings::unquote(text.trim())?.0);
        return Ok(());
    }
    if let Some(rest) = trimmed.strip_prefix("expect ") {
        let (kind, detail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        match kind {
            "ordered" => eval.ordered = true,
            "fail" => eval.fail = Some(message(detail.trim())?),
            other => return Err(format!("invalid expectation {other}")),
        }
        return Ok(());
    }
    match &mut eval.expected {
        Expected::Streams(streams) => stream_line(streams, line),
        Expected::Series(series) => {
            if let Some(number) = number::parse(trimmed) {
                eval.expected = Expected::Scalar(number);
            } else {
                series.push(description::series(trimmed)?);
            }
            Ok(())
        }
        _ => Err(format!("nothing more was expected: {trimmed}")),
    }
}

fn message(detail: &str) -> Result<Text, String> {
    if let Some(text) = detail.strip_prefix("msg:") {
        Ok(Text::Exactly(text.trim().to_owned()))
    } else if let Some(pattern) = detail.strip_prefix("regex:") {
        let regex = Regex::new(pattern.trim());
        regex
            .map(Text::Matching)
            .map_err(|error| format!("invalid regex {pattern}: {error}"))
    } else if detail.is_empty() {
        Ok(Text::Any)
    } else {
        Err(format!("invalid expect statement: {detail}"))
    }
}

fn kind_and_query(text: &str) -> Result<(Kind, &str), String> {
    let mut words = Words(text);
    let kind = match words.next() {
        "instant" => {
            words.expect("at")?;
            Kind::Instant(duration(words.next())?)
        }
        "range" => {
            let (start, end) = words.span()?;
            words.expect("step")?;
            let step = duration(words.next())?;
            Kind::Range { start, end, step }
        }
        "lines" => {
            let (start, end) = words.span()?;
            let (mut limit, mut direction) = (100, Direction::Backward);
            loop {
                if words.take("limit") {
                    let count = words.next();
                    limit = count.parse().map_err(|_| format!("invalid limit \"{count}\""))?;
                } else if words.take("forward") {
                    direction = Direction::Forward;
                } else if !words.take("backward") {
                    break;
                }
            }
            Kind::Lines {
                start,
                end,
                limit,
                direction,
            }
        }
        "format" => Kind::Format,
        other => {
            return Err(format!(
                "instant, range, lines or format was expected instead of \"{other}\""
            ));
        }
    };
    Ok((kind, words.0))
}

/// What is left of a command.
struct Words<'t>(&'t str);

impl<'t> Words<'t> {
    fn next(&mut self) -> &'t str {
        let (word, rest) = self.0.split_once(char::is_whitespace).unwrap_or((self.0, ""));
        self.0 = rest.trim_start();
        word
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.0.split(char::is_whitespace).next() == Some(word);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        let found = self.next();
        if found == word {
            Ok(())
        } else {
            Err(format!("\"{word}\" was expected instead of \"{found}\""))
        }
    }

    fn span(&mut self) -> Result<(i64, i64), String> {
        self.expect("from")?;
        let start = duration(self.next())?;
        self.expect("to")?;
        Ok((start, duration(self.next())?))
    }
}

fn duration(text: &str) -> Result<i64, String> {
    units::duration(text).ok_or_else(|| format!("invalid duration \"{text}\""))
}
