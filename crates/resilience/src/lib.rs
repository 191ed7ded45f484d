//! Bulkhead, deadline, retry and circuit breaker around every call that leaves the process.
//!
//! ```no_run
//! # async fn example() -> Result<(), resilience::CallError<std::io::Error>> {
//! use resilience::{Config, Dependency, Outcome};
//!
//! let stripe = Dependency::new("stripe", Config::default());
//! let session = stripe
//!     .call(
//!         || async { Ok::<_, std::io::Error>("cs_test_1") },
//!         |result| match result {
//!             Ok(_) => Outcome::Success,
//!             Err(_) => Outcome::Failure { retry_after: None },
//!         },
//!     )
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! A call passes, from the outside in: the [`bulkhead`] (refused at once when full), then for each attempt the [`breaker`] (refused at
//! once when open) and the [`deadline`]; failed attempts told retryable come again after [`retry`]'s pause while its budget lasts.
//! The caller decides what to do instead when the answer is a [`CallError`].
//!
//! Metrics: `circuit_breaker_state{dependency}`, `circuit_breaker_calls_total{dependency,outcome}`,
//! `circuit_breaker_transitions_total{dependency,from,to}`.

pub mod breaker;
pub mod bulkhead;
mod config;
pub mod deadline;
mod dependency;
pub mod retry;
mod signals;
mod stripes;

pub use config::Config;
pub use dependency::{CallError, Dependency, Outcome, Status};
