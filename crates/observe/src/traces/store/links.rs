//! Which service calls which, counted from the spans as they come in.
//!
//! A call is a span whose parent is of another service. It is counted when the later of the two has arrived, by whoever
//! counts the fragments after the mark: of each trace with a new fragment, all calls of which the newer end is in a new
//! fragment. The mark and the counts move in one transaction, so that each call is counted once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::{Connection as _, Row as _};

use super::super::ids::{SpanId, TraceId};
use super::super::trace::{TraceSpan, times};
use super::partition::Partition;
use super::writer::Writer;

/// Fragments counted at a time.
const BATCH: i64 = 2000;
/// Spans of a trace looked at: what is larger counts as far as this.
const SPANS: usize = 20_000;
/// Nanoseconds.
const MINUTE: i64 = 60_000_000_000;

/// Calls by minute, parent and child.
type Calls = BTreeMap<(i64, String, String), i64>;

impl Writer {
    /// Counts the calls in the next fragments. Returns whether there may be more.
    pub(in crate::traces) async fn count_links(&mut self) -> Result<bool, sqlx::Error> {
        let mark: i64 = sqlx::query_scalar("SELECT fragment FROM linked")
            .fetch_one(&mut self.connection)
            .await?;
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT id, trace FROM fragments WHERE id > ? ORDER BY id LIMIT ?")
                .bind(mark)
                .bind(BATCH)
                .fetch_all(&mut self.connection)
                .await?;
        let Some((last, _)) = rows.last() else { return Ok(false) };
        let new = (mark + 1, *last);
        let traces: BTreeSet<TraceId> = rows
            .iter()
            .filter_map(|(_, trace)| TraceId::from_bytes(trace))
            .collect();
        let mut calls = Calls::new();
        for trace in traces {
            count(&self.partition.first_fragments(trace, SPANS).await?, new, &mut calls);
        }

        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        for ((minute, parent, child), count) in calls {
            sqlx::query(
                "INSERT INTO links (minute, parent, child, calls) \
                 SELECT ?, parents.id, children.id, ? FROM services parents, services children \
                 WHERE parents.name = ? AND children.name = ? \
                 ON CONFLICT DO UPDATE SET calls = calls + excluded.calls",
            )
            .bind(minute)
            .bind(count)
            .bind(parent)
            .bind(child)
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query("UPDATE linked SET fragment = ?")
            .bind(new.1)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows.len() as i64 == BATCH)
    }
}

fn count(fragments: &[(i64, Vec<TraceSpan>)], new: (i64, i64), calls: &mut Calls) {
    // A span sent twice is the one that came first. A server's span may share its client's id: the client is the parent.
    let mut by_id: HashMap<SpanId, (i64, &str)> = HashMap::new();
    for (fragment, spans) in fragments.iter().filter(|(fragment, _)| *fragment <= new.1) {
        for span in spans {
            if let Some(id) = SpanId::from_bytes(&span.span.span_id) {
                by_id.entry(id).or_insert((*fragment, &span.origin.service));
            }
        }
    }
    let mut seen = BTreeSet::new();
    for (fragment, spans) in fragments.iter().filter(|(fragment, _)| *fragment <= new.1) {
        for span in spans {
            let child: &str = &span.origin.service;
            let parent = SpanId::from_bytes(&span.span.parent_span_id).and_then(|id| by_id.get(&id));
            let Some((parent_fragment, parent)) = parent else {
                continue;
            };
            if *parent != child
                && seen.insert((&span.span.span_id, span.span.kind))
                && *parent_fragment.max(fragment) >= new.0
            {
                let minute = times(&span.span).0 / MINUTE;
                *calls
                    .entry((minute, (*parent).to_owned(), child.to_owned()))
                    .or_default() += 1;
            }
        }
    }
}

impl Partition {
    /// Adds the calls of spans that began in a time, in nanoseconds; minutes it touches count whole.
    pub(in crate::traces) async fn links(
        &self,
        time: (i64, i64),
        into: &mut BTreeMap<(String, String), i64>,
    ) -> Result<(), sqlx::Error> {
        let rows = sqlx::query(
            "SELECT parents.name AS parent, children.name AS child, sum(calls) AS calls FROM links \
             JOIN services parents ON parents.id = links.parent JOIN services children ON children.id = links.child \
             WHERE minute BETWEEN ? AND ? GROUP BY parents.id, children.id",
        )
        .bind(time.0.div_euclid(MINUTE))
        .bind(time.1.div_euclid(MINUTE))
        .fetch_all(&self.readers)
        .await?;
        for row in rows {
            let calls: i64 = row.try_get("calls")?;
            *into.entry((row.try_get("parent")?, row.try_get("child")?)).or_default() += calls;
        }
        Ok(())
    }
}
