//! Orders of instant vectors. A range query orders its series by their labels, whatever these say.

use std::cmp::Ordering;

use super::super::error::Result;
use super::super::eval::Evaluator;
use super::super::syntax::Node;
use super::super::value::{Grid, Series, Value};

impl Evaluator<'_> {
    /// By value, NaN last either way.
    pub(super) fn sort(&self, node: &Node, descending: bool, grid: Grid) -> Result<Value> {
        let mut series = self.vector(node, grid)?;
        if grid.count == 1 {
            let value = |series: &Series| series.steps.get(0).unwrap_or(f64::NAN);
            series.sort_by(|a, b| {
                let (a, b) = (value(a), value(b));
                let by_value = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
                a.is_nan()
                    .cmp(&b.is_nan())
                    .then(if descending { by_value.reverse() } else { by_value })
            });
        }
        Ok(Value::Vector(series))
    }

    /// By the values of labels, with numbers in them by their size, and by all labels where these are equal.
    pub(super) fn sort_by_label(&self, args: &[Node], descending: bool, grid: Grid) -> Result<Value> {
        let names = args[1..].iter().map(|arg| self.text(arg)).collect::<Result<Vec<_>>>()?;
        let mut series = self.vector(&args[0], grid)?;
        if grid.count == 1 {
            series.sort_by(|a, b| {
                let by_names = names.iter().map(|name| natural(a.labels.get(name), b.labels.get(name)));
                let order = by_names
                    .fold(Ordering::Equal, Ordering::then)
                    .then_with(|| a.labels.cmp(&b.labels));
                if descending { order.reverse() } else { order }
            });
        }
        Ok(Value::Vector(series))
    }
}

/// The order of texts in which runs of digits count as numbers: `4m5` before `4m600` before `4m1000`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    while !a_rest.is_empty() && !b_rest.is_empty() {
        let (a_chunk, b_chunk) = (chunk(a_rest), chunk(b_rest));
        let order = match (a_chunk.parse::<u128>(), b_chunk.parse::<u128>()) {
            (Ok(a_number), Ok(b_number)) => a_number.cmp(&b_number),
            _ => a_chunk.cmp(b_chunk),
        };
        if order != Ordering::Equal {
            return order;
        }
        (a_rest, b_rest) = (&a_rest[a_chunk.len()..], &b_rest[b_chunk.len()..]);
    }
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
}

/// The digits, or the text without digits, that begin here.
fn chunk(text: &str) -> &str {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    &text[..text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_are_ordered_by_size() {
        let mut texts = ["4m1000", "4m600", "10", "9", "b", "a", "1.11.3", "1.2.3"];
        texts.sort_by(|a, b| natural(a, b));
        assert_eq!(texts, ["1.2.3", "1.11.3", "4m600", "4m1000", "9", "10", "a", "b"]);
    }
}
