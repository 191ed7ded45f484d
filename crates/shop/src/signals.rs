//! The marketplace's business metrics, there from the start: a ratio over a series that comes with its first failure says nothing until
//! it is too late.

use std::sync::LazyLock;

use prometheus_client::metrics::histogram::Histogram;

use crate::db::{Db, watch_pools};
use crate::notifications::push;
use crate::service::Service;
use crate::web::chat_signals;
use crate::{accounts, orders, payments};

/// Shows, at zero, what the services of this process may count, and its pools.
pub(crate) fn declare(services: &[Service], db: &Db) {
    watch_pools(db);
    for service in services {
        match service {
            Service::Orders => {
                orders::declare();
                payments::declare();
                push::declare();
                LazyLock::force(&CHECKOUT_DURATION);
            }
            // Its pages begin purchases and sessions, too.
            Service::Web => {
                accounts::declare();
                orders::declare();
                payments::declare();
            }
            Service::Chat => chat_signals(),
            Service::Auth => accounts::declare(),
            Service::Products => {}
        }
    }
}

static CHECKOUT_DURATION: LazyLock<Histogram> = LazyLock::new(|| {
    let histogram = Histogram::new([1.0, 3.0, 5.0, 10.0, 30.0, 60.0]);
    telemetry::metrics::registry(|registry| {
        registry.register(
            "checkout_duration_seconds",
            "Time from starting a checkout to its payment",
            histogram.clone(),
        );
    });
    histogram
});

/// Notes how long a buyer took from checkout to payment, in the seed's `checkout_duration_seconds`.
pub(crate) fn checkout_duration(seconds: f64) {
    CHECKOUT_DURATION.observe(seconds);
}
