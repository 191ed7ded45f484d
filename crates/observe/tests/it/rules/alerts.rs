use std::sync::Arc;

use observe::metrics::labels::Labels;
use observe::rules::{Kind, alerting::State};
use serde_json::json;

use super::{Bench, MINUTE, NOON};

const SERVICE_DOWN: &str = "
groups:
  - name: shop
    rules:
      - alert: ServiceDown
        expr: up == 0
        for: 2m
        labels:
          severity: critical
          service: '{{ $labels.job }}'
        annotations:
          summary: '{{ $labels.instance }} of {{ $labels.job }} is down ({{ $value }})'
          others: '{{ range query \"up == 1\" }}{{ .Labels.instance }} {{ end }}in {{ $externalLabels.cluster }}'
";

fn up(bench: &Bench, instance: &str, time: i64, value: f64) {
    bench.add(
        &[("__name__", "up"), ("job", "shop"), ("instance", instance)],
        time,
        value,
    );
}

#[test]
fn an_alert_waits_fires_is_told_again_and_resolves() {
    let bench = Bench::new(SERVICE_DOWN);
    let minute = |minute: i64, value: f64| {
        let at = NOON + minute * MINUTE;
        up(&bench, "web1", at, value);
        up(&bench, "web2", at, 1.0);
        bench.evaluate(at);
        bench.told()
    };
    assert!(minute(0, 0.0).is_empty());
    assert!(minute(1, 0.0).is_empty());
    let told = minute(2, 0.0);
    assert_eq!(
        serde_json::to_value(&told).unwrap(),
        json!([{
            "labels": {
                "alertname": "ServiceDown", "cluster": "mx", "instance": "web1", "job": "shop",
                "service": "shop", "severity": "critical"
            },
            "annotations": {"summary": "web1 of shop is down (0)", "others": "web2 in mx"},
            "startsAt": "2026-11-24T12:02:00Z",
            "endsAt": "2026-11-24T12:06:00Z",
            "generatorURL": "http://observe:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1"
        }])
    );
    assert!(
        minute(3, 0.0).is_empty(),
        "the last time was not more than a minute ago"
    );
    assert_eq!(minute(4, 0.0)[0].ends_at, NOON + 8 * MINUTE);
    let resolved = minute(5, 1.0);
    assert_eq!(
        (resolved[0].starts_at, resolved[0].ends_at),
        (NOON + 2 * MINUTE, NOON + 5 * MINUTE)
    );
    assert_eq!(
        minute(7, 1.0)[0].ends_at,
        NOON + 5 * MINUTE,
        "resolved alerts are told again for a while"
    );
}

#[test]
fn alerts_are_series_too() {
    let bench = Bench::new(SERVICE_DOWN);
    for minute in 0..=5 {
        let at = NOON + minute * MINUTE;
        up(&bench, "web1", at, f64::from(u8::from(minute == 5)));
        bench.evaluate(at);
    }
    let labels = r#"alertname="ServiceDown", alertstate="STATE", instance="web1", job="shop", service="shop", severity="critical"} 1"#;
    let alerts = |state: &str| vec![format!("{{__name__=\"ALERTS\", {}", labels.replace("STATE", state))];
    // Nothing is written before states could be restored, which takes two evaluations.
    assert!(bench.ask("ALERTS", NOON + MINUTE).is_empty());
    assert_eq!(bench.ask("ALERTS", NOON + 2 * MINUTE), alerts("firing"));
    assert!(bench.ask("ALERTS", NOON + 5 * MINUTE).is_empty());
    assert_eq!(
        bench.ask("ALERTS_FOR_STATE * 1000", NOON + 4 * MINUTE),
        [format!(
            "{{alertname=\"ServiceDown\", instance=\"web1\", job=\"shop\", service=\"shop\", severity=\"critical\"}} {NOON}"
        )]
    );
}

#[test]
fn a_template_that_fails_does_not_keep_an_alert_from_being_told() {
    let bench = Bench::new(
        "groups: [{name: a, rules: [{alert: A, expr: vector(1), annotations: {x: '{{ first (query \"nothing\") }}', y: '{{ externalURL }}{{ pathPrefix }}'}}]}]",
    );
    bench.evaluate(NOON);
    let told = bench.told();
    assert_eq!(
        told[0].annotations,
        Labels::from_pairs([
            (
                "x",
                "<error expanding template: line 1: error calling first: first() called on vector with no elements>"
            ),
            ("y", "http://observe:9090"),
        ])
    );
}

#[test]
fn more_alerts_than_allowed_are_none() {
    let bench = Bench::new("groups: [{name: a, limit: 1, rules: [{alert: A, expr: up == 0}]}]");
    up(&bench, "web1", NOON, 0.0);
    up(&bench, "web2", NOON, 0.0);
    bench.evaluate(NOON);
    let groups = bench.rules.groups();
    assert_eq!(
        groups[0].rules()[0].status().last_error.as_deref(),
        Some("exceeded limit of 1 with 2 alerts")
    );
    assert!(bench.told().is_empty());
}

#[test]
fn alerts_go_on_waiting_after_a_restart() {
    let slow = SERVICE_DOWN.replace("for: 2m", "for: 30m");
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let before = Bench::over(Arc::clone(&folder), &slow);
    for minute in 0..=20 {
        up(&before, "web1", NOON + minute * MINUTE, 0.0);
        before.evaluate(NOON + minute * MINUTE);
    }
    drop(before);

    // Ten minutes later: the outage does not count, the twenty minutes before it do; ten were left, and ten is the grace.
    let after = Bench::over(folder, &slow);
    let mut fired = None;
    for minute in 30..=60 {
        up(&after, "web1", NOON + minute * MINUTE, 0.0);
        after.evaluate(NOON + minute * MINUTE);
        if fired.is_none() && !after.told().is_empty() {
            fired = Some(minute);
        }
    }
    // Restored after the second evaluation, in minute 31: 11 minutes of outage.
    assert_eq!(fired, Some(41));
}

#[test]
fn an_alert_that_has_gone_is_no_longer_active() {
    let bench = Bench::new("groups: [{name: a, rules: [{alert: A, expr: up == 0, keep_firing_for: 2m}]}]");
    let state = |at: i64, value: f64| {
        up(&bench, "web1", at, value);
        bench.evaluate(at);
        let groups = bench.rules.groups();
        let Kind::Alerting(rule) = groups[0].rules()[0].kind() else {
            panic!("it is an alert")
        };
        (rule.state(), rule.active().len())
    };
    assert_eq!(state(NOON, 0.0), (State::Firing, 1));
    assert_eq!(state(NOON + MINUTE, 1.0), (State::Firing, 1));
    assert_eq!(state(NOON + 2 * MINUTE, 1.0), (State::Firing, 1));
    assert_eq!(state(NOON + 3 * MINUTE, 1.0), (State::Inactive, 0));
}
