//! What the backend answers over HTTP, in the shapes of the programs it stands in for.

pub mod alertmanager;
pub mod jaeger;
pub mod loki;
pub mod otlp;
pub mod prometheus;
