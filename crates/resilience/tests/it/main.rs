//! The breaker's machine by properties, the front by stories in paused time.

mod front;
mod machine;
mod metrics;
mod parallel;
