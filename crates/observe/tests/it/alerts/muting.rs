//! Silences and inhibition, as the API shows them.

use http::StatusCode;
use observe::alerts::{Room, Settings};
use serde_json::{Value, json};

use super::{LEAST, Server};

fn silence(matchers: &[(&str, &str, bool, bool)], starts: &str, ends: &str) -> Value {
    let matchers: Vec<Value> = matchers
        .iter()
        .map(|(name, value, regex, equal)| json!({"name": name, "value": value, "isRegex": regex, "isEqual": equal}))
        .collect();
    json!({"matchers": matchers, "startsAt": starts, "endsAt": ends, "createdBy": "ana", "comment": "noise"})
}

async fn set(server: &Server, silence: &Value) -> String {
    let (status, body) = server.post("/api/v2/silences", silence).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["silenceID"].as_str().unwrap().to_owned()
}

async fn states(server: &Server) -> Vec<(String, String)> {
    let silences = server.data("/api/v2/silences").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = silences.as_array().unwrap().iter();
    all.map(|silence| (text(&silence["id"]), text(&silence["status"]["state"])))
        .collect()
}

#[tokio::test]
async fn a_silence_lives_changes_and_ends() {
    let server = Server::new(LEAST);
    let ends = "2026-11-24T13:00:00Z";
    let job = [("job", "a|b", true, true), ("env", "dev", false, false)];
    let mut wish = silence(&job, "2026-11-24T11:00:00Z", ends);
    let id = set(&server, &wish).await;
    server
        .tell(&json!([{"labels": {"job": "a"}}, {"labels": {"job": "a", "env": "dev"}}, {"labels": {"job": "c"}}]))
        .await;
    let alerts = server.data("/api/v2/alerts?active=false").await;
    assert_eq!(alerts.as_array().unwrap().len(), 1);
    assert_eq!(
        alerts[0]["status"],
        json!({"inhibitedBy": [], "silencedBy": [id], "state": "suppressed"})
    );
    assert_eq!(
        server
            .data("/api/v2/alerts?silenced=false")
            .await
            .as_array()
            .unwrap()
            .len(),
        2
    );

    // Its end can be another one; with other matchers it is another silence.
    let shown = server.data(&format!("/api/v2/silence/{id}")).await;
    assert_eq!(shown["startsAt"], "2026-11-24T12:00:00.000Z");
    wish["id"] = id.as_str().into();
    wish["startsAt"] = shown["startsAt"].clone();
    wish["endsAt"] = "2026-11-24T14:00:00Z".into();
    assert_eq!(set(&server, &wish).await, id);
    server.pass(1);
    wish["matchers"][0]["value"] = "c".into();
    let other = set(&server, &wish).await;
    server.pass(1);
    assert_eq!(
        states(&server).await,
        [(other.clone(), "active".into()), (id, "expired".into())]
    );

    // It is over an hour and 59 minutes later, and forgotten after five days.
    let server = server.restarted();
    assert_eq!(states(&server).await.len(), 2);
    server.pass(7200);
    assert!(states(&server).await.iter().all(|(_, state)| state == "expired"));
    assert_eq!(
        server
            .data("/api/v2/silences?filter=job%3Dc")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_silence_that_is_ended_stays_ended() {
    let server = Server::new(LEAST);
    let id = set(
        &server,
        &silence(
            &[("a", "b", false, true)],
            "2026-11-24T12:30:00Z",
            "2026-11-24T13:00:00Z",
        ),
    )
    .await;
    assert_eq!(states(&server).await, [(id.clone(), "pending".into())]);
    let path = format!("/api/v2/silence/{id}");
    let delete = || http::Request::delete(&path).body(axum::body::Body::empty()).unwrap();
    assert_eq!(server.send(delete()).await.0, StatusCode::OK);
    server.pass(1);
    let server = server.restarted();
    assert_eq!(states(&server).await, [(id.clone(), "expired".into())]);
    assert_eq!(server.send(delete()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_broken_line_costs_one_silence() {
    let server = Server::new(LEAST);
    for name in ["a", "b"] {
        set(
            &server,
            &silence(
                &[(name, "x", false, true)],
                "2026-11-24T12:00:00Z",
                "2026-11-24T13:00:00Z",
            ),
        )
        .await;
    }
    let path = server.folder.path().join("data/silences.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() - 40]).unwrap();
    let server = server.restarted();
    assert_eq!(states(&server).await.len(), 1);
}

#[tokio::test]
async fn there_are_only_so_many() {
    let settings = Settings {
        max_silences: 1,
        room: Room { alerts: 1, bytes: 1000 },
        ..Settings::default()
    };
    let server = Server::open(tempfile::tempdir().unwrap(), LEAST, settings);
    let wish = silence(
        &[("a", "b", false, true)],
        "2026-11-24T12:00:00Z",
        "2026-11-24T13:00:00Z",
    );
    set(&server, &wish).await;
    let (status, body) = server.post("/api/v2/silences", &wish).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        body.as_str().unwrap().contains("exceeded maximum number of silences"),
        "{body}"
    );
    server.tell(&json!([{"labels": {"a": "1"}}])).await;
    let (status, body) = server.post("/api/v2/alerts", &json!([{"labels": {"a": "2"}}])).await;
    assert_eq!(
        (status.as_u16(), body),
        (
            500,
            "1 alerts refused: there is room for 1 alerts of 1000 bytes in all".into()
        )
    );
    let large = json!([{"labels": {"a": "1"}, "annotations": {"text": "x".repeat(1000)}}]);
    assert_eq!(
        server.post("/api/v2/alerts", &large).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    // One that is over makes room.
    server.pass(301);
    server.tell(&json!([{"labels": {"a": "2"}}])).await;
}

#[tokio::test]
async fn alerts_mute_others_with_the_same_labels() {
    let server = Server::new(&format!(
        "{LEAST}inhibit_rules: [{{source_matchers: ['severity=~\"critical|page\"'], target_matchers: ['severity!=critical'], equal: [zone]}}]"
    ));
    server
        .tell(&json!([
            {"labels": {"severity": "critical", "zone": "a"}},
            {"labels": {"severity": "warning", "zone": "a"}},
            {"labels": {"severity": "warning", "zone": "b"}},
            // On both sides: it mutes others, but neither itself nor its like.
            {"labels": {"severity": "page", "zone": "c"}},
            {"labels": {"severity": "page", "zone": "c", "x": "y"}},
            {"labels": {"severity": "warning", "zone": "c"}},
        ]))
        .await;
    let muted = |alerts: &Value| -> Vec<String> {
        let all = alerts.as_array().unwrap().iter();
        let mut all: Vec<String> = all
            .map(|alert| {
                format!(
                    "{} {}",
                    alert["labels"]["severity"].as_str().unwrap(),
                    alert["labels"]["zone"].as_str().unwrap()
                )
            })
            .collect();
        all.sort();
        all
    };
    let alerts = server.data("/api/v2/alerts?active=false").await;
    assert_eq!(muted(&alerts), ["warning a", "warning c"]);
    // The muting ones are over, five minutes after they were heard of last.
    server.pass(299);
    server
        .tell(&json!([{"labels": {"severity": "warning", "zone": "a"}}]))
        .await;
    server.pass(2);
    assert_eq!(server.data("/api/v2/alerts?active=false").await, json!([]));
    assert_eq!(muted(&server.data("/api/v2/alerts").await), ["warning a"]);
}
