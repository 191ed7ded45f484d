//! Targets: what is made of an address and its labels, and how it fares.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;
use url::form_urlencoded::Serializer;

use super::lock;
use super::metadata::{Families, FamilyMetadata};
use crate::config::{PromDuration, ScrapeConfig, relabel};
use crate::metrics::labels::{Labels, LabelsBuilder};

/// Something that is asked for metrics.
#[derive(Debug)]
pub struct Target {
    job: String,
    discovered: Labels,
    /// All labels after relabelling, those that begin with `__` among them: who it is.
    all: Labels,
    labels: Labels,
    url: String,
    interval: PromDuration,
    timeout: PromDuration,
    state: Mutex<TargetState>,
    pub(super) families: Arc<Mutex<Families>>,
}

/// How a target fares.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetState {
    /// Whether it answers.
    pub health: Health,
    /// Why the last scrape failed; empty when it did not.
    pub last_error: String,
    /// When it was asked last: milliseconds since the epoch.
    pub last_scrape: Option<i64>,
    /// How long that took.
    pub last_duration: Duration,
}

/// Whether a target answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Health {
    /// It was not asked yet.
    #[default]
    Unknown,
    /// It does.
    Up,
    /// It does not.
    Down,
}

impl Health {
    /// As in the answers of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// What becomes of a discovered address.
pub(super) enum Made {
    Target(Target),
    /// The rules drop it; these were its labels.
    Dropped(Labels),
}

impl Target {
    /// Makes a target of an address and its labels, as the job says.
    ///
    /// # Errors
    /// When what is left after relabelling is no target.
    pub(super) fn make(discovered: &LabelsBuilder<'_>, job: &ScrapeConfig) -> Result<Made, String> {
        let discovered = discovered.build();
        let mut labels = discovered.edit();
        let defaults = [
            ("job", job.job_name.clone()),
            ("__scrape_interval__", job.scrape_interval.to_string()),
            ("__scrape_timeout__", job.scrape_timeout.to_string()),
            ("__metrics_path__", job.metrics_path.clone()),
            ("__scheme__", job.scheme.as_str().to_owned()),
        ];
        let params = job
            .params
            .iter()
            .filter_map(|(name, values)| Some((format!("__param_{name}"), values.first()?.clone())));
        let defaults = defaults
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(params);
        for (name, value) in defaults {
            if labels.get(&name).is_empty() {
                labels.set(name, value);
            }
        }
        let discovered = labels.build();
        if !relabel(&job.relabel_configs, &mut labels) {
            return Ok(Made::Dropped(discovered));
        }
        let address = checked_address(labels.get("__address__"))?.to_owned();
        let (interval, timeout) = pace(&labels)?;
        labels.retain(|name| !name.starts_with("__meta_"));
        if labels.get("instance").is_empty() {
            labels.set("instance", address.clone());
        }
        let url = url(&labels, &address, &job.params)?;
        let all = labels.build();
        Ok(Made::Target(Self {
            job: job.job_name.clone(),
            labels: all.filter(|name| !name.starts_with("__")),
            all,
            discovered,
            url,
            interval,
            timeout,
            state: Mutex::default(),
            families: Arc::default(),
        }))
    }

    /// The job it belongs to.
    pub fn job(&self) -> &str {
        &self.job
    }

    /// Its labels before relabelling.
    pub fn discovered_labels(&self) -> &Labels {
        &self.discovered
    }

    /// The labels its series get.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What is asked.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often it is asked.
    pub fn interval(&self) -> PromDuration {
        self.interval
    }

    /// How long it may take.
    pub fn timeout(&self) -> PromDuration {
        self.timeout
    }

    /// How it fares.
    pub fn state(&self) -> TargetState {
        lock(&self.state).clone()
    }

    pub(super) fn set_state(&self, state: TargetState) {
        *lock(&self.state) = state;
    }

    /// What it says about its metrics, by the names of the families.
    pub fn metadata(&self) -> Vec<(String, FamilyMetadata)> {
        lock(&self.families).all()
    }

    /// Who it is: two with the same are one.
    pub(super) fn identity(&self) -> (Labels, String) {
        (self.all.clone(), self.url.clone())
    }

    /// Where in its interval it is asked, so that not all targets are asked at once.
    pub(super) fn offset(&self, interval: Duration) -> Duration {
        // FNV-1a: the same in every run and on every machine.
        let text = format!("{}{}", self.all, self.url);
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Duration::from_nanos(hash % (interval.as_nanos().max(1) as u64))
    }
}

fn checked_address(address: &str) -> Result<&str, String> {
    match address {
        "" => Err("no address".into()),
        address if address.contains('/') => Err(format!("{address:?} is not a valid hostname")),
        address => Ok(address),
    }
}

fn pace(labels: &LabelsBuilder<'_>) -> Result<(PromDuration, PromDuration), String> {
    let read = |label: &str, what: &str| {
        let duration: PromDuration = labels
            .get(label)
            .parse()
            .map_err(|error| format!("error parsing scrape {what}: {error}"))?;
        if duration.is_zero() {
            return Err(format!("scrape {what} cannot be 0"));
        }
        Ok(duration)
    };
    let (interval, timeout) = (
        read("__scrape_interval__", "interval")?,
        read("__scrape_timeout__", "timeout")?,
    );
    if timeout > interval {
        return Err(format!(
            "scrape timeout cannot be greater than scrape interval (\"{timeout}\" > \"{interval}\")"
        ));
    }
    Ok((interval, timeout))
}

/// `http://localhost:3000/api/metrics?match=a`, with the port even where it is the usual one.
fn url(labels: &LabelsBuilder<'_>, address: &str, params: &BTreeMap<String, Vec<String>>) -> Result<String, String> {
    let scheme = labels.get("__scheme__");
    let mut url =
        Url::parse(&format!("{scheme}://{address}")).map_err(|error| format!("{scheme}://{address}: {error}"))?;
    if url.cannot_be_a_base() || url.host_str().is_none() {
        return Err(format!("{address:?} is not a valid hostname"));
    }
    url.set_path(labels.get("__metrics_path__"));
    let mut params = params.clone();
    for (name, value) in labels.iter() {
        if let Some(name) = name.strip_prefix("__param_") {
            let values = params.entry(name.to_owned()).or_default();
            match values.first_mut() {
                Some(first) => *first = value.to_owned(),
                None => values.push(value.to_owned()),
            }
        }
    }
    let mut query = Serializer::new(String::new());
    for (name, values) in &params {
        for value in values {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    let separator = if query.is_empty() { "" } else { "?" };
    Ok(format!("{scheme}://{address}{}{separator}{query}", url.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PrometheusConfig;

    fn make(address: &str, job: &str) -> Result<Made, String> {
        let text = format!("scrape_configs: [{{job_name: app, {job}}}]");
        let config = PrometheusConfig::parse(&text, std::path::Path::new("p.yml")).unwrap();
        let discovered = Labels::from_pairs([("__address__", address), ("__meta_zone", "a"), ("env", "prod")]);
        Target::make(&discovered.edit(), &config.scrape_configs[0])
    }

    fn target(address: &str, job: &str) -> Target {
        match make(address, job) {
            Ok(Made::Target(target)) => target,
            Ok(Made::Dropped(labels)) => panic!("dropped: {labels}"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_target_is_its_address_and_the_defaults() {
        let made = target("shop:80", "params: {b: ['1 2', x], a: ['&']}");
        assert_eq!(made.url(), "http://shop:80/metrics?a=%26&b=1+2&b=x");
        assert_eq!(
            made.labels().to_string(),
            r#"{env="prod", instance="shop:80", job="app"}"#
        );
        assert_eq!(made.discovered_labels().get("__scrape_interval__"), "1m");
        assert_eq!(
            (made.interval(), made.timeout()),
            (PromDuration::from_secs(60), PromDuration::from_secs(10))
        );
        assert_eq!(made.state().health.as_str(), "unknown");
    }

    #[test]
    fn rules_may_change_everything() {
        let rules = "scheme: https, relabel_configs: [\
            {source_labels: [__address__], target_label: __param_target}, \
            {target_label: __address__, replacement: 'probe:9115'}, \
            {target_label: __metrics_path__, replacement: /probe}, \
            {target_label: __scrape_interval__, replacement: 20s}, \
            {source_labels: [__meta_zone], target_label: zone}, \
            {target_label: __tmp_x, replacement: y}]";
        let made = target("shop:80", rules);
        assert_eq!(made.url(), "https://probe:9115/probe?target=shop%3A80");
        assert_eq!(made.interval(), PromDuration::from_secs(20));
        assert_eq!(
            made.labels().to_string(),
            r#"{env="prod", instance="probe:9115", job="app", zone="a"}"#
        );
    }

    #[test]
    fn what_is_no_target_says_why() {
        assert!(matches!(
            make("shop:80", "relabel_configs: [{source_labels: [env], regex: prod, action: drop}]"),
            Ok(Made::Dropped(labels)) if labels.get("__meta_zone") == "a"
        ));
        for (address, job, error) in [
            ("http://shop", "", "\"http://shop\" is not a valid hostname"),
            ("", "", "no address"),
            (
                "a:1",
                "relabel_configs: [{target_label: __scrape_timeout__, replacement: 2m}]",
                "scrape timeout cannot be greater",
            ),
            (
                "a:1",
                "relabel_configs: [{target_label: __scrape_interval__, replacement: x}]",
                "error parsing scrape interval",
            ),
        ] {
            let said = make(address, job).err().unwrap_or_default();
            assert!(said.starts_with(error), "{said}");
        }
    }

    #[test]
    fn targets_are_spread_over_the_interval() {
        let interval = Duration::from_secs(15);
        let offsets: Vec<_> = (0..100)
            .map(|port| target(&format!("shop:{port}"), "").offset(interval))
            .collect();
        assert!(offsets.iter().all(|offset| *offset < interval));
        let early = offsets.iter().filter(|offset| **offset < interval / 2).count();
        assert!((25..75).contains(&early), "{early} of 100 in the first half");
    }
}
