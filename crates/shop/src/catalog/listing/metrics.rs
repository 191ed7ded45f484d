//! How big the model is, and how often it was loaded.

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

struct Signals {
    products: Gauge,
    bytes: Gauge,
    loads: Counter,
    load_seconds: Gauge<f64, AtomicU64>,
}

static SIGNALS: LazyLock<Signals> = LazyLock::new(|| {
    let signals = Signals {
        products: Gauge::default(),
        bytes: Gauge::default(),
        loads: Counter::default(),
        load_seconds: Gauge::default(),
    };
    telemetry::metrics::registry(|registry| {
        registry.register(
            "catalog_model_products",
            "Products in the model of lists when it was last loaded",
            signals.products.clone(),
        );
        registry.register(
            "catalog_model_size_bytes",
            "Memory of the model of lists when it was last loaded, about",
            signals.bytes.clone(),
        );
        registry.register(
            "catalog_model_loads",
            "Times the model of lists was read from the database as a whole",
            signals.loads.clone(),
        );
        registry.register(
            "catalog_model_load_duration_seconds",
            "How long the last of those took",
            signals.load_seconds.clone(),
        );
    });
    signals
});

pub(super) fn loaded(products: usize, bytes: usize, took: Duration) {
    let number = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    SIGNALS.products.set(number(products));
    SIGNALS.bytes.set(number(bytes));
    SIGNALS.loads.inc();
    SIGNALS.load_seconds.set(took.as_secs_f64());
    tracing::info!(products, bytes, seconds = took.as_secs_f64(), "catalogue model loaded");
}
