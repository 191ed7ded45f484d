//! `rate({…}[5m])`: lines become numbers.

use std::collections::HashMap;

use super::super::ast::{Grouping, RangeExpr, RangeOp};
use super::super::error::{QueryError, Result};
use super::super::labels::{ERROR, ERROR_DETAILS, LineLabels};
use super::super::pipeline;
use super::vector::Series;
use super::window::{Folded, Windows};
use super::{Evaluation, Steps};
use crate::logs::source::Selection;
use crate::metrics::labels::Labels;
use crate::metrics::matchers::MatchOp;

impl Evaluation<'_> {
    /// `outer` is the grouping of a sum around it, which can be done here already.
    pub(super) fn range(&self, expr: &RangeExpr, steps: Steps, outer: Option<&Grouping>) -> Result<Vec<Series>> {
        let windows = Windows {
            steps,
            range: expr.range,
            offset: expr.offset,
        };
        let (start, end) = windows.span();
        let mut streams = self.source.select(Selection {
            matchers: &expr.log.matchers,
            start,
            end,
        })?;
        let unwrapped = expr.unwrap.as_ref().map(|unwrap| Grouping {
            without: true,
            labels: vec![unwrap.label.clone()],
        });
        let absent = Grouping {
            without: false,
            labels: Vec::new(),
        };
        let grouping = match expr.op {
            RangeOp::Absent => Some(&absent),
            _ => outer.or(expr.grouping.as_ref()).or(unwrapped.as_ref()),
        };
        // Without its value's label, whoever else groups.
        let grouping = grouping.map(|grouping| with_unwrapped(grouping, expr));
        let needle = pipeline::first_needle(&expr.log.stages);
        let none = Labels::empty();
        let mut folded: Vec<(Labels, Folded)> = Vec::new();
        let mut places: HashMap<Labels, usize> = HashMap::new();
        for stream in &mut streams {
            let labels_of_stream = stream.labels.clone();
            // Where nothing touches the labels, the place is the same for all lines of the stream.
            let mut place_of_stream = None;
            self.each_line(stream, (start, end), needle.as_ref(), |line| {
                let mut labels = LineLabels::new(&labels_of_stream, line.metadata.unwrap_or(&none));
                let Some(text) = pipeline::run(&expr.log.stages, line.time, line.text, &mut labels) else {
                    return Ok(());
                };
                let value = match (&expr.unwrap, expr.op) {
                    (Some(unwrap), _) => match pipeline::unwrap(unwrap, &mut labels) {
                        Some(value) => value,
                        None => return Ok(()),
                    },
                    (None, _) => text.len() as f64,
                };
                if let Some(kind) = labels.error() {
                    return Err(QueryError::Pipeline {
                        kind: kind.to_owned(),
                        series: labels
                            .build()
                            .filter(|name| !matches!(name, ERROR | ERROR_DETAILS))
                            .to_string(),
                    });
                }
                let untouched = labels.is_untouched();
                let place = match place_of_stream.filter(|_| untouched) {
                    Some(place) => place,
                    None => {
                        let set = group(&labels, grouping.as_ref());
                        let place = match places.get(&set) {
                            Some(place) => *place,
                            None => {
                                let fold = Folded::new(expr.op, expr.unwrap.is_some(), &windows);
                                self.hold(fold.size() + set.len())?;
                                places.insert(set.clone(), folded.len());
                                folded.push((set, fold));
                                folded.len() - 1
                            }
                        };
                        if untouched {
                            place_of_stream = Some(place);
                        }
                        place
                    }
                };
                let fold = &mut folded[place].1;
                if let Folded::Samples(_) = fold {
                    self.hold(1)?;
                }
                fold.add(expr.op, &windows, line.time, value);
                Ok(())
            })?;
        }
        let series = folded.into_iter().map(|(labels, fold)| Series {
            labels,
            values: fold.finish(expr.op, &windows, expr.parameter),
        });
        if expr.op == RangeOp::Absent {
            return Ok(vec![absent_series(expr, steps, series.into_iter().next())]);
        }
        Ok(series.collect())
    }
}

fn with_unwrapped(grouping: &Grouping, expr: &RangeExpr) -> Grouping {
    let mut grouping = grouping.clone();
    if let Some(unwrap) = &expr.unwrap
        && grouping.without
        && !grouping.labels.contains(&unwrap.label)
    {
        grouping.labels.push(unwrap.label.clone());
    }
    grouping
}

fn group(labels: &LineLabels<'_>, grouping: Option<&Grouping>) -> Labels {
    match grouping {
        None => labels.build(),
        Some(Grouping {
            without: false,
            labels: by,
        }) => Labels::from_pairs(
            by.iter()
                .map(|name| (name.as_str(), labels.get(name).unwrap_or_default())),
        ),
        Some(Grouping { labels: without, .. }) => {
            labels.build().filter(|name| !without.iter().any(|other| other == name))
        }
    }
}

/// 1 where there is nothing, with the labels the selector names.
fn absent_series(expr: &RangeExpr, steps: Steps, found: Option<Series>) -> Series {
    let equal = expr.log.matchers.iter().filter(|matcher| matcher.op == MatchOp::Equal);
    let labels = Labels::from_pairs(equal.map(|matcher| (&matcher.name, &matcher.value)));
    let values = match found {
        None => vec![Some(1.0); steps.count()],
        Some(found) => found
            .values
            .iter()
            .map(|value| if value.is_none() { Some(1.0) } else { None })
            .collect(),
    };
    Series { labels, values }
}
