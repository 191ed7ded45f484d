//! What targets answer: Prometheus's text format (0.0.4 and 1.0.0) and OpenMetrics 1.0.
//!
//! A parser walks over the answer once and copies nothing: a sample names its series by the text it was written in, which
//! is the same from scrape to scrape. Only a text not seen before is taken apart, by [`series_labels`].
//!
//! As in Prometheus: `le` of histograms and `quantile` of summaries are written as OpenMetrics writes numbers (`1` becomes
//! `1.0`), and every NaN is the same one, so that no target can write the staleness marker.

mod cursor;
mod number;
mod open_metrics;
mod series;
mod text;

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;

pub use self::series::{SeriesPairs, series_labels};

/// Which of the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `text/plain`
    Prometheus,
    /// `application/openmetrics-text`
    OpenMetrics,
}

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetricType {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counted in buckets.
    Histogram,
    /// Buckets that go up and down.
    GaugeHistogram,
    /// Quantiles.
    Summary,
    /// Labels alone, the value is 1.
    Info,
    /// One of several states.
    StateSet,
    /// Nobody said.
    #[default]
    Unknown,
}

impl MetricType {
    /// As in the answers of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry<'a> {
    /// A sample.
    Sample(Sample<'a>),
    /// `# TYPE`
    Type(Cow<'a, str>, MetricType),
    /// `# HELP`
    Help(Cow<'a, str>, Cow<'a, str>),
    /// `# UNIT`
    Unit(Cow<'a, str>, &'a str),
}

/// A sample of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample<'a> {
    /// The series as it is written: name and labels.
    pub series: &'a str,
    /// Its value.
    pub value: f64,
    /// When, where the target says so: milliseconds since the epoch.
    pub time: Option<i64>,
    /// The exemplar written behind it.
    pub exemplar: Option<ExemplarText<'a>>,
}

/// An exemplar as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExemplarText<'a> {
    /// Its labels, in braces.
    pub labels: &'a str,
    /// What was observed.
    pub value: f64,
    /// When: milliseconds since the epoch.
    pub time: Option<i64>,
}

/// Where an answer goes wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
    /// The cause.
    pub what: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for ParseError {}

/// Walks over an answer.
#[derive(Debug)]
pub struct Parser<'a> {
    rest: &'a str,
    format: Format,
    line: usize,
    kind: MetricType,
    /// `# EOF` was read.
    ended: bool,
}

/// What a line turned out to be.
enum Line<'a> {
    Entry(Entry<'a>),
    Nothing,
    End,
}

impl<'a> Parser<'a> {
    /// Begins at the first line.
    ///
    /// # Errors
    /// When the answer is not UTF-8.
    pub fn new(body: &'a [u8], format: Format) -> Result<Self, ParseError> {
        let rest = std::str::from_utf8(body).map_err(|error| ParseError {
            line: 1 + memchr::memchr_iter(b'\n', &body[..error.valid_up_to()]).count(),
            what: "invalid UTF-8".into(),
        })?;
        Ok(Self {
            rest,
            format,
            line: 0,
            kind: MetricType::Unknown,
            ended: false,
        })
    }

    /// What the last `# TYPE` said.
    pub fn kind(&self) -> MetricType {
        self.kind
    }

    /// Which line was read last, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The next thing said; none at the end.
    ///
    /// # Errors
    /// When a line is wrong. What follows is not read.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'a>>, ParseError> {
        while !self.rest.is_empty() {
            self.line += 1;
            let (line, closed) = self.take_line();
            let read = match self.format {
                Format::Prometheus => text::line(line),
                Format::OpenMetrics if self.ended => Err("unexpected data after # EOF".into()),
                Format::OpenMetrics if !closed && line != "# EOF" => Err("data does not end with # EOF".into()),
                Format::OpenMetrics => open_metrics::line(line),
            };
            match read {
                Ok(Line::Entry(entry)) => {
                    if let Entry::Type(_, kind) = entry {
                        self.kind = kind;
                    }
                    return Ok(Some(entry));
                }
                Ok(Line::Nothing) => {}
                Ok(Line::End) => self.ended = true,
                Err(what) => return Err(self.error(what)),
            }
        }
        if self.format == Format::OpenMetrics && !self.ended {
            return Err(self.error("data does not end with # EOF".into()));
        }
        Ok(None)
    }

    /// The next line, and whether its end is there.
    fn take_line(&mut self) -> (&'a str, bool) {
        match memchr(b'\n', self.rest.as_bytes()) {
            Some(end) => {
                let line = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                (line, true)
            }
            None => (std::mem::take(&mut self.rest), false),
        }
    }

    fn error(&self, what: String) -> ParseError {
        ParseError { line: self.line, what }
    }
}

#[cfg(test)]
mod tests;
