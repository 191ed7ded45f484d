//! Binary operators: between numbers, between a vector and a number, and between vectors.

mod matching;
mod operator;
mod sets;
mod slow;
mod vectors;

pub(crate) use matching::{Cardinality, Fill, Matching};
pub(crate) use operator::{Operator, Set};

use super::error::Result;
use super::eval::Evaluator;
use super::syntax::{Binary, ValueType};
use super::value::{Grid, Value, merge_same_labels};

impl Evaluator<'_> {
    pub(super) fn binary(&self, binary: &Binary, grid: Grid) -> Result<Value> {
        let Binary {
            operator,
            returns_bool,
            matching,
            left,
            right,
        } = binary;
        match (left.value_type, right.value_type) {
            (ValueType::Scalar, ValueType::Scalar) => {
                let pairs = self.scalar(left, grid)?.into_iter().zip(self.scalar(right, grid)?);
                // Between numbers, a comparison always gives 1 or 0.
                let apply = |(left, right)| operator.apply(left, right, true).unwrap_or(f64::NAN);
                Ok(Value::Scalar(pairs.map(apply).collect()))
            }
            (ValueType::Vector, ValueType::Scalar) => {
                let numbers = self.scalar(right, grid)?;
                let apply = |index: usize, value: f64| operator.apply(value, numbers[index], *returns_bool);
                self.with_numbers(binary, left, grid, apply)
            }
            (ValueType::Scalar, ValueType::Vector) => {
                let numbers = self.scalar(left, grid)?;
                let apply = |index: usize, value: f64| {
                    let result = operator.apply(numbers[index], value, *returns_bool)?;
                    // A comparison that holds gives the vector's value, whichever side it is on.
                    Some(if operator.is_comparison() && !returns_bool {
                        value
                    } else {
                        result
                    })
                };
                self.with_numbers(binary, right, grid, apply)
            }
            _ => {
                let (left, right) = (self.vector(left, grid)?, self.vector(right, grid)?);
                let results = match operator {
                    Operator::Set(Set::And) => sets::and(left, &right, matching, grid),
                    Operator::Set(Set::Unless) => sets::unless(left, &right, matching, grid),
                    Operator::Set(Set::Or) => sets::or(left, right, matching, grid),
                    _ => vectors::join(&left, &right, binary, grid, self.delayed_names(), &self.budget)?,
                };
                merge_same_labels(results).map(Value::Vector)
            }
        }
    }

    fn with_numbers(
        &self,
        binary: &Binary,
        vector: &super::syntax::Node,
        grid: Grid,
        mut apply: impl FnMut(usize, f64) -> Option<f64>,
    ) -> Result<Value> {
        let mut series = self.vector(vector, grid)?;
        for series in &mut series {
            series.steps.filter_map(&mut apply);
            if binary.operator.is_arithmetic() || binary.returns_bool {
                series.lose_name(self.delayed_names());
            }
        }
        series.retain(|series| !series.steps.is_empty());
        merge_same_labels(series).map(Value::Vector)
    }
}
