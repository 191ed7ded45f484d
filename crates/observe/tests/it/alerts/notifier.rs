//! From the rules to Alertmanagers, as `alerting` of `prometheus.yml` says.

use std::sync::Arc;

use observe::config::PrometheusConfig;
use observe::metrics::labels::Labels;
use observe::notifier::{Notifier, QUEUE_CAPACITY};
use observe::rules::notify::{Notification, Notify as _};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Recorder;

fn alert(labels: &[(&str, &str)]) -> Notification {
    Notification {
        labels: Labels::from_pairs(labels.iter().copied()),
        annotations: Labels::from_pairs([("summary", "s")]),
        starts_at: 1_795_521_600_000,
        ends_at: 1_795_521_900_000,
        generator_url: "http://prometheus/graph".into(),
    }
}

#[tokio::test]
async fn alerts_are_relabelled_and_sent_to_everybody() {
    let (mut first, mut second) = (Recorder::new(&[]).await, Recorder::new(&[]).await);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("second.json"),
        json!([{"targets": [second.address, "dropped:1"]}]).to_string(),
    )
    .unwrap();
    let text = format!(
        r"
alerting:
  alert_relabel_configs: [{{action: labeldrop, regex: replica}}, {{source_labels: [severity], regex: none, action: drop}}]
  alertmanagers:
    - static_configs: [{{targets: ['{}']}}]
      path_prefix: /am/
    - file_sd_configs: [{{files: ['*.json']}}]
      relabel_configs: [{{source_labels: [__address__], regex: 'dropped:1', action: drop}}]
      alert_relabel_configs: [{{target_label: to, replacement: second}}]
",
        first.address
    );
    let config = PrometheusConfig::parse(&text, &folder.path().join("prometheus.yml")).unwrap();
    let notifier = Arc::new(Notifier::new(&config.alerting));
    let (active, dropped) = notifier.alertmanagers();
    assert_eq!(active.len(), 2);
    assert_eq!(active[0], format!("http://{}/am/api/v2/alerts", first.address));
    assert_eq!(dropped, ["http://dropped:1/api/v2/alerts"]);

    notifier.notify(vec![
        alert(&[("alertname", "A"), ("replica", "1")]),
        alert(&[("severity", "none")]),
    ]);
    let stop = CancellationToken::new();
    let (running, until) = (Arc::clone(&notifier), stop.clone());
    let working = tokio::spawn(async move { running.run(until).await });
    let told = |labels: serde_json::Value| json!([{"labels": labels, "annotations": {"summary": "s"}, "startsAt": "2026-11-24T12:00:00Z", "endsAt": "2026-11-24T12:05:00Z", "generatorURL": "http://prometheus/graph"}]);
    assert_eq!(
        first.next().await,
        ("/am/api/v2/alerts".into(), told(json!({"alertname": "A"})))
    );
    assert_eq!(
        second.next().await,
        ("/api/v2/alerts".into(), told(json!({"alertname": "A", "to": "second"})))
    );

    // What waits when it stops is sent before.
    notifier.notify(vec![alert(&[("alertname", "B")])]);
    stop.cancel();
    working.await.unwrap();
    assert_eq!(first.next().await.1, told(json!({"alertname": "B"})));
    assert!(
        notifier
            .metrics_text()
            .contains("prometheus_notifications_queue_length 0\n")
    );
}

#[tokio::test]
async fn the_oldest_give_way_when_nobody_takes_them() {
    let notifier = Notifier::new(&PrometheusConfig::default().alerting);
    for round in 0..QUEUE_CAPACITY + 3 {
        notifier.notify(vec![alert(&[("n", &round.to_string())])]);
    }
    let metrics = notifier.metrics_text();
    assert!(
        metrics.contains("prometheus_notifications_dropped_total 3\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains(&format!("prometheus_notifications_queue_length {QUEUE_CAPACITY}\n")),
        "{metrics}"
    );
}
