//! The seed's `active_users_total`: sessions seen within the last five minutes.

use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::db::{Sql, params};

const WINDOW_MS: i64 = 5 * 60_000;

/// Counts until told to stop.
pub(crate) async fn count_active_users(app: App, stop: CancellationToken) {
    static SQL: Sql = Sql::new(
        "active_users",
        "SELECT COUNT(DISTINCT user_id) FROM sessions WHERE last_seen_at > ? AND revoked_at IS NULL",
    );
    let gauge = Gauge::<i64>::default();
    telemetry::metrics::registry(|registry| {
        registry.register(
            "active_users_total",
            "Users seen within the last five minutes",
            gauge.clone(),
        );
    });
    loop {
        match SQL
            .integer(app.db().read(), params![app.clock().now_ms() - WINDOW_MS])
            .await
        {
            Ok(users) => drop(gauge.set(users.unwrap_or(0))),
            Err(error) => tracing::warn!(%error, "active users cannot be counted"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(15)) => {}
        }
    }
}
