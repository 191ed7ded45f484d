//! The observability backend of TextiSur: what Prometheus, and later Alertmanager, Loki and Jaeger, are asked for.

pub mod metrics;
