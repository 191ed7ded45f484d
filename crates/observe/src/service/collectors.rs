//! The collectors' configuration: what is looked at besides the machine.

use axum::Router;

use super::{CollectorsConfig, Error};
use crate::collectors::{self, Mysql, Nginx};

/// The collectors' pages.
pub(super) fn router(config: &CollectorsConfig) -> Result<Router, Error> {
    let wrong = |key| move |cause: String| Error::Collector { key, cause };
    let mysql = (!config.mysql_url.is_empty()).then(|| Mysql::new(&config.mysql_url));
    let nginx = (!config.stub_status_url.is_empty()).then(|| Nginx::new(&config.stub_status_url));
    Ok(collectors::router(collectors::Config {
        paths: collectors::Paths::default(),
        mysql: mysql
            .transpose()
            .map_err(|error| wrong("mysql_url")(error.to_string()))?,
        nginx: nginx
            .transpose()
            .map_err(|error| wrong("stub_status_url")(error.to_string()))?,
    }))
}
