//! Files that pages need: styles, script, font, icons; and drawn pictures.
//!
//! All of it is in the binary. An asset's address carries a hash of its content, so browsers may keep it for ever; text is compressed
//! once, at first use. Inside text assets `asset:NAME` stands for the address of another one.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use moka::sync::Cache;
use ring::digest::{SHA256, digest};
use telemetry::metrics::CacheCounters;

use super::Problem;
use crate::App;
use crate::demo::pictures::Artwork;

const FOREVER: &str = "public, max-age=31536000, immutable";
const HOUR: &str = "public, max-age=3600";

/// Bytes of drawn pictures kept ready.
const PICTURES_KEPT: u64 = 8 * 1024 * 1024;

macro_rules! embedded {
    (in $folder:literal; $($name:literal $kind:literal;)*) => {
        &[$(($name, $kind, include_bytes!(concat!("../../assets/", $folder, $name)).as_slice())),*]
    };
}

/// An asset comes after those it names.
const FILES: &[(&str, &str, &[u8])] = embedded! {
    in "";
    "fraunces-600.woff2" "font/woff2";
    "icon-192.png" "image/png";
    "icon-512.png" "image/png";
    "apple-touch-icon.png" "image/png";
    "icon.svg" "image/svg+xml";
    "app.css" "text/css; charset=utf-8";
    "product.css" "text/css; charset=utf-8";
    "app.js" "text/javascript; charset=utf-8";
    "notifications.css" "text/css; charset=utf-8";
    "notifications.js" "text/javascript; charset=utf-8";
    "search.css" "text/css; charset=utf-8";
    "search.js" "text/javascript; charset=utf-8";
    "dashboard.css" "text/css; charset=utf-8";
    "dashboard.js" "text/javascript; charset=utf-8";
    "chat.css" "text/css; charset=utf-8";
    "chat.js" "text/javascript; charset=utf-8";
    "sw.js" "text/javascript; charset=utf-8";
    "analytics.css" "text/css; charset=utf-8";
    "analytics.js" "text/javascript; charset=utf-8";
    "uplot.css" "text/css; charset=utf-8";
    "uplot.js" "text/javascript; charset=utf-8";
    "admin.css" "text/css; charset=utf-8";
    "checkout.css" "text/css; charset=utf-8";
    "manifest.webmanifest" "application/manifest+json";
    "docs.css" "text/css; charset=utf-8";
    "docs.js" "text/javascript; charset=utf-8";
    "region.json" "application/geo+json";
    "map.css" "text/css; charset=utf-8";
    "map.js" "text/javascript; charset=utf-8";
    "nearby.js" "text/javascript; charset=utf-8";
    "place.js" "text/javascript; charset=utf-8";
};

/// As it came from its makers.
const LEAFLET: &[(&str, &str, &[u8])] = embedded! {
    in "vendor/leaflet/";
    "leaflet.css" "text/css; charset=utf-8";
    "leaflet.js" "text/javascript; charset=utf-8";
};

/// Kept as gzip only: unpacked they would be megabytes in the binary and in memory.
const PACKED: &[(&str, &str, &[u8])] = &[(
    "scalar.js",
    "text/javascript; charset=utf-8",
    include_bytes!("../../assets/scalar/standalone.js.gz"),
)];

#[derive(Clone)]
struct Asset {
    kind: &'static str,
    /// `/assets/app.0123456789abcdef.css`
    url: String,
    /// `None`: only packed.
    body: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl Asset {
    fn plain(&self) -> Bytes {
        self.body.clone().unwrap_or_else(|| unpacked(self.gzip.as_ref()))
    }
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let mut assets: HashMap<&'static str, Asset> = HashMap::new();
    for (name, kind, bytes) in LEAFLET.iter().chain(FILES) {
        let body = match std::str::from_utf8(bytes) {
            Ok(text) if is_text(kind) => Bytes::from(with_addresses(text, &assets)),
            _ => Bytes::from_static(bytes),
        };
        let gzip = is_text(kind).then(|| gzip_best(&body));
        assets.insert(
            name,
            Asset {
                kind,
                url: url_of(name, &body),
                body: Some(body),
                gzip,
            },
        );
    }
    for (name, kind, packed) in PACKED {
        let asset = Asset {
            kind,
            url: url_of(name, packed),
            body: None,
            gzip: Some(Bytes::from_static(packed)),
        };
        assets.insert(name, asset);
    }
    assets
});

fn is_text(kind: &str) -> bool {
    !matches!(kind, "font/woff2" | "image/png")
}

fn with_addresses(text: &str, assets: &HashMap<&'static str, Asset>) -> String {
    assets.iter().fold(text.to_owned(), |text, (name, asset)| {
        text.replace(&format!("asset:{name}"), &asset.url)
    })
}

fn url_of(name: &str, body: &[u8]) -> String {
    let hash = short_hash(body);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
    format!("/assets/{stem}.{hash}.{ending}")
}

/// What tells one content from another: 64 bits of it, in hexadecimal.
pub(super) fn short_hash(body: &[u8]) -> String {
    let hash = digest(&SHA256, body);
    hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As small as gzip makes it: for what is compressed once.
pub(super) fn gzip_best(body: &[u8]) -> Bytes {
    gzip(body, Compression::best())
}

fn gzip(body: &[u8], level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), level);
    // Writing to memory cannot fail; should it all the same, an empty stream would show at once.
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    Bytes::from(written.unwrap_or_default())
}

fn unpacked(gzip: Option<&Bytes>) -> Bytes {
    let mut body = Vec::new();
    // It was compressed here or checked in by us; should it be broken all the same, an empty file would show at once.
    let read = GzDecoder::new(gzip.map_or(&[][..], Bytes::as_ref)).read_to_end(&mut body);
    Bytes::from(read.map(|_| body).unwrap_or_default())
}

/// The address of an asset by its plain name.
pub(super) fn url(name: &str) -> &'static str {
    ASSETS.get(name).map_or("/assets/missing", |asset| asset.url.as_str())
}

/// `GET /assets/{file}`. A hash of another build is answered with this build's file, uncached: during a release a page of one build
/// may ask the other for its styles.
pub(super) async fn file(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Ese archivo no existe", "No such file");
    let (rest, ending) = file.rsplit_once('.').ok_or_else(missing)?;
    let (stem, _) = rest.rsplit_once('.').ok_or_else(missing)?;
    let asset = ASSETS.get(format!("{stem}.{ending}").as_str()).ok_or_else(missing)?;
    let current = asset.url.strip_prefix("/assets/") == Some(file.as_str());
    Ok(answer(asset, &headers, if current { FOREVER } else { "no-cache" }))
}

/// What is somebody's own is no use to a search engine.
const PERSONAL: [&str; 12] = [
    "/admin",
    "/api/",
    "/cart",
    "/checkout",
    "/dashboard",
    "/favorites",
    "/messages",
    "/notifications",
    "/orders",
    "/profile",
    "/reset-password",
    "/verify-email",
];

/// `GET /manifest.webmanifest`
pub(super) async fn manifest(headers: HeaderMap) -> Result<Response, Problem> {
    plain("manifest.webmanifest", &headers, HOUR)
}

/// `GET /sw.js`: the service worker's address must not change, so browsers ask for it anew.
pub(super) async fn service_worker(headers: HeaderMap) -> Result<Response, Problem> {
    let mut response = plain("sw.js", &headers, "no-cache")?;
    // What a worker fetches is judged by the policy of its own script.
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; connect-src 'self'; img-src 'self'; frame-ancestors 'none'"),
    );
    Ok(response)
}

/// `GET /favicon.ico`, for those who do not read the page's icon links.
pub(super) async fn favicon(headers: HeaderMap) -> Result<Response, Problem> {
    plain("icon-192.png", &headers, HOUR)
}

fn plain(name: &str, headers: &HeaderMap, cache: &'static str) -> Result<Response, Problem> {
    let asset = ASSETS
        .get(name)
        .ok_or_else(|| Problem::not_found("Ese archivo no existe", "No such file"))?;
    Ok(answer(asset, headers, cache))
}

/// `GET /robots.txt`
pub(super) async fn robots(State(app): State<App>) -> Response {
    let site = &app.config().public_url;
    let text = format!(
        "User-agent: *\n{}Sitemap: {site}/sitemap.xml\n",
        PERSONAL.map(|path| format!("Disallow: {path}\n")).concat()
    );
    (
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, HOUR),
        ],
        text,
    )
        .into_response()
}

/// Bodies of drawn pictures, compressed, by key.
static PICTURES: LazyLock<Cache<String, Bytes>> = LazyLock::new(|| {
    Cache::builder()
        .max_capacity(PICTURES_KEPT)
        .weigher(|key: &String, body: &Bytes| (key.len() + body.len()) as u32)
        .build()
});

static PICTURES_COUNTED: LazyLock<CacheCounters> = LazyLock::new(|| CacheCounters::new("drawn_pictures"));

/// `GET /media/drawn/{key}.svg`: drawn from its own name, so there is nothing to store.
pub(super) async fn drawn(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Esa imagen no existe", "No such picture");
    let key = file.strip_suffix(".svg").ok_or_else(missing)?;
    let (body, gzip) = if takes_gzip(&headers) {
        let body = match PICTURES_COUNTED.look(PICTURES.get(key)) {
            Some(body) => body,
            None => {
                let body = gzip(
                    Artwork::parse(key).ok_or_else(missing)?.render().as_bytes(),
                    Compression::default(),
                );
                PICTURES.insert(key.to_owned(), body.clone());
                body
            }
        };
        (body, true)
    } else {
        (Bytes::from(Artwork::parse(key).ok_or_else(missing)?.render()), false)
    };
    let mut response = body.into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    // Opened by itself an SVG is a document: it may draw, nothing else.
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    encoded(out, gzip);
    Ok(response)
}

fn answer(asset: &Asset, headers: &HeaderMap, cache: &'static str) -> Response {
    let gzip = asset.gzip.as_ref().filter(|_| takes_gzip(headers));
    let mut response = gzip.cloned().unwrap_or_else(|| asset.plain()).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if asset.gzip.is_some() {
        encoded(out, gzip.is_some());
    }
    response
}

pub(super) fn encoded(out: &mut HeaderMap, gzip: bool) {
    const VARY: HeaderName = header::VARY;
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
}

/// Does `Accept-Encoding` take gzip (RFC 9110, 12.5.3)?
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = matches!(parts.next(), Some("gzip" | "x-gzip" | "*"));
        let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)));
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_text_assets_became_an_address() {
        for (name, asset) in ASSETS.iter() {
            let Some(body) = &asset.body else { continue };
            let text = String::from_utf8_lossy(body);
            assert!(!is_text(asset.kind) || !text.contains("asset:"), "{name}");
        }
        assert!(String::from_utf8_lossy(&ASSETS["app.css"].plain()).contains(url("fraunces-600.woff2")));
        assert!(url("app.css").starts_with("/assets/app.") && url("app.css").ends_with(".css"));
    }

    #[test]
    fn compressed_bodies_unpack_to_the_plain_ones() {
        for asset in ASSETS.values() {
            let Some(packed) = &asset.gzip else { continue };
            let body = unpacked(Some(packed));
            assert!(!body.is_empty());
            assert_eq!(body, asset.plain());
        }
    }

    #[test]
    fn gzip_is_taken_by_those_who_say_so() {
        let takes = |value: &'static str| {
            takes_gzip(&HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(value),
            )]))
        };
        assert!(takes("gzip, deflate, br") && takes("br;q=1.0, gzip;q=0.8") && takes("*"));
        assert!(!takes("br") && !takes("gzip;q=0") && !takes("") && !takes_gzip(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn another_builds_address_is_answered_but_not_kept() {
        let now = url("app.css").strip_prefix("/assets/").unwrap().to_owned();
        let cache = |response: &Response| response.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned();
        assert_eq!(cache(&file(Path(now), HeaderMap::new()).await.unwrap()), FOREVER);
        assert_eq!(
            cache(&file(Path("app.0000.css".into()), HeaderMap::new()).await.unwrap()),
            "no-cache"
        );
        for wrong in ["app.css", "", "nothing.00.css", "../Cargo.toml"] {
            assert!(file(Path(wrong.into()), HeaderMap::new()).await.is_err(), "{wrong}");
        }
    }
}
