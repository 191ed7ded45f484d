use observe::rules::Health;

use super::{Bench, MINUTE, NOON};

const SUMS: &str = "
groups:
  - name: sums
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {source: rules}
      - record: all:up:sum
        expr: sum(job:up:sum)
";

#[test]
fn results_are_series_and_later_rules_see_earlier_ones() {
    let bench = Bench::new(SUMS);
    for (instance, job) in [("1", "shop"), ("2", "shop"), ("1", "edge")] {
        bench.add(&[("__name__", "up"), ("job", job), ("instance", instance)], NOON, 1.0);
    }
    bench.evaluate(NOON);
    assert_eq!(
        bench.ask("job:up:sum", NOON),
        [
            r#"{__name__="job:up:sum", job="edge", source="rules"} 1"#,
            r#"{__name__="job:up:sum", job="shop", source="rules"} 2"#
        ]
    );
    assert_eq!(bench.ask("all:up:sum", NOON), [r#"{__name__="all:up:sum"} 3"#]);
    let group = &bench.rules.groups()[0];
    assert_eq!(group.rules()[0].status().health, Health::Ok);
    assert_eq!(group.last_evaluation().at, Some(NOON));
}

#[test]
fn a_series_that_is_no_longer_made_ends_at_once() {
    let bench = Bench::new(SUMS);
    bench.add(&[("__name__", "up"), ("job", "shop")], NOON, 1.0);
    bench.evaluate(NOON);
    // Beyond the lookback of the source, within that of the result.
    bench.evaluate(NOON + 6 * MINUTE);
    assert!(bench.ask("job:up:sum", NOON + 6 * MINUTE).is_empty());
    assert_eq!(bench.ask("job:up:sum", NOON + MINUTE).len(), 1);
}

#[test]
fn an_offset_moves_queries_and_results_back() {
    let bench = Bench::new("groups: [{name: a, query_offset: 1m, rules: [{record: late, expr: up}]}]");
    bench.add(&[("__name__", "up")], NOON - MINUTE, 1.0);
    bench.add(&[("__name__", "up")], NOON, 2.0);
    bench.evaluate(NOON);
    assert_eq!(bench.ask("late", NOON), [r#"{__name__="late"} 1"#]);
    assert_eq!(
        bench.ask("timestamp(late)", NOON),
        [format!("{{}} {}", (NOON - MINUTE) / 1000)]
    );
}

#[test]
fn a_rule_that_fails_says_why_and_the_others_go_on() {
    let bench = Bench::new(
        "
groups:
  - name: bad
    limit: 1
    rules:
      - {record: same, expr: 'label_replace(up, \"job\", \"x\", \"\", \"\")'}
      - {record: many, expr: up}
      - {record: one, expr: '1'}
      - {record: text, expr: '\"a\"'}
",
    );
    for job in ["a", "b"] {
        bench.add(&[("__name__", "up"), ("job", job)], NOON, 1.0);
    }
    bench.evaluate(NOON);
    let errors: Vec<Option<String>> = bench.rules.groups()[0]
        .rules()
        .iter()
        .map(|rule| rule.status().last_error)
        .collect();
    assert_eq!(
        errors,
        [
            Some("vector cannot contain metrics with the same labelset".to_owned()),
            Some("exceeded limit of 1 with 2 series".to_owned()),
            None,
            Some("rule result is not a vector or scalar".to_owned()),
        ]
    );
    assert_eq!(bench.ask("one", NOON), [r#"{__name__="one"} 1"#]);
}

#[test]
fn groups_are_evaluated_at_times_of_their_own_once_each() {
    let bench = Bench::new(SUMS);
    let group = &bench.rules.groups()[0];
    let slot = group.slot(NOON);
    assert!(slot <= NOON && NOON < slot + MINUTE);
    assert_eq!(group.slot(NOON + 10 * MINUTE), slot + 10 * MINUTE);
    bench.rules.evaluate_due(NOON);
    assert_eq!(
        group.last_evaluation().at,
        None,
        "the first evaluation is the next slot's"
    );
    bench.rules.evaluate_due(slot + MINUTE);
    assert_eq!(group.last_evaluation().at, Some(slot + MINUTE));
    bench.rules.evaluate_due(slot + 5 * MINUTE + 1);
    assert_eq!(
        (group.last_evaluation().at, group.missed()),
        (Some(slot + 5 * MINUTE), 3)
    );
}
