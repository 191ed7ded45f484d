//! People are told: over real sockets, with waits of nothing.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Recorder, Server};

fn config(recorder: &Recorder, more: &str) -> String {
    format!(
        "route: {{receiver: a, group_wait: 0s, group_interval: 10ms, group_by: [alertname]}}\nreceivers: [{{name: a, webhook_configs: [{{url: 'http://{}/hook'}}]{more}}}]\n",
        recorder.address
    )
}

fn alert(name: &str, resolved: bool) -> Value {
    let ends = if resolved {
        "2026-11-24T11:59:00Z"
    } else {
        "2026-11-24T18:00:00Z"
    };
    json!([{"labels": {"alertname": name}, "annotations": {"summary": "s"}, "startsAt": "2026-11-24T11:00:00Z", "endsAt": ends}])
}

#[tokio::test]
async fn a_webhook_hears_of_the_beginning_and_the_end() {
    let mut recorder = Recorder::new(&[]).await;
    let server = Server::new(&config(&recorder, ""));
    let (stop, working) = server.run();
    server.tell(&alert("A", false)).await;
    let (path, body) = recorder.next().await;
    assert_eq!(path, "/hook");
    assert_eq!(
        body,
        json!({
            "receiver": "a",
            "status": "firing",
            "alerts": [{
                "status": "firing",
                "labels": {"alertname": "A"},
                "annotations": {"summary": "s"},
                "startsAt": "2026-11-24T11:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "",
                "fingerprint": body["alerts"][0]["fingerprint"],
            }],
            "groupLabels": {"alertname": "A"},
            "commonLabels": {"alertname": "A"},
            "commonAnnotations": {"summary": "s"},
            "externalURL": "http://localhost:9093",
            "version": "4",
            "groupKey": "{}:{alertname=\"A\"}",
            "truncatedAlerts": 0,
        })
    );
    // What is told is logged before the work ends, so that it is not told again.
    drop(stop);
    working.await.unwrap();
    // Neither does the half line of a crash make it forget.
    let log = server.folder.path().join("data/notifications.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().count(), 1);
    std::fs::write(&log, text + "{\"group\":\"{}").unwrap();
    let server = server.restarted();
    let (_stop, _working) = server.run();
    server.tell(&alert("A", false)).await;
    server.tell(&alert("B", false)).await;
    assert_eq!(recorder.next().await.1["groupLabels"], json!({"alertname": "B"}));

    server.pass(1);
    server.tell(&alert("A", true)).await;
    let (_, body) = recorder.next().await;
    assert_eq!(
        (&body["status"], &body["alerts"][0]["endsAt"]),
        (&json!("resolved"), &json!("2026-11-24T11:59:00Z"))
    );
    assert!(recorder.is_empty());
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_and_another_is_not() {
    let passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    let mut recorder = Recorder::new(&passing).await;
    let server = Server::new(&config(&recorder, ""));
    let (stop, working) = server.run();
    server.tell(&alert("A", false)).await;
    let first = recorder.next().await;
    assert_eq!((recorder.next().await, recorder.next().await), (first.clone(), first));
    drop(stop);
    working.await.unwrap();
    let metrics = server.data("/metrics").await;
    for line in [
        "alertmanager_notifications_total{integration=\"webhook\"} 1",
        "alertmanager_notifications_failed_total{integration=\"webhook\"} 0",
        "alertmanager_notification_requests_total{integration=\"webhook\"} 3",
        "alertmanager_notification_requests_failed_total{integration=\"webhook\"} 2",
    ] {
        assert!(
            metrics.as_str().unwrap().contains(&format!("{line}\n")),
            "{line} in {metrics}"
        );
    }

    // It is given up at once, and comes again with the next interval of the group.
    let mut recorder = Recorder::new(&[StatusCode::BAD_REQUEST]).await;
    let server = Server::new(&config(&recorder, ""));
    let (stop, working) = server.run();
    server.tell(&alert("A", false)).await;
    recorder.next().await;
    server.pass(1);
    server.tell(&alert("B", false)).await;
    recorder.next().await;
    recorder.next().await;
    drop(stop);
    working.await.unwrap();
    let metrics = server.data("/metrics").await;
    let failed = "alertmanager_notifications_failed_total{integration=\"webhook\"} 1\n";
    assert!(metrics.as_str().unwrap().contains(failed), "{metrics}");
}

#[tokio::test]
async fn slack_and_pagerduty_get_what_their_templates_say() {
    let mut recorder = Recorder::new(&[]).await;
    let address = &recorder.address;
    let more = format!(
        ", slack_configs: [{{api_url: 'http://{address}/slack', channel: '#x', text: '{{{{ range .Alerts }}}}{{{{ .StartsAt.Format \"15:04\" }}}} {{{{ .Annotations.summary }}}}{{{{ end }}}}'}}], pagerduty_configs: [{{url: 'http://{address}/pager', routing_key: k}}]"
    );
    let config = config(&recorder, &more);
    let server = Server::new(&config);
    let (_stop, _working) = server.run();
    server.tell(&alert("A", false)).await;
    let mut got = [recorder.next().await, recorder.next().await, recorder.next().await];
    got.sort_by_key(|(path, _)| path.clone());
    let [_, (_, pager), (_, slack)] = got;
    let link = "http://localhost:9093/#/alerts?receiver=a";
    assert_eq!(
        slack,
        json!({
            "channel": "#x",
            "username": "Alertmanager",
            "attachments": [{
                "title": "[FIRING:1] A ",
                "title_link": link,
                "text": "11:00 s",
                "fallback": format!("[FIRING:1] A  | {link}"),
                "callback_id": "",
                "footer": "",
                "color": "danger",
                "mrkdwn_in": ["fallback", "pretext", "text"],
            }],
        })
    );
    assert_eq!(
        (&pager["event_action"], &pager["payload"]["summary"]),
        (&json!("trigger"), &json!("[FIRING:1] A "))
    );
    assert_eq!(pager["dedup_key"].as_str().unwrap().len(), 64);
    assert_eq!(pager["payload"]["custom_details"]["num_firing"], "1");
}

#[tokio::test]
async fn nobody_is_told_at_the_wrong_time() {
    let mut recorder = Recorder::new(&[]).await;
    let text = format!(
        "{}time_intervals: [{{name: night, time_intervals: [{{times: [{{start_time: '00:00', end_time: '12:30'}}]}}]}}]\n",
        config(&recorder, "").replace(
            "group_by: [alertname]",
            "group_by: [alertname], routes: [{matchers: ['alertname=Muted'], mute_time_intervals: [night]}]"
        )
    );
    let server = Server::new(&text);
    let (_stop, _working) = server.run();
    server.tell(&alert("Muted", false)).await;
    server.tell(&alert("A", false)).await;
    assert_eq!(recorder.next().await.1["groupLabels"], json!({"alertname": "A"}));
    // The night is over.
    server.pass(30 * 60);
    server.tell(&alert("Muted", false)).await;
    assert_eq!(recorder.next().await.1["groupLabels"], json!({"alertname": "Muted"}));
}
