//! The document says what the router does, and can be read by those who generate clients from it.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::Service;
use crate::accounts::tests::Shop;

/// Addresses for programs that lie outside `/api`.
const ELSEWHERE: &[&str] = &["/.well-known/jwks.json"];

/// `GET /api/orders/{id}` and its kin.
type Endpoints = BTreeSet<String>;

async fn document(router: &Router) -> Value {
    let request = Request::get("/api/openapi.json").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    serde_json::from_slice(&to_bytes(response.into_body(), 1 << 22).await.unwrap()).unwrap()
}

fn documented(document: &Value) -> Endpoints {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        let methods: Vec<String> = item
            .as_object()
            .unwrap()
            .keys()
            .map(|method| method.to_uppercase())
            .collect();
        let path = path.clone();
        methods.into_iter().map(move |method| format!("{method} {path}"))
    };
    paths.iter().flat_map(methods).collect()
}

/// The routes that the router itself knows: their paths by its debug form, their methods by the `Allow` of its 405.
async fn routed(router: &Router) -> Endpoints {
    let debug = format!("{router:?}");
    let paths: BTreeSet<&str> = debug
        .split('"')
        .filter(|text| text.starts_with("/api/") || ELSEWHERE.contains(text))
        .collect();
    assert!(
        paths.len() > 20,
        "the router's debug form names its paths: {debug:.300}"
    );
    let mut endpoints = Endpoints::new();
    for path in paths {
        let request = Request::builder().method("PURGE").uri(path.replace(['{', '}'], ""));
        let response = router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allow = response.headers()[header::ALLOW].to_str().unwrap();
        let methods = allow.split(',').filter(|method| *method != "HEAD");
        endpoints.extend(methods.map(|method| format!("{method} {path}")));
    }
    endpoints
}

#[tokio::test]
async fn document_and_router_name_the_same_endpoints() {
    let shop = Shop::open().await;
    let router = crate::web::router(&shop, Service::ALL);
    let (documented, routed) = (documented(&document(&router).await), routed(&router).await);
    let missing: Vec<_> = routed.difference(&documented).collect();
    let invented: Vec<_> = documented.difference(&routed).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not in the document (see paths(…) in web/api/openapi.rs): {missing:#?}\nnot in the router: {invented:#?}"
    );
}

#[tokio::test]
async fn every_operation_is_described() {
    let shop = Shop::open().await;
    let document = document(&crate::web::router(&shop, Service::ALL)).await;
    assert_eq!(document["openapi"], "3.1.0");
    let tags: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(
                !summary.is_empty() && !summary.starts_with('`'),
                "{place}: a summary in words"
            );
            assert!(
                tags.contains(operation["tags"][0].as_str().unwrap_or_default()),
                "{place}: a known tag"
            );
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap()),
                "{place}: an id of its own"
            );
            let statuses = operation["responses"].as_object().unwrap();
            assert!(
                statuses.keys().any(|status| status.starts_with('2')),
                "{place}: says how it succeeds"
            );
            for parameter in path.split('/').filter_map(|part| part.strip_prefix('{')) {
                let name = parameter.trim_end_matches('}');
                let known = operation["parameters"].as_array().into_iter().flatten();
                assert!(
                    known.into_iter().any(|one| one["in"] == "path" && one["name"] == name),
                    "{place}: {name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let shop = Shop::open().await;
    let document = document(&crate::web::router(&shop, Service::ALL)).await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(
            document.pointer(reference.trim_start_matches('#')).is_some(),
            "{reference}"
        );
    }
}

/// Two types of one name would overwrite each other in the document without a word.
#[test]
fn no_two_types_share_a_name() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for name in schema_names(&std::fs::read_to_string(&path).unwrap_or_default()) {
                let file = path.display().to_string();
                if let Some(other) = seen.insert(name.clone(), file.clone()) {
                    panic!("`{name}` in {file} and in {other}: one needs #[schema(as = …)]");
                }
            }
        }
    }
    assert!(seen.contains_key("Problem") && seen.contains_key("Orders"));
}

/// Names under which a source file's types come into the document.
fn schema_names(source: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut names = Vec::new();
    let mut alias = None;
    let mut derived = false;
    for line in source.lines().map(str::trim) {
        derived |= line.starts_with("#[derive(") && line.contains("ToSchema");
        if line.starts_with("#[schema(")
            && let Some((_, name)) = line.split_once("as = ")
        {
            alias = Some(word(name));
        }
        let declared = line.split_once("struct ").or_else(|| line.split_once("enum "));
        if let Some((before, name)) = declared
            && (before.is_empty() || before.starts_with("pub"))
        {
            if std::mem::take(&mut derived) {
                names.push(alias.take().unwrap_or_else(|| word(name)));
            }
            alias = None;
        }
    }
    names
}

#[tokio::test]
async fn who_has_the_document_is_told_so() {
    let shop = Shop::open().await;
    let router = crate::web::router(&shop, &[Service::Web]);
    let ask = |accept: &'static str, known: &str| {
        let request = Request::get("/api/openapi.json")
            .header("accept-encoding", accept)
            .header("if-none-match", known);
        router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    for (accept, encoding) in [("gzip", Some("gzip")), ("identity", None)] {
        let first = ask(accept, "\"another\"").await.unwrap();
        let header = |name: &str| first.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!((first.status(), header("content-encoding")), (StatusCode::OK, encoding));
        assert_eq!(header("cache-control"), Some("public, max-age=300"));
        let etag = header("etag").unwrap().to_owned();
        for known in [etag.clone(), format!("\"another\", W/{etag}"), "*".into()] {
            let again = ask(accept, &known).await.unwrap();
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(again.headers()["etag"], etag.as_str());
            assert!(to_bytes(again.into_body(), 1024).await.unwrap().is_empty());
        }
    }
}
