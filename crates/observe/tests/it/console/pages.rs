//! Pages and their files.

use http::{StatusCode, header};

use super::{Desk, get};

/// Every address of the navigation, and those that lead deeper.
const PAGES: [&str; 13] = [
    "/runbooks/ServiceDown",
    "/",
    "/dashboards",
    "/d/kpis",
    "/d/kpis/any-slug",
    "/explore",
    "/logs",
    "/traces",
    "/traces/0af7651916cd43dd8448eb211c80319c",
    "/alerts",
    "/silences",
    "/targets",
    "/resilience",
];

#[tokio::test]
async fn no_page_runs_or_loads_anything_that_is_not_a_file_of_ours() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    for path in PAGES.into_iter().chain(["/login", "/nothing-here"]) {
        let answer = desk.get(path, &cookie).await;
        let expected = if path == "/nothing-here" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        assert_eq!(answer.status, expected, "{path}");
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        for forbidden in [
            "<style",
            "style=",
            "onclick=",
            "javascript:",
            "<script>",
            "src=\"http",
            "href=\"http",
        ] {
            assert!(!answer.body.contains(forbidden), "{path} has {forbidden}");
        }
    }
}

#[tokio::test]
async fn the_navigation_has_only_what_there_is_something_to_show_for() {
    let bare = Desk::open();
    let page = bare.get("/", &bare.sign_in().await).await.body;
    assert!(
        page.contains("href=\"/explore\"") && !page.contains("href=\"/logs\"") && !page.contains("href=\"/traces\"")
    );
    assert!(!page.contains("href=\"/silences\"") && !page.contains("Correos"));
    let full = Desk::over(|config| {
        config.loki_url = Some("http://127.0.0.1:3100".parse().unwrap());
        config.jaeger_url = Some("http://127.0.0.1:16686".parse().unwrap());
        config.alertmanager_url = Some("http://127.0.0.1:9093".parse().unwrap());
        config.mail_outbox_url = Some("http://localhost:3000/dev/outbox".parse().unwrap());
    });
    let page = full.get("/", &full.sign_in().await).await.body;
    for link in ["/logs", "/traces", "/silences", "http://localhost:3000/dev/outbox"] {
        assert!(page.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[tokio::test]
async fn files_are_kept_for_ever_under_the_name_of_their_build() {
    let desk = Desk::open();
    let page = desk.get("/login", "").await.body;
    let start = page.find("/assets/").unwrap();
    let folder = &page[start..start + "/assets/0123456789abcdef".len()];
    let script = desk.get(&format!("{folder}/app.js"), "").await;
    assert_eq!(script.status, StatusCode::OK);
    assert_eq!(script.header(header::CONTENT_TYPE), "text/javascript; charset=utf-8");
    assert!(script.header(header::CACHE_CONTROL).contains("immutable"));
    let other = desk.get("/assets/0000000000000000/app.js", "").await;
    assert_eq!(other.header(header::CACHE_CONTROL), "no-cache");
    let mut packed = get(&format!("{folder}/vendor/uplot.js"), "");
    packed
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, "gzip, br".parse().unwrap());
    let packed = desk.ask(packed).await;
    assert_eq!(packed.header(header::CONTENT_ENCODING), "gzip");
    assert!(packed.body.len() < 60_000);
    for wrong in ["nothing.js", "../mod.rs", "%2e%2e/mod.rs", ""] {
        assert_eq!(
            desk.get(&format!("{folder}/{wrong}"), "").await.status,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
}
