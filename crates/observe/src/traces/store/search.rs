//! Finding traces by what one of their spans is like, the newest first.

use std::collections::{HashMap, HashSet};

use sqlx::AssertSqlSafe;

use super::super::ids::TraceId;
use super::super::trace::{TraceSpan, times};
use super::partition::Partition;

/// Rows looked at between two chances to stop.
const PAGE: i64 = 512;

/// What at least one span of a trace has to be like, all of it at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The name of its service.
    pub service: Option<String>,
    /// Its own name.
    pub operation: Option<String>,
    /// Tags it has, compared as text: of itself, of its resource and scope, of its events.
    pub tags: Vec<(String, String)>,
    /// When it began, in nanoseconds since the epoch, both ends included.
    pub start: (i64, i64),
    /// How long it took, in nanoseconds, both ends included.
    pub duration: (i64, i64),
    /// How many traces are wanted.
    pub limit: usize,
}

impl Query {
    /// Any span of a time.
    pub fn between(from: i64, to: i64) -> Self {
        Self {
            service: None,
            operation: None,
            tags: Vec::new(),
            start: (from, to),
            duration: (0, i64::MAX),
            limit: 20,
        }
    }

    /// Whether the index cannot say alone.
    fn needs_spans(&self) -> bool {
        !self.tags.is_empty()
    }

    fn wants_errors(&self) -> bool {
        self.tags
            .iter()
            .any(|(key, value)| (key == "error" && value == "true") || (key == "otel.status_code" && value == "ERROR"))
    }

    fn matches(&self, found: &TraceSpan) -> bool {
        let (start, duration) = times(&found.span);
        let same = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
        (self.start.0..=self.start.1).contains(&start)
            && (self.duration.0..=self.duration.1).contains(&duration)
            && same(&self.service, &found.origin.service)
            && same(&self.operation, &found.span.name)
            && self.tags.iter().all(|(key, value)| found.has_tag(key, value))
    }
}

/// A trace that was found, and when its newest matching span began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::traces) struct Candidate {
    pub(in crate::traces) start: i64,
    pub(in crate::traces) trace: TraceId,
}

/// Why a search stopped before its end.
#[derive(Debug)]
pub(in crate::traces) enum Stopped {
    /// It looked at as many spans as it may.
    Budget,
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for Stopped {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

/// Entries of the index with one service, or one operation of it.
#[derive(Debug, Clone, Copy)]
enum Column {
    Service(i64),
    Operation(i64),
}

/// An entry: start, fragment, number, and the trace of its fragment.
type EntryRow = (i64, i64, i64, Vec<u8>);

impl Partition {
    /// The newest traces of this file that match, up to the query's limit. Every entry looked at is taken off the budget.
    pub(in crate::traces) async fn search(&self, query: &Query, budget: &mut u64) -> Result<Vec<Candidate>, Stopped> {
        let mut found = Vec::new();
        for column in self.columns(query).await? {
            found.extend(self.search_column(query, column, budget).await?);
        }
        Ok(newest(found, query.limit))
    }

    /// What in the index the query asks for; nothing when the file does not know the names.
    async fn columns(&self, query: &Query) -> Result<Vec<Column>, sqlx::Error> {
        let Some(operation) = &query.operation else {
            let services = match &query.service {
                Some(service) => sqlx::query_scalar("SELECT id FROM services WHERE name = ?").bind(service.clone()),
                None => sqlx::query_scalar("SELECT id FROM services"),
            };
            let services: Vec<i64> = services.fetch_all(&self.readers).await?;
            return Ok(services.into_iter().map(Column::Service).collect());
        };
        let operations: Vec<i64> = sqlx::query_scalar(
            "SELECT operations.id FROM operations JOIN services ON services.id = operations.service \
             WHERE operations.name = ?1 AND (?2 IS NULL OR services.name = ?2)",
        )
        .bind(operation.clone())
        .bind(query.service.clone())
        .fetch_all(&self.readers)
        .await?;
        Ok(operations.into_iter().map(Column::Operation).collect())
    }

    async fn search_column(&self, query: &Query, column: Column, budget: &mut u64) -> Result<Vec<Candidate>, Stopped> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        // Of the fragments that had to be looked into.
        let mut looked_into: HashMap<i64, bool> = HashMap::new();
        let mut before = (query.start.1, i64::MAX, i64::MAX);
        loop {
            let page = self.page(query, column, before).await?;
            for (start, fragment, _, trace) in &page {
                *budget = budget.checked_sub(1).ok_or(Stopped::Budget)?;
                let Some(trace) = TraceId::from_bytes(trace) else {
                    continue;
                };
                if seen.contains(&trace) {
                    continue;
                }
                if query.needs_spans() {
                    let matches = match looked_into.get(fragment) {
                        Some(matches) => *matches,
                        None => {
                            let spans = self.fragment(*fragment).await?;
                            // Packing makes looking into a fragment as dear as passing over that many entries.
                            *budget = budget.saturating_sub(spans.len() as u64);
                            let matches = spans.iter().any(|span| query.matches(span));
                            looked_into.insert(*fragment, matches);
                            matches
                        }
                    };
                    if !matches {
                        continue;
                    }
                }
                seen.insert(trace);
                found.push(Candidate { start: *start, trace });
                if found.len() == query.limit {
                    return Ok(found);
                }
            }
            match page.last() {
                Some((start, fragment, number, _)) if page.len() as i64 == PAGE => {
                    before = (*start, *fragment, *number)
                }
                _ => return Ok(found),
            }
            tokio::task::yield_now().await;
        }
    }

    /// The next entries, from the newest to the oldest.
    async fn page(&self, query: &Query, column: Column, before: (i64, i64, i64)) -> Result<Vec<EntryRow>, sqlx::Error> {
        let (name, id) = match column {
            Column::Service(id) => ("service", id),
            Column::Operation(id) => ("operation", id),
        };
        let error = if query.wants_errors() { "AND error = 1" } else { "" };
        let sql = format!(
            "SELECT start, fragment, number, trace FROM spans JOIN fragments ON fragments.id = fragment \
             WHERE {name} = ?1 AND start >= ?2 AND start <= ?3 AND (start, fragment, number) < (?3, ?4, ?5) \
             AND duration BETWEEN ?6 AND ?7 {error} \
             ORDER BY start DESC, fragment DESC, number DESC LIMIT {PAGE}"
        );
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(id)
            .bind(query.start.0)
            .bind(before.0)
            .bind(before.1)
            .bind(before.2)
            .bind(query.duration.0)
            .bind(query.duration.1)
            .fetch_all(&self.readers)
            .await
    }
}

/// The newest of what several searches found, each trace once.
pub(in crate::traces) fn newest(mut found: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
    found.sort_by(|a, b| b.start.cmp(&a.start).then(a.trace.cmp(&b.trace)));
    let mut seen = HashSet::new();
    found.retain(|candidate| seen.insert(candidate.trace));
    found.truncate(limit);
    found
}
