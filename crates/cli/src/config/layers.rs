//! Reads the layers, each value checked where it was set, so that an error names its place.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize;
use toml::{Table, Value};

use super::keys::{self, Kind};
use super::{Config, ConfigError, EDGE_ADMIN, Sources};

/// Variables with this prefix are configuration.
const PREFIX: &str = "TEXTISUR_";

/// Such a variable that names the file itself; it is read as an option.
const CONFIG_VARIABLE: &str = "TEXTISUR_CONFIG";

/// The layer below all others. Written out, so that a group of values that belong together can be set in part.
static DEFAULTS: LazyLock<Table> = LazyLock::new(|| Table::try_from(Config::default()).unwrap_or_default());

/// A configuration, and where its values come from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// By dotted key; what is not here is a default.
    pub(crate) origins: BTreeMap<String, Origin>,
}

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    File { path: PathBuf, line: Option<usize> },
    Variable(String),
    Option(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Option(text) => write!(f, "{text}"),
        }
    }
}

impl Loaded {
    /// Whether somebody set this key.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.origins.contains_key(key)
    }
}

/// Reads all layers.
pub(crate) fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    load_from(sources, std::env::vars_os())
}

fn load_from(sources: &Sources, env: impl Iterator<Item = (OsString, OsString)>) -> Result<Loaded, ConfigError> {
    let mut layers = Layers {
        merged: DEFAULTS.clone(),
        origins: BTreeMap::new(),
    };
    if let Some(path) = &sources.config {
        layers.add_file(path)?;
    }
    let mut variables: Vec<(String, String)> = env
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with(PREFIX) && name != CONFIG_VARIABLE)
        .collect();
    variables.sort();
    for (name, text) in variables {
        let path = name[PREFIX.len()..]
            .to_ascii_lowercase()
            .split("__")
            .map(str::to_owned)
            .collect();
        layers.add_text(path, &text, Origin::Variable(name))?;
    }
    for assignment in &sources.set {
        let Some((key, text)) = assignment.split_once('=') else {
            return Err(ConfigError::NotAnAssignment {
                text: assignment.clone(),
            });
        };
        let path = key.trim().split('.').map(str::to_owned).collect();
        // The value stays out of messages: it may be a secret.
        layers.add_text(path, text, Origin::Option(format!("--set {}", key.trim())))?;
    }
    if let Some(folder) = &sources.data_dir {
        let value = Value::String(folder.to_string_lossy().into_owned());
        layers.add(
            vec!["data_dir".to_owned()],
            value,
            Origin::Option("--data-dir".to_owned()),
        )?;
    }
    let config = Config::deserialize(layers.merged).map_err(|error| ConfigError::Whole(error.message().to_owned()))?;
    if config.supervisor.worker_threads == 0 {
        return Err(ConfigError::Whole(
            "`supervisor.worker_threads` must be at least 1".to_owned(),
        ));
    }
    Ok(Loaded {
        config,
        origins: layers.origins,
    })
}

struct Layers {
    merged: Table,
    origins: BTreeMap<String, Origin>,
}

impl Layers {
    fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        for (key, value) in leaves(table) {
            let line = line_of(&text, &key);
            self.add(
                key,
                value,
                Origin::File {
                    path: path.to_owned(),
                    line,
                },
            )?;
        }
        Ok(())
    }

    /// A value that comes as text: read as TOML if that fits the key (`4`, `true`, `["a"]`), else as it stands.
    fn add_text(&mut self, mut path: Vec<String>, text: &str, origin: Origin) -> Result<(), ConfigError> {
        if let [section, map, name] = path.as_mut_slice()
            && (section.as_str(), map.as_str()) == ("supervisor", "listen")
        {
            // Process names have dashes, names of variables cannot.
            *name = name.replace('_', "-");
        }
        let parsed = format!("x = {text}")
            .parse::<Table>()
            .ok()
            .and_then(|mut table| table.remove("x"));
        let verbatim = Value::String(text.to_owned());
        let value = match parsed {
            Some(parsed) if check(&path, &parsed).is_ok() => parsed,
            _ => verbatim,
        };
        self.add(path, value, origin)
    }

    fn add(&mut self, path: Vec<String>, value: Value, origin: Origin) -> Result<(), ConfigError> {
        let key = path.join(".");
        if let Err(cause) = check(&path, &value) {
            return Err(match keys::kind(&path) {
                Kind::Unknown => ConfigError::UnknownKey {
                    origin,
                    nearest: keys::nearest(&key),
                    key,
                },
                Kind::Section => {
                    let cause = "this is a section; set one of its keys".to_owned();
                    ConfigError::Value { origin, key, cause }
                }
                Kind::Value => ConfigError::Value { origin, key, cause },
            });
        }
        if let [section, map, name] = path.as_slice()
            && (section.as_str(), map.as_str()) == ("supervisor", "listen")
        {
            check_process_name(name, &key, &origin)?;
        }
        insert(&mut self.merged, &path, value);
        self.origins.insert(key, origin);
        Ok(())
    }
}

fn check_process_name(name: &str, key: &str, origin: &Origin) -> Result<(), ConfigError> {
    let services = shop::Service::ALL.iter().map(|service| service.name());
    let known: Vec<&str> = services.chain([EDGE_ADMIN]).collect();
    if known.contains(&name) {
        return Ok(());
    }
    let cause = format!("no service is called {name}; there are {}", known.join(", "));
    Err(ConfigError::Value {
        origin: origin.clone(),
        key: key.to_owned(),
        cause,
    })
}

/// Whether the key, with everything else at its default, makes a configuration.
fn check(path: &[String], value: &Value) -> Result<(), String> {
    let mut table = DEFAULTS.clone();
    insert(&mut table, path, value.clone());
    Config::deserialize(table)
        .map(drop)
        .map_err(|error| error.message().to_owned())
}

fn insert(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            table.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let below = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
            if !below.is_table() {
                *below = Value::Table(Table::new());
            }
            if let Value::Table(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

/// Every value of a table with its path; an empty table is a value.
fn leaves(table: Table) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(below) if !below.is_empty() => {
                let below = leaves(below).into_iter().map(|(mut path, value)| {
                    path.insert(0, key.clone());
                    (path, value)
                });
                found.extend(below);
            }
            value => found.push((vec![key], value)),
        }
    }
    found
}

/// The line on which a key of a TOML text stands, counted from 1.
fn line_of(text: &str, path: &[String]) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut span = None;
    for segment in path {
        let (key, value) = table
            .iter()
            .find(|(key, _)| key.get_ref().as_ref() == segment.as_str())?;
        span = Some(key.span());
        match value.get_ref() {
            toml::de::DeValue::Table(below) => table = below,
            _ => break,
        }
    }
    Some(text.get(..span?.start)?.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_with(file: Option<&str>, env: &[(&str, &str)], set: &[&str]) -> Result<Loaded, String> {
        let written = file.map(|text| {
            let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
            std::fs::write(file.path(), text).unwrap();
            file
        });
        let sources = Sources {
            data_dir: None,
            config: written.as_ref().map(|file| file.path().to_owned()),
            set: set.iter().map(|&text| text.to_owned()).collect(),
        };
        let env = env.iter().map(|&(name, value)| (name.into(), value.into()));
        load_from(&sources, env).map_err(|error| error.to_string())
    }

    #[test]
    fn later_layers_win_and_their_origin_is_known() {
        let file = "environment = \"production\"\n[edge]\nlisten = \"127.0.0.1:1\"\nmax_connections = 5\n";
        let env = [
            ("TEXTISUR_EDGE__LISTEN", "127.0.0.1:2"),
            ("TEXTISUR_TELEMETRY__LOG_FILTER", "warn"),
            ("PATH", "x"),
        ];
        let loaded = load_with(
            Some(file),
            &env,
            &["edge.listen=127.0.0.1:3", "supervisor.worker_threads=4"],
        )
        .unwrap();
        let config = &loaded.config;
        assert_eq!(config.environment, super::super::Environment::Production);
        assert_eq!(config.edge.listen, "127.0.0.1:3".parse().unwrap());
        assert_eq!((config.edge.max_connections, config.supervisor.worker_threads), (5, 4));
        assert_eq!(config.telemetry.log_filter, "warn");
        assert_eq!(loaded.origins["edge.listen"].to_string(), "--set edge.listen");
        assert!(loaded.origins["edge.max_connections"].to_string().ends_with(".toml:4"));
        assert!(!loaded.is_set("shop.public_url"));
    }

    #[test]
    fn text_that_looks_like_a_number_can_still_be_text() {
        let loaded = load_with(None, &[], &["shop.payments.secret_key=12345"]).unwrap();
        assert_eq!(loaded.config.shop.payments.secret_key, "12345");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_the_nearest_one() {
        let error = load_with(Some("\n[edge]\nlistn = \"127.0.0.1:1\"\n"), &[], &[]).unwrap_err();
        assert!(
            error.ends_with(".toml:3: unknown key `edge.listn`; did you mean `edge.listen`?"),
            "{error}"
        );
        let error = load_with(None, &[("TEXTISUR_EDGE__LISTN", "x")], &[]).unwrap_err();
        assert_eq!(
            error,
            "environment variable TEXTISUR_EDGE__LISTN: unknown key `edge.listn`; did you mean `edge.listen`?"
        );
        let error = load_with(None, &[], &["egde.listen=x"]).unwrap_err();
        assert_eq!(
            error,
            "--set egde.listen: unknown key `egde.listen`; did you mean `edge.listen`?"
        );
    }

    #[test]
    fn a_bad_value_is_refused_with_its_place_and_cause() {
        let error = load_with(Some("[edge]\nlisten = \"here\"\n"), &[], &[]).unwrap_err();
        assert!(
            error.contains(".toml:2: `edge.listen`: invalid socket address"),
            "{error}"
        );
        let error = load_with(None, &[], &["supervisor.stop_timeout=10"]).unwrap_err();
        assert!(
            error.contains("--set supervisor.stop_timeout: `supervisor.stop_timeout`: `10` is not a duration"),
            "{error}"
        );
        let error = load_with(None, &[], &["edge=3"]).unwrap_err();
        assert!(error.contains("this is a section"), "{error}");
        assert!(
            load_with(None, &[], &["edge.listen"])
                .unwrap_err()
                .contains("write KEY=VALUE")
        );
        assert!(
            load_with(Some("edge = ["), &[], &[])
                .unwrap_err()
                .contains("not valid TOML")
        );
    }

    #[test]
    fn addresses_of_services_are_set_by_name() {
        let env = [("TEXTISUR_SUPERVISOR__LISTEN__TEXTISUR_AUTH", "127.0.0.1:4101")];
        let loaded = load_with(None, &env, &["supervisor.listen.textisur-web=127.0.0.1:4104"]).unwrap();
        assert_eq!(loaded.config.supervisor.listen.len(), 2);
        assert_eq!(
            loaded.config.supervisor.listen["textisur-auth"],
            "127.0.0.1:4101".parse().unwrap()
        );
        let error = load_with(None, &[], &["supervisor.listen.textisur-aut=127.0.0.1:1"]).unwrap_err();
        assert!(error.contains("no service is called textisur-aut"), "{error}");
    }
}
