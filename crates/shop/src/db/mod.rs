//! The database, SQLite or MySQL/MariaDB: statements with names, transactions, schema changes in order.

mod conflict;
mod dialect;
mod lists;
mod migrations;
mod mysql;
mod signals;
mod sql;
mod sqlite;
mod turns;
mod writer;

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    TransactionTrait,
};

pub use conflict::{MayConflict, is_busy, is_duplicate, retrying};
pub use lists::{Answers, Lists};
pub(crate) use signals::watch_pools;
pub(crate) use sql::params;
pub use sql::{Batch, Sql};
pub use writer::{Tx, Writer};

use crate::config::Database as Config;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither of the databases we speak to.
    #[error("database.url `{0}` is not understood; write sqlite:PATH or mysql://USER:PASSWORD@HOST:PORT/DATABASE")]
    Url(String),
    /// The file cannot be opened, made or changed.
    #[error("cannot open the database {url}: {source}")]
    Connect {
        /// The configured address.
        url: String,
        /// What the driver said.
        source: DbErr,
    },
    /// The files at which writers queue cannot be opened.
    #[error("cannot open the lock files beside {path}: {source}")]
    Queue {
        /// The database's file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A schema change did not go through; it left nothing behind.
    #[error("schema change {name} failed: {source}")]
    Migrate {
        /// Folder name of the change.
        name: String,
        /// What the driver said.
        source: DbErr,
    },
    /// A schema change that has been applied was edited afterwards.
    #[error("schema change {0} was changed after it had been applied; write a new one instead")]
    Edited(String),
}

/// Handle on the database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: Writer,
    write_lazily: Writer,
}

impl Db {
    /// Opens (and, for SQLite, makes) the database; does not touch the schema.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        match config.url.split_once(':') {
            Some(("sqlite", _)) => sqlite::open(config).await,
            Some(("mysql" | "mariadb", _)) => mysql::open(config).await,
            _ => Err(OpenError::Url(config.url.clone())),
        }
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// Brings the schema up to what this build needs. Safe to call from several processes at once.
    pub async fn migrate(&self, now_ms: i64) -> Result<(), OpenError> {
        migrations::apply(self, now_ms).await
    }

    /// Does this build know a schema change of that name?
    pub fn knows_migration(name: &str) -> bool {
        migrations::is_known(name)
    }

    /// As [`migrate`](Self::migrate), but only these changes: for a backup, whose rows have the shape of its time.
    pub async fn migrate_through(&self, names: &[&str], now_ms: i64) -> Result<(), OpenError> {
        migrations::apply_some(self, now_ms, |name| names.contains(&name)).await
    }

    /// A transaction that only reads, and sees the database as it is at its first statement however long it takes and whatever others
    /// write meanwhile.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        // SQLite's readers always see one moment.
        let isolation = (self.backend() != DbBackend::Sqlite).then_some(IsolationLevel::RepeatableRead);
        self.read.begin_with_config(isolation, None).await
    }

    /// For statements that only read. Sees every transaction committed before the statement began.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For a single statement that writes; more than one belong in [`begin`](Self::begin).
    pub fn write(&self) -> &Writer {
        &self.write
    }

    /// Starts a transaction that may write, once it is its turn.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        self.write.begin().await
    }

    /// As [`begin`](Self::begin), but its commit does not wait for the disk. It survives a crash of the process; a power cut only once a
    /// later, ordinary commit has waited. For what a power cut may take (a session), and for what is followed by an ordinary commit
    /// before anybody is told (a purchase before its payment session).
    pub async fn begin_lazily(&self) -> Result<Tx, DbErr> {
        self.write_lazily.begin().await
    }

    /// A transaction that may write while nobody else, in whatever process, has one of these: for what only the first one does.
    pub async fn begin_alone(&self) -> Result<Tx, DbErr> {
        let tx = self.begin().await?;
        migrations::lock_ledger(&tx).await?;
        Ok(tx)
    }

    /// Answers once the database does: for readiness.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.read.execute_unprepared("SELECT 1").await.map(drop)
    }

    /// Every pool by its name in the metrics.
    fn pools(&self) -> Vec<(&'static str, DatabaseConnection)> {
        let mut pools = vec![("read", self.read.clone()), ("write", self.write.connection().clone())];
        // A server has one pool for both kinds of writing.
        if self.backend() == DbBackend::Sqlite {
            pools.push(("write_lazily", self.write_lazily.connection().clone()));
        }
        pools
    }

    /// Closes every connection; the last one folds the log into the file.
    pub async fn close(self) -> Result<(), DbErr> {
        self.read.close().await?;
        self.write_lazily.close().await?;
        self.write.close().await
    }
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, OpenError> {
    let url = without_password(options.get_url());
    sea_orm::Database::connect(options)
        .await
        .map_err(|source| OpenError::Connect { url, source })
}

/// An address as it may be shown: `mysql://shop:…@db.example.com/textisur`.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((login, place)) => match login.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:…@{place}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

/// Runs a statement without a name, for tests and tools that look behind the API.
pub async fn execute_raw(db: &Db, sql: &str) -> Result<u64, DbErr> {
    Ok(db.write.execute_unprepared(sql).await?.rows_affected())
}

/// The one number that a SELECT without a name finds, for tests and tools that look behind the API.
pub async fn integer_raw(db: &Db, select: &str) -> Result<Option<i64>, DbErr> {
    Sql::assembled("raw", format!("SELECT CAST(({select}) AS SIGNED)"))
        .integer(&db.read, Vec::new())
        .await
}

/// The file of an SQLite address; none for a server's.
pub fn sqlite_file(url: &str) -> Option<&std::path::Path> {
    url.starts_with("sqlite:")
        .then(|| std::path::Path::new(sqlite::file(url)))
}
