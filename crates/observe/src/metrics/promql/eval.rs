//! The walk over the tree: each node over all steps at once.

use std::cell::RefCell;

use super::annotations::{Notice, Notices, Position};
use super::answer::{Answer, QueryResult};
use super::error::{QueryError, Result};
use super::options::{Budget, Cancel, Options};
use super::syntax::{Kind, Node};
use super::value::{Grid, Series, Value, merge_same_labels};
use crate::metrics::source::Source;

/// A query on its way.
pub(crate) struct Evaluator<'q> {
    pub(super) source: &'q dyn Source,
    pub(super) options: &'q Options,
    /// The steps of the query itself; subqueries have their own.
    pub(super) query: Grid,
    pub(super) budget: Budget,
    notices: RefCell<Notices>,
}

impl<'q> Evaluator<'q> {
    pub(crate) fn new(source: &'q dyn Source, options: &'q Options, query: Grid, cancel: Cancel) -> Self {
        Self {
            source,
            options,
            query,
            budget: Budget::new(options, cancel),
            notices: RefCell::default(),
        }
    }

    pub(crate) fn finish(self, result: QueryResult, text: &str) -> Answer {
        let peak_samples = self.budget.peak();
        Answer {
            result,
            annotations: self.notices.into_inner().finish(text),
            peak_samples,
        }
    }

    pub(super) fn notice(&self, notice: Notice, position: Position) {
        self.notices.borrow_mut().add(notice, position);
    }

    pub(super) fn delayed_names(&self) -> bool {
        self.options.delayed_name_removal
    }

    /// Evaluates a node at every step of `grid`.
    pub(crate) fn eval(&self, node: &Node, grid: Grid) -> Result<Value> {
        self.budget.check()?;
        let held = self.budget.held();
        let value = if node.invariant && grid.count > 1 {
            self.eval_kind(node, Grid { count: 1, ..grid })?.repeated(grid.count)
        } else {
            self.eval_kind(node, grid)?
        };
        // What the node was made of is gone now.
        self.budget.set(held + value.size())?;
        Ok(value)
    }

    fn eval_kind(&self, node: &Node, grid: Grid) -> Result<Value> {
        match &node.kind {
            Kind::Number(value) => Ok(Value::Scalar(vec![*value; grid.count])),
            Kind::Text(text) => Ok(Value::Text(text.clone())),
            Kind::Selector(selector) => self.select_instant(selector, grid).map(Value::Vector),
            Kind::Paren(inner) => self.eval(inner, grid),
            Kind::Negate(inner) => self.negate(inner, grid),
            Kind::Call(function, args) => self.call(*function, args, grid),
            Kind::Aggregate(aggregation) => self.aggregate(aggregation, grid).map(Value::Vector),
            Kind::Binary(binary) => self.binary(binary, grid),
            Kind::Range(..) | Kind::Subquery(_) => Err(QueryError::Execution(
                "a range vector is not a value of its own here".into(),
            )),
        }
    }

    fn negate(&self, inner: &Node, grid: Grid) -> Result<Value> {
        match self.eval(inner, grid)? {
            Value::Scalar(mut values) => {
                values.iter_mut().for_each(|value| *value = -*value);
                Ok(Value::Scalar(values))
            }
            Value::Vector(mut series) => {
                for series in &mut series {
                    series.steps.map(|value| -value);
                    series.lose_name(self.delayed_names());
                }
                merge_same_labels(series).map(Value::Vector)
            }
            text @ Value::Text(_) => Ok(text),
        }
    }

    /// A node that is a vector by its type.
    pub(super) fn vector(&self, node: &Node, grid: Grid) -> Result<Vec<Series>> {
        match self.eval(node, grid)? {
            Value::Vector(series) => Ok(series),
            _ => Err(mistyped("an instant vector")),
        }
    }

    /// A node that is a scalar by its type: one number a step.
    pub(super) fn scalar(&self, node: &Node, grid: Grid) -> Result<Vec<f64>> {
        match self.eval(node, grid)? {
            Value::Scalar(values) => Ok(values),
            _ => Err(mistyped("a scalar")),
        }
    }

    /// A node that is a text by its type.
    pub(super) fn text<'n>(&self, node: &'n Node) -> Result<&'n str> {
        match &node.bare().kind {
            Kind::Text(text) => Ok(text),
            _ => Err(mistyped("a string literal")),
        }
    }
}

fn mistyped(expected: &str) -> QueryError {
    QueryError::Execution(format!("expected {expected}"))
}
