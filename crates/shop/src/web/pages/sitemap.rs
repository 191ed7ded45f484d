//! `/sitemap.xml`, after <https://www.sitemaps.org/protocol.html>.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::App;
use crate::catalog::{self, CATEGORIES, Filter};
use crate::web::Problem;

/// The protocol's most addresses a file.
const MOST: usize = 50_000;

/// `GET /sitemap.xml`
pub(super) async fn show(State(app): State<App>) -> Result<Response, Problem> {
    let mut paths: Vec<String> = ["/", "/products", "/stores", "/about", "/terms", "/privacy"]
        .map(String::from)
        .into();
    paths.extend(CATEGORIES.iter().map(|(key, _, _)| format!("/products?category={key}")));
    paths.extend(
        catalog::stores(&app)
            .await?
            .iter()
            .map(|store| format!("/stores/{}", store.slug)),
    );
    let mut cursor = None;
    loop {
        let filter = Filter {
            limit: Some(100),
            cursor,
            ..Filter::default()
        };
        let found = catalog::search(app.db(), &filter).await?;
        paths.extend(found.products.iter().map(|product| format!("/products/{}", product.id)));
        cursor = found.next_cursor;
        if cursor.is_none() || paths.len() >= MOST {
            break;
        }
    }
    let site = &app.config().public_url;
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">"#,
    );
    for path in paths.iter().take(MOST) {
        let _ = write!(xml, "<url><loc>{site}{path}</loc></url>");
    }
    xml.push_str("</urlset>");
    let headers = [
        (header::CONTENT_TYPE, "application/xml; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Ok((headers, xml).into_response())
}
