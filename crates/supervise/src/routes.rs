//! The routing table: written to `run/routes.json`, and sent to the edge whenever it changes.

use std::sync::Arc;
use std::time::Duration;

use control::CallError;
use control::edge::{Instance, Pools, Request, Response, Route, RoutingTable};
use tokio_util::sync::CancellationToken;

use crate::events::{Event, Events};
use crate::files::write_atomically;
use crate::folder::DataFolder;
use crate::spec::Spec;
use crate::supervisor::Supervisor;

/// The edge swaps a pointer; it answers at once or not at all.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// After a failure to send.
const RETRY: Duration = Duration::from_millis(250);

/// The table of `specs`; the flag says whether the process takes requests.
pub(crate) fn table<'a>(specs: impl Iterator<Item = (&'a Spec, bool)>) -> RoutingTable {
    let mut table = RoutingTable::default();
    for (spec, takes_requests) in specs {
        let Some(published) = &spec.published else { continue };
        let route = |prefix: &String| Route {
            prefix: prefix.clone(),
            service: spec.name.clone(),
        };
        table.routes.extend(published.prefixes.iter().map(route));
        let instance = Instance {
            id: format!("{}-1", spec.name),
            address: published.address,
            version: published.version.clone(),
            weight: 100,
        };
        let stable = if takes_requests { vec![instance] } else { Vec::new() };
        table.services.insert(
            spec.name.clone(),
            Pools {
                stable,
                candidate: Vec::new(),
            },
        );
    }
    table
}

/// Writes the table where the edge finds it when it starts.
pub fn write(folder: &DataFolder, table: &RoutingTable) -> std::io::Result<()> {
    let mut text = serde_json::to_vec_pretty(table)?;
    text.push(b'\n');
    write_atomically(&folder.routes(), &text, 0o644)
}

/// Keeps file and edge up to date with the processes until `stop`. `edge` is the name of the edge's process: it gets the
/// table again after each of its starts.
pub async fn keep_published(
    supervisor: Arc<Supervisor>,
    folder: DataFolder,
    edge: &str,
    events: Events,
    stop: CancellationToken,
) {
    let mut changes = supervisor.changes();
    let mut written = None;
    let mut sent = None;
    let mut told = false;
    loop {
        changes.borrow_and_update();
        let table = supervisor.routing_table();
        let mut retry = false;
        // A trouble that lasts is told once.
        let mut problem = |text| {
            if !std::mem::replace(&mut told, true) {
                events.tell(Event::Problem {
                    service: edge.to_owned(),
                    text,
                });
            }
        };
        if written.as_ref() != Some(&table) {
            match write(&folder, &table) {
                Ok(()) => written = Some(table.clone()),
                Err(error) => {
                    problem(format!("cannot write {}: {error}", folder.routes().display()));
                    retry = true;
                }
            }
        }
        if let Some(starts) = supervisor.ready_starts(edge)
            && sent.as_ref() != Some(&(starts, table.clone()))
        {
            let request = Request::SetRoutes(table.clone());
            match control::call::<_, Response>(&folder.edge_socket(), &request, SEND_TIMEOUT).await {
                Ok(_) => sent = Some((starts, table)),
                // It is about to bind its socket, or has just ended.
                Err(CallError::NotRunning { .. }) => retry = true,
                Err(error) => {
                    problem(format!("cannot send the routing table: {error}"));
                    retry = true;
                }
            }
        }
        told &= retry;
        tokio::select! {
            () = stop.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(RETRY), if retry => {}
        }
    }
}
