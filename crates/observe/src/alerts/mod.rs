//! The built-in Alertmanager: who is told of which alerts, when, and when not.
//!
//! ```text
//!   POST /api/v2/alerts ──► store ──► routes ──► groups ──► due? ──► muted? ──► told already? ──► notify ──► log
//!                             │      (the tree)  (dispatch)         (inhibit,    (log)           (retries)
//!                             └──► inhibitor                         silence, intervals)
//! ```
//!
//! * It reads `alertmanager.yml` ([`config`]) and answers Alertmanager's API ([`crate::api::alertmanager`]), so that
//!   `amtool`, Prometheus and Grafana use it unchanged. It stands for Alertmanager 0.25, alone, without a cluster.
//! * Groups are a state machine that is given the time ([`dispatch`]); [`Alertmanager::run`] alone looks at a clock.
//! * Silences and the notification log are on the disk before they count; alerts are in memory alone, as whoever has one
//!   tells of it again and again.
//! * A new configuration begins new groups with the alerts there are. The log keeps people from being told twice.
//!
//! Receivers are Slack, PagerDuty (Events API 2), webhook and email; all others are refused when the file is read. Texts
//! that are no templates are refused then, too, where Alertmanager would fail to notify. Alerts are limited in number.

pub mod alert;
pub mod config;
pub mod dispatch;
mod files;
pub mod inhibit;
mod loaded;
pub mod log;
pub mod metrics;
pub mod moment;
pub mod notify;
mod pipeline;
pub mod route;
mod run;
pub mod silence;
pub mod store;
pub mod template;
mod view;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Notify as Signal;

use self::alert::Alert;
use self::dispatch::Dispatcher;
use self::inhibit::Inhibitor;
use self::loaded::Loaded;
use self::log::NotificationLog;
use self::metrics::Metrics;
use self::route::Route;
use self::silence::{Refused, Silence, Silences};
use self::store::AlertStore;
pub use self::store::Room;
pub use self::view::{AlertStatus, AlertView, Filter, GroupView};
use crate::config::ConfigError;

/// The version of Alertmanager whose API and behaviour this is.
pub const VERSION: &str = "0.25.0";

/// What time it is.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// The system's clock.
pub fn system_clock() -> Clock {
    Arc::new(OffsetDateTime::now_utc)
}

/// What the configuration file does not say.
#[derive(Clone)]
pub struct Settings {
    /// Where this Alertmanager is reached, for links (`--web.external-url`).
    pub external_url: String,
    /// How long what is over is remembered (`--data.retention`).
    pub retention: Duration,
    /// How many alerts there may be, and how many bytes they may hold.
    pub room: Room,
    /// Where people look at alerts; whoever opens this Alertmanager's address is sent there.
    pub console_url: Option<String>,
    /// How many silences there may be, those that are over among them.
    pub max_silences: usize,
    /// How many bytes a request may have.
    pub body_bytes: usize,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            external_url: "http://localhost:9093".into(),
            retention: Duration::from_secs(120 * 3600),
            room: Room {
                alerts: 100_000,
                bytes: 128 << 20,
            },
            console_url: None,
            max_silences: 10_000,
            body_bytes: 16 << 20,
            clock: system_clock(),
        }
    }
}

/// Why there is no Alertmanager.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// Its folder cannot be used.
    #[error("cannot open the folder of alerts: {0}")]
    Folder(#[from] std::io::Error),
}

/// The built-in Alertmanager.
pub struct Alertmanager {
    config_path: PathBuf,
    settings: Settings,
    started_at: OffsetDateTime,
    state: Mutex<State>,
    silences: Mutex<Silences>,
    log: Mutex<NotificationLog>,
    metrics: Metrics,
    /// Something may be due earlier than it was.
    changed: Signal,
}

struct State {
    loaded: Arc<Loaded>,
    /// How often a configuration was taken.
    generation: u64,
    last_reload: Reload,
    alerts: AlertStore,
    inhibitor: Inhibitor,
    dispatcher: Dispatcher,
}

/// The last time the configuration was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reload {
    /// Whether it was good.
    pub succeeded: bool,
    /// When a good one was read last.
    pub succeeded_at: OffsetDateTime,
}

/// Locks go on after a panic: what they guard is changed in steps that each leave it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Alertmanager {
    /// Reads the configuration, and what was on the disk in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// When the configuration is wrong or the folder cannot be used.
    pub fn open(config_path: &Path, folder: &Path, settings: Settings) -> Result<Arc<Self>, OpenError> {
        let now = (settings.clock)();
        let loaded = Loaded::read(config_path, &settings)?;
        std::fs::create_dir_all(folder)?;
        let silences = Silences::open(folder, settings.retention, settings.max_silences)?;
        let log = NotificationLog::open(folder, settings.retention, now)?;
        let state = State {
            generation: 0,
            last_reload: Reload {
                succeeded: true,
                succeeded_at: now,
            },
            alerts: AlertStore::default(),
            inhibitor: Inhibitor::new(&loaded.config.inhibit_rules),
            dispatcher: Dispatcher::new(Route::tree(&loaded.config.route), now),
            loaded: Arc::new(loaded),
        };
        Ok(Arc::new(Self {
            config_path: config_path.to_owned(),
            started_at: now,
            state: Mutex::new(state),
            silences: Mutex::new(silences),
            log: Mutex::new(log),
            metrics: Metrics::default(),
            changed: Signal::new(),
            settings,
        }))
    }

    /// Reads the configuration again. May block.
    ///
    /// # Errors
    /// What is wrong with it; everything stays as it was.
    pub fn reload(&self) -> Result<(), ConfigError> {
        let read = Loaded::read(&self.config_path, &self.settings);
        let now = self.now();
        let mut state = lock(&self.state);
        state.last_reload.succeeded = read.is_ok();
        let loaded = read?;
        state.last_reload.succeeded_at = now;
        state.inhibitor = Inhibitor::new(&loaded.config.inhibit_rules);
        state.dispatcher = Dispatcher::new(Route::tree(&loaded.config.route), now);
        state.loaded = Arc::new(loaded);
        state.generation += 1;
        let State {
            alerts,
            inhibitor,
            dispatcher,
            ..
        } = &mut *state;
        for alert in alerts.all() {
            inhibitor.observe(alert);
            dispatcher.process(alert, now);
        }
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        (self.settings.clock)()
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// When it was opened.
    pub fn started_at(&self) -> OffsetDateTime {
        self.started_at
    }

    /// The configuration in use, as YAML, without secrets.
    pub fn config_yaml(&self) -> String {
        lock(&self.state).loaded.config.shown.clone()
    }

    /// The names of the receivers, in the order of the file.
    pub fn receivers(&self) -> Vec<String> {
        let state = lock(&self.state);
        let receivers = state.loaded.config.receivers.iter();
        receivers.map(|receiver| receiver.name.clone()).collect()
    }

    /// How long an alert without an end fires after it was heard of last.
    pub fn resolve_timeout(&self) -> Duration {
        *lock(&self.state).loaded.config.global.resolve_timeout
    }

    /// Takes in alerts.
    ///
    /// # Errors
    /// When there are too many; those there was room for are taken in.
    pub fn put(&self, alerts: Vec<Alert>) -> Result<(), String> {
        let now = self.now();
        let mut refused = 0;
        let mut state = lock(&self.state);
        let State {
            alerts: store,
            inhibitor,
            dispatcher,
            ..
        } = &mut *state;
        let mut known = Vec::with_capacity(alerts.len());
        for alert in alerts {
            match store.put(alert, now, self.settings.room) {
                Some(alert) => known.push(alert),
                None => refused += 1,
            }
        }
        // Whoever mutes others comes first: nobody is to be told of them for having come in the same request.
        known.iter().for_each(|alert| inhibitor.observe(alert));
        known.iter().for_each(|alert| dispatcher.process(alert, now));
        drop(state);
        self.changed.notify_one();
        match refused {
            0 => Ok(()),
            refused => Err(format!(
                "{refused} alerts refused: there is room for {} alerts of {} bytes in all",
                self.settings.room.alerts, self.settings.room.bytes
            )),
        }
    }

    /// Puts a silence in, or changes the one with its id, and tells its id. May block.
    ///
    /// # Errors
    /// Why not.
    pub fn set_silence(&self, silence: Silence) -> Result<String, Refused> {
        lock(&self.silences).set(silence, self.now())
    }

    /// Ends a silence. May block.
    ///
    /// # Errors
    /// Why not.
    pub fn expire_silence(&self, id: &str) -> Result<(), Refused> {
        lock(&self.silences).expire(id, self.now())
    }

    /// One silence.
    pub fn silence(&self, id: &str) -> Option<Silence> {
        lock(&self.silences).get(id).cloned()
    }

    /// All silences, in no order of use.
    pub fn silences(&self) -> Vec<Silence> {
        lock(&self.silences).all().cloned().collect()
    }
}

/// Reads a configuration with all its templates and does nothing with it, as `amtool check-config` does.
///
/// # Errors
/// What is wrong with it.
pub fn check(config_path: &Path) -> Result<(), ConfigError> {
    Loaded::read(config_path, &Settings::default()).map(|_| ())
}
