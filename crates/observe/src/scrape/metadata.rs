//! What targets say about their metrics: type, help and unit of each family.

use std::collections::BTreeMap;

use super::exposition::MetricType;

/// For how many scrapes a family that is not mentioned any more is remembered.
const KEPT: u64 = 10;

/// What a target says about a family of metrics.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FamilyMetadata {
    /// What it is, as in [`MetricType::as_str`].
    pub kind: &'static str,
    /// What it means.
    pub help: String,
    /// What it is counted in.
    pub unit: String,
}

/// The families of one target.
#[derive(Debug, Default)]
pub(super) struct Families {
    by_name: BTreeMap<Box<str>, Family>,
    round: u64,
}

#[derive(Debug, Default)]
struct Family {
    kind: MetricType,
    help: Box<str>,
    unit: Box<str>,
    round: u64,
}

impl Families {
    /// Begins a scrape.
    pub(super) fn begin(&mut self) {
        self.round += 1;
    }

    /// Ends a scrape that went well.
    pub(super) fn end(&mut self) {
        let oldest = self.round.saturating_sub(KEPT);
        self.by_name.retain(|_, family| family.round >= oldest);
    }

    pub(super) fn set_kind(&mut self, name: &str, kind: MetricType) {
        self.family(name).kind = kind;
    }

    pub(super) fn set_help(&mut self, name: &str, help: &str) {
        let family = self.family(name);
        if *family.help != *help {
            family.help = help.into();
        }
    }

    pub(super) fn set_unit(&mut self, name: &str, unit: &str) {
        let family = self.family(name);
        if *family.unit != *unit {
            family.unit = unit.into();
        }
    }

    fn family(&mut self, name: &str) -> &mut Family {
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.into(), Family::default());
        }
        let family = self.by_name.get_mut(name).expect("inserted above");
        family.round = self.round;
        family
    }

    /// All of them, in the order of their names.
    pub(super) fn all(&self) -> Vec<(String, FamilyMetadata)> {
        let families = self.by_name.iter();
        families
            .map(|(name, family)| {
                let metadata = FamilyMetadata {
                    kind: family.kind.as_str(),
                    help: family.help.to_string(),
                    unit: family.unit.to_string(),
                };
                (name.to_string(), metadata)
            })
            .collect()
    }
}
