//! Queries, and what there is to be asked for.

use axum::body::Body;
use http::{Request, StatusCode};
use observe::api::prometheus::Limits;
use observe::metrics::promql::Options;
use serde_json::json;

use super::{NOW, Server};

fn shop() -> Server {
    let server = Server::new();
    server.add(
        &[("__name__", "up"), ("job", "node")],
        &[(30, 1.0), (15, 1.0), (0, 0.5)],
    );
    server.add(
        &[("__name__", "up"), ("job", "shop")],
        &[(30, 0.0), (15, 0.0), (0, 0.0)],
    );
    server
}

#[tokio::test]
async fn a_query_answers_one_value_a_series() {
    let server = shop();
    let (status, body) = server.get("/api/v1/query?query=up%7Bjob%3D%22node%22%7D").await;
    let expected = json!({"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": {"__name__": "up", "job": "node"}, "value": [NOW, "0.5"]}
    ]}});
    assert_eq!((status, body), (StatusCode::OK, expected));
    assert_eq!(
        server
            .data("/api/v1/query?query=1e21&time=2026-11-24T11:59:59.5Z")
            .await,
        json!({"resultType": "scalar", "result": [NOW as f64 - 0.5, "1e+21"]})
    );
    assert_eq!(
        server.data("/api/v1/query?query=%22a%22&time=5").await,
        json!({"resultType": "string", "result": [5, "a"]})
    );
    assert_eq!(
        server
            .data("/api/v1/query?query=up%7Bjob%3D%22shop%22%7D%5B20s%5D")
            .await,
        json!({"resultType": "matrix", "result": [
            {"metric": {"__name__": "up", "job": "shop"}, "values": [[NOW - 15, "0"], [NOW, "0"]]}
        ]})
    );
}

#[tokio::test]
async fn a_range_query_answers_one_value_a_step_and_may_be_posted() {
    let server = shop();
    let form = format!("query=sum(up)&start={}&end={NOW}&step=15s", NOW - 30);
    let (status, body) = server.post("/api/v1/query_range", &form).await;
    let expected = json!({"status": "success", "data": {"resultType": "matrix", "result": [
        {"metric": {}, "values": [[NOW - 30, "1"], [NOW - 15, "1"], [NOW, "0.5"]]}
    ]}});
    assert_eq!((status, body), (StatusCode::OK, expected));
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let server = shop();
    for (path, error) in [
        (
            "query?query=up&time=x",
            r#"invalid parameter "time": cannot parse "x" to a valid timestamp"#,
        ),
        (
            "query?query=up&timeout=x",
            r#"invalid parameter "timeout": cannot parse "x" to a valid duration"#,
        ),
        (
            "query?query=up&limit=-1",
            r#"invalid parameter "limit": limit must be non-negative"#,
        ),
        (
            "query_range?query=up&end=1&step=1",
            r#"invalid parameter "start": cannot parse "" to a valid timestamp"#,
        ),
        (
            "query_range?query=up&start=2&end=1&step=1",
            r#"invalid parameter "end": end timestamp must not be before start time"#,
        ),
        (
            "query_range?query=up&start=1&end=2&step=0",
            r#"invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer"#,
        ),
        (
            "query_range?query=up&start=0&end=11001&step=1",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ),
        ("series", "no match[] parameter provided"),
        (
            "series?match[]=%7Ba%3D~%22.*%22%7D",
            r#"invalid parameter "match[]": parse error: vector selector must contain at least one non-empty matcher"#,
        ),
        (
            "labels?start=2&end=1",
            r#"invalid parameter "end": end timestamp must not be before start timestamp"#,
        ),
    ] {
        assert_eq!(
            server.refused(&format!("/api/v1/{path}")).await,
            (400, "bad_data".into(), error.into()),
            "{path}"
        );
    }
    let (status, error_type, error) = server.refused("/api/v1/query?query=up%7B").await;
    assert_eq!((status, error_type.as_str()), (400, "bad_data"));
    assert!(error.starts_with(r#"invalid parameter "query": "#), "{error}");
    assert!(
        server
            .get("/api/v1/query_range?query=1&start=0&end=11000&step=1")
            .await
            .0
            .is_success()
    );
}

#[tokio::test]
async fn queries_that_cannot_be_answered_say_why() {
    let server = shop();
    let many_to_many = "/api/v1/query?query=up%20*%20on()%20up";
    let (status, error_type, _) = server.refused(many_to_many).await;
    assert_eq!((status, error_type.as_str()), (422, "execution"));
    let (status, error_type, error) = server.refused("/api/v1/query?query=up&timeout=0").await;
    assert_eq!((status, error_type.as_str()), (503, "timeout"), "{error}");
    let busy = Server::with(
        Options {
            timeout: std::time::Duration::ZERO,
            ..Options::default()
        },
        Limits {
            concurrent_queries: 0,
            ..Limits::default()
        },
    );
    assert_eq!(
        busy.refused("/api/v1/query?query=up").await,
        (503, "timeout".into(), "query timed out in query queue".into())
    );
}

#[tokio::test]
async fn annotations_limits_and_statistics_stand_beside_the_answer() {
    let server = shop();
    let (_, body) = server
        .get("/api/v1/query?query=rate(up%5B1m%5D)&limit=1&stats=all")
        .await;
    assert_eq!(body["data"]["result"].as_array().unwrap().len(), 1);
    assert_eq!(body["warnings"], json!(["results truncated due to limit"]));
    assert_eq!(
        body["infos"],
        json!([
            "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"up\" (1:6)"
        ])
    );
    assert!(
        body["data"]["stats"]["samples"]["peakSamples"].as_u64().unwrap() >= 2,
        "{body}"
    );
    assert!(body["data"]["stats"]["timings"]["evalTotalTime"].is_number());
}

#[tokio::test]
async fn a_lookback_may_be_asked_for() {
    let server = shop();
    let count = async |path: &str| server.data(path).await["result"].as_array().unwrap().len();
    let later = NOW + 60;
    assert_eq!(count(&format!("/api/v1/query?query=up&time={later}")).await, 2);
    assert_eq!(
        count(&format!("/api/v1/query?query=up&time={later}&lookback_delta=30s")).await,
        0
    );
}

#[tokio::test]
async fn series_labels_and_values_are_listed() {
    let server = shop();
    server.add(&[("__name__", "hits"), ("http.route", "/")], &[(0, 1.0)]);
    assert_eq!(
        server.data("/api/v1/series?match[]=up&match[]=hits").await,
        json!([
            {"__name__": "hits", "http.route": "/"},
            {"__name__": "up", "job": "node"},
            {"__name__": "up", "job": "shop"}
        ])
    );
    assert_eq!(
        server.data("/api/v1/labels").await,
        json!(["__name__", "http.route", "job"])
    );
    assert_eq!(
        server.data("/api/v1/labels?match[]=up").await,
        json!(["__name__", "job"])
    );
    assert_eq!(server.data("/api/v1/label/job/values").await, json!(["node", "shop"]));
    assert_eq!(server.data("/api/v1/label/U__http_2e_route/values").await, json!(["/"]));
    assert_eq!(
        server
            .data("/api/v1/label/__name__/values?match[]=%7Bjob%3D%22node%22%7D")
            .await,
        json!(["up"])
    );
    assert_eq!(
        server.data(&format!("/api/v1/labels?end={}", NOW - 3600)).await,
        json!([])
    );
    let (_, body) = server.get("/api/v1/label/job/values?limit=1").await;
    assert_eq!(
        body,
        json!({"status": "success", "data": ["node"], "warnings": ["results truncated due to limit"]})
    );
}

#[tokio::test]
async fn exemplars_are_found_by_every_selector_of_a_query() {
    let server = Server::new();
    let bucket = [("__name__", "latency_bucket"), ("le", "0.5")];
    server.add(&bucket, &[(15, 1.0), (0, 2.0)]);
    server.add_exemplar(&bucket, "4bf9", 10, 0.25);
    let path = format!(
        "/api/v1/query_exemplars?query=histogram_quantile(0.9,rate(latency_bucket%5B5m%5D))&start={}&end={NOW}",
        NOW - 60
    );
    assert_eq!(
        server.data(&path).await,
        json!([{
            "seriesLabels": {"__name__": "latency_bucket", "le": "0.5"},
            "exemplars": [{"labels": {"trace_id": "4bf9"}, "value": "0.25", "timestamp": NOW - 10}]
        }])
    );
    assert_eq!(server.data("/api/v1/query_exemplars?query=1").await, json!([]));
}

#[tokio::test]
async fn pages_of_other_origins_may_ask() {
    let server = shop();
    let request = Request::options("/api/v1/query").header("Origin", "https://tienda.example");
    let response = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let response = server
        .send(Request::get("/api/v1/labels").body(Body::empty()).unwrap())
        .await;
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}
