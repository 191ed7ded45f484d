//! `/sitemap.xml`, after <https://www.sitemaps.org/protocol.html>: an index of parts.
//!
//! A part has the products of a range of ids, so it holds at most as many addresses as the protocol allows, stays the same part whatever
//! is added later, and is written while it is read from the database, never as a whole in memory.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use sea_orm::DbErr;
use time::OffsetDateTime;

use super::nearby;
use crate::App;
use crate::catalog::{self, CATEGORIES, ProductId, TOWNS};
use crate::web::Problem;

/// The protocol's most addresses a file.
const MOST: i64 = 50_000;
/// Products read at once.
const STEP: u32 = 2_000;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// `GET /sitemap.xml`
pub(super) async fn index(State(app): State<App>) -> Result<Response, Problem> {
    let site = &app.config().public_url;
    let ranges = catalog::product_ranges(app.db(), MOST).await?;
    let mut xml = format!(r#"{XML}<sitemapindex xmlns="{NAMESPACE}">"#);
    let mut part = |name: &str| {
        let _ = write!(xml, "<sitemap><loc>{site}/sitemaps/{name}.xml</loc></sitemap>");
    };
    part("pages");
    for after in ranges {
        part(&format!("products-{}", after / MOST));
    }
    xml.push_str("</sitemapindex>");
    Ok(map(Body::from(xml)))
}

/// `GET /sitemaps/pages.xml`, `/sitemaps/products-0.xml`
pub(super) async fn part(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Problem> {
    let name = file.strip_suffix(".xml").unwrap_or_default();
    if name == "pages" {
        return pages(&app).await;
    }
    let ranges = catalog::product_ranges(app.db(), MOST).await?;
    match ranges
        .iter()
        .find(|after| name == format!("products-{}", **after / MOST))
    {
        Some(after) => Ok(products(app, *after, after + MOST)),
        None => Err(Problem::not_found("Ese mapa no existe", "No such map")),
    }
}

async fn pages(app: &App) -> Result<Response, Problem> {
    let site = &app.config().public_url;
    let mut xml = format!(r#"{XML}<urlset xmlns="{NAMESPACE}">"#);
    let mut page = |path: &str| {
        let _ = write!(xml, "<url><loc>{site}{path}</loc></url>");
    };
    for path in [
        "/",
        "/products",
        "/stores",
        "/stores/nearby",
        "/about",
        "/terms",
        "/privacy",
    ] {
        page(path);
    }
    for town in &TOWNS {
        page(&nearby::link_from(Some(town)));
    }
    for (key, _, _) in CATEGORIES {
        page(&format!("/products?category={key}"));
    }
    for store in catalog::stores(app).await?.iter().take(MOST as usize - 100) {
        page(&format!("/stores/{}", store.slug));
    }
    xml.push_str("</urlset>");
    Ok(map(Body::from(xml)))
}

/// The products with ids from after `from` up to `to`.
fn products(app: App, from: i64, to: i64) -> Response {
    let chunks = stream::try_unfold(Some(from), move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else {
                return Ok::<_, DbErr>(None);
            };
            let read = catalog::products_dated(app.db(), ProductId(after), ProductId(to), STEP).await?;
            let mut xml = String::with_capacity(read.len() * 120 + 200);
            if after == from {
                let _ = write!(xml, r#"{XML}<urlset xmlns="{NAMESPACE}">"#);
            }
            let site = &app.config().public_url;
            for (id, changed) in &read {
                let day = day(*changed);
                let _ = write!(
                    xml,
                    "<url><loc>{site}/products/{id}</loc><lastmod>{day}</lastmod></url>"
                );
            }
            let next = read.last().filter(|_| read.len() == STEP as usize).map(|(id, _)| id.0);
            if next.is_none() {
                xml.push_str("</urlset>");
            }
            Ok(Some((Bytes::from(xml), next)))
        }
    });
    map(Body::from_stream(chunks))
}

/// `2026-11-25`, in UTC.
fn day(ms: i64) -> time::Date {
    OffsetDateTime::from_unix_timestamp(ms / 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .date()
}

fn map(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/xml; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, body).into_response()
}
