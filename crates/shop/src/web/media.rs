//! Pictures below `/media/`: content-addressed files, so a name never changes its meaning.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Problem;
use crate::App;

/// `GET /media/{file}`.
pub(super) async fn media(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Esa imagen no existe", "No such picture");
    let content_type = content_type(&file).ok_or_else(missing)?;
    let bytes = tokio::fs::read(app.config().media_dir.join(&file))
        .await
        .map_err(|_| missing())?;
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        // An SVG opened by itself is a document: it may draw, nothing else.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// The type by the ending, for names that we give: one dot, no folders, nothing hidden.
fn content_type(file: &str) -> Option<&'static str> {
    let (stem, ending) = file.split_once('.')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if stem.is_empty() || !stem.chars().all(plain) {
        return None;
    }
    match ending {
        "svg" => Some("image/svg+xml"),
        "webp" => Some("image/webp"),
        "jpg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::content_type;

    #[test]
    fn only_our_own_names_are_looked_up() {
        assert_eq!(content_type("playera-3f2a.svg"), Some("image/svg+xml"));
        for wrong in [
            "",
            ".svg",
            "../textisur.db",
            "a/b.svg",
            "a.tar.gz",
            "a.exe",
            "..%2f.svg",
            "a\0.svg",
        ] {
            assert_eq!(content_type(wrong), None, "{wrong:?}");
        }
    }
}
