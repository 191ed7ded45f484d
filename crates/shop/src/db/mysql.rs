//! MySQL 8 and MariaDB: a pool for reading, and one for writing, so that writers who wait for each other's rows keep nobody from looking.
//!
//! Transactions see what has been committed before each statement (`READ COMMITTED`), as SQLite's do; what they decide on they lock with
//! `FOR UPDATE`, in the order of ids; one that loses to another is done again (`conflict.rs`).

use std::time::Duration;

use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor};
use sea_orm::{ConnectOptions, DbErr, RuntimeErr};

use super::{Db, OpenError, Writer, connect};
use crate::config::Database as Config;

/// A connection that has been idle for longer is asked whether it still stands before it is used: the server may have been restarted.
const TRUSTED: Duration = Duration::from_secs(1);

/// The same words mean the same on every server, whatever its own `sql_mode`: texts that do not fit are refused, not cut; `||` joins
/// texts; a backslash is a letter like others, as in SQLite.
const SQL_MODE: &str = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES";

pub(super) async fn open(config: &Config) -> Result<Db, OpenError> {
    let writers = (config.connections / 2).max(1);
    let readers = config.connections.saturating_sub(writers).max(1);
    let write = match connect(options(config, writers)).await {
        Ok(write) => write,
        Err(error) => return Err(explained(config, error).await),
    };
    Ok(Db {
        write: Writer::new(write.clone(), None),
        // When a commit waits for the disk is the server's to say (`innodb_flush_log_at_trx_commit`).
        write_lazily: Writer::new(write, None),
        read: connect(options(config, readers)).await?,
    })
}

/// A pool tries until its time is up and then says only that. A single connection says why: nobody listens, the password is wrong.
async fn explained(config: &Config, error: OpenError) -> OpenError {
    let OpenError::Connect { url, source } = error else {
        return error;
    };
    let why = match address(config).parse::<MySqlConnectOptions>() {
        Ok(options) => tokio::time::timeout(*config.lock_timeout, MySqlConnection::connect_with(&options)).await,
        Err(_) => return OpenError::Connect { url, source },
    };
    let source = match why {
        Ok(Err(why)) => DbErr::Conn(RuntimeErr::SqlxError(why.into())),
        // It came up meanwhile, or does not answer at all.
        Ok(Ok(_)) | Err(_) => source,
    };
    OpenError::Connect { url, source }
}

/// The configured address, as the driver understands it.
fn address(config: &Config) -> String {
    match config.url.strip_prefix("mariadb:") {
        Some(rest) => format!("mysql:{rest}"),
        None => config.url.clone(),
    }
}

fn options(config: &Config, connections: u32) -> ConnectOptions {
    let lock_timeout = *config.lock_timeout;
    let session = format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
         SET SESSION sql_mode = '{SQL_MODE}', SESSION innodb_lock_wait_timeout = {}",
        lock_timeout.as_secs().max(1)
    );
    let mut options = ConnectOptions::new(address(config));
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(lock_timeout)
        .idle_timeout(Duration::from_secs(600))
        .max_lifetime(Duration::from_secs(3_600))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_mysql_opts(|mysql| mysql.collation("utf8mb4_bin").statement_cache_capacity(128))
        .map_sqlx_mysql_pool_opts(move |pool| {
            let session = session.clone();
            pool.after_connect(move |connection, _| {
                let session = session.clone();
                Box::pin(async move { connection.execute(AssertSqlSafe(session)).await.map(drop) })
            })
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    // A connection that does not answer is given up, and another one taken.
                    Ok(known.idle_for < TRUSTED || connection.ping().await.is_ok())
                })
            })
        });
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::HumanDuration;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_said_to_refuse() {
        // Bound and never listening: nobody else gets the port meanwhile.
        let nobody = tokio::net::TcpSocket::new_v4().unwrap();
        nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let config = Config {
            url: format!("mysql://shop:secret@{}/textisur", nobody.local_addr().unwrap()),
            lock_timeout: HumanDuration::from(Duration::from_millis(100)),
            ..Config::default()
        };
        let error = open(&config).await.map(drop).unwrap_err().to_string();
        assert!(error.contains("refused"), "{error}");
        assert!(error.contains("shop:…@") && !error.contains("secret"), "{error}");
    }
}
