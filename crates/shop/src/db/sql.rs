//! Statements with names: the name labels the query's span and its `db_query_duration_seconds` series.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};
use tracing::Instrument;

use super::{Tx, dialect};

/// One SQL statement: `?` placeholders, written once as a constant in a domain's `queries.rs`, for both databases (`dialect.rs`).
#[derive(Debug)]
pub struct Sql {
    name: &'static str,
    text: Text,
    duration: OnceLock<Histogram>,
}

#[derive(Debug)]
enum Text {
    Shared {
        text: &'static str,
        sqlite: OnceLock<Cow<'static, str>>,
        mysql: OnceLock<Cow<'static, str>>,
    },
    Each {
        sqlite: &'static str,
        mysql: &'static str,
    },
    Assembled(String),
}

impl Sql {
    /// A statement and the name it is known by in metrics and traces.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text: Text::Shared {
                text,
                sqlite: OnceLock::new(),
                mysql: OnceLock::new(),
            },
            duration: OnceLock::new(),
        }
    }

    /// A statement that the two databases want written in two ways.
    pub const fn each(name: &'static str, sqlite: &'static str, mysql: &'static str) -> Self {
        Self {
            name,
            text: Text::Each { sqlite, mysql },
            duration: OnceLock::new(),
        }
    }

    /// A statement put together at run time from constant pieces: filters, lists of placeholders. Values still go in as parameters.
    pub fn assembled(name: &'static str, text: String) -> Self {
        Self {
            name,
            text: Text::Assembled(text),
            duration: OnceLock::new(),
        }
    }

    /// Every row, read into `T`.
    pub async fn all<T: FromQueryResult>(
        &self,
        on: &impl ConnectionTrait,
        params: Vec<Value>,
    ) -> Result<Vec<T>, DbErr> {
        self.measured(self.name, async {
            let rows = on.query_all_raw(self.statement(on, params)).await?;
            rows.iter().map(|row| T::from_query_result(row, "")).collect()
        })
        .await
    }

    /// The first row, if there is one.
    pub async fn one<T: FromQueryResult>(
        &self,
        on: &impl ConnectionTrait,
        params: Vec<Value>,
    ) -> Result<Option<T>, DbErr> {
        self.measured(self.name, async {
            let row = on.query_one_raw(self.statement(on, params)).await?;
            row.map(|row| T::from_query_result(&row, "")).transpose()
        })
        .await
    }

    /// Every row, as the driver has it.
    pub(crate) async fn rows(&self, on: &impl ConnectionTrait, params: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
        self.measured(self.name, on.query_all_raw(self.statement(on, params)))
            .await
    }

    /// The first row, as the driver has it.
    pub(super) async fn row(
        &self,
        on: &impl ConnectionTrait,
        params: Vec<Value>,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.measured(self.name, on.query_one_raw(self.statement(on, params)))
            .await
    }

    /// The first column of the first row, as an integer; for counts and ids. `None` without a row, or with a NULL in it.
    pub async fn integer(&self, on: &impl ConnectionTrait, params: Vec<Value>) -> Result<Option<i64>, DbErr> {
        self.measured(self.name, async {
            match on.query_one_raw(self.statement(on, params)).await? {
                Some(row) => row.try_get_by_index(0),
                None => Ok(None),
            }
        })
        .await
    }

    /// Runs it; answers how many rows it changed.
    pub async fn execute(&self, on: &impl ConnectionTrait, params: Vec<Value>) -> Result<u64, DbErr> {
        self.measured(self.name, async {
            Ok(on.execute_raw(self.statement(on, params)).await?.rows_affected())
        })
        .await
    }

    /// Locks the rows of a `SELECT … FOR UPDATE` until the transaction ends. For SQLite, whose transactions have the whole database to
    /// themselves, there is nothing to do.
    pub async fn lock(&self, tx: &Tx, params: Vec<Value>) -> Result<(), DbErr> {
        if tx.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        self.rows(tx, params).await.map(drop)
    }

    /// Runs an insert; answers the new row's id.
    pub async fn insert(&self, on: &impl ConnectionTrait, params: Vec<Value>) -> Result<i64, DbErr> {
        self.measured(self.name, async {
            let result = on.execute_raw(self.statement(on, params)).await?;
            i64::try_from(result.last_insert_id()).map_err(|_| DbErr::RecordNotInserted)
        })
        .await
    }

    fn statement(&self, on: &impl ConnectionTrait, params: Vec<Value>) -> Statement {
        let backend = on.get_database_backend();
        Statement::from_sql_and_values(backend, self.text(backend), params)
    }

    fn text(&self, backend: DbBackend) -> Cow<'_, str> {
        match &self.text {
            Text::Shared { text, sqlite, mysql } => {
                let written = if backend == DbBackend::Sqlite { sqlite } else { mysql };
                written
                    .get_or_init(|| dialect::write_for(backend, text))
                    .as_ref()
                    .into()
            }
            Text::Each { sqlite, .. } if backend == DbBackend::Sqlite => (*sqlite).into(),
            Text::Each { mysql, .. } => (*mysql).into(),
            Text::Assembled(text) => dialect::write_for(backend, text),
        }
    }

    async fn measured<T>(&self, name: &'static str, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let started = Instant::now();
        let result = work
            .instrument(tracing::info_span!(
                "db.query",
                otel.kind = "client",
                db.query.summary = name
            ))
            .await;
        self.duration
            .get_or_init(|| histogram(name))
            .observe(started.elapsed().as_secs_f64());
        result
    }
}

/// Statements whose results nobody waits for, sent together: for SQLite in one trip to the connection's thread, which costs more than
/// most statements do; for a server one after the other.
#[derive(Debug)]
pub struct Batch<'a> {
    name: &'static str,
    statements: Vec<(&'a Sql, Vec<Value>)>,
}

impl<'a> Batch<'a> {
    /// Nothing yet; the name is the batch's in metrics and traces.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            statements: Vec::new(),
        }
    }

    /// Adds a statement, to run after those before it.
    pub fn add(&mut self, sql: &'a Sql, params: Vec<Value>) {
        self.statements.push((sql, params));
    }

    /// Runs them in order; the first that fails ends the batch, and with it the caller's transaction.
    pub async fn execute(self, tx: &Tx) -> Result<(), DbErr> {
        if tx.get_database_backend() != DbBackend::Sqlite {
            for (sql, params) in self.statements {
                sql.execute(tx, params).await?;
            }
            return Ok(());
        }
        let mut text = String::new();
        let mut params = Vec::new();
        for (sql, values) in self.statements {
            text.push_str(&sql.text(DbBackend::Sqlite));
            text.push(';');
            params.extend(values);
        }
        if text.is_empty() {
            return Ok(());
        }
        Sql::assembled(self.name, text).execute(tx, params).await.map(drop)
    }
}

/// Parameters of a statement, in order: `params![id, name]`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use params;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    query: &'static str,
}

type Durations = Family<Labels, Histogram, fn() -> Histogram>;

fn histogram(query: &'static str) -> Histogram {
    static DURATIONS: OnceLock<Durations> = OnceLock::new();
    let durations = DURATIONS.get_or_init(|| {
        let family = Durations::new_with_constructor(|| {
            Histogram::new([
                0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0,
            ])
        });
        telemetry::metrics::registry(|registry| {
            registry.register(
                "db_query_duration_seconds",
                "Duration of database statements by name",
                family.clone(),
            );
        });
        family
    });
    durations.get_or_create(&Labels { query }).clone()
}
