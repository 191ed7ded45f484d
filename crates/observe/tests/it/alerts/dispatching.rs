//! When groups are told of: minutes pass because the test says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use observe::alerts::alert::{Alert, Fingerprint, Member};
use observe::alerts::config::AlertmanagerConfig;
use observe::alerts::dispatch::{Dispatcher, Flush};
use observe::alerts::log::{Entry, Recipient, needs_update};
use observe::alerts::route::Route;
use observe::metrics::labels::Labels;
use proptest::prelude::*;
use time::OffsetDateTime;

use super::NOW;

fn tree(route: &str) -> Route {
    let text = format!("route: {route}\nreceivers: [{{name: a}}, {{name: b}}, {{name: c}}]");
    Route::tree(&AlertmanagerConfig::parse(&text, Path::new("t")).unwrap().route)
}

fn at(seconds: i64) -> OffsetDateTime {
    NOW + time::Duration::seconds(seconds)
}

fn alert(labels: &str, starts: i64, ends: i64, updated: i64) -> Arc<Alert> {
    let labels = Labels::from_pairs(labels.split(' ').filter_map(|pair| pair.split_once('=')));
    Arc::new(Alert {
        fingerprint: Fingerprint::of(&labels),
        labels,
        annotations: Arc::default(),
        starts_at: at(starts),
        ends_at: at(ends),
        generator_url: String::new(),
        updated_at: at(updated),
        timeout: false,
    })
}

fn told(flushes: &[Flush]) -> Vec<(String, Vec<bool>)> {
    let resolved = |members: &[Member]| members.iter().map(|member| member.resolved).collect();
    flushes
        .iter()
        .map(|flush| (flush.key.clone(), resolved(&flush.members)))
        .collect()
}

#[test]
fn a_group_waits_and_then_is_told_of_once_an_interval() {
    let mut dispatcher = Dispatcher::new(
        tree("{receiver: a, group_by: [n], group_wait: 30s, group_interval: 5m}"),
        NOW,
    );
    dispatcher.process(&alert("n=1 i=1", 0, 9999, 0), NOW);
    assert!(dispatcher.due(at(29)).is_empty());
    dispatcher.process(&alert("n=1 i=2", 20, 9999, 20), at(29));
    let first = dispatcher.due(at(30));
    let key = r#"{}:{n="1"}"#.to_owned();
    assert_eq!(told(&first), [(key.clone(), vec![false, false])]);
    // It is not told of twice at a time, however long that takes.
    assert!(dispatcher.due(at(400)).is_empty());
    dispatcher.finish(&first[0], true);
    assert_eq!(dispatcher.next_at(), at(330));

    // One is over: that is told, and then it is let go.
    dispatcher.process(&alert("n=1 i=1", 0, 350, 350), at(350));
    let second = dispatcher.due(at(400));
    assert_eq!(told(&second), [(key.clone(), vec![true, false])]);
    dispatcher.finish(&second[0], true);
    assert_eq!(told(&dispatcher.due(at(700))), [(key, vec![false])]);
}

#[test]
fn what_could_not_be_told_stays() {
    let mut dispatcher = Dispatcher::new(tree("{receiver: a, group_wait: 0s, group_interval: 1m}"), NOW);
    dispatcher.process(&alert("n=1", 0, 30, 0), NOW);
    let flush = dispatcher.due(at(60)).remove(0);
    dispatcher.finish(&flush, false);
    let again = dispatcher.due(at(120)).remove(0);
    assert_eq!(told(std::slice::from_ref(&again)), [("{}:{}".to_owned(), vec![true])]);
    // Heard of again while it was told: it is not let go.
    dispatcher.process(&alert("n=1", 0, 9999, 121), at(121));
    dispatcher.finish(&again, true);
    assert_eq!(told(&dispatcher.due(at(180))), [("{}:{}".to_owned(), vec![false])]);
}

#[test]
fn an_alert_that_has_waited_elsewhere_does_not_wait_again() {
    let mut dispatcher = Dispatcher::new(tree("{receiver: a, group_wait: 30s}"), NOW);
    dispatcher.process(&alert("n=1", -31, 9999, 0), NOW);
    assert_eq!(dispatcher.due(NOW).len(), 1);
}

#[test]
fn a_group_without_alerts_is_forgotten() {
    let mut dispatcher = Dispatcher::new(tree("{receiver: a, group_wait: 0s, group_interval: 10s}"), NOW);
    dispatcher.process(&alert("n=1", -5, 0, 0), NOW);
    let flush = dispatcher.due(NOW).remove(0);
    dispatcher.finish(&flush, true);
    assert_eq!(dispatcher.len(), 1);
    assert!(dispatcher.due(at(30)).is_empty());
    assert!(dispatcher.is_empty());
}

#[test]
fn the_tree_decides_who_is_told() {
    let route = tree(
        "{receiver: a, routes: [{matchers: ['x=1'], receiver: b, continue: true}, {match_re: {x: '1|2'}, receiver: c, routes: [{matchers: ['y!=\"\"']}]}, {matchers: ['x=2']}]}",
    );
    let keys = |labels: &str| {
        let labels = alert(labels, 0, 1, 0).labels.clone();
        let matching = route.matching(&labels);
        let names = matching
            .iter()
            .map(|route| format!("{} {}", route.options.receiver, route.key));
        names.collect::<Vec<_>>()
    };
    assert_eq!(keys("z=1"), ["a {}"]);
    assert_eq!(keys("x=1"), [r#"b {}/{x="1"}"#, r#"c {}/{x=~"^(?:1|2)$"}"#]);
    assert_eq!(keys("x=2 y=3"), [r#"c {}/{x=~"^(?:1|2)$"}/{y!=""}"#]);
}

#[test]
fn the_log_decides_whether_there_is_something_to_tell() {
    let prints = |names: &[&str]| names.iter().map(|name| alert(name, 0, 1, 0).fingerprint).collect();
    let entry = |firing: &[&str], resolved: &[&str]| Entry {
        group: "g".into(),
        recipient: Recipient {
            receiver: "a".into(),
            integration: "webhook".into(),
            index: 0,
        },
        at: NOW,
        expires_at: at(9999),
        firing: prints(firing),
        resolved: prints(resolved),
    };
    let needed = |last: Option<Entry>, firing: &[&str], resolved: &[&str], sends_resolved: bool, now: i64| {
        let repeat = Duration::from_secs(3600);
        needs_update(
            last.as_ref(),
            &prints(firing),
            &prints(resolved),
            sends_resolved,
            repeat,
            at(now),
        )
    };
    // New, still the same, more, less.
    assert!(needed(None, &["a=1"], &[], true, 0));
    assert!(!needed(None, &[], &["a=1"], true, 0));
    assert!(!needed(Some(entry(&["a=1"], &[])), &["a=1"], &[], true, 3600));
    assert!(needed(Some(entry(&["a=1"], &[])), &["a=1"], &[], true, 3601));
    assert!(needed(Some(entry(&["a=1"], &[])), &["a=1", "b=1"], &[], true, 1));
    // The end of some is told those who want to hear of it, the end of all is logged for everybody.
    assert!(needed(Some(entry(&["a=1", "b=1"], &[])), &["a=1"], &["b=1"], true, 1));
    assert!(!needed(Some(entry(&["a=1", "b=1"], &[])), &["a=1"], &["b=1"], false, 1));
    assert!(needed(Some(entry(&["a=1"], &[])), &[], &["a=1"], false, 1));
    // What came and went in between nobody has heard of.
    assert!(!needed(Some(entry(&[], &["a=1"])), &[], &["b=1"], true, 1));
}

proptest! {
    /// However alerts come, each is in the groups of its routes, with those that share its labels, and nowhere else.
    #[test]
    fn every_alert_is_in_its_groups(sets in prop::collection::vec((0..3u8, 0..3u8, 0..4u8), 0..40)) {
        let route = "{receiver: a, group_by: [x], group_wait: 0s, routes: [{matchers: ['y=1'], receiver: b, continue: true}, {matchers: ['y=~\"1|2\"'], receiver: c, group_by: ['...']}]}";
        let mut dispatcher = Dispatcher::new(tree(route), NOW);
        let mut expected: BTreeMap<(String, String), std::collections::BTreeSet<Fingerprint>> = BTreeMap::new();
        for (x, y, z) in &sets {
            let alert = alert(&format!("x={x} y={y} z={z}"), 0, 9999, 0);
            dispatcher.process(&alert, NOW);
            let by_x = format!("{{x=\"{x}\"}}");
            let homes = match y {
                1 => vec![("b", by_x), ("c", alert.labels.to_string())],
                2 => vec![("c", alert.labels.to_string())],
                _ => vec![("a", by_x)],
            };
            for (receiver, labels) in homes {
                expected.entry((receiver.to_owned(), labels)).or_default().insert(alert.fingerprint);
            }
        }
        let groups: BTreeMap<_, _> = dispatcher
            .groups()
            .map(|(labels, receiver, alerts)| {
                let alerts = alerts.map(|alert| alert.fingerprint).collect();
                ((receiver.to_owned(), labels.to_string()), alerts)
            })
            .collect();
        prop_assert_eq!(groups, expected);
    }
}
