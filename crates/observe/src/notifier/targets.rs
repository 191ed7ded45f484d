//! Where the Alertmanagers of one of `alertmanagers` are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;

use super::lock;
use crate::config::{AlertmanagerConfig, relabel};
use crate::metrics::labels::Labels;
use crate::scrape::client::HttpClient;
use crate::scrape::discovery::{Files, discovered, pause};

/// One of `alertmanagers`, with the addresses it comes to.
pub(super) struct Set {
    config: AlertmanagerConfig,
    client: HttpClient,
    files: Mutex<Files>,
    targets: Mutex<Arc<Targets>>,
}

/// An Alertmanager.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub(super) url: String,
}

#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) active: Vec<Target>,
    /// Addresses that relabelling drops.
    pub(super) dropped: Vec<String>,
}

impl Set {
    pub(super) fn new(config: &AlertmanagerConfig) -> Self {
        let set = Self {
            client: HttpClient::new(config.http.clone()),
            config: config.clone(),
            files: Mutex::default(),
            targets: Mutex::default(),
        };
        lock(&set.files).refresh(&config.file_sd_configs);
        set.settle();
        set
    }

    pub(super) fn config(&self) -> &AlertmanagerConfig {
        &self.config
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    pub(super) fn targets(&self) -> Arc<Targets> {
        Arc::clone(&lock(&self.targets))
    }

    /// How often files are looked at, where there are any.
    pub(super) fn pause(&self) -> Option<Duration> {
        pause(&self.config.file_sd_configs)
    }

    /// Looks at the files.
    pub(super) fn refresh(&self) {
        let changed = lock(&self.files).refresh(&self.config.file_sd_configs);
        if changed {
            self.settle();
        }
    }

    fn settle(&self) {
        let found = discovered(&self.config.static_configs, &lock(&self.files));
        // Two addresses that come to the same are one.
        let mut active = BTreeMap::new();
        let mut dropped = Vec::new();
        for discovered in found {
            match self.target(&discovered) {
                Ok((url, true)) => _ = active.insert(url.clone(), Target { url }),
                Ok((url, false)) => dropped.push(url),
                Err(error) => {
                    tracing::error!(labels = %discovered, error, "an address is no alertmanager");
                }
            }
        }
        *lock(&self.targets) = Arc::new(Targets {
            active: active.into_values().collect(),
            dropped,
        });
    }

    /// The address alerts are posted to, and whether it is kept.
    fn target(&self, discovered: &Labels) -> Result<(String, bool), String> {
        let mut labels = discovered.edit();
        let path = format!("/{}/api/v2/alerts", self.config.path_prefix.trim_matches('/'));
        labels
            .set("__scheme__", self.config.scheme.as_str())
            .set("__alerts_path__", path.replace("//", "/"));
        let before = labels.build();
        let kept = relabel(&self.config.relabel_configs, &mut labels);
        let labels = if kept { labels.build() } else { before };
        let address = labels.get("__address__");
        if address.is_empty() {
            return Err("no address".into());
        }
        let url = format!(
            "{}://{address}{}",
            labels.get("__scheme__"),
            labels.get("__alerts_path__")
        );
        let url = Url::parse(&url).map_err(|error| format!("{url:?}: {error}"))?;
        Ok((url.into(), kept))
    }
}
