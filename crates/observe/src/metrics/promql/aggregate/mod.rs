//! Aggregations: which series go together is decided once, then values are folded step by step.

mod fold;
mod grouping;
mod ranked;
mod values;

use promql_parser::parser::token;

pub(crate) use fold::Fold;
pub(crate) use grouping::Grouping;
pub(crate) use ranked::Rank;

use super::annotations::Notice;
use super::error::{QueryError, Result};
use super::eval::Evaluator;
use super::functions::quantile;
use super::syntax::Node;
use super::value::{Grid, Series, Steps};
use crate::metrics::labels::Labels;

/// An aggregation of an instant vector.
#[derive(Debug)]
pub(crate) struct Aggregation {
    pub(crate) op: AggregationOp,
    pub(crate) grouping: Grouping,
    /// k, φ or the label of `count_values`.
    pub(crate) param: Option<Node>,
    pub(crate) inner: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregationOp {
    Fold(Fold),
    Quantile,
    CountValues,
    Rank(Rank),
}

impl AggregationOp {
    /// The aggregation of a token of the parser; none for those that are not supported.
    pub(crate) fn of(id: token::TokenId) -> Option<Self> {
        Some(match id {
            token::T_SUM => Self::Fold(Fold::Sum),
            token::T_AVG => Self::Fold(Fold::Avg),
            token::T_COUNT => Self::Fold(Fold::Count),
            token::T_GROUP => Self::Fold(Fold::Group),
            token::T_MIN => Self::Fold(Fold::Min),
            token::T_MAX => Self::Fold(Fold::Max),
            token::T_STDDEV => Self::Fold(Fold::Stddev),
            token::T_STDVAR => Self::Fold(Fold::Stdvar),
            token::T_QUANTILE => Self::Quantile,
            token::T_COUNT_VALUES => Self::CountValues,
            token::T_TOPK => Self::Rank(Rank::Largest),
            token::T_BOTTOMK => Self::Rank(Rank::Smallest),
            token::T_LIMITK => Self::Rank(Rank::First),
            _ => return None,
        })
    }

    /// Whether Prometheus calls it experimental.
    pub(crate) fn is_experimental(self) -> bool {
        self == Self::Rank(Rank::First)
    }
}

/// Series that are aggregated together.
struct Group {
    /// The labels of the result.
    labels: Labels,
    /// Indices of its series, in their order.
    members: Vec<usize>,
}

impl Evaluator<'_> {
    pub(super) fn aggregate(&self, aggregation: &Aggregation, grid: Grid) -> Result<Vec<Series>> {
        let Aggregation {
            op,
            grouping,
            param,
            inner,
        } = aggregation;
        let param = param.as_ref();
        match op {
            AggregationOp::CountValues => {
                let label = param.map(|param| self.text(param)).transpose()?.unwrap_or_default();
                values::check_label(label)?;
                Ok(values::count_values(&self.vector(inner, grid)?, grouping, label, grid))
            }
            AggregationOp::Rank(rank) => {
                let k = self.parameter(param, grid)?;
                let series = self.vector(inner, grid)?;
                ranked::ranked(series, grouping, &k, *rank, grid)
            }
            AggregationOp::Quantile => {
                let q = self.parameter(param, grid)?;
                if let Some(param) = param {
                    self.check_quantiles(&q, param);
                }
                let series = self.vector(inner, grid)?;
                Ok(self.results(grouping.groups(&series), &series, |members| {
                    quantiles(&series, members, &q, grid)
                }))
            }
            AggregationOp::Fold(fold) => {
                let series = self.vector(inner, grid)?;
                Ok(self.results(grouping.groups(&series), &series, |members| {
                    fold.of(members.iter().map(|member| &series[*member].steps), grid.count)
                }))
            }
        }
    }

    fn parameter(&self, param: Option<&Node>, grid: Grid) -> Result<Vec<f64>> {
        let param = param.ok_or_else(|| QueryError::Parse("aggregation without its parameter".into()))?;
        self.scalar(param, grid)
    }

    /// Reports a φ that is not from 0 to 1: NaN, the largest and the smallest.
    fn check_quantiles(&self, q: &[f64], param: &Node) {
        let report = |q: f64| self.notice(Notice::QuantileOutOfRange(q), param.position);
        if q.iter().any(|q| q.is_nan()) {
            report(f64::NAN);
        }
        let numbers = || q.iter().copied().filter(|q| !q.is_nan());
        numbers()
            .reduce(f64::max)
            .filter(|q| *q > 1.0)
            .into_iter()
            .for_each(report);
        numbers()
            .reduce(f64::min)
            .filter(|q| *q < 0.0)
            .into_iter()
            .for_each(report);
    }

    fn results(&self, groups: Vec<Group>, series: &[Series], steps: impl Fn(&[usize]) -> Steps) -> Vec<Series> {
        let result = |group: Group| {
            let drop_name = group.members.iter().any(|member| series[*member].drop_name);
            Series {
                steps: steps(&group.members),
                labels: group.labels,
                drop_name,
            }
        };
        groups
            .into_iter()
            .map(result)
            .filter(|series| !series.steps.is_empty())
            .collect()
    }
}

fn quantiles(series: &[Series], members: &[usize], q: &[f64], grid: Grid) -> Steps {
    let mut values = Vec::with_capacity(members.len());
    Steps::from_fn(grid.count, |index| {
        values.clear();
        values.extend(members.iter().filter_map(|member| series[*member].steps.get(index)));
        (!values.is_empty()).then(|| quantile(q[index], &mut values))
    })
}
