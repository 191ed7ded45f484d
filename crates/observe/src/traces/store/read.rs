//! Fragments by trace, and the lists of names.

use std::collections::BTreeSet;
use std::sync::Arc;

use prost::Message as _;
use sqlx::Row as _;

use super::super::ids::TraceId;
use super::super::intake::Body;
use super::super::trace::TraceSpan;
use super::partition::Partition;
use super::writer::OriginIds;

/// What a service does, by name and kind of span.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The name of its spans.
    pub name: String,
    /// OTLP's number of their kind.
    pub kind: i32,
}

/// A fragment's row: id, trace, origins, size, body.
type PackedRow = (i64, Vec<u8>, Vec<u8>, i64, Vec<u8>);

/// A fragment as it is stored.
#[derive(Debug)]
struct Packed {
    id: i64,
    trace: Vec<u8>,
    origins: Vec<u8>,
    size: i64,
    body: Vec<u8>,
}

impl From<PackedRow> for Packed {
    fn from((id, trace, origins, size, body): PackedRow) -> Self {
        Self {
            id,
            trace,
            origins,
            size,
            body,
        }
    }
}

impl Packed {
    fn decode(&self) -> Result<(Body, OriginIds), String> {
        let size = usize::try_from(self.size).map_err(|error| error.to_string())?;
        let raw = zstd::bulk::decompress(&self.body, size).map_err(|error| error.to_string())?;
        let body = Body::decode(raw.as_slice()).map_err(|error| error.to_string())?;
        let origins = OriginIds::decode(self.origins.as_slice()).map_err(|error| error.to_string())?;
        Ok((body, origins))
    }
}

/// Spans of a trace, in the order of their fragments.
#[derive(Debug, Default)]
pub(in crate::traces) struct Fetched {
    pub(in crate::traces) spans: Vec<TraceSpan>,
    /// There are more than was asked for.
    pub(in crate::traces) cut: bool,
}

/// Fragments read at a time.
const PAGE: i64 = 64;

impl Partition {
    /// Adds the spans of a trace to those there are, up to so many.
    pub(in crate::traces) async fn fetch(
        &self,
        trace: TraceId,
        into: &mut Fetched,
        most: usize,
    ) -> Result<(), sqlx::Error> {
        let mut after = 0;
        loop {
            let page = self.fragments_of(trace, after).await?;
            for (id, spans) in &page {
                if into.spans.len() + spans.len() > most {
                    into.cut = true;
                    return Ok(());
                }
                into.spans.extend_from_slice(spans);
                after = *id;
            }
            if (page.len() as i64) < PAGE {
                return Ok(());
            }
        }
    }

    /// The next fragments of a trace, with their numbers.
    async fn fragments_of(&self, trace: TraceId, after: i64) -> Result<Vec<(i64, Vec<TraceSpan>)>, sqlx::Error> {
        let rows: Vec<PackedRow> = sqlx::query_as(
            "SELECT id, trace, origins, size, body FROM fragments WHERE trace = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(trace.bytes().to_vec())
        .bind(after)
        .bind(PAGE)
        .fetch_all(&self.readers)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for packed in rows.into_iter().map(Packed::from) {
            found.push((packed.id, self.unpack(&packed).await?));
        }
        Ok(found)
    }

    /// The first fragments of a trace, up to about so many spans, with their numbers.
    pub(super) async fn first_fragments(
        &self,
        trace: TraceId,
        most: usize,
    ) -> Result<Vec<(i64, Vec<TraceSpan>)>, sqlx::Error> {
        let mut found: Vec<(i64, Vec<TraceSpan>)> = Vec::new();
        let mut spans = 0;
        loop {
            let page = self.fragments_of(trace, found.last().map_or(0, |(id, _)| *id)).await?;
            let is_last = (page.len() as i64) < PAGE;
            spans += page.iter().map(|(_, spans)| spans.len()).sum::<usize>();
            found.extend(page);
            if is_last || spans >= most {
                return Ok(found);
            }
        }
    }

    /// One fragment.
    pub(super) async fn fragment(&self, id: i64) -> Result<Vec<TraceSpan>, sqlx::Error> {
        let row: PackedRow = sqlx::query_as("SELECT id, trace, origins, size, body FROM fragments WHERE id = ?")
            .bind(id)
            .fetch_one(&self.readers)
            .await?;
        self.unpack(&row.into()).await
    }

    /// Its spans. One that is damaged has none, so that it hides nothing but itself.
    async fn unpack(&self, packed: &Packed) -> Result<Vec<TraceSpan>, sqlx::Error> {
        let (body, origins) = match packed.decode() {
            Ok(decoded) => decoded,
            Err(error) => {
                let (fragment, file) = (packed.id, self.path.display());
                tracing::error!(%error, fragment, %file, "a fragment of a trace is damaged");
                return Ok(Vec::new());
            }
        };
        let mut spans = Vec::with_capacity(body.groups.iter().map(|group| group.spans.len()).sum());
        for (group, origin) in body.groups.into_iter().zip(origins.ids) {
            let origin = self.origin(origin).await?;
            spans.extend(group.spans.into_iter().map(|mut span| {
                span.trace_id.clone_from(&packed.trace);
                TraceSpan {
                    origin: Arc::clone(&origin),
                    span,
                }
            }));
        }
        Ok(spans)
    }

    /// Adds the names of its services.
    pub(in crate::traces) async fn services(&self, into: &mut BTreeSet<String>) -> Result<(), sqlx::Error> {
        let names: Vec<String> = sqlx::query_scalar("SELECT name FROM services")
            .fetch_all(&self.readers)
            .await?;
        into.extend(names);
        Ok(())
    }

    /// Adds what a service does.
    pub(in crate::traces) async fn operations(
        &self,
        service: &str,
        into: &mut BTreeSet<Operation>,
    ) -> Result<(), sqlx::Error> {
        let rows =
            sqlx::query("SELECT name, kind FROM operations WHERE service = (SELECT id FROM services WHERE name = ?)")
                .bind(service.to_owned())
                .fetch_all(&self.readers)
                .await?;
        for row in rows {
            into.insert(Operation {
                name: row.try_get("name")?,
                kind: row.try_get("kind")?,
            });
        }
        Ok(())
    }
}
