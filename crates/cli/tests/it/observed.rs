//! The observability backend as part of the stack: it finds every process, and goes on where it was killed.

use serde_json::Value;

use crate::SERVICES;
use crate::running::{self, Up, fetch, get};

/// Label sets and values of an instant query; none while the backend does not answer.
fn ask(up: &Up, query: &str) -> Option<Vec<(Value, f64)>> {
    let escaped: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let path = format!("/api/v1/query?query={escaped}");
    let (status, body) = fetch("GET", &up.endpoint("prometheus"), &path).ok()?;
    assert_eq!(status, 200, "{body}");
    let mut answer: Value = serde_json::from_str(&body).unwrap();
    let Value::Array(series) = answer["data"]["result"].take() else {
        panic!("not a vector: {answer}")
    };
    let read = |mut series: Value| {
        let value = series["value"][1].as_str().unwrap().parse().unwrap();
        (series["metric"].take(), value)
    };
    Some(series.into_iter().map(read).collect())
}

#[test]
fn every_process_is_scraped_and_what_was_scraped_outlives_a_kill() {
    let mut up = Up::start(&[]);
    let prometheus = up.endpoint("prometheus");
    assert_eq!(get(&prometheus, "/-/ready"), 200);
    // Besides the services: edge, sandbox, backend, supervisor; the machine and the edge once more by the collectors.
    let expected = SERVICES.len() + 6;
    up.until("every process has answered a scrape", || {
        ask(&up, "up").is_some_and(|series| series.iter().filter(|(_, value)| *value == 1.0).count() == expected)
    });
    let by_name = ask(&up, "up{job=\"textisur-app\"}").unwrap();
    for name in SERVICES {
        assert!(
            by_name
                .iter()
                .any(|(labels, _)| labels["service"] == name && labels["instance"] == format!("{name}-1")),
            "{name}: {by_name:?}"
        );
    }
    let (status, rules) = fetch("GET", &prometheus, "/api/v1/rules?type=alert").unwrap();
    assert!(status == 200 && rules.contains("ServiceDown"), "{rules}");

    let before = up.pid_of("textisur-observe");
    running::kill(before);
    up.until("samples of before and after the kill", || {
        ask(&up, "count_over_time(up{job=\"observe\"}[10m])")
            .is_some_and(|series| series.first().is_some_and(|(_, samples)| *samples >= 2.0))
    });
    assert_ne!(up.pid_of("textisur-observe"), before);
    assert_eq!(fetch("POST", &prometheus, "/-/reload").unwrap().0, 200);
    assert_eq!(up.terminate(), 0);
}

#[test]
fn it_can_be_left_out_and_files_that_somebody_changed_stay() {
    let mut without = Up::start(&["--set", "observe.enabled=false"]);
    assert!(without.endpoints.get("prometheus").is_none());
    assert_eq!(without.pids().len(), SERVICES.len() + 2);
    assert_eq!(without.terminate(), 0);
    assert!(!without.path("ops").exists());

    let mut first = Up::start_on(without.folder(), &[]);
    assert_eq!(first.terminate(), 0);
    let alerts = first.path("ops/prometheus/alerts/textisur.yml");
    std::fs::write(
        &alerts,
        "groups: [{ name: mine, rules: [{ alert: Mine, expr: vector(1) }] }]\n",
    )
    .unwrap();
    let mut second = Up::start_on(first.folder(), &[]);
    let (_, rules) = fetch("GET", &second.endpoint("prometheus"), "/api/v1/rules?type=alert").unwrap();
    assert!(rules.contains("Mine") && !rules.contains("ServiceDown"), "{rules}");
    assert_eq!(second.terminate(), 0);
}
