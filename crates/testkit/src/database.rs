//! A database of a test's own: an SQLite file, or, with `TEXTISUR_TEST_MYSQL` set to a server's address
//! (`mysql://USER:PASSWORD@HOST:PORT`), a database there.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// The server that tests shall use.
const SERVER: &str = "TEXTISUR_TEST_MYSQL";

/// A database; gone when dropped: a file with its folder, a database on a server by our own word.
#[derive(Debug)]
pub struct Database {
    url: String,
    on_server: Option<(String, String)>,
}

impl Database {
    /// An empty one.
    pub async fn create(folder: &Path) -> Self {
        let Ok(server) = std::env::var(SERVER) else {
            return Self::file(folder);
        };
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "textisur_test_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        remove(&server, &name).await;
        let connection = connect(&server).await;
        let created = connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await;
        created.unwrap_or_else(|error| panic!("{name} cannot be made: {error}"));
        drop(connection.close().await);
        Self {
            url: format!("{server}/{name}"),
            on_server: Some((server, name)),
        }
    }

    /// An empty SQLite file, whatever tests use otherwise.
    pub fn file(folder: &Path) -> Self {
        Self {
            url: format!("sqlite:{}", folder.join("textisur.db").display()),
            on_server: None,
        }
    }

    /// Its address, as `database.url` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.on_server.take() else {
            return;
        };
        // A thread of its own, since this may well be one of a runtime.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(remove(&server, &name));
        });
        drop(removed.join());
    }
}

async fn remove(server: &str, name: &str) {
    let connection = connect(server).await;
    // The test's own connections may be in the middle of a transaction, and their runtime is waiting for us.
    let users = format!("SELECT id FROM information_schema.processlist WHERE db = '{name}'");
    let users = connection
        .query_all_raw(Statement::from_string(DbBackend::MySql, users))
        .await;
    for user in users.unwrap_or_default() {
        let id: Result<i64, _> = user.try_get_by_index(0);
        if let Ok(id) = id {
            // It may be gone by itself.
            drop(connection.execute_unprepared(&format!("KILL {id}")).await);
        }
    }
    let dropped = connection
        .execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}"))
        .await;
    dropped.unwrap_or_else(|error| panic!("{name} cannot be dropped: {error}"));
    drop(connection.close().await);
}

async fn connect(server: &str) -> DatabaseConnection {
    sea_orm::Database::connect(server)
        .await
        .unwrap_or_else(|error| panic!("{SERVER}: {error}"))
}
