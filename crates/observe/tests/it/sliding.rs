//! A range query is a walk in one pass; an instant query has nothing to slide. They must say the same at every step, for
//! queries put together at random over series with gaps, resets and ends.

use observe::metrics::labels::Labels;
use observe::metrics::memory::MemorySource;
use observe::metrics::promql::{Cancel, Engine, Options, Query, QueryResult};
use observe::metrics::samples::STALE;
use proptest::prelude::*;

const RANGE_FUNCTIONS: &[&str] = &[
    "avg_over_time",
    "changes",
    "count_over_time",
    "delta",
    "deriv",
    "first_over_time",
    "idelta",
    "increase",
    "irate",
    "last_over_time",
    "max_over_time",
    "min_over_time",
    "present_over_time",
    "rate",
    "resets",
    "stddev_over_time",
    "stdvar_over_time",
    "sum_over_time",
    "mad_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
];
const AGGREGATIONS: &[&str] = &[
    "sum",
    "avg",
    "min",
    "max",
    "count",
    "group",
    "stddev",
    "stdvar",
    "topk(2, ",
    "bottomk(1, ",
    "quantile(0.3, ",
];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "^", ">", "<= bool", "==", "and", "or", "unless",
];

fn range() -> impl Strategy<Value = String> {
    let modifier = prop_oneof![
        3 => Just(String::new()),
        1 => (-90..90_i32).prop_map(|offset| if offset < 0 { format!(" offset -{}s", -offset) } else { format!(" offset {offset}s") }),
        1 => (0..600_u32).prop_map(|at| format!(" @ {at}")),
        1 => Just(" @ end()".to_owned()),
    ];
    (
        prop_oneof![Just("c_total"), Just("g")],
        1..200_u32,
        modifier,
        prop::option::of((2..40_u32, 1..3_u32)),
    )
        .prop_map(|(name, length, modifier, subquery)| match subquery {
            None => format!("{name}[{length}s]{modifier}"),
            Some((step, factor)) => format!("({name} * {factor})[{length}s:{step}s]{modifier}"),
        })
}

fn vector() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (prop::sample::select(RANGE_FUNCTIONS), range()).prop_map(|(function, range)| format!("{function}({range})")),
        range().prop_map(|range| format!("predict_linear({range}, 30)")),
        range().prop_map(|range| format!("quantile_over_time(0.7, {range})")),
        Just("g".to_owned()),
        Just("c_total offset 20s".to_owned()),
        Just("timestamp(g)".to_owned()),
        Just("vector(time())".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (prop::sample::select(AGGREGATIONS), inner.clone()).prop_map(|(aggregation, inner)| {
                if aggregation.ends_with(' ') {
                    format!("{aggregation}{inner})")
                } else {
                    format!("{aggregation} by (n) ({inner})")
                }
            }),
            (prop::sample::select(OPERATORS), inner.clone(), inner.clone())
                .prop_map(|(operator, left, right)| format!("({left}) {operator} ({right})")),
            (prop::sample::select(OPERATORS), inner.clone(), -2..3_i32)
                .prop_filter("sets are of vectors", |(operator, ..)| !["and", "or", "unless"]
                    .contains(operator))
                .prop_map(|(operator, left, right)| format!("({left}) {operator} {right}")),
            inner.clone().prop_map(|inner| format!("clamp(abs({inner}), 1, 50)")),
            inner.clone().prop_map(|inner| format!("absent({inner})")),
            inner.clone().prop_map(|inner| format!("scalar({inner}) + g")),
            inner.prop_map(|inner| format!("max_over_time(({inner})[1m:7s])")),
        ]
    })
    // An instant query hands on what it ranks in the order of ranks, a range query in that of series, in Prometheus too:
    // a second ranking of equal values then keeps others.
    .prop_filter("ranked at most once", |text: &String| {
        text.matches("topk(").chain(text.matches("bottomk(")).count() <= 1
    })
}

/// Three series of each metric; values rarely repeat, so that ranks are never a matter of order.
fn source() -> impl Strategy<Value = MemorySource> {
    let sample = prop_oneof![8 => (0..1000_u32).prop_map(f64::from).prop_map(Some), 1 => Just(Some(STALE)), 1 => Just(None), 1 => Just(Some(f64::NAN))];
    prop::collection::vec(prop::collection::vec(sample, 10..60), 6).prop_map(|series| {
        let mut source = MemorySource::default();
        for (index, values) in series.into_iter().enumerate() {
            let name = if index % 2 == 0 { "c_total" } else { "g" };
            let labels = Labels::from_pairs([("__name__", name), ("n", &(index / 2).to_string())]);
            for (step, value) in values.into_iter().enumerate() {
                if let Some(value) = value {
                    let value = if value.is_finite() {
                        value + index as f64 / 7.0 + step as f64 / 1000.0
                    } else {
                        value
                    };
                    source.insert(&labels, 1000 * (10 * step as i64 + index as i64), value);
                }
            }
        }
        source
    })
}

/// What a query says at one time, by labels; none where it says an error.
fn at(engine: &Engine, source: &MemorySource, query: &Query, time: i64) -> Option<Vec<(Labels, u64)>> {
    let answer = engine.instant(source, query, time, Cancel::default()).ok()?;
    let QueryResult::Vector(samples) = answer.result else {
        panic!("an instant vector was asked for")
    };
    let mut samples: Vec<_> = samples
        .into_iter()
        .map(|sample| (sample.labels, bits(sample.value)))
        .collect();
    samples.sort();
    Some(samples)
}

/// All NaN are one; the rest is compared to the last bit.
fn bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        value.to_bits()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_range_query_says_at_each_step_what_an_instant_query_says(
        source in source(),
        text in vector(),
        start in 0..300_i64,
        step in 1..60_i64,
        delayed_name_removal in any::<bool>(),
    ) {
        // `@ end()` is the end of a range query, and the time itself of an instant one.
        let options = Options { experimental_functions: true, delayed_name_removal, ..Options::default() };
        let engine = Engine::new(options);
        let (start, step) = (start * 1000, step * 1000);
        let end = start + 12 * step;
        let of_range = Query::parse(&text, engine.options()).unwrap();
        let of_instant = Query::parse(&text.replace("@ end()", &format!("@ {}", end / 1000)), engine.options()).unwrap();
        let answer = engine.range(&source, &of_range, (start, end, step), Cancel::default());
        let times: Vec<i64> = (0..=12).map(|index| start + index * step).collect();
        let instants: Vec<_> = times.iter().map(|time| at(&engine, &source, &of_instant, *time)).collect();
        let Ok(answer) = answer else {
            // Something is wrong at a step, or two series that never meet have become one.
            return Ok(());
        };
        let QueryResult::Matrix(series) = answer.result else { panic!("a range query gives a matrix") };
        for (time, instant) in times.iter().zip(instants) {
            let found: Vec<_> = series
                .iter()
                .filter_map(|series| {
                    let point = series.points.iter().find(|(at, _)| at == time)?;
                    Some((series.labels.clone(), bits(point.1)))
                })
                .collect();
            prop_assert_eq!(Some(found), instant, "{} at {}", text, time);
        }
    }
}
