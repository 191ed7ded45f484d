use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Bench, MINUTE, NOON};

const TWO: &str = "groups: [{name: a, rules: [{record: one, expr: vector(1)}, {record: two, expr: vector(2)}]}]";

#[test]
fn what_is_wrong_leaves_everything_as_it_was() {
    let bench = Bench::new(TWO);
    let file = bench.file();
    let errors = bench
        .load("groups: [{name: a, rules: [{record: one, exp: '1'}]}]", NOON)
        .unwrap_err();
    assert_eq!(
        errors,
        [format!("{}:1: unknown key `exp`; did you mean `expr`?", file.display())]
    );
    assert_eq!(bench.rules.groups()[0].rules().len(), 2);
}

#[test]
fn series_of_rules_that_are_gone_end() {
    let bench = Bench::new(TWO);
    bench.evaluate(NOON);
    bench
        .load("groups: [{name: a, rules: [{record: two, expr: vector(2)}]}]", NOON)
        .unwrap();
    bench.evaluate(NOON + MINUTE);
    assert!(bench.ask("one", NOON + MINUTE).is_empty());
    assert_eq!(bench.ask("two", NOON + MINUTE).len(), 1);
    bench.load("groups: []", NOON + 2 * MINUTE).unwrap();
    assert!(bench.ask("two", NOON + 2 * MINUTE).is_empty());
}

#[test]
fn alerts_live_on_when_something_else_in_their_file_changes() {
    let rules = "groups: [{name: a, rules: [{alert: A, expr: vector(1), for: 2m}]}]";
    let bench = Bench::new(rules);
    bench.evaluate(NOON);
    bench
        .load(
            &rules.replace("{alert: A", "{record: new, expr: vector(1)}, {alert: A"),
            NOON,
        )
        .unwrap();
    bench.evaluate(NOON + MINUTE);
    assert!(bench.told().is_empty());
    bench.evaluate(NOON + 2 * MINUTE);
    assert_eq!(bench.told().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn groups_are_evaluated_until_they_are_told_to_stop() {
    let bench = Arc::new(Bench::new(TWO));
    let stop = CancellationToken::new();
    let began = tokio::time::Instant::now();
    let clock = move || NOON + i64::try_from(began.elapsed().as_millis()).unwrap();
    let running = {
        let (bench, stop) = (Arc::clone(&bench), stop.clone());
        tokio::spawn(async move { bench.rules.run(clock, stop).await })
    };
    tokio::time::sleep(Duration::from_secs(200)).await;
    stop.cancel();
    running.await.unwrap();
    let last = bench.rules.groups()[0].last_evaluation().at.unwrap();
    assert!((NOON + 2 * MINUTE..NOON + 4 * MINUTE).contains(&last), "{last}");
}
