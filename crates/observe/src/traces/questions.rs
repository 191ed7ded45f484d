//! What the store is asked: traces by id and by what they are like, names, who calls whom.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::store::{Candidate, Fetched, Operation, Partition, Query, Stopped, newest};
use super::{ReadError, Trace, TraceId, TraceSpan, Traces};
use crate::sqlite::{Fault, fault};

/// Calls from one service to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who calls.
    pub parent: String,
    /// Who is called.
    pub child: String,
    /// How often.
    pub calls: i64,
}

impl Traces {
    /// A trace with all that is kept of it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn trace(&self, id: TraceId) -> Result<Option<Trace>, ReadError> {
        let most = self.limits.answer_spans;
        let mut fetched = Fetched::default();
        for partition in self.partitions().iter() {
            self.whole(partition, partition.fetch(id, &mut fetched, most).await)?;
        }
        Ok(assemble(id, fetched, most))
    }

    /// The newest traces that match, the newest first.
    ///
    /// # Errors
    /// When the search or its answer is larger than the limits allow, or a file cannot be read.
    pub async fn search(&self, query: &Query) -> Result<Vec<Trace>, ReadError> {
        let timeout = self.limits.search_timeout;
        let search = tokio::time::timeout(*timeout, self.search_unlimited(query)).await;
        search.map_err(|_| ReadError::TooLong(timeout))?
    }

    async fn search_unlimited(&self, query: &Query) -> Result<Vec<Trace>, ReadError> {
        let most = self.limits.answer_spans;
        let mut spans = 0;
        let mut traces = Vec::new();
        for Candidate { trace, .. } in self.candidates(query).await? {
            if let Some(trace) = self.trace(trace).await? {
                spans += trace.spans.len();
                // One trace alone is cut instead, and says so.
                if spans > most && !traces.is_empty() {
                    return Err(ReadError::TooLarge(most));
                }
                traces.push(trace);
            }
        }
        Ok(traces)
    }

    async fn candidates(&self, query: &Query) -> Result<Vec<Candidate>, ReadError> {
        let mut budget = self.limits.search_spans;
        let mut found = Vec::new();
        for partition in self.partitions().iter().rev() {
            match partition.search(query, &mut budget).await {
                Ok(more) => found.extend(more),
                Err(Stopped::Budget) => return Err(ReadError::TooMuch(self.limits.search_spans)),
                Err(Stopped::Failed(error)) => self.whole(partition, Err(error))?,
            }
        }
        Ok(newest(found, query.limit))
    }

    /// The names of all services, in their order.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn services(&self) -> Result<BTreeSet<String>, ReadError> {
        let mut services = BTreeSet::new();
        for partition in self.partitions().iter() {
            self.whole(partition, partition.services(&mut services).await)?;
        }
        Ok(services)
    }

    /// What a service does, in the order of names.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn operations(&self, service: &str) -> Result<BTreeSet<Operation>, ReadError> {
        let mut operations = BTreeSet::new();
        for partition in self.partitions().iter() {
            self.whole(partition, partition.operations(service, &mut operations).await)?;
        }
        Ok(operations)
    }

    /// Which services called which, by spans that began in a time, in nanoseconds since the epoch.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn links(&self, time: (i64, i64)) -> Result<Vec<Link>, ReadError> {
        self.count_links().await;
        let mut calls = BTreeMap::new();
        for partition in self.partitions().iter() {
            self.whole(partition, partition.links(time, &mut calls).await)?;
        }
        let link = |((parent, child), calls)| Link { parent, child, calls };
        Ok(calls.into_iter().map(link).collect())
    }

    /// Goes on without a file that is damaged, or was given up meanwhile.
    fn whole(&self, partition: &Arc<Partition>, read: Result<(), sqlx::Error>) -> Result<(), ReadError> {
        match read {
            Ok(()) | Err(sqlx::Error::PoolClosed) => Ok(()),
            Err(error) if fault(&error) == Fault::Damaged => {
                self.set_aside(partition, &error);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn assemble(id: TraceId, fetched: Fetched, most: usize) -> Option<Trace> {
    let Fetched { spans, cut } = fetched;
    if spans.is_empty() {
        return None;
    }
    let mut spans = each_once(spans);
    spans.sort_by_key(|span| span.span.start_time_unix_nano);
    let warning = format!("this trace has more than {most} spans; the others are not shown");
    Some(Trace {
        id,
        spans,
        warnings: cut.then_some(warning).into_iter().collect(),
    })
}

/// Exporters send again what they had no answer to. A server's span may have its client's id (Zipkin), so that the id
/// alone says too little.
fn each_once(spans: Vec<TraceSpan>) -> Vec<TraceSpan> {
    let mut seen = HashSet::new();
    let mut kept = Vec::with_capacity(spans.len());
    for span in spans {
        let of = &span.span;
        let key = (of.span_id.clone(), of.kind, of.start_time_unix_nano, of.name.clone());
        if seen.insert((key, Arc::clone(&span.origin.service))) {
            kept.push(span);
        }
    }
    kept
}
