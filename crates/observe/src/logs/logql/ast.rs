//! A query as a tree. What can be compiled, is: a tree is asked as often as wanted.

use std::sync::Arc;

use regex::Regex;

use super::ip::IpRange;
use super::pattern::Pattern;
use crate::metrics::matchers::Matcher;
use crate::rules::template::Template;

/// A query: for lines or for numbers.
#[derive(Debug, Clone)]
pub enum Expr {
    /// Lines.
    Log(LogExpr),
    /// Numbers.
    Metric(MetricExpr),
}

/// Streams, and what becomes of their lines.
#[derive(Debug, Clone)]
pub struct LogExpr {
    /// Which streams.
    pub matchers: Vec<Matcher>,
    /// In their order.
    pub stages: Vec<Stage>,
}

/// One step of a pipeline.
#[derive(Debug, Clone)]
pub enum Stage {
    /// `|= "a" or "b"`
    Line(LineFilter),
    /// `| json`
    Json(Vec<(String, JsonPath)>),
    /// `| logfmt --strict`
    Logfmt(Logfmt),
    /// `| regexp "(?P<a>.*)"`
    Regexp(Regex),
    /// `| pattern "<ip> <_>"`
    Pattern(Pattern),
    /// `| unpack`
    Unpack,
    /// `| status >= 500`
    Label(LabelFilter),
    /// `| line_format "{{.a}}"`
    LineFormat(Formatter),
    /// `| label_format a=b, c="{{.d}}"`
    LabelFormat(Vec<(String, LabelValue)>),
    /// `| drop a, b="c"`
    Drop(Vec<NamedLabel>),
    /// `| keep a, b="c"`
    Keep(Vec<NamedLabel>),
    /// `| decolorize`
    Decolorize,
}

/// A label, and the values for which it is meant.
#[derive(Debug, Clone)]
pub enum NamedLabel {
    /// Whatever its value.
    Name(String),
    /// Only with such a value.
    Matching(Matcher),
}

/// `logfmt` with its flags and what it takes out.
#[derive(Debug, Clone)]
pub struct Logfmt {
    /// A line with anything malformed is an error.
    pub strict: bool,
    /// Keys without a value become labels with an empty one.
    pub keep_empty: bool,
    /// New names and keys; all keys when there are none.
    pub wanted: Vec<(String, String)>,
}

/// The way to a value inside JSON: `request.headers["User-Agent"][0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    /// As written.
    pub text: String,
    /// Its steps.
    pub steps: Vec<PathStep>,
}

/// One step into JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// A field of an object.
    Field(String),
    /// An element of an array.
    Index(usize),
}

/// A template with its text.
#[derive(Debug, Clone)]
pub struct Formatter {
    /// As written.
    pub text: String,
    /// Ready to render.
    pub template: Arc<Template>,
}

/// What a label is set to.
#[derive(Debug, Clone)]
pub enum LabelValue {
    /// Another label, which goes away.
    Rename(String),
    /// A text.
    Format(Formatter),
}

/// How a line is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOp {
    /// `|=`
    Contains,
    /// `!=`
    ContainsNot,
    /// `|~`
    Matches,
    /// `!~`
    MatchesNot,
    /// `|>`
    Pattern,
    /// `!>`
    PatternNot,
}

/// A test of the line. It holds when one of the needles is found, or for the negative ones when none is.
#[derive(Debug, Clone)]
pub struct LineFilter {
    /// How.
    pub op: LineOp,
    /// What is looked for.
    pub needles: Vec<Needle>,
}

/// What a line is searched for.
#[derive(Debug, Clone)]
pub enum Needle {
    /// A text.
    Text(String),
    /// An expression, with its text.
    Regex(String, Regex),
    /// A pattern, with its text.
    Pattern(String, Pattern),
    /// An address in a range.
    Ip(String, IpRange),
}

/// A test of labels.
#[derive(Debug, Clone)]
pub enum LabelFilter {
    /// Of its text.
    Text(Matcher),
    /// Of its number.
    Number(String, Compare, f64),
    /// Of its duration, in nanoseconds, with the text compared with.
    Duration(String, Compare, i64, String),
    /// Of its size in bytes, with the text compared with.
    Bytes(String, Compare, u64, String),
    /// Of its address; false is `!=`.
    Ip(String, bool, String, IpRange),
    /// Both.
    And(Box<LabelFilter>, Box<LabelFilter>),
    /// Either.
    Or(Box<LabelFilter>, Box<LabelFilter>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

/// A query for numbers.
#[derive(Debug, Clone)]
pub enum MetricExpr {
    /// `rate({…}[5m])`
    Range(Box<RangeExpr>),
    /// `sum by (a) (…)`
    Aggregate {
        /// Which.
        op: VectorOp,
        /// The first argument of `topk` and `bottomk`.
        count: usize,
        /// How series are put together.
        grouping: Option<Grouping>,
        /// Over what.
        inner: Box<MetricExpr>,
    },
    /// `a / b`
    Binary(Box<BinaryExpr>),
    /// `2`
    Literal(f64),
    /// `vector(2)`
    Vector(f64),
    /// `label_replace(v, "dst", "$1", "src", "(.*)")`
    LabelReplace {
        /// Over what.
        inner: Box<MetricExpr>,
        /// The label that is set.
        target: String,
        /// What it is set to.
        replacement: String,
        /// The label that is looked at.
        source: String,
        /// The expression as written.
        pattern: String,
        /// Anchored at both ends.
        regex: Regex,
    },
}

/// Numbers out of lines over a window of time.
#[derive(Debug, Clone)]
pub struct RangeExpr {
    /// Which.
    pub op: RangeOp,
    /// The quantile.
    pub parameter: f64,
    /// Which lines.
    pub log: LogExpr,
    /// The label that is the value, instead of the line.
    pub unwrap: Option<Unwrap>,
    /// The window, in nanoseconds; it does not hold its beginning.
    pub range: i64,
    /// How far back the window is, in nanoseconds.
    pub offset: i64,
    /// How series are put together.
    pub grouping: Option<Grouping>,
}

/// `| unwrap bytes(size) | size > 5`
#[derive(Debug, Clone)]
pub struct Unwrap {
    /// The label.
    pub label: String,
    /// How its text becomes a number.
    pub conversion: Conversion,
    /// Tests after it.
    pub filters: Vec<LabelFilter>,
}

/// How a text becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// As it is.
    Number,
    /// `bytes(…)`
    Bytes,
    /// `duration(…)`, in seconds.
    Duration,
    /// `duration_seconds(…)`, in seconds.
    DurationSeconds,
}

/// Operations over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeOp {
    /// `rate`
    Rate,
    /// `rate_counter`
    RateCounter,
    /// `count_over_time`
    Count,
    /// `bytes_rate`
    BytesRate,
    /// `bytes_over_time`
    Bytes,
    /// `sum_over_time`
    Sum,
    /// `avg_over_time`
    Avg,
    /// `min_over_time`
    Min,
    /// `max_over_time`
    Max,
    /// `stddev_over_time`
    Stddev,
    /// `stdvar_over_time`
    Stdvar,
    /// `quantile_over_time`
    Quantile,
    /// `first_over_time`
    First,
    /// `last_over_time`
    Last,
    /// `absent_over_time`
    Absent,
}

/// Operations over series at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VectorOp {
    /// `sum`
    Sum,
    /// `avg`
    Avg,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `count`
    Count,
    /// `stddev`
    Stddev,
    /// `stdvar`
    Stdvar,
    /// `topk`
    TopK,
    /// `bottomk`
    BottomK,
    /// `sort`
    Sort,
    /// `sort_desc`
    SortDesc,
}

/// `by (a, b)` or `without (a, b)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// `without`: all labels but these.
    pub without: bool,
    /// The labels.
    pub labels: Vec<String>,
}

/// Two vectors, or a vector and a number.
#[derive(Debug, Clone)]
pub struct BinaryExpr {
    /// What is done.
    pub op: BinaryOp,
    /// `bool`: comparisons give 0 or 1 instead of leaving out.
    pub bool: bool,
    /// `on` or `ignoring`, with labels.
    pub matching: Option<Matching>,
    /// The left side.
    pub left: MetricExpr,
    /// The right side.
    pub right: MetricExpr,
}

/// Which series belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// `on`: these labels only; `ignoring`: all but these.
    pub on: bool,
    /// The labels.
    pub labels: Vec<String>,
    /// Which side may have several.
    pub many: Many,
    /// The labels taken from the other side.
    pub include: Vec<String>,
}

/// Which side of a match may have several series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Many {
    /// Neither.
    None,
    /// `group_left`
    Left,
    /// `group_right`
    Right,
}

/// Operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// A comparison.
    Compare(Compare),
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

/// The names of range operations.
pub(super) const RANGE_OPS: [(&str, RangeOp); 15] = [
    ("rate", RangeOp::Rate),
    ("rate_counter", RangeOp::RateCounter),
    ("count_over_time", RangeOp::Count),
    ("bytes_rate", RangeOp::BytesRate),
    ("bytes_over_time", RangeOp::Bytes),
    ("sum_over_time", RangeOp::Sum),
    ("avg_over_time", RangeOp::Avg),
    ("min_over_time", RangeOp::Min),
    ("max_over_time", RangeOp::Max),
    ("stddev_over_time", RangeOp::Stddev),
    ("stdvar_over_time", RangeOp::Stdvar),
    ("quantile_over_time", RangeOp::Quantile),
    ("first_over_time", RangeOp::First),
    ("last_over_time", RangeOp::Last),
    ("absent_over_time", RangeOp::Absent),
];

/// The names of vector operations.
pub(super) const VECTOR_OPS: [(&str, VectorOp); 11] = [
    ("sum", VectorOp::Sum),
    ("avg", VectorOp::Avg),
    ("min", VectorOp::Min),
    ("max", VectorOp::Max),
    ("count", VectorOp::Count),
    ("stddev", VectorOp::Stddev),
    ("stdvar", VectorOp::Stdvar),
    ("topk", VectorOp::TopK),
    ("bottomk", VectorOp::BottomK),
    ("sort", VectorOp::Sort),
    ("sort_desc", VectorOp::SortDesc),
];

impl RangeOp {
    pub(super) fn name(self) -> &'static str {
        RANGE_OPS
            .iter()
            .find(|(_, op)| *op == self)
            .map_or("", |(name, _)| name)
    }
}

impl VectorOp {
    pub(super) fn name(self) -> &'static str {
        VECTOR_OPS
            .iter()
            .find(|(_, op)| *op == self)
            .map_or("", |(name, _)| name)
    }
}

impl Compare {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }

    /// Whether it holds; NaN is not equal to anything.
    pub(super) fn holds<T: PartialOrd>(self, one: T, other: T) -> bool {
        match self {
            Self::Equal => one == other,
            Self::NotEqual => one != other,
            Self::Greater => one > other,
            Self::GreaterOrEqual => one >= other,
            Self::Less => one < other,
            Self::LessOrEqual => one <= other,
        }
    }
}
