//! The console's configuration: where it asks, and who may come in.

use std::sync::Arc;

use url::Url;

use super::{Config, Error};
use crate::console::{self, Console, Password};

/// The console over the built-in parts, or over what stands in their place.
pub(super) fn open(config: &Config) -> Result<Arc<Console>, Error> {
    let (listen, settings) = (&config.listen, &config.console);
    let source = |key: &'static str, set: &str, built_in| {
        let text = if set.is_empty() {
            format!("http://{built_in}")
        } else {
            set.to_owned()
        };
        Url::parse(&text).map_err(|_| console::ConfigError::Url { key, url: text })
    };
    let password = match settings.password_hash.as_str() {
        "" => Password::Plain(settings.password.clone()),
        hash => Password::Hash(hash.to_owned()),
    };
    let sources = &settings.sources;
    let prometheus = source("sources.prometheus", &sources.prometheus, listen.prometheus)?;
    Ok(Console::new(console::Config {
        loki_url: Some(source("sources.loki", &sources.loki, listen.loki)?),
        jaeger_url: Some(source("sources.jaeger", &sources.jaeger, listen.jaeger)?),
        alertmanager_url: Some(source(
            "sources.alertmanager",
            &sources.alertmanager,
            listen.alertmanager,
        )?),
        username: settings.username.clone(),
        session_life: *settings.session_life,
        https: settings.https,
        ..console::Config::new(prometheus, config.ops_dir.join("grafana/dashboards"), password)
    })?)
}
