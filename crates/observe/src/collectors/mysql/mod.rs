//! MySQL and MariaDB, as mysqld_exporter tells them with its default collectors: `global_status`, `global_variables`, `slave_status`,
//! `info_schema.innodb_cmp` and `info_schema.innodb_cmpmem`. (Its `info_schema.query_response_time` tells nothing without a plugin.)
//!
//! As the exporter does, every scrape opens a connection and closes it again: a server that refuses new connections is not up.

mod innodb;
mod replica;
mod status;
mod value;
mod variables;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

use super::page::{Kind, Page};

/// So long may a statement wait for a table that another one has locked, in seconds.
const LOCK_WAIT: u32 = 2;

/// A server to ask.
pub struct Mysql {
    options: MySqlConnectOptions,
    scrapes: AtomicU64,
}

/// Why an address is not one of a database server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database's address is not understood ({0}); write mysql://USER:PASSWORD@HOST:PORT")]
pub struct MysqlUrlError(String);

impl Mysql {
    /// The server at `url`: `mysql://user:password@host:port/database`, of which the database may be missing. `mariadb:` is the same.
    /// The user needs `PROCESS` and, for replicas, `REPLICATION CLIENT` (MariaDB: `REPLICA MONITOR`).
    ///
    /// # Errors
    /// When it is no such address. The text holds no password.
    pub fn new(url: &str) -> Result<Self, MysqlUrlError> {
        let scheme = ["mysql://", "mariadb://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        let Some(rest) = scheme else {
            return Err(MysqlUrlError("it does not begin with mysql://".into()));
        };
        let options = format!("mysql://{rest}")
            .parse::<MySqlConnectOptions>()
            .map_err(|error| MysqlUrlError(error.to_string()))?;
        Ok(Self {
            // Nothing here is asked twice on one connection.
            options: options.statement_cache_capacity(0),
            scrapes: AtomicU64::new(0),
        })
    }

    /// The page of metrics; a server that cannot be asked within `patience` is told as `mysql_up 0`.
    pub(super) async fn collect(&self, patience: Duration) -> String {
        let mut page = Page::default();
        let mut scrape = Scrape::default();
        let asked = scrape.ask(&self.options, &mut page);
        if tokio::time::timeout(patience, asked).await.is_err() {
            scrape.failed("in time", &"the server is too slow");
        }
        let scrapes = self.scrapes.fetch_add(1, Relaxed) + 1;
        scrape.finish(&mut page, scrapes);
        page.into_text()
    }
}

impl Clone for Mysql {
    fn clone(&self) -> Self {
        Self {
            options: self.options.clone(),
            scrapes: AtomicU64::new(self.scrapes.load(Relaxed)),
        }
    }
}

impl fmt::Debug for Mysql {
    // The options would show the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mysql").finish_non_exhaustive()
    }
}

/// One visit to the server.
#[derive(Debug, Default)]
struct Scrape {
    up: bool,
    errors: bool,
    /// How long each took, and whether it succeeded.
    done: Vec<(&'static str, f64, bool)>,
}

impl Scrape {
    async fn ask(&mut self, options: &MySqlConnectOptions, page: &mut Page) {
        let began = Instant::now();
        let mut connection = match MySqlConnection::connect_with(options).await {
            Ok(connection) => connection,
            Err(error) => return self.failed("connection", &error),
        };
        self.done.push(("connection", began.elapsed().as_secs_f64(), true));
        self.up = true;
        let patience = format!("SET SESSION lock_wait_timeout = {LOCK_WAIT}");
        if let Err(error) = connection.execute(AssertSqlSafe(patience)).await {
            self.failed("connection", &error);
        }
        macro_rules! collect {
            ($($name:literal => $collector:path),* $(,)?) => {$(
                let began = Instant::now();
                let outcome = $collector(&mut connection, page).await;
                if let Err(error) = &outcome {
                    self.failed($name, error);
                }
                self.done.push(($name, began.elapsed().as_secs_f64(), outcome.is_ok()));
            )*};
        }
        collect! {
            "collect.global_status" => status::collect,
            "collect.global_variables" => variables::collect,
            "collect.slave_status" => replica::collect,
            "collect.info_schema.innodb_cmp" => innodb::compression,
            "collect.info_schema.innodb_cmpmem" => innodb::compression_memory,
        }
        // It has told everything.
        let _ = connection.close().await;
    }

    fn failed(&mut self, collector: &str, error: &dyn fmt::Display) {
        self.errors = true;
        tracing::warn!(collector, %error, "the database server cannot be asked");
    }

    fn finish(&self, page: &mut Page, scrapes: u64) {
        let mut durations = page.family(
            "mysql_exporter_collector_duration_seconds",
            "Collector time duration.",
            Kind::Gauge,
        );
        for (collector, seconds, _) in &self.done {
            durations.sample(&[("collector", collector)], *seconds);
        }
        let mut successes = page.family(
            "mysql_exporter_collector_success",
            "mysqld_exporter: Whether a collector succeeded.",
            Kind::Gauge,
        );
        for (collector, _, succeeded) in self.done.iter().filter(|(name, ..)| *name != "connection") {
            successes.sample(&[("collector", collector)], f64::from(*succeeded));
        }
        page.single(
            "mysql_exporter_last_scrape_error",
            "Whether the last scrape of metrics from MySQL resulted in an error (1 for error, 0 for success).",
            Kind::Gauge,
            f64::from(self.errors),
        );
        page.single(
            "mysql_exporter_scrapes_total",
            "Total number of times MySQL was scraped for metrics.",
            Kind::Counter,
            scrapes as f64,
        );
        page.single(
            "mysql_up",
            "Whether the MySQL server is up.",
            Kind::Gauge,
            f64::from(self.up),
        );
    }
}

/// All rows, in the text protocol: every value comes as it is written.
async fn rows(connection: &mut MySqlConnection, sql: &'static str) -> sqlx::Result<Vec<MySqlRow>> {
    connection.fetch_all(sqlx::raw_sql(sql)).await
}

/// A column as text; empty for NULL.
fn text(row: &MySqlRow, column: usize) -> sqlx::Result<String> {
    // Whatever the column's type is called, what was sent is text.
    let bytes: Option<Vec<u8>> = row.try_get_unchecked(column)?;
    Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
}

/// `SHOW GLOBAL …`: names and values.
async fn pairs(connection: &mut MySqlConnection, sql: &'static str) -> sqlx::Result<Vec<(String, String)>> {
    let rows = rows(connection, sql).await?;
    rows.iter().map(|row| Ok((text(row, 0)?, text(row, 1)?))).collect()
}
