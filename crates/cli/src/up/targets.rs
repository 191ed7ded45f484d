//! `prometheus/targets/JOB.json`: what is to be scraped, in Prometheus's format of file-based service discovery, so that the
//! built-in backend and the real Prometheus find every process.
//!
//! `instance` is a process's name and not its address: addresses are new at every start, and series would be too.

use std::net::TcpListener;
use std::path::Path;

use anyhow::Context as _;
use observe::service::Port;
use serde::Serialize;
use supervise::write_atomically;

use super::stack::{EDGE, OBSERVE, PAYMENT_SANDBOX, Sockets};
use crate::config::Config;

/// Name of `textisur up` itself.
const SUPERVISOR: &str = "textisur-supervisor";

/// One group of a file; the label `__metrics_path__` says where to ask when not at the job's own path.
#[derive(Debug, Serialize)]
struct Group {
    targets: [String; 1],
    labels: Labels,
}

#[derive(Debug, Serialize)]
struct Labels {
    instance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'static str>,
    #[serde(rename = "__metrics_path__", skip_serializing_if = "Option::is_none")]
    path: Option<&'static str>,
}

/// Writes the files of all jobs: those without a target hold an empty list.
pub(super) fn write(config: &Config, sockets: &Sockets) -> anyhow::Result<()> {
    let folder = config.observe.ops_dir.join("prometheus/targets");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let process = |name: &'static str, listener: &TcpListener| {
        Ok::<_, std::io::Error>(Group {
            targets: [listener.local_addr()?.to_string()],
            labels: Labels {
                instance: format!("{name}-1"),
                service: Some(name),
                path: None,
            },
        })
    };
    let services = sockets
        .services
        .iter()
        .map(|(service, listener)| process(service.name(), listener))
        .collect::<Result<Vec<_>, _>>()?;
    let one = |name, listener: Option<&TcpListener>| {
        listener
            .map(|listener| process(name, listener))
            .transpose()
            .map(Vec::from_iter)
    };
    let backend = sockets
        .observe
        .as_ref()
        .and_then(|listeners| listeners.get(&Port::Prometheus));
    write_job(&folder, "textisur-app", &services)?;
    write_job(&folder, "supervisor", &one(SUPERVISOR, Some(&sockets.metrics))?)?;
    write_job(&folder, "edge", &one(EDGE, Some(&sockets.edge_admin))?)?;
    write_job(
        &folder,
        "payment-sandbox",
        &one(PAYMENT_SANDBOX, sockets.payment_sandbox.as_ref())?,
    )?;
    let alertmanager = sockets
        .observe
        .as_ref()
        .and_then(|listeners| listeners.get(&Port::Alertmanager));
    let collected = |collector: &str, path: &'static str, is_there: bool| {
        let listener = backend.filter(|_| is_there);
        let group = |listener: &TcpListener| {
            Ok::<_, std::io::Error>(Group {
                targets: [listener.local_addr()?.to_string()],
                labels: Labels {
                    instance: format!("{collector}-1"),
                    service: None,
                    path: Some(path),
                },
            })
        };
        listener.map(group).transpose().map(Vec::from_iter)
    };
    let collectors = &config.observe.collectors;
    let has_mysql = !collectors.mysql_url.is_empty();
    let has_nginx = !collectors.stub_status_url.is_empty();
    write_job(&folder, "node-exporter", &collected("host", "/collectors/node", true)?)?;
    write_job(&folder, "mysql", &collected("mysql", "/collectors/mysql", has_mysql)?)?;
    write_job(&folder, "nginx", &collected("edge", "/collectors/nginx", has_nginx)?)?;
    write_job(&folder, "alertmanager", &one("alertmanager", alertmanager)?)?;
    write_job(&folder, "observe", &one(OBSERVE, backend)?)
}

fn write_job(folder: &Path, job: &str, groups: &[Group]) -> anyhow::Result<()> {
    let path = folder.join(format!("{job}.json"));
    let text = serde_json::to_vec_pretty(groups)?;
    // Unchanged files are not touched: whoever watches them need not read them again.
    if std::fs::read(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    write_atomically(&path, &text, 0o644).with_context(|| format!("cannot write {}", path.display()))
}
