//! MySQL 8 and MariaDB: one pool for everything.
//!
//! Transactions see what has been committed before each statement (`READ COMMITTED`), as SQLite's do; what they decide on they lock with
//! `FOR UPDATE`, in the order of ids; one that loses to another is done again (`conflict.rs`).

use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::{AssertSqlSafe, Executor};

use super::{Db, OpenError, Writer, connect};
use crate::config::Database as Config;

pub(super) async fn open(config: &Config) -> Result<Db, OpenError> {
    let pool = connect(options(config)).await?;
    Ok(Db {
        write: Writer::new(pool.clone(), None),
        write_lazily: Writer::new(pool.clone(), None),
        read: pool,
    })
}

fn options(config: &Config) -> ConnectOptions {
    let lock_timeout = *config.lock_timeout;
    let session = format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION innodb_lock_wait_timeout = {}",
        lock_timeout.as_secs().max(1)
    );
    let url = match config.url.strip_prefix("mariadb:") {
        Some(rest) => format!("mysql:{rest}"),
        None => config.url.clone(),
    };
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(config.connections.max(1))
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
        });
    options
}
