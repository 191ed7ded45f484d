//! Functions of one number: rounding, logarithms, trigonometry; and the limits of `clamp`.

use std::f64::consts::PI;

use super::super::error::Result;
use super::super::eval::Evaluator;
use super::super::syntax::Node;
use super::super::value::{Grid, Value};

/// The function of a name.
pub(super) fn named(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "acos" => f64::acos,
        "acosh" => f64::acosh,
        "asin" => f64::asin,
        "asinh" => f64::asinh,
        "atan" => f64::atan,
        "atanh" => f64::atanh,
        "ceil" => f64::ceil,
        "cos" => f64::cos,
        "cosh" => f64::cosh,
        "deg" => |value| value * 180.0 / PI,
        "exp" => f64::exp,
        "floor" => f64::floor,
        "ln" => f64::ln,
        "log10" => f64::log10,
        "log2" => f64::log2,
        "rad" => |value| value * PI / 180.0,
        "sgn" => |value| match value {
            value if value < 0.0 => -1.0,
            value if value > 0.0 => 1.0,
            value => value,
        },
        "sin" => f64::sin,
        "sinh" => f64::sinh,
        "sqrt" => f64::sqrt,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
        _ => return None,
    })
}

/// Which limits `clamp` has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clamp {
    Both,
    Min,
    Max,
}

impl Evaluator<'_> {
    pub(super) fn clamp(&self, clamp: Clamp, args: &[Node], grid: Grid) -> Result<Value> {
        let limit = |index: usize| self.scalar(&args[index], grid);
        let (least, most) = match clamp {
            Clamp::Both => (limit(1)?, limit(2)?),
            Clamp::Min => (limit(1)?, vec![f64::INFINITY; grid.count]),
            Clamp::Max => (vec![f64::NEG_INFINITY; grid.count], limit(1)?),
        };
        self.changed(&args[0], grid, |index, value| {
            let (least, most) = (least[index], most[index]);
            if most < least {
                return None;
            }
            Some(if least.is_nan() || most.is_nan() || value.is_nan() {
                f64::NAN
            } else {
                value.min(most).max(least)
            })
        })
    }

    /// To the nearest multiple, halves upwards.
    pub(super) fn round(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let nearest = match args.get(1) {
            Some(arg) => self.scalar(arg, grid)?,
            None => vec![1.0; grid.count],
        };
        self.changed(&args[0], grid, |index, value| {
            // The inverse, as Prometheus does: it is more exact for fractions such as 0.1.
            let inverse = 1.0 / nearest[index];
            Some((value * inverse + 0.5).floor() / inverse)
        })
    }
}
