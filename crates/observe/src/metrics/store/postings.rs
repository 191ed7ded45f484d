//! Which series have which label: what turns matchers into series without looking at every one of them.

use std::collections::{BTreeMap, HashMap};

use roaring::{MultiOps, RoaringBitmap};

use super::super::labels::Labels;
use super::super::matchers::{MatchOp, Matcher};

/// Series of one place by the values of their labels: those of the head by their slots, those of a block by their ranks.
pub(super) trait LabelIndex {
    type Error;

    /// Every series.
    fn all(&self) -> Result<RoaringBitmap, Self::Error>;

    /// Those whose label has one of these values, none of which is empty.
    fn having(&self, name: &str, values: &[&str]) -> Result<RoaringBitmap, Self::Error>;

    /// Those that have the label with a value that is accepted.
    fn having_where(&self, name: &str, accept: &dyn Fn(&str) -> bool) -> Result<RoaringBitmap, Self::Error>;
}

/// The series that satisfy all matchers.
///
/// A matcher that an empty value satisfies is also satisfied by a series without the label. So it is turned around: those
/// that have one of the other values are taken away.
pub(super) fn matching<I: LabelIndex>(index: &I, matchers: &[Matcher]) -> Result<RoaringBitmap, I::Error> {
    let (taking, giving): (Vec<_>, Vec<_>) = matchers.iter().partition(|matcher| matcher.accepts(""));
    let mut found: Option<RoaringBitmap> = None;
    // What can be looked up comes first: where it finds nothing, no value is walked.
    let (looked_up, walked): (Vec<_>, Vec<_>) = giving.into_iter().partition(|matcher| matcher.only_values().is_some());
    for matcher in looked_up.into_iter().chain(walked) {
        let having = match matcher.only_values() {
            Some(values) => index.having(&matcher.name, &not_empty(values))?,
            None => index.having_where(&matcher.name, &|value| matcher.accepts(value))?,
        };
        let narrowed = match found {
            Some(found) => found & having,
            None => having,
        };
        if narrowed.is_empty() {
            return Ok(narrowed);
        }
        found = Some(narrowed);
    }
    let mut found = found.map_or_else(|| index.all(), Ok)?;
    for matcher in taking.into_iter().filter(|matcher| !is_anything(matcher)) {
        found -= match refused_values(matcher) {
            Some(values) => index.having(&matcher.name, &not_empty(&values))?,
            None => index.having_where(&matcher.name, &|value| !matcher.accepts(value))?,
        };
    }
    Ok(found)
}

fn not_empty(values: &[String]) -> Vec<&str> {
    values
        .iter()
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .collect()
}

fn is_anything(matcher: &Matcher) -> bool {
    matcher.op == MatchOp::Regex && matcher.value == ".*"
}

/// The only values that do not satisfy the condition, where there are few.
fn refused_values(matcher: &Matcher) -> Option<Vec<String>> {
    let opposite = match matcher.op {
        MatchOp::NotEqual => MatchOp::Equal,
        MatchOp::NotRegex => MatchOp::Regex,
        MatchOp::Equal | MatchOp::Regex => return None,
    };
    Matcher::new(matcher.name.as_str(), opposite, matcher.value.as_str())
        .ok()?
        .only_values()
        .map(<[String]>::to_vec)
}

/// Postings in memory: of the head, and of a block that is being written.
#[derive(Debug, Default)]
pub(super) struct Postings {
    all: RoaringBitmap,
    names: HashMap<Box<str>, BTreeMap<Box<str>, RoaringBitmap>>,
}

impl Postings {
    pub(super) fn add(&mut self, id: u32, labels: &Labels) {
        self.all.insert(id);
        for (name, value) in labels.iter() {
            if !self.names.contains_key(name) {
                self.names.insert(name.into(), BTreeMap::new());
            }
            let values = self.names.get_mut(name).expect("inserted above");
            match values.get_mut(value) {
                Some(ids) => _ = ids.insert(id),
                None => _ = values.insert(value.into(), RoaringBitmap::from([id])),
            }
        }
    }

    pub(super) fn remove(&mut self, id: u32, labels: &Labels) {
        self.all.remove(id);
        for (name, value) in labels.iter() {
            let Some(values) = self.names.get_mut(name) else {
                continue;
            };
            if values
                .get_mut(value)
                .is_some_and(|ids| ids.remove(id) && ids.is_empty())
            {
                values.remove(value);
            }
            if values.is_empty() {
                self.names.remove(name);
            }
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.all.len()
    }

    /// Names of labels, in no order, with what [`Postings::values`] gives for them.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &BTreeMap<Box<str>, RoaringBitmap>)> {
        self.names.iter().map(|(name, values)| (&**name, values))
    }

    /// The values of a label in their order, each with the series that have it.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = (&str, &RoaringBitmap)> {
        self.names
            .get(name)
            .into_iter()
            .flatten()
            .map(|(value, ids)| (&**value, ids))
    }
}

impl LabelIndex for Postings {
    type Error = std::convert::Infallible;

    fn all(&self) -> Result<RoaringBitmap, Self::Error> {
        Ok(self.all.clone())
    }

    fn having(&self, name: &str, values: &[&str]) -> Result<RoaringBitmap, Self::Error> {
        let Some(known) = self.names.get(name) else {
            return Ok(RoaringBitmap::new());
        };
        Ok(values.iter().filter_map(|value| known.get(*value)).union())
    }

    fn having_where(&self, name: &str, accept: &dyn Fn(&str) -> bool) -> Result<RoaringBitmap, Self::Error> {
        Ok(self
            .values(name)
            .filter(|(value, _)| accept(value))
            .map(|(_, ids)| ids)
            .union())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels() -> impl Strategy<Value = Labels> {
        prop::collection::vec(("[abc]", "[xyz]{0,2}"), 0..4).prop_map(Labels::from_pairs)
    }

    fn matcher() -> impl Strategy<Value = Matcher> {
        let op = prop_oneof![
            Just(MatchOp::Equal),
            Just(MatchOp::NotEqual),
            Just(MatchOp::Regex),
            Just(MatchOp::NotRegex)
        ];
        let value = prop_oneof![
            "[xyz]{0,2}",
            "[xyz]?(\\|[xyz]{0,2}){1,2}",
            Just(".*".to_owned()),
            Just(".+".to_owned()),
            "[xy]\\.\\*"
        ];
        ("[abcd]", op, value).prop_map(|(name, op, value)| Matcher::new(name, op, value).unwrap())
    }

    proptest! {
        #[test]
        fn postings_find_what_looking_at_every_series_finds(
            series in prop::collection::vec(labels(), 0..20),
            removed in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
            matchers in prop::collection::vec(matcher(), 0..4),
        ) {
            let mut postings = Postings::default();
            let mut kept: BTreeMap<u32, &Labels> = (0..).zip(&series).collect();
            for (id, labels) in &kept {
                postings.add(*id, labels);
            }
            for index in removed.iter().filter(|_| !series.is_empty()) {
                let id = index.index(series.len()) as u32;
                postings.remove(id, &series[id as usize]);
                kept.remove(&id);
            }
            let naive: Vec<u32> =
                kept.iter().filter(|(_, labels)| matchers.iter().all(|m| m.matches(labels))).map(|(id, _)| *id).collect();
            let found: Vec<u32> = matching(&postings, &matchers).unwrap().iter().collect();
            prop_assert_eq!(found, naive);
        }
    }
}
