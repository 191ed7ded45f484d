//! What node_exporter, mysqld_exporter and nginx-prometheus-exporter tell, told by this process: the same names, types, helps and
//! labels, so that their dashboards and rules work unchanged, without three more processes on the machine.
//!
//! [`router`] serves `/collectors/node`, `/collectors/mysql` and `/collectors/nginx` as Prometheus text 0.0.4. Everything is read when it
//! is asked for; nothing runs in between. A server that cannot be reached is told as `mysql_up 0` or `nginx_up 0`, not as an error.

mod mysql;
mod nginx;
mod node;
mod page;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Semaphore;

pub use mysql::{Mysql, MysqlUrlError};
pub use nginx::{Nginx, StatusUrlError};
pub use node::Paths;

/// Prometheus text 0.0.4.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Under the ten seconds that Prometheus waits by default.
const PATIENCE: Duration = Duration::from_secs(8);

/// What is collected.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Where the kernel of the watched machine is read.
    pub paths: Paths,
    /// The database server; without one `/collectors/mysql` is not there.
    pub mysql: Option<Mysql>,
    /// The page of nginx's `stub_status`, nginx's own or the edge's; without one `/collectors/nginx` is not there.
    pub nginx: Option<Nginx>,
}

/// Serves the pages of `config`.
pub fn router(config: Config) -> Router {
    let machine = Machine {
        paths: config.paths,
        reading: Arc::new(Semaphore::new(1)),
    };
    let mut router = Router::new().route("/collectors/node", get(node).with_state(machine));
    if let Some(mysql) = config.mysql {
        router = router.route("/collectors/mysql", get(mysql_page).with_state(Arc::new(mysql)));
    }
    if let Some(nginx) = config.nginx {
        router = router.route("/collectors/nginx", get(nginx_page).with_state(Arc::new(nginx)));
    }
    router
}

#[derive(Clone, Debug)]
struct Machine {
    paths: Paths,
    /// One at a time: a file system whose server is gone holds a thread for as long as it is gone, and must not get a second one.
    reading: Arc<Semaphore>,
}

async fn node(State(machine): State<Machine>) -> Response {
    let read = async {
        let turn = machine.reading.acquire_owned().await.ok()?;
        let reading = tokio::task::spawn_blocking(move || {
            let page = node::collect(&machine.paths);
            drop(turn);
            page
        });
        reading.await.ok()
    };
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Some(page)) => answer(page),
        Ok(None) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the machine could not be read; see the log\n",
        )
            .into_response(),
        Err(_) => {
            let why = "the machine could not be read in time: a file system does not answer\n";
            (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
    }
}

async fn mysql_page(State(mysql): State<Arc<Mysql>>) -> Response {
    answer(mysql.collect(PATIENCE).await)
}

async fn nginx_page(State(nginx): State<Arc<Nginx>>) -> Response {
    answer(nginx.collect(PATIENCE).await)
}

fn answer(page: String) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], page).into_response()
}
