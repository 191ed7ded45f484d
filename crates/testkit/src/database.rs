//! A database of a test's own: an SQLite file, or, with `TEXTISUR_TEST_MYSQL` set to a server's address
//! (`mysql://USER:PASSWORD@HOST:PORT`), a database there.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait;

/// The server that tests shall use.
const SERVER: &str = "TEXTISUR_TEST_MYSQL";

/// A database; [`drop`](Self::drop) it when the test is over.
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
        execute(&server, &format!("DROP DATABASE IF EXISTS {name}")).await;
        execute(&server, &format!("CREATE DATABASE {name}")).await;
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

    /// Removes it from the server. A file goes with its folder.
    pub async fn drop(self) {
        if let Some((server, name)) = &self.on_server {
            execute(server, &format!("DROP DATABASE {name}")).await;
        }
    }
}

async fn execute(server: &str, sql: &str) {
    let connection = sea_orm::Database::connect(server)
        .await
        .unwrap_or_else(|error| panic!("{SERVER}: {error}"));
    connection
        .execute_unprepared(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    drop(connection.close().await);
}
