//! What is told of connections and schema changes.

use std::sync::LazyLock;

use prometheus_client::metrics::gauge::Gauge;
use sea_orm::{DatabaseConnection, DbBackend};
use telemetry::metrics::sampled_gauges;

use super::Db;

struct Migrations {
    applied: Gauge,
    pending: Gauge,
}

static MIGRATIONS: LazyLock<Migrations> = LazyLock::new(|| {
    let migrations = Migrations {
        applied: Gauge::default(),
        pending: Gauge::default(),
    };
    telemetry::metrics::registry(|registry| {
        registry.register(
            "db_migrations_applied",
            "Schema changes of this build that are applied",
            migrations.applied.clone(),
        );
        registry.register(
            "db_migrations_pending",
            "Schema changes of this build that are not yet applied",
            migrations.pending.clone(),
        );
    });
    migrations
});

/// Schema changes of this build that the database has, of all that there are.
pub(super) fn migrations(applied: usize, known: usize) {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    MIGRATIONS.applied.set(number(applied));
    MIGRATIONS.pending.set(number(known.saturating_sub(applied)));
}

/// Shows the pools of `db` as `db_pool_connections{pool,state}` and `db_pool_max_connections{pool}`. How many wait for a connection the
/// driver does not tell; who waits for a turn to write is in `db_write_waiting`.
pub(crate) fn watch_pools(db: &Db) {
    let pools = db.pools();
    let limits = pools.clone();
    sampled_gauges(
        "db_pool_connections",
        "Connections to the database that are open, by pool and state",
        move || {
            let of = |&(pool, ref connection): &(&'static str, DatabaseConnection)| {
                let (size, idle, _) = numbers(connection);
                [("idle", idle), ("used", size.saturating_sub(idle))].map(|(state, count)| {
                    (
                        vec![("pool", pool.to_owned()), ("state", state.to_owned())],
                        f64::from(count),
                    )
                })
            };
            pools.iter().flat_map(of).collect()
        },
    );
    sampled_gauges(
        "db_pool_max_connections",
        "Connections that a pool may open",
        move || {
            let of = |&(pool, ref connection): &(&'static str, DatabaseConnection)| {
                (vec![("pool", pool.to_owned())], f64::from(numbers(connection).2))
            };
            limits.iter().map(of).collect()
        },
    );
}

/// Open, idle, and at most.
fn numbers(connection: &DatabaseConnection) -> (u32, u32, u32) {
    let idle = |idle: usize| u32::try_from(idle).unwrap_or(u32::MAX);
    if connection.get_database_backend() == DbBackend::Sqlite {
        let pool = connection.get_sqlite_connection_pool();
        (pool.size(), idle(pool.num_idle()), pool.options().get_max_connections())
    } else {
        let pool = connection.get_mysql_connection_pool();
        (pool.size(), idle(pool.num_idle()), pool.options().get_max_connections())
    }
}
