//! What is told of the processes: `/metrics` of the supervisor.

use std::sync::{Arc, Weak};
use std::time::Duration;

use control::supervisor::ProcessState;
use telemetry::metrics::prometheus_client::collector::Collector;
use telemetry::metrics::prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use telemetry::metrics::prometheus_client::metrics::MetricType;
use telemetry::metrics::prometheus_client::metrics::counter::ConstCounter;
use telemetry::metrics::prometheus_client::metrics::gauge::ConstGauge;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::supervisor::Supervisor;

/// How long an answer may still take after the stop.
const PATIENCE: Duration = Duration::from_secs(1);

const STATES: [(ProcessState, &str); 7] = [
    (ProcessState::Waiting, "waiting"),
    (ProcessState::Starting, "starting"),
    (ProcessState::Ready, "ready"),
    (ProcessState::BackingOff, "backing_off"),
    (ProcessState::CrashLoop, "crash_loop"),
    (ProcessState::Stopping, "stopping"),
    (ProcessState::Stopped, "stopped"),
];

/// Answers `/metrics` and `/healthz` on `listener`, which should be bound to loopback, until `stop`. The page holds, besides what every
/// process tells of itself: `supervisor_process_state{process,state}` (1 for the state it is in, 0 for the others),
/// `supervisor_process_restarts_total{process}` (starts after the first, asked for or not) and
/// `supervisor_process_resident_memory_bytes{process}`.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve_metrics(
    listener: std::net::TcpListener,
    supervisor: &Arc<Supervisor>,
    stop: CancellationToken,
) -> std::io::Result<()> {
    telemetry::process::register();
    let processes = Processes(Arc::downgrade(supervisor));
    telemetry::metrics::registry(|registry| registry.register_collector(Box::new(processes)));
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let served =
        axum::serve(listener, telemetry::metrics::router()).with_graceful_shutdown(stop.clone().cancelled_owned());
    let too_long = async {
        stop.cancelled().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = served => served,
        // Somebody connected and does not finish a request.
        () = too_long => Ok(()),
    }
}

#[derive(Debug)]
struct Processes(Weak<Supervisor>);

impl Collector for Processes {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(supervisor) = self.0.upgrade() else {
            return Ok(());
        };
        let processes = supervisor.status().processes;
        let mut states = page.encode_descriptor(
            "supervisor_process_state",
            "1 for the state that a process is in, 0 for the others",
            None,
            MetricType::Gauge,
        )?;
        for process in &processes {
            for (state, word) in STATES {
                let labels = [("process", process.name.as_str()), ("state", word)];
                let value = ConstGauge::new(i64::from(process.state == state));
                value.encode(states.encode_family(&labels)?)?;
            }
        }
        let mut restarts = page.encode_descriptor(
            "supervisor_process_restarts",
            "Starts of a process after its first, asked for or not",
            None,
            MetricType::Counter,
        )?;
        for process in &processes {
            let labels = [("process", process.name.as_str())];
            ConstCounter::new(process.restarts).encode(restarts.encode_family(&labels)?)?;
        }
        let mut resident = page.encode_descriptor(
            "supervisor_process_resident_memory_bytes",
            "Resident memory of a process in bytes",
            None,
            MetricType::Gauge,
        )?;
        for process in &processes {
            if let Some(bytes) = process.resident_bytes {
                let labels = [("process", process.name.as_str())];
                ConstGauge::new(bytes as f64).encode(resident.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
