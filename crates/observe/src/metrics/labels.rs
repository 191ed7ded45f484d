//! Label sets: sorted by name, without empty values, cheap to clone and to compare.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// The label that holds a metric's name.
pub const METRIC_NAME: &str = "__name__";
/// The label of a classic histogram's bucket: its inclusive upper bound.
pub const BUCKET: &str = "le";

/// A sorted set of labels, the metric's name among them as `__name__`.
///
/// One text holds all names and values one after the other, so that a set costs the same three allocations whatever its
/// size, and equality is a comparison of bytes. A label with an empty value is the same as no label, and never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Labels(Arc<Packed>);

#[derive(PartialEq, Eq)]
struct Packed {
    text: Box<str>,
    /// Where each name and each value ends in `text`, by turns.
    ends: Box<[u32]>,
}

impl Labels {
    /// The set without labels.
    pub fn empty() -> Self {
        static EMPTY: OnceLock<Labels> = OnceLock::new();
        EMPTY.get_or_init(|| Self::pack::<&str, &str>(&[])).clone()
    }

    /// A set of these pairs. Of pairs with the same name the last one counts; empty values are left out.
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs {
            builder.set(name.as_ref().to_owned(), value.as_ref().to_owned());
        }
        builder.build()
    }

    /// Packs pairs that are sorted by name, unique and not empty.
    fn pack<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> Self {
        let size = pairs
            .iter()
            .map(|(name, value)| name.as_ref().len() + value.as_ref().len())
            .sum();
        let mut text = String::with_capacity(size);
        let mut ends = Vec::with_capacity(pairs.len() * 2);
        for (name, value) in pairs {
            for part in [name.as_ref(), value.as_ref()] {
                text.push_str(part);
                ends.push(u32::try_from(text.len()).expect("a label set is smaller than 4 GiB"));
            }
        }
        Self(Arc::new(Packed {
            text: text.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }))
    }

    /// Names and values in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.0.ends.chunks_exact(2).map(move |ends| {
            let (name_end, value_end) = (ends[0] as usize, ends[1] as usize);
            let pair = (&self.0.text[start..name_end], &self.0.text[name_end..value_end]);
            start = value_end;
            pair
        })
    }

    /// How many labels there are, the metric's name included.
    pub fn len(&self) -> usize {
        self.0.ends.len() / 2
    }

    /// Whether there is no label at all.
    pub fn is_empty(&self) -> bool {
        self.0.ends.is_empty()
    }

    /// The value of a label; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.iter()
            .find(|(other, _)| *other == name)
            .map_or("", |(_, value)| value)
    }

    /// The metric's name; empty when there is none.
    pub fn metric_name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    /// The labels whose names satisfy `keep`.
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        let pairs: Vec<_> = self.iter().filter(|(name, _)| keep(name)).collect();
        if pairs.len() == self.len() {
            self.clone()
        } else {
            Self::pack(&pairs)
        }
    }

    /// Without what describes the metric itself: its name, its type and its unit.
    pub fn without_metadata(&self) -> Self {
        self.filter(|name| !is_metadata(name))
    }

    /// Begins a changed set.
    pub fn edit(&self) -> LabelsBuilder<'_> {
        LabelsBuilder {
            pairs: self
                .iter()
                .map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)))
                .collect(),
        }
    }
}

/// Whether a label says what the metric is rather than where it comes from.
pub fn is_metadata(name: &str) -> bool {
    matches!(name, METRIC_NAME | "__type__" | "__unit__")
}

/// Whether Prometheus writes this label name without quotes.
pub fn is_plain_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Default for Labels {
    fn default() -> Self {
        Self::empty()
    }
}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
        self.0.ends.hash(state);
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

/// As Prometheus writes it: `{__name__="up", job="node"}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (name, value)) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            if is_plain_name(name) {
                write!(f, "{name}={}", Quoted(value))?;
            } else {
                write!(f, "{}={}", Quoted(name), Quoted(value))?;
            }
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a character stands for a byte that was no UTF-8: texts of queries may name such bytes, labels must not.
pub(crate) fn is_broken_byte(c: char) -> bool {
    (0x10_ff80..=0x10_ffff).contains(&(c as u32))
}

/// A text in double quotes, escaped as Go does it.
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_ascii_control() => write!(f, "\\x{:02x}", c as u32)?,
                c if is_broken_byte(c) => write!(f, "\\x{:02x}", c as u32 & 0xff)?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

/// A label set in the making, sorted at all times.
#[derive(Default, Debug)]
pub struct LabelsBuilder<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> LabelsBuilder<'a> {
    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match (
            self.pairs
                .binary_search_by(|(other, _)| other.as_ref().cmp(name.as_ref())),
            value.is_empty(),
        ) {
            (Ok(found), false) => self.pairs[found].1 = value,
            (Ok(found), true) => {
                self.pairs.remove(found);
            }
            (Err(place), false) => self.pairs.insert(place, (name, value)),
            (Err(_), true) => {}
        }
        self
    }

    /// The value of a label; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.pairs
            .binary_search_by(|(other, _)| other.as_ref().cmp(name))
            .map_or("", |found| self.pairs[found].1.as_ref())
    }

    /// Names and values in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Keeps the labels whose names satisfy `keep`.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) -> &mut Self {
        self.pairs.retain(|(name, _)| keep(name));
        self
    }

    /// The finished set.
    pub fn build(&self) -> Labels {
        Labels::pack(&self.pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_unique_and_not_empty() {
        let labels = Labels::from_pairs([("job", "a"), ("__name__", "up"), ("empty", ""), ("job", "b")]);
        assert_eq!(labels.to_string(), r#"{__name__="up", job="b"}"#);
        assert_eq!((labels.len(), labels.get("job"), labels.get("zone")), (2, "b", ""));
        assert_eq!(labels, Labels::from_pairs([("job", "b"), ("__name__", "up")]));
    }

    #[test]
    fn an_edit_leaves_the_origin_alone() {
        let labels = Labels::from_pairs([("a", "1"), ("b", "2")]);
        let changed = labels.edit().set("b", "").set("c", "3").build();
        assert_eq!(
            (labels.to_string(), changed.to_string()),
            (r#"{a="1", b="2"}"#.into(), r#"{a="1", c="3"}"#.into())
        );
    }

    #[test]
    fn sets_are_ordered_by_their_pairs_and_then_by_their_size() {
        let [short, long, other] =
            [vec![("a", "1")], vec![("a", "1"), ("b", "1")], vec![("a", "2")]].map(Labels::from_pairs);
        assert!(short < long && long < other);
    }

    #[test]
    fn names_beyond_the_plain_alphabet_are_quoted() {
        let labels = Labels::from_pairs([("service.name", "a\"b\\c\n")]);
        assert_eq!(labels.to_string(), r#"{"service.name"="a\"b\\c\n"}"#);
    }
}
