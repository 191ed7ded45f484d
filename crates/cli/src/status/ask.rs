//! Asks a Prometheus what the shop's numbers are: its recorded series, and its rules with their alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use supervise::DataFolder;
use units::kpi;

/// Where the built-in backend, or Prometheus, answers unless somebody said otherwise.
const USUAL: &str = "http://127.0.0.1:9090";

/// For one question.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A Prometheus HTTP API, <https://prometheus.io/docs/prometheus/latest/querying/api/>.
#[derive(Debug)]
pub(super) struct Prometheus {
    url: String,
    client: reqwest::Client,
}

/// What it said.
#[derive(Debug)]
pub(super) struct Measured {
    /// Who was asked.
    pub(super) url: String,
    /// Values by the name of the recorded series; one that is not there has no value now.
    pub(super) values: BTreeMap<String, f64>,
    /// Firing and pending ones, the severest first.
    pub(super) alerts: Vec<Alert>,
}

/// An alert that fires, or is about to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Alert {
    /// `alertname`, `severity` and what tells it from others of its name.
    pub(super) labels: BTreeMap<String, String>,
    /// What is told to people.
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
    /// `firing` or `pending`.
    pub(super) state: String,
    /// Since when its condition holds, RFC 3339.
    #[serde(rename(deserialize = "activeAt"))]
    pub(super) active_since: String,
}

impl Alert {
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    pub(super) fn is_critical(&self) -> bool {
        self.state == "firing" && self.label("severity") == "critical"
    }
}

impl Prometheus {
    /// The one that is named, else that of the running stack, else the usual one.
    pub(super) fn find(named: Option<&str>, folder: &DataFolder) -> anyhow::Result<Self> {
        let url = match named {
            Some(url) => url.to_owned(),
            None => of_stack(folder).unwrap_or_else(|| USUAL.to_owned()),
        };
        // A second call finds the first one's: that is no error.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(TIMEOUT)
            .build()?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { url, client })
    }

    /// Everything at once: two questions.
    pub(super) async fn measure(&self) -> anyhow::Result<Measured> {
        let rules: RuleGroups = self.get("/api/v1/rules", &[]).await?;
        let rules: Vec<Rule> = rules.groups.into_iter().flat_map(|group| group.rules).collect();
        let recorded: BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        if let Some(kpi) = kpi::ALL.iter().find(|kpi| !recorded.contains(kpi.record)) {
            bail!(
                "{} does not have the rules of ops/prometheus/alerts: nothing records {}",
                self.url,
                kpi.record
            );
        }
        let mut alerts: Vec<Alert> = rules.into_iter().flat_map(|rule| rule.alerts).collect();
        alerts.sort_by_cached_key(|alert| {
            let rank = (alert.state != "firing", alert.label("severity") != "critical");
            (rank, alert.label("alertname").to_owned(), alert.active_since.clone())
        });

        let names: Vec<&str> = kpi::ALL.iter().map(|kpi| kpi.record).collect();
        let query = format!("{{__name__=~\"{}\"}}", names.join("|"));
        let answer: QueryData = self.get("/api/v1/query", &[("query", &query)]).await?;
        let values = answer.result.into_iter().filter_map(|series| {
            let value = series.value.1.parse().ok()?;
            Some((series.metric.get("__name__")?.clone(), value))
        });
        Ok(Measured {
            url: self.url.clone(),
            values: values.collect(),
            alerts,
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let url = format!("{}{path}", self.url);
        let answer = self.client.get(&url).query(query).send().await;
        let answer = answer
            .map_err(|error| anyhow::anyhow!("cannot ask {url}: {}", crate::describe(&error.without_url().into())))?;
        let status = answer.status();
        let body = answer
            .bytes()
            .await
            .with_context(|| format!("{url}: the answer broke off"))?;
        match serde_json::from_slice(&body) {
            Ok(Envelope::Success { data }) => Ok(data),
            Ok(Envelope::Error { error }) => bail!("{url}: {error}"),
            Err(_) => bail!("{url} answered {status}, and not as Prometheus does"),
        }
    }
}

/// Its address in `endpoints.json`; none when the stack does not run, or runs without it.
fn of_stack(folder: &DataFolder) -> Option<String> {
    #[derive(Deserialize)]
    struct Endpoints {
        prometheus: Option<String>,
    }
    let text = std::fs::read(folder.endpoints()).ok()?;
    serde_json::from_slice::<Endpoints>(&text).ok()?.prometheus
}

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Envelope<T> {
    Success { data: T },
    Error { error: String },
}

#[derive(Deserialize)]
struct RuleGroups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    name: String,
    #[serde(default)]
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct QueryData {
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    /// Seconds since the epoch, and the value as text.
    value: (f64, String),
}
