//! What writes: for SQLite one connection, on which every statement and every transaction has its turn; for a server its pool.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use super::conflict::retrying;
use super::turns::{Turn, Turns};

/// For single statements that write; each waits for its turn, if the database has one writer at a time, and is done again, if it has
/// several and another one won.
#[derive(Clone, Debug)]
pub struct Writer {
    connection: DatabaseConnection,
    turns: Option<Turns>,
}

/// A running transaction that may write; dropped without [`commit`](Self::commit), it is rolled back.
pub struct Tx {
    // In this order: the turn ends after the transaction.
    transaction: DatabaseTransaction,
    turn: Option<Turn>,
    committed: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

impl Writer {
    pub(super) fn new(connection: DatabaseConnection, turns: Option<Turns>) -> Self {
        Self { connection, turns }
    }

    pub(super) async fn begin(&self) -> Result<Tx, DbErr> {
        let turn = self.turn().await?;
        let mode = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = self.connection.begin_with_options(mode).await?;
        Ok(Tx {
            transaction,
            turn,
            committed: Mutex::default(),
        })
    }

    async fn turn(&self) -> Result<Option<Turn>, DbErr> {
        match &self.turns {
            Some(turns) => turns.take().await.map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    pub(super) async fn close(self) -> Result<(), DbErr> {
        self.connection.close().await
    }
}

impl Tx {
    /// Makes it durable and visible.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self {
            transaction,
            turn,
            committed,
        } = self;
        let result = transaction.commit().await;
        drop(turn);
        if result.is_ok() {
            for then in committed.into_inner().unwrap_or_else(PoisonError::into_inner) {
                then();
            }
        }
        result
    }

    /// Has something done once this is committed, and never if it is not: what is counted in a transaction that is done again would be
    /// counted twice.
    pub fn on_commit(&self, then: impl FnOnce() + Send + 'static) {
        let mut committed = self.committed.lock().unwrap_or_else(PoisonError::into_inner);
        committed.push(Box::new(then));
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Writer {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if self.turns.is_none() {
            return retrying(|| self.connection.execute_raw(statement.clone())).await;
        }
        let _turn = self.turn().await?;
        self.connection.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let _turn = self.turn().await?;
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if self.turns.is_none() {
            return retrying(|| self.connection.query_one_raw(statement.clone())).await;
        }
        let _turn = self.turn().await?;
        self.connection.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if self.turns.is_none() {
            return retrying(|| self.connection.query_all_raw(statement.clone())).await;
        }
        let _turn = self.turn().await?;
        self.connection.query_all_raw(statement).await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}
