//! Rules and alerts, as dashboards list them.

use std::sync::Arc;

use observe::config::PromDuration;
use observe::metrics::labels::Labels;
use observe::metrics::promql::Engine;
use observe::rules::notify::Nobody;
use observe::rules::{Loading, World};
use serde_json::{Value, json};

use super::{NOW, Server};

/// A server whose rules were evaluated once, now.
fn shop() -> (Server, String) {
    let server = Server::new();
    server.add(&[("__name__", "up"), ("job", "shop")], &[(0, 0.0)]);
    let file = server.folder.path().join("shop.yml");
    std::fs::write(
        &file,
        "
groups:
  - name: alerts
    interval: 30s
    rules:
      - alert: ServiceDown
        expr: up  ==  0
        for: 2m
        keep_firing_for: 1m
        labels: {severity: critical}
        annotations: {summary: '{{ $labels.job }} is down'}
  - name: records
    limit: 10
    rules:
      - record: job:up:sum
        expr: sum by(job) (up)
      - record: bad
        expr: '\"text\"'
",
    )
    .unwrap();
    let world = Arc::new(World {
        store: Arc::clone(&server.store),
        engine: Engine::default(),
        external_labels: Labels::empty(),
        external_url: "http://observe:9090".into(),
        notify: Arc::new(Nobody),
        resend_delay: observe::rules::RESEND_DELAY,
    });
    let loading = Loading {
        files: vec![file.clone()],
        interval: PromDuration::from_secs(60),
        query_offset: PromDuration::default(),
    };
    server.rules.load(&loading, &world, NOW * 1000).unwrap();
    for group in server.rules.groups() {
        group.evaluate(NOW * 1000);
    }
    (server, file.to_string_lossy().into_owned())
}

/// Without how long things took.
fn timeless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            if let Some(time) = fields.remove("evaluationTime") {
                assert!(time.as_f64().is_some_and(|time| time >= 0.0));
            }
            fields.values_mut().for_each(|field| *field = timeless(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        _ => {}
    }
    value
}

fn alert() -> Value {
    json!({
        "labels": {"alertname": "ServiceDown", "job": "shop", "severity": "critical"},
        "annotations": {"summary": "shop is down"},
        "state": "pending",
        "activeAt": "2026-11-24T12:00:00Z",
        "value": "0e+00"
    })
}

#[tokio::test]
async fn groups_are_listed_with_their_rules_and_alerts() {
    let (server, file) = shop();
    assert_eq!(
        timeless(server.data("/api/v1/rules").await),
        json!({"groups": [
            {
                "name": "alerts", "file": file, "interval": 30.0, "limit": 0, "lastEvaluation": "2026-11-24T12:00:00Z",
                "rules": [{
                    "state": "pending", "name": "ServiceDown", "query": "up == 0", "duration": 120.0, "keepFiringFor": 60.0,
                    "labels": {"severity": "critical"}, "annotations": {"summary": "{{ $labels.job }} is down"},
                    "alerts": [alert()], "health": "ok", "lastEvaluation": "2026-11-24T12:00:00Z", "type": "alerting"
                }]
            },
            {
                "name": "records", "file": file, "interval": 60.0, "limit": 10, "lastEvaluation": "2026-11-24T12:00:00Z",
                "rules": [
                    {"name": "job:up:sum", "query": "sum by (job) (up)", "health": "ok",
                     "lastEvaluation": "2026-11-24T12:00:00Z", "type": "recording"},
                    {"name": "bad", "query": "\"text\"", "health": "err", "lastError": "rule result is not a vector or scalar",
                     "lastEvaluation": "2026-11-24T12:00:00Z", "type": "recording"}
                ]
            }
        ]})
    );
    assert_eq!(server.data("/api/v1/alerts").await, json!({"alerts": [alert()]}));
}

#[tokio::test]
async fn rules_are_selected() {
    let (server, file) = shop();
    let names = async |parameters: &str| {
        let data = server.data(&format!("/api/v1/rules?{parameters}")).await;
        let groups = data["groups"].as_array().unwrap().clone();
        let rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
        rules
            .map(|rule| rule["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("type=alert").await, ["ServiceDown"]);
    assert_eq!(names("type=record").await, ["job:up:sum", "bad"]);
    assert_eq!(
        names("rule_name[]=bad&rule_name[]=ServiceDown").await,
        ["ServiceDown", "bad"]
    );
    assert_eq!(names("rule_group[]=alerts").await, ["ServiceDown"]);
    assert_eq!(names(&format!("file[]={file}&type=alert")).await, ["ServiceDown"]);
    assert!(names("file[]=other.yml").await.is_empty());
    assert_eq!(names("match[]=%7Bseverity%3D%22critical%22%7D").await, ["ServiceDown"]);
    let without = server.data("/api/v1/rules?type=alert&exclude_alerts=true").await;
    assert!(without["groups"][0]["rules"][0].get("alerts").is_none());
    for (parameters, error) in [
        ("type=x", r#"invalid parameter "type": not supported value "x""#),
        (
            "exclude_alerts=x",
            r#"invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "x": invalid syntax"#,
        ),
    ] {
        assert_eq!(
            server.refused(&format!("/api/v1/rules?{parameters}")).await,
            (400, "bad_data".into(), error.into())
        );
    }
}
