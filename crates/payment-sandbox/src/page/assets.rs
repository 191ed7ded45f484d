//! The pages' style sheet, script and icon; named with a digest of their content, so that they never go stale.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 4] = [
    Asset {
        name: "checkout.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../assets/checkout.css"),
    },
    Asset {
        name: "checkout.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../assets/checkout.js"),
    },
    Asset {
        name: "console.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../assets/console.css"),
    },
    Asset {
        name: "icon.svg",
        kind: "image/svg+xml",
        content: include_str!("../../assets/icon.svg"),
    },
];

static PATHS: LazyLock<[String; 4]> = LazyLock::new(|| {
    ASSETS.map(|asset| {
        let digest = ring::digest::digest(&ring::digest::SHA256, asset.content.as_bytes());
        format!(
            "/checkout.stripe.com/assets/{}?v={}",
            asset.name,
            crate::hex(&digest.as_ref()[..6])
        )
    })
});

/// The URL of an asset, as pages write it.
pub(crate) fn path(name: &str) -> &'static str {
    ASSETS
        .iter()
        .position(|asset| asset.name == name)
        .map_or("", |at| &PATHS[at])
}

pub(super) async fn serve(Path(file): Path<String>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == file) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, asset.content).into_response()
        }
        None => (StatusCode::NOT_FOUND, "not found\n").into_response(),
    }
}
