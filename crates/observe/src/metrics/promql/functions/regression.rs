//! Lines through samples: `deriv` and `predict_linear`.

use super::super::error::Result;
use super::super::eval::Evaluator;
use super::super::kahan::Kahan;
use super::super::select::Window;
use super::super::syntax::Node;
use super::super::value::{Grid, Value};
use super::seconds;

/// A line by least squares.
struct Line {
    /// Per second.
    slope: f64,
    /// At the time asked for.
    intercept: f64,
}

/// The line through the samples of a window, with `origin` (milliseconds) as the time of its intercept; none through less
/// than two.
fn line(window: &Window<'_>, origin: i64) -> Option<Line> {
    let (times, values) = (window.times(), window.values());
    if values.len() < 2 {
        return None;
    }
    if values.iter().all(|value| *value == values[0]) {
        let flat = if values[0].is_infinite() { f64::NAN } else { 0.0 };
        return Some(Line {
            slope: flat,
            intercept: values[0] + flat,
        });
    }
    let [mut x, mut y, mut xy, mut xx] = [Kahan::default(); 4];
    for (time, value) in times.iter().zip(values) {
        let at = seconds(time - origin);
        x = x.plus(at);
        y = y.plus(*value);
        xy = xy.plus(at * value);
        xx = xx.plus(at * at);
    }
    let n = values.len() as f64;
    let [x, y, xy, xx] = [x, y, xy, xx].map(|sum| sum.sum + sum.lost);
    let slope = (xy - x * y / n) / (xx - x * x / n);
    Some(Line {
        slope,
        intercept: y / n - slope * x / n,
    })
}

impl Evaluator<'_> {
    pub(super) fn deriv(&self, node: &Node, grid: Grid) -> Result<Value> {
        // A time near those of the samples keeps the sums exact.
        let mut function = |window: &Window<'_>| line(window, window.times()[0]).map(|line| line.slope);
        let series = self.over_windows(node, grid, &mut function, |_| {})?;
        self.unnamed(series)
    }

    pub(super) fn predict_linear(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let ahead = self.scalar(&args[1], grid)?;
        let mut function = |window: &Window<'_>| {
            line(window, window.time).map(|line| line.slope * ahead[window.step] + line.intercept)
        };
        let series = self.over_windows(&args[0], grid, &mut function, |_| {})?;
        self.unnamed(series)
    }
}
