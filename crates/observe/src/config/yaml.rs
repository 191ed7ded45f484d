//! Reading YAML so that errors name the place.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, Options, options};

/// What Prometheus knows at some place and this does not: refused in words that say so, instead of as a misspelling.
const NOT_SUPPORTED: &[&str] = &[
    // other ways to find targets
    "azure_sd_configs",
    "aws_sd_configs",
    "consul_sd_configs",
    "digitalocean_sd_configs",
    "dns_sd_configs",
    "docker_sd_configs",
    "dockerswarm_sd_configs",
    "ec2_sd_configs",
    "eureka_sd_configs",
    "gce_sd_configs",
    "hetzner_sd_configs",
    "http_sd_configs",
    "ionos_sd_configs",
    "kubernetes_sd_configs",
    "kuma_sd_configs",
    "lightsail_sd_configs",
    "linode_sd_configs",
    "marathon_sd_configs",
    "nerve_sd_configs",
    "nomad_sd_configs",
    "openstack_sd_configs",
    "ovhcloud_sd_configs",
    "puppetdb_sd_configs",
    "scaleway_sd_configs",
    "serverset_sd_configs",
    "stackit_sd_configs",
    "triton_sd_configs",
    "uyuni_sd_configs",
    "vultr_sd_configs",
    // other ways to be let in, and to get there
    "oauth2",
    "sigv4",
    "azuread",
    "google_iam",
    "proxy_url",
    "no_proxy",
    "proxy_from_environment",
    "proxy_connect_header",
    "enable_http2",
    "credentials_ref",
    "password_ref",
    "username_ref",
    "username_file",
    "key_ref",
    "cert_ref",
    "ca_ref",
    // native histograms
    "scrape_native_histograms",
    "always_scrape_classic_histograms",
    "convert_classic_histograms_to_nhcb",
    "native_histogram_bucket_limit",
    "native_histogram_min_bucket_factor",
    "send_native_histograms",
    // the rest
    "metric_name_escaping_scheme",
    "scrape_failure_log_file",
    "query_log_file",
    "extra_scrape_metrics",
    "runtime",
    "remote_read",
    "tracing",
    "otlp",
    "out_of_order_time_window",
    "stale_series_compaction_threshold",
    "round_robin_dns",
    // Alertmanager's other receivers
    "discord_configs",
    "incidentio_configs",
    "jira_configs",
    "mattermost_configs",
    "msteams_configs",
    "msteamsv2_configs",
    "opsgenie_configs",
    "pushover_configs",
    "rocketchat_configs",
    "sns_configs",
    "telegram_configs",
    "victorops_configs",
    "webex_configs",
    "wechat_configs",
    "jira_api_url",
    "opsgenie_api_key",
    "opsgenie_api_key_file",
    "opsgenie_api_url",
    "rocketchat_api_url",
    "telegram_api_url",
    "victorops_api_key",
    "victorops_api_key_file",
    "victorops_api_url",
    "webex_api_url",
    "wechat_api_corp_id",
    "wechat_api_secret",
    "wechat_api_url",
    // what is left of its own
    "auth_secret",
    "service_key",
    "service_key_file",
    "smtp_auth_secret",
];

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    path: PathBuf,
    line: Option<u64>,
    what: String,
}

impl ConfigError {
    /// An error that has no line.
    pub(crate) fn whole(path: &Path, what: impl fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            what: what.to_string(),
        }
    }
}

/// `ops/prometheus.yml:12: …`
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.what)
    }
}

impl std::error::Error for ConfigError {}

/// Reads one document. An empty one is an empty mapping, as for Prometheus.
pub(crate) fn read<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, ConfigError> {
    let reading: Options = options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, reading).map_err(|error| ConfigError {
        path: path.to_owned(),
        line: error.location().map(|place| place.line()).filter(|line| *line > 0),
        what: explain(&error),
    })
}

fn explain(error: &Error) -> String {
    match error {
        Error::WithSnippet { error, .. } => explain(error),
        Error::SerdeUnknownField { field, .. } if NOT_SUPPORTED.contains(&field.as_str()) => {
            format!("`{field}` is not supported")
        }
        Error::SerdeUnknownField { field, expected, .. } => match nearest(field, expected) {
            Some(known) => format!("unknown key `{field}`; did you mean `{known}`?"),
            None => format!("unknown key `{field}`"),
        },
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("key `{key}` is there twice"),
        Error::NullIntoString { .. } => "expected a text, got nothing".into(),
        Error::SerdeMissingField { field, .. } => format!("`{field}` is missing"),
        other => {
            // The place is told apart.
            let text = other.to_string();
            let end = text.find(" at line ").or_else(|| text.find("\n")).unwrap_or(text.len());
            let start = text
                .strip_prefix("error: line ")
                .and_then(|rest| rest.find(": "))
                .map_or(0, |at| at + 15);
            text[start.min(end)..end].to_owned()
        }
    }
}

/// A key without a value is as one that is not there.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The known key a misspelled one most likely was to be.
fn nearest<'a>(field: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &str| strsim::damerau_levenshtein(field, other);
    known
        .iter()
        .copied()
        .min_by_key(|other| distance(other))
        .filter(|other| distance(other) <= 2)
}
