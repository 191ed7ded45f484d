//! The tree of a query as the evaluator walks it: types checked, times in milliseconds, matchers compiled.

use super::super::aggregate::Aggregation;
use super::super::annotations::Position;
use super::super::binary::{Matching, Operator};
use super::super::functions::Function;
use crate::metrics::labels::{Labels, METRIC_NAME};
use crate::metrics::matchers::{MatchOp, Matcher};

/// What an expression evaluates to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// One number a step.
    Scalar,
    /// Series with one value a step.
    Vector,
    /// Series with a range of samples a step.
    Matrix,
    /// A text.
    Text,
}

impl std::fmt::Display for ValueType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
            Self::Text => "string",
        })
    }
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) position: Position,
    pub(crate) value_type: ValueType,
    /// The value is the same at every step: everything below is pinned by `@`.
    pub(crate) invariant: bool,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Number(f64),
    Text(String),
    Selector(Selector),
    /// A selector with a range in milliseconds.
    Range(Selector, i64),
    Subquery(Subquery),
    Paren(Box<Node>),
    Negate(Box<Node>),
    Call(Function, Vec<Node>),
    Aggregate(Box<Aggregation>),
    Binary(Box<Binary>),
}

#[derive(Debug)]
pub(crate) struct Binary {
    pub(crate) operator: Operator,
    pub(crate) returns_bool: bool,
    pub(crate) matching: Matching,
    pub(crate) left: Node,
    pub(crate) right: Node,
}

#[derive(Debug)]
pub(crate) struct Selector {
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) timing: Timing,
}

impl Selector {
    /// The labels that `absent()` can tell of: those the selector asks for by `=`, each by one matcher only.
    pub(crate) fn demanded_labels(&self) -> Labels {
        let told = self.matchers.iter().filter(|matcher| matcher.name != METRIC_NAME);
        let unique = |matcher: &&Matcher| {
            matcher.op == MatchOp::Equal && self.matchers.iter().filter(|other| other.name == matcher.name).count() == 1
        };
        Labels::from_pairs(told.filter(unique).map(|matcher| (&matcher.name, &matcher.value)))
    }
}

#[derive(Debug)]
pub(crate) struct Subquery {
    pub(crate) inner: Box<Node>,
    /// Milliseconds.
    pub(crate) range: i64,
    /// Milliseconds; none: the default.
    pub(crate) step: Option<i64>,
    pub(crate) timing: Timing,
}

/// Which time a selector looks at when it is asked for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Timing {
    /// Milliseconds into the past.
    pub(crate) offset: i64,
    pub(crate) at: Option<At>,
}

/// A time that does not depend on the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// The query's first step.
    Start,
    /// The query's last step.
    End,
    /// Milliseconds since the epoch.
    Time(i64),
}

impl Node {
    /// Without parentheses around it.
    pub(crate) fn bare(&self) -> &Node {
        match &self.kind {
            Kind::Paren(inner) => inner.bare(),
            _ => self,
        }
    }
}
