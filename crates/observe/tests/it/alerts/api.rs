//! The API's shapes and its refusals.

use axum::body::Body;
use http::{Request, StatusCode};
use observe::alerts::Settings;
use serde_json::json;

use super::{LEAST, Server};

#[tokio::test]
async fn an_alert_is_shown_as_it_was_told() {
    let server = Server::new(
        "route: {receiver: a.b, group_by: [job], routes: [{matchers: ['job=x'], receiver: c, continue: true}, {matchers: ['job=x'], receiver: a.b}]}\nreceivers: [{name: a.b}, {name: c}]",
    );
    let told = json!([{
        "labels": {"alertname": "A", "job": "x", "empty": ""},
        "annotations": {"summary": "", "more": "y"},
        "startsAt": "2026-11-24T13:00:00.123456+02:00",
        "generatorURL": "http://prometheus/graph",
    }]);
    server.tell(&told).await;
    let alerts = server.data("/api/v2/alerts").await;
    assert_eq!(
        alerts,
        json!([{
            "annotations": {"more": "y", "summary": ""},
            "endsAt": "2026-11-24T12:05:00.000Z",
            "fingerprint": alerts[0]["fingerprint"],
            "receivers": [{"name": "c"}, {"name": "a.b"}],
            "startsAt": "2026-11-24T13:00:00.123+02:00",
            "status": {"inhibitedBy": [], "silencedBy": [], "state": "active"},
            "updatedAt": "2026-11-24T12:00:00.000Z",
            "generatorURL": "http://prometheus/graph",
            "labels": {"alertname": "A", "job": "x"},
        }])
    );
    let groups = server.data("/api/v2/alerts/groups?receiver=c").await;
    assert_eq!(
        (&groups[0]["labels"], &groups[0]["receiver"]),
        (&json!({"job": "x"}), &json!({"name": "c"}))
    );
    assert_eq!(server.data("/api/v2/alerts?receiver=a").await, json!([]));
    assert_eq!(server.data("/api/v2/alerts?filter=job%3D~%22y%7Cz%22").await, json!([]));
    assert_eq!(
        server.data("/api/v2/receivers").await,
        json!([{"name": "a.b"}, {"name": "c"}])
    );
    // Nobody speaks of it any more.
    server.pass(301);
    assert_eq!(server.data("/api/v2/alerts").await, json!([]));
}

#[tokio::test]
async fn good_alerts_are_taken_beside_bad_ones() {
    let server = Server::new(LEAST);
    let told = json!([{"labels": {"a": "good"}}, {"labels": {"a-b": "c"}}, {"labels": {"a": ""}}, {"labels": {"a": "b"}, "startsAt": "2026-11-24T12:00:00Z", "endsAt": "2026-11-24T11:00:00Z"}]);
    let (status, body) = server.post("/api/v2/alerts", &told).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        body,
        "invalid label set: invalid name \"a-b\"; at least one label pair required; start time must be before end time"
    );
    assert_eq!(server.data("/api/v2/alerts").await[0]["labels"], json!({"a": "good"}));
    let metrics = server.data("/metrics").await;
    for line in [
        "alertmanager_alerts_invalid_total{version=\"v2\"} 3",
        "alertmanager_alerts_received_total{status=\"firing\",version=\"v2\"} 1",
        "alertmanager_alerts{state=\"active\"} 1",
        "alertmanager_notifications_failed_total{integration=\"slack\"} 0",
    ] {
        assert!(
            metrics.as_str().unwrap().contains(&format!("{line}\n")),
            "{line} in {metrics}"
        );
    }
}

#[tokio::test]
async fn refusals_are_alertmanagers() {
    let server = Server::new(LEAST);
    let post = |content_type: &str, body: &str| {
        let request = Request::post("/api/v2/alerts").header("content-type", content_type);
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let large = format!("[{}]", " ".repeat(17 << 20));
    for (request, status, code) in [
        (post("text/plain", "[]"), 415, 415),
        (post("application/json", ""), 422, 602),
        (post("application/json", "null"), 422, 602),
        (post("application/json", "[{"), 400, 400),
        (post("application/json; charset=utf-8", "[{}]"), 422, 602),
        (
            post("application/json", r#"[{"labels":{},"generatorURL":"x y"}]"#),
            422,
            601,
        ),
        (
            post("application/json", r#"[{"labels":{"a":"b"},"startsAt":"now"}]"#),
            400,
            400,
        ),
        (post("application/json", &large), 413, 413),
        (Request::get("/api/v2/silence/1").body(Body::empty()).unwrap(), 422, 601),
        (Request::get("/api/v2/x").body(Body::empty()).unwrap(), 404, 404),
        (Request::put("/api/v2/alerts").body(Body::empty()).unwrap(), 405, 405),
    ] {
        let what = format!("{} {}", request.method(), request.uri());
        let (said, body) = server.send(request).await;
        assert_eq!((said.as_u16(), &body["code"]), (status, &json!(code)), "{what}: {body}");
    }
    let (status, body) = server.get("/api/v2/alerts?filter=x").await;
    assert_eq!((status.as_u16(), body), (400, "bad matcher format: x".into()));
    let (status, body) = server.get("/api/v2/alerts?receiver=(").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        body.as_str()
            .unwrap()
            .starts_with("failed to parse receiver param: error parsing regexp"),
        "{body}"
    );
}

#[tokio::test]
async fn who_follows_a_link_of_a_notification_is_sent_to_the_console() {
    let settings = Settings {
        console_url: Some("http://console/alertas".into()),
        ..Settings::default()
    };
    let server = Server::open(tempfile::tempdir().unwrap(), LEAST, settings);
    assert_eq!(server.get("/").await.0, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(Server::new(LEAST).get("/").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_bad_configuration_changes_nothing() {
    let server = Server::new(LEAST);
    server.tell(&json!([{"labels": {"a": "b"}}])).await;
    let path = server.folder.path().join("alertmanager.yml");
    let reload = || Request::post("/-/reload").body(Body::empty()).unwrap();
    std::fs::write(&path, "route: {receiver: x}\n").unwrap();
    let (status, body) = server.send(reload()).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.as_str().unwrap().contains("undefined receiver \"x\""), "{body}");
    assert_eq!(server.data("/api/v2/receivers").await, json!([{"name": "nobody"}]));

    std::fs::write(&path, "route: {receiver: x}\nreceivers: [{name: x}]").unwrap();
    assert_eq!(server.send(reload()).await.0, StatusCode::OK);
    let groups = server.data("/api/v2/alerts/groups").await;
    assert_eq!(groups[0]["receiver"], json!({"name": "x"}));
    assert_eq!(groups[0]["alerts"][0]["labels"], json!({"a": "b"}));
}
