//! The whole configuration: one struct a concern, composed here.
//!
//! Values come in layers, later ones win: defaults, `--config FILE` (TOML), `TEXTISUR_SECTION__KEY`, `--set
//! section.key=value`. [`layers`] reads them, [`error`] says what is wrong with them, [`wiring`] fills in what follows
//! from the data folder and from the addresses that the processes got, with [`secrets`] made at the first start.

mod error;
mod keys;
mod layers;
mod secrets;
mod wiring;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) use error::ConfigError;
pub(crate) use keys::is_secret;
pub(crate) use layers::{Loaded, load};
pub(crate) use secrets::Secrets;
pub(crate) use wiring::{Addresses, observe_at_rest, public_url, shop_at_rest, uses_sandbox, wire};

/// The edge's `/metrics`, `/healthz` and `/routes` among `supervisor.listen`: on a free port of loopback, unless others are to read them,
/// such as a Prometheus on another machine.
pub(crate) const EDGE_ADMIN: &str = "textisur-edge-admin";

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// `development` (demo data, payment sandbox) or `production`.
    pub(crate) environment: Environment,
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    pub(crate) edge: ::edge::Config,
    pub(crate) shop: shop::Config,
    pub(crate) payment_sandbox: ::payment_sandbox::Config,
    pub(crate) observe: ::observe::service::Config,
    pub(crate) telemetry: telemetry::Config,
    pub(crate) supervisor: supervise::Config,
}

/// What kind of place this runs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Environment {
    #[default]
    Development,
    Production,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environment: Environment::default(),
            data_dir: PathBuf::from("data"),
            edge: Default::default(),
            shop: Default::default(),
            payment_sandbox: Default::default(),
            observe: Default::default(),
            telemetry: Default::default(),
            supervisor: Default::default(),
        }
    }
}

/// Where the configuration comes from; the same options on every subcommand.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Sources {
    /// Folder of database, pictures, secrets, logs [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "TEXTISUR_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// One value, over file and TEXTISUR_… variables; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}
