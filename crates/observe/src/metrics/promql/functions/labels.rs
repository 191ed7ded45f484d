//! Functions that change labels and leave values alone.

use super::super::error::{QueryError, Result};
use super::super::eval::Evaluator;
use super::super::syntax::Node;
use super::super::value::{Grid, Series, Value, merge_same_labels};
use crate::metrics::labels::{Labels, METRIC_NAME, is_broken_byte};
use crate::metrics::matchers::anchored;

impl Evaluator<'_> {
    /// `label_replace(vector, destination, replacement, source, regex)`
    pub(super) fn label_replace(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let (target, template, source) = (self.text(&args[1])?, self.text(&args[2])?, self.text(&args[3])?);
        let pattern = self.text(&args[4])?;
        let regex = anchored(pattern)
            .map_err(|_| QueryError::Execution(format!("invalid regular expression in label_replace(): {pattern}")))?;
        check_name("destination label name in label_replace()", target)?;
        self.relabelled(&args[0], grid, target, |labels| {
            let found = regex.captures(labels.get(source))?;
            let mut value = String::new();
            found.expand(template, &mut value);
            Some(value)
        })
    }

    /// `label_join(vector, destination, separator, source…)`
    pub(super) fn label_join(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let (target, separator) = (self.text(&args[1])?, self.text(&args[2])?);
        let sources = args[3..].iter().map(|arg| self.text(arg)).collect::<Result<Vec<_>>>()?;
        for source in &sources {
            check_name("source label name in label_join()", source)?;
        }
        check_name("destination label name in label_join()", target)?;
        self.relabelled(&args[0], grid, target, |labels| {
            let values: Vec<&str> = sources.iter().map(|source| labels.get(source)).collect();
            Some(values.join(separator))
        })
    }

    /// Sets the label `target` of every series to what `value` gives, where it gives something.
    fn relabelled(
        &self,
        node: &Node,
        grid: Grid,
        target: &str,
        value: impl Fn(&Labels) -> Option<String>,
    ) -> Result<Value> {
        let mut series = self.vector(node, grid)?;
        for Series { labels, drop_name, .. } in &mut series {
            if let Some(value) = value(labels) {
                *labels = labels.edit().set(target, value).build();
                // A name that was given on purpose stays.
                *drop_name &= target != METRIC_NAME;
            }
        }
        merge_same_labels(series).map(Value::Vector)
    }
}

fn check_name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.chars().any(is_broken_byte) {
        return Err(QueryError::Execution(format!("invalid {what}: {name}")));
    }
    Ok(())
}
