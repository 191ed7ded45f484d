//! Styles and scripts, out of the binary.
//!
//! They lie in a folder named after a hash of all of them, so that scripts can name each other by relative paths and browsers may
//! keep everything for ever. Text is compressed once, when it is first asked for.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use ring::digest::{Context, SHA256};

use super::problem;

macro_rules! embedded {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("../../assets/console/", $name)))),*]
    };
}

const FILES: &[(&str, &[u8])] = embedded! {
    "alertmanager.js"
    "annotations.js"
    "api.js"
    "app.js"
    "chart.js"
    "colors.js"
    "complete.js"
    "console.css"
    "datasource.js"
    "dom.js"
    "every.js"
    "exemplars.js"
    "field.js"
    "frames.js"
    "heat.js"
    "icon.svg"
    "jaeger.js"
    "kpi.js"
    "layout.js"
    "legend-view.js"
    "legend.js"
    "log-line.js"
    "log-view.js"
    "logql-options.js"
    "logql.js"
    "loki.js"
    "mappings.js"
    "markdown.js"
    "migration-panels.js"
    "migration.js"
    "pages/alerts.js"
    "pages/dashboard.js"
    "pages/dashboards.js"
    "pages/explore.js"
    "pages/logs.js"
    "pages/overview.js"
    "pages/resilience.js"
    "pages/runbook.js"
    "pages/silences.js"
    "pages/targets.js"
    "pages/trace.js"
    "pages/traces.js"
    "palette.js"
    "panel-data.js"
    "panel-view.js"
    "panels.css"
    "panels/bargauge.js"
    "panels/gauge.js"
    "panels/heatmap.js"
    "panels/index.js"
    "panels/logs.js"
    "panels/stat.js"
    "panels/table.js"
    "panels/text.js"
    "panels/timeseries.js"
    "panels/values.js"
    "prometheus.js"
    "promql-options.js"
    "promql-words.js"
    "query-field.js"
    "query.js"
    "reduce.js"
    "service-map.js"
    "silence-dialog.js"
    "sparkline.js"
    "stack.js"
    "table-view.js"
    "texts.js"
    "theme.js"
    "thresholds.js"
    "timepicker.js"
    "timerange.js"
    "trace-tree.js"
    "transformations.js"
    "units.js"
    "variable-bar.js"
    "variable-values.js"
    "variables.js"
    "vendor/uplot-LICENSE.txt"
    "vendor/uplot.css"
    "vendor/uplot.js"
    "words.js"
};

const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
const ANEW: HeaderValue = HeaderValue::from_static("no-cache");

struct Asset {
    kind: &'static str,
    plain: &'static [u8],
    gzip: OnceLock<Bytes>,
}

struct Assets {
    folder: String,
    files: HashMap<&'static str, Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut hash = Context::new(&SHA256);
    for (name, bytes) in FILES {
        hash.update(name.as_bytes());
        hash.update(bytes);
    }
    let hash = hash.finish();
    let build: String = hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let files = FILES.iter().map(|(name, plain)| {
        let asset = Asset {
            kind: kind(name),
            plain,
            gzip: OnceLock::new(),
        };
        (*name, asset)
    });
    Assets {
        folder: format!("/assets/{build}"),
        files: files.collect(),
    }
});

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

/// The folder of this build's files, without a slash at its end.
pub(super) fn folder() -> &'static str {
    &ASSETS.folder
}

/// `GET /assets/{build}/{*path}`. Another build's folder is answered with this build's files, not to be kept.
pub(super) async fn file(Path((build, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.files.get(path.as_str()) else {
        return problem(StatusCode::NOT_FOUND, "not_found", "no such file");
    };
    let gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|codings| codings.split(',').any(|coding| coding.trim() == "gzip"));
    let mut response = if gzip {
        asset.gzip.get_or_init(|| packed(asset.plain)).clone().into_response()
    } else {
        asset.plain.into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let current = folder().strip_prefix("/assets/") == Some(build.as_str());
    out.insert(header::CACHE_CONTROL, if current { FOREVER } else { ANEW });
    if gzip {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn packed(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::best());
    // Writing to memory cannot fail; should it all the same, an empty file would show at once.
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    Bytes::from(written.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(folder: &std::path::Path, below: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                listed(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_file_is_in_the_binary() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/console");
        let mut found = Vec::new();
        listed(&folder, "", &mut found);
        found.sort();
        let mut embedded: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        embedded.sort();
        assert_eq!(embedded, found);
    }
}
