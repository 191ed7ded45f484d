//! `textisur status` against a Prometheus that says what the test wants.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::running::{Output, textisur_output};

/// Answers the two questions of `status`, then ends.
fn prometheus(rules: Value, result: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for _ in 0..2 {
            let Ok((stream, _)) = listener.accept() else { return };
            let path = asked(&stream);
            let data = match path.as_str() {
                "/api/v1/rules" => json!({ "groups": [{ "rules": rules }] }),
                _ => json!({ "resultType": "vector", "result": result }),
            };
            let body = json!({ "status": "success", "data": data }).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = (&stream).write_all(format!("{head}{body}").as_bytes());
        }
    });
    url
}

/// The path of the request on `stream`, read to the end of its head.
fn asked(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream.take(65_536)).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    for line in lines {
        if line.is_ok_and(|line| line.is_empty()) {
            break;
        }
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    target.split('?').next().unwrap_or_default().to_owned()
}

fn recording_rules() -> Vec<Value> {
    let names = units::kpi::ALL.iter();
    names
        .map(|kpi| json!({ "type": "recording", "name": kpi.record }))
        .collect()
}

fn status(url: &str, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec![
        "status",
        "--prometheus",
        url,
        "--data-dir",
        folder.path().to_str().unwrap(),
    ];
    args.extend(options);
    textisur_output(&args)
}

#[test]
fn status_shows_the_numbers_and_ends_with_0_while_all_is_well() {
    let result = json!([
        { "metric": { "__name__": "textisur:availability:ratio30d" }, "value": [1_795_000_000.5, "0.99995"] },
        { "metric": { "__name__": "textisur:response_time:p95_5m" }, "value": [1_795_000_000.5, "0.0384"] },
    ]);
    let shown = status(&prometheus(json!(recording_rules()), result), &[]);
    assert_eq!(shown.code, 0, "{}", shown.errors);
    let line = |name: &str| {
        shown
            .output
            .lines()
            .find(|line| line.contains(name))
            .unwrap()
            .to_owned()
    };
    assert!(
        line("Availability").contains("100 %") || line("Availability").contains("99.99"),
        "{}",
        shown.output
    );
    assert!(line("Response time").contains("38.4 ms") && line("Response time").ends_with("on target"));
    assert!(line("Checkout success").ends_with("no data"), "{}", shown.output);
    assert!(!shown.output.contains('\x1b'), "colour is for terminals");
}

#[test]
fn a_firing_critical_alert_is_exit_status_1() {
    let mut rules = recording_rules();
    rules.push(json!({ "type": "alerting", "name": "ServiceDown", "alerts": [{
        "labels": { "alertname": "ServiceDown", "severity": "critical", "instance": "textisur-orders-1" },
        "annotations": { "summary": "Service textisur-app is down" },
        "state": "firing", "activeAt": "2026-11-24T18:00:00.5Z", "value": "0e+00",
    }] }));
    let shown = status(&prometheus(json!(rules), json!([])), &["--json"]);
    assert_eq!(shown.code, 1, "{}", shown.errors);
    let report: Value = serde_json::from_str(&shown.output).unwrap();
    assert_eq!(report["healthy"], false);
    assert_eq!(report["alerts"][0]["labels"]["alertname"], "ServiceDown");
    assert_eq!(report["kpis"].as_array().unwrap().len(), 8);
    assert_eq!(
        (&report["kpis"][0]["id"], &report["kpis"][0]["standing"]),
        (&json!("availability"), &json!("unknown"))
    );
}

#[test]
fn a_prometheus_that_is_not_there_or_knows_nothing_of_the_shop_is_exit_status_2() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shown = status(&format!("http://{gone}"), &[]);
    assert_eq!(shown.code, 2, "{}", shown.output);
    assert!(
        shown.output.contains("cannot ask") && shown.output.contains(&gone.to_string()),
        "{}",
        shown.output
    );

    let shown = status(&prometheus(json!([]), json!([])), &[]);
    assert_eq!(shown.code, 2);
    assert!(
        shown
            .output
            .contains("does not have the rules of ops/prometheus/alerts"),
        "{}",
        shown.output
    );
}
