//! OTLP 1.x: where programs send their spans, over HTTP ([`http_router`]) and over gRPC ([`grpc::serve`]).
//!
//! Spans are the only signal taken: metrics are scraped, and logs are pushed in Loki's way. The paths and methods of the
//! others answer that they are not.

mod answer;
pub mod grpc;
mod http;
pub mod json;
mod packing;

pub use self::http::http_router;
