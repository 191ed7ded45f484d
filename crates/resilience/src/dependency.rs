//! The front: everything around one call.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    Config,
    breaker::{Breaker, Kind, Mode, Permit, Verdict, chance},
    bulkhead::Bulkhead,
    deadline::{self, TimedOut},
    retry::{self, Budget},
    signals::{self, CallOutcome, Calls},
};

/// What an attempt's result says about the dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It works.
    Success,
    /// Our request was wrong (4xx): says nothing about the dependency, does not count, is not tried again.
    ClientError,
    /// It does not work; trying the same again is of no use or not safe.
    Failure {
        /// From its `Retry-After`, if it sent one.
        retry_after: Option<Duration>,
    },
    /// It does not work; the same call may safely be tried again.
    Retryable {
        /// From its `Retry-After`, if it sent one.
        retry_after: Option<Duration>,
    },
}

/// Why a call brought no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError<E> {
    /// The breaker is open: nothing was sent.
    #[error("the circuit breaker is open; ask again in {} s", .retry_after.as_secs_f64().ceil())]
    Open {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// As many calls as allowed are under way: nothing was sent.
    #[error("too many calls at the same time")]
    Full,
    /// No answer in time. The dependency may have done what was asked.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
    /// The last attempt's error.
    #[error(transparent)]
    Failed(E),
}

/// A dependency as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its name in metrics and logs.
    pub dependency: &'static str,
    /// Its breaker's state.
    pub state: Kind,
    /// When calls are worth trying again; zero unless it is open.
    pub retry_after: Duration,
    /// Calls under way.
    pub in_flight: u32,
}

/// Something outside the process that calls go to. Clones share everything.
#[derive(Clone, Debug)]
pub struct Dependency {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: &'static str,
    pub(crate) breaker: Breaker,
    pub(crate) calls: Calls,
    bulkhead: Bulkhead,
    timeout: Duration,
    probe_timeout: Duration,
    slow_call: Duration,
    retry: retry::Config,
    budget: Budget,
}

impl Dependency {
    /// A dependency with a closed breaker. `name` is a label value (`stripe`, `smtp`): one of a closed set.
    pub fn new(name: &'static str, config: Config) -> Self {
        let shared = Arc::new(Shared {
            name,
            breaker: Breaker::new(name, config.breaker()),
            calls: Calls::new(),
            bulkhead: Bulkhead::new(config.max_concurrent),
            timeout: *config.timeout,
            probe_timeout: (*config.timeout).min(*config.probe_deadline),
            slow_call: *config.slow_call,
            budget: Budget::new(&config.retry),
            retry: config.retry,
        });
        signals::register(&shared);
        Self { shared }
    }

    /// Makes a call: `attempt` makes one attempt, `classify` says what its result means. Dropping the future gives the call up, which
    /// does not count against the dependency.
    pub async fn call<T, E, F, C>(&self, mut attempt: impl FnMut() -> F, classify: C) -> Result<T, CallError<E>>
    where
        F: Future<Output = Result<T, E>>,
        C: Fn(&Result<T, E>) -> Outcome,
    {
        let shared = &*self.shared;
        let Ok(_place) = shared.bulkhead.enter() else {
            shared.calls.count(CallOutcome::RefusedFull);
            return Err(CallError::Full);
        };
        let retries = shared.retry.attempts > 1;
        if retries {
            shared.budget.earn();
        }
        let mut number = 1;
        let mut last = None;
        loop {
            let permit = match shared.breaker.ask() {
                Ok(permit) => permit,
                Err(refused) => {
                    shared.calls.count(CallOutcome::RefusedOpen);
                    // Opened between two attempts: what went wrong before says more.
                    let open = CallError::Open {
                        retry_after: refused.retry_after,
                    };
                    return Err(last.map_or(open, CallError::Failed));
                }
            };
            let (error, retry_after) = match shared.attempt(permit, attempt(), &classify).await? {
                (Ok(value), _) => return Ok(value),
                (Err(error), Outcome::Retryable { retry_after }) if retries => (error, retry_after),
                (Err(error), _) => return Err(CallError::Failed(error)),
            };
            let Some(pause) = shared
                .retry
                .pause_after(number, retry_after, chance())
                .filter(|_| shared.budget.spend())
            else {
                return Err(CallError::Failed(error));
            };
            tracing::debug!(
                dependency = shared.name,
                attempt = number,
                pause_ms = pause.as_millis() as u64,
                "call tried again"
            );
            tokio::time::sleep(pause).await;
            number += 1;
            last = Some(error);
        }
    }

    /// What is to be seen of it.
    pub fn status(&self) -> Status {
        Status {
            dependency: self.shared.name,
            state: self.shared.breaker.kind(),
            retry_after: self.shared.breaker.retry_after(),
            in_flight: self.shared.bulkhead.taken(),
        }
    }

    /// Puts `mode` over the breaker for so long.
    pub fn force(&self, mode: Mode, lasting: Duration) {
        self.shared.breaker.force(mode, lasting);
    }

    /// Takes off what [`Dependency::force`] put on.
    pub fn release(&self) {
        self.shared.breaker.release();
    }
}

impl Shared {
    /// One attempt within its deadline, and its verdict.
    async fn attempt<T, E>(
        &self,
        permit: Permit<'_>,
        attempt: impl Future<Output = Result<T, E>>,
        classify: &impl Fn(&Result<T, E>) -> Outcome,
    ) -> Result<(Result<T, E>, Outcome), TimedOut> {
        let limit = if permit.is_probe() {
            self.probe_timeout
        } else {
            self.timeout
        };
        let mut counted = Counted {
            calls: &self.calls,
            outcome: CallOutcome::Cancelled,
        };
        let mut attempt = pin!(attempt);
        let (result, now) = match deadline::at_once(attempt.as_mut()).await {
            // Never waited for anything, so not slow: the clock, which costs more than all the rest, need not be read again.
            Some(result) => (Ok(result), permit.started()),
            None => {
                let result = deadline::waiting(self.name, limit, attempt).await;
                (result, Instant::now())
            }
        };
        let result = match result {
            Ok(result) => result,
            Err(timed_out) => {
                counted.outcome = CallOutcome::TimedOut;
                permit.finish_at(Verdict::Failed { retry_after: None }, now);
                return Err(timed_out);
            }
        };
        let outcome = classify(&result);
        let slow = now - permit.started() > self.slow_call;
        let (counted_as, verdict) = match outcome {
            Outcome::Success if slow => (CallOutcome::Slow, Verdict::Slow),
            Outcome::Success => (CallOutcome::Success, Verdict::Passed),
            Outcome::ClientError => (CallOutcome::ClientError, Verdict::Ignored),
            Outcome::Failure { retry_after } | Outcome::Retryable { retry_after } => {
                (CallOutcome::Failure, Verdict::Failed { retry_after })
            }
        };
        counted.outcome = counted_as;
        permit.finish_at(verdict, now);
        Ok((result, outcome))
    }
}

/// Counts an attempt when it ends, however it ends.
struct Counted<'a> {
    calls: &'a Calls,
    outcome: CallOutcome,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.calls.count(self.outcome);
    }
}
