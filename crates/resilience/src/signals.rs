//! What breakers tell: metrics, and a log line (so also a span event) for each transition.

use std::{
    fmt,
    sync::{Arc, LazyLock, Mutex, Once, PoisonError, Weak},
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet},
    metrics::{MetricType, counter::Counter, family::Family},
};

use crate::{breaker::Kind, dependency::Shared, stripes::Counters};

/// How a call ended, as counted in `circuit_breaker_calls_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    Success,
    Slow,
    ClientError,
    Failure,
    TimedOut,
    RefusedOpen,
    RefusedFull,
    Cancelled,
}

impl CallOutcome {
    const ALL: [Self; 8] = [
        Self::Success,
        Self::Slow,
        Self::ClientError,
        Self::Failure,
        Self::TimedOut,
        Self::RefusedOpen,
        Self::RefusedFull,
        Self::Cancelled,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Slow => "slow",
            Self::ClientError => "client_error",
            Self::Failure => "failure",
            Self::TimedOut => "timed_out",
            Self::RefusedOpen => "refused_open",
            Self::RefusedFull => "refused_full",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One dependency's calls.
#[derive(Debug)]
pub(crate) struct Calls(Counters<{ CallOutcome::ALL.len() }>);

impl Calls {
    pub(crate) fn new() -> Self {
        Self(Counters::new())
    }

    pub(crate) fn count(&self, outcome: CallOutcome) {
        self.0.inc(outcome as usize);
    }

    pub(crate) fn get(&self, outcome: CallOutcome) -> u64 {
        self.0.get(outcome as usize)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transition {
    dependency: &'static str,
    from: &'static str,
    to: &'static str,
}

static TRANSITIONS: LazyLock<Family<Transition, Counter>> = LazyLock::new(|| {
    telemetry::metrics::counter(
        "circuit_breaker_transitions",
        "Changes of state of the circuit breakers",
    )
});

fn count(dependency: &'static str, from: Kind, to: Kind) {
    let (from, to) = (from.as_str(), to.as_str());
    TRANSITIONS.get_or_create(&Transition { dependency, from, to }).inc();
}

/// The breaker changed.
pub(crate) fn transition(dependency: &'static str, from: Kind, to: Kind, open_for: Duration) {
    count(dependency, from, to);
    let (from, to) = (from.as_str(), to.as_str());
    if to == Kind::Open.as_str() {
        let open_for_ms = open_for.as_millis() as u64;
        tracing::warn!(dependency, from, to, open_for_ms, "circuit breaker changed");
    } else {
        tracing::info!(dependency, from, to, "circuit breaker changed");
    }
}

/// The breaker would have changed, were it not only counting.
pub(crate) fn would_be(dependency: &'static str, from: Kind, to: Kind) {
    count(dependency, from, to);
    let (from, to) = (from.as_str(), to.as_str());
    tracing::info!(dependency, from, to, "circuit breaker would have changed");
}

/// Every dependency of the process that is still in use.
static DEPENDENCIES: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// Shows a dependency's state and calls in the metrics as long as it lives.
pub(crate) fn register(dependency: &Arc<Shared>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| telemetry::metrics::registry(|registry| registry.register_collector(Box::new(Dependencies))));
    LazyLock::force(&TRANSITIONS);
    let mut dependencies = DEPENDENCIES.lock().unwrap_or_else(PoisonError::into_inner);
    dependencies.retain(|known| known.strong_count() > 0);
    dependencies.push(Arc::downgrade(dependency));
}

#[derive(Debug)]
struct Dependencies;

/// One name's numbers: several instances of one dependency in a process are shown as one, in the worst of their states.
struct Named {
    name: &'static str,
    state: i64,
    calls: [u64; CallOutcome::ALL.len()],
}

fn named() -> Vec<Named> {
    let dependencies: Vec<Arc<Shared>> = DEPENDENCIES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .filter_map(Weak::upgrade)
        .collect();
    let mut all: Vec<Named> = Vec::new();
    for dependency in dependencies {
        let state = dependency.breaker.kind().code();
        let calls = CallOutcome::ALL.map(|outcome| dependency.calls.get(outcome));
        match all.iter_mut().find(|named| named.name == dependency.name) {
            Some(named) => {
                named.state = named.state.max(state);
                named.calls.iter_mut().zip(calls).for_each(|(sum, calls)| *sum += calls);
            }
            None => all.push(Named {
                name: dependency.name,
                state,
                calls,
            }),
        }
    }
    all
}

impl Collector for Dependencies {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let all = named();
        let mut state = encoder.encode_descriptor(
            "circuit_breaker_state",
            "0 closed, 1 half-open, 2 open, 3 forced open, 4 forced closed, 5 metrics only",
            None,
            MetricType::Gauge,
        )?;
        for named in &all {
            state
                .encode_family(&[("dependency", named.name)])?
                .encode_gauge(&named.state)?;
        }
        let mut calls = encoder.encode_descriptor(
            "circuit_breaker_calls",
            "Calls to dependencies by how they ended",
            None,
            MetricType::Counter,
        )?;
        for named in &all {
            for (outcome, count) in CallOutcome::ALL.iter().zip(named.calls) {
                calls
                    .encode_family(&[("dependency", named.name), ("outcome", outcome.as_str())])?
                    .encode_counter::<[(&str, &str); 0], _, u64>(&count, None)?;
            }
        }
        Ok(())
    }
}
