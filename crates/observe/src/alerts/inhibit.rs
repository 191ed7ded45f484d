//! Inhibition: alerts nobody is told of while others fire.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use time::OffsetDateTime;

use super::alert::{Alert, Fingerprint};
use super::config::InhibitRuleConfig;
use crate::metrics::labels::Labels;

/// All rules, with the alerts that mute others.
#[derive(Debug, Default)]
pub struct Inhibitor {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    config: InhibitRuleConfig,
    /// By the values of the labels that have to be equal.
    sources: HashMap<Vec<String>, BTreeMap<Fingerprint, Arc<Alert>>>,
}

impl Inhibitor {
    /// With these rules, and no alert yet.
    pub fn new(rules: &[InhibitRuleConfig]) -> Self {
        let rules = rules.iter().map(|config| Rule {
            config: config.clone(),
            sources: HashMap::new(),
        });
        Self { rules: rules.collect() }
    }

    /// Takes notice of an alert.
    pub fn observe(&mut self, alert: &Arc<Alert>) {
        for rule in &mut self.rules {
            if rule.config.source.matches(&alert.labels) {
                let equal = rule.equal(&alert.labels);
                let sources = rule.sources.entry(equal).or_default();
                sources.insert(alert.fingerprint, Arc::clone(alert));
            }
        }
    }

    /// The alert because of which nobody is told of one with these labels.
    pub fn inhibited_by(&self, labels: &Labels, now: OffsetDateTime) -> Option<Fingerprint> {
        self.rules.iter().find_map(|rule| rule.inhibited_by(labels, now))
    }

    /// Forgets alerts that are over.
    pub fn collect_garbage(&mut self, now: OffsetDateTime) {
        for rule in &mut self.rules {
            rule.sources.retain(|_, sources| {
                sources.retain(|_, alert| !alert.is_resolved(now));
                !sources.is_empty()
            });
        }
    }
}

impl Rule {
    fn equal(&self, labels: &Labels) -> Vec<String> {
        let names = self.config.equal.iter();
        names.map(|name| labels.get(name).to_owned()).collect()
    }

    fn inhibited_by(&self, labels: &Labels, now: OffsetDateTime) -> Option<Fingerprint> {
        if !self.config.target.matches(labels) {
            return None;
        }
        // One that is on both sides is not muted by others that are, and so not by itself.
        let is_on_both_sides = self.config.source.matches(labels);
        let sources = self.sources.get(&self.equal(labels))?.values();
        let mut muting = sources
            .filter(|source| !source.is_resolved(now))
            .filter(|source| !is_on_both_sides || !self.config.target.matches(&source.labels));
        muting.next().map(|source| source.fingerprint)
    }
}
