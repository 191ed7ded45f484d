//! The observability backend of TextiSur: what Prometheus, and later Alertmanager, Loki and Jaeger, are asked for.
//!
//! # Metrics
//! [`metrics::promql`] evaluates PromQL as Prometheus 3 does: the same answers, errors and annotations. It reads series
//! through the trait [`metrics::source::Source`], so that a store need know nothing of the language. Text becomes a tree
//! (`promql-parser`, made whole by `promql::syntax`), the tree is evaluated over *all* steps of a query at once: every
//! series is read once, windows slide forward over it, grouping and matching are decided once a series.
//!
//! [`metrics::store`] keeps the series: compressed in memory, logged, and in blocks on the disk.
//!
//! [`metrics::promqltest`] runs Prometheus's own test files:
//! `cargo run -p observe --example promqltest -- FILE…`.
//!
//! [`config`] reads `prometheus.yml`, [`scrape`] asks the targets it names and puts what they answer into the store.
//!
//! [`rules`] evaluates recording and alerting rules and tells of alerts; [`api::prometheus`] is Prometheus's HTTP API over
//! all of this.
//!
//! [`notifier`] sends alerts to Alertmanagers, as Prometheus does. [`alerts`] is one: it reads `alertmanager.yml` and tells
//! people; [`api::alertmanager`] is its API.
//! [`console`] shows all of it in a browser.
//!
//! # Logs
//! [`logs::store`] keeps lines in SQLite files, one a day; [`logs::logql`] evaluates LogQL over them, [`api::loki`] is Loki's
//! HTTP API, and [`logs::shipper`] does Promtail's work. [`logs::logqltest`] runs test files for LogQL:
//! `cargo run -p observe --example logqltest -- FILE…`.
//!
//! # What metrics leave out
//! # Traces
//! [`traces`] keeps spans in SQLite, a file a day. [`api::otlp`] is where programs send them, over HTTP and gRPC;
//! [`api::jaeger`] is Jaeger's query API over them.
//!
//! # What is left out
//! [`collectors`] stand in for node_exporter, mysqld_exporter and nginx-prometheus-exporter.
//!
//! Native histograms and start timestamps are not stored and not evaluated; `anchored`, `smoothed`, arithmetic in
//! durations, `info()` and `limit_ratio`, all experimental in Prometheus, are refused with an error that says so.

pub mod alerts;
pub mod api;
pub mod collectors;
pub mod config;
pub mod console;
pub mod logs;
pub mod metrics;
pub mod notifier;
pub mod rules;
pub mod scrape;
pub mod service;
mod sqlite;
pub mod traces;
