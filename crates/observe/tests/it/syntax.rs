//! Texts that are queries, texts that are none, and texts nobody would write.

use observe::metrics::labels::Labels;
use observe::metrics::memory::MemorySource;
use observe::metrics::promql::{Cancel, Engine, Options, Query, QueryError, ValueType};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Query, QueryError> {
    Query::parse(text, &Options::default())
}

#[test]
fn types_are_known_without_evaluating() {
    for (text, value_type) in [
        ("1 + 1", ValueType::Scalar),
        ("\"a\"", ValueType::Text),
        ("m[5m]", ValueType::Matrix),
        ("m[5m:]", ValueType::Matrix),
        ("scalar(m) + 1", ValueType::Scalar),
        ("m + 1", ValueType::Vector),
    ] {
        assert_eq!(parse(text).unwrap().value_type(), value_type, "{text}");
    }
}

#[test]
fn what_prometheus_accepts_is_accepted() {
    for text in [
        "m offset 0s",
        "m[5m] offset -1m30s @ 1609746000.123",
        "sum by (le) (rate(h_bucket{route=~`/a\\.b`}[5m])) # with a comment",
        "{\"metric.with.dots\", \"label.with.dots\"=\"x\"}",
        "a * on (x) group_left () b",
        "by + offset + sum",
        "sum without (instance,) (m)",
        "count_values(\"v\", m)",
        "m{a=\"1\", b!=\"2\", c=~\"3\", d!~\"4\",}",
        "m{a=~\"b{c}\"}",
        "0x1F + 017 + 1e3 + .5 + 5. + Inf + NaN",
        "1h + 30m",
        "-m ^ 2",
        "start + end",
        "max_over_time(rate(m[5m])[1h:] @ end())",
        "round(m, 0.1) and absent(m) or time() - timestamp(m) > bool 5 * 60",
        "m == bool on (a) n",
    ] {
        parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn what_is_no_query_says_why() {
    for (text, reason) in [
        ("", "no expression"),
        ("m[5m", "parse error"),
        ("m{", "end of input"),
        ("{}", "at least one non-empty matcher"),
        ("{a=~\".*\"}", "at least one non-empty matcher"),
        ("m{a=~\"(\"}", "error parsing regexp"),
        ("m{a=\"1\" or b=\"2\"}", "unexpected <or>"),
        ("m[0s]", "duration must be greater than 0"),
        ("m[1e300]", "out of range"),
        ("m[NaN]", "brackets"),
        ("rate(m)", "expected type"),
        ("exp(NaN)", "expected type"),
        ("sum(m[5m])", "expected type"),
        ("1 > 2", "BOOL"),
        ("m + bool 1", "bool modifier"),
        ("nothing_like_this(m)", "unknown function"),
        ("mad_over_time(m[5m])", "function \"mad_over_time\" is not enabled"),
        ("limitk(2, m)", "limitk() is experimental"),
        ("limit_ratio(0.5, m)", "not supported"),
        ("m offset (5m + 1m)", "experimental"),
        ("\"\\q\"", "unknown escape"),
    ] {
        let error = parse(text).map(|_| ()).expect_err(text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn depth_and_size_are_limited_before_the_stack_is() {
    let nested = |depth: usize| format!("{}m{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(240)).is_ok());
    assert!(parse(&nested(900)).is_err());
    assert!(parse(&nested(100_000)).is_err());
    assert!(parse(&format!("{}m", "-".repeat(900))).is_err());
    assert!(parse(&vec!["m"; 240].join(" or ")).is_ok());
    assert!(parse(&vec!["m"; 900].join(" or ")).is_err());
    assert!(parse(&vec!["m"; 100_000].join(" or ")).is_err());
}

const TOKENS: &[&str] = &[
    "m",
    "n",
    "sum",
    "topk",
    "quantile",
    "by",
    "(",
    ")",
    "(",
    ")",
    "[5m]",
    "[1m:",
    "[1m:10s]",
    "]",
    "{",
    "}",
    "{a=\"b\"}",
    "a=\"b\"",
    "a=~\"b|c\"",
    ",",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "==",
    ">",
    "bool",
    "on",
    "(a)",
    "group_left",
    "offset",
    "5m",
    "@",
    "1",
    "0.5",
    "start()",
    "end()",
    "0s",
    "NaN",
    "Inf",
    "and",
    "or",
    "unless",
    "\"s\"",
    "`r`",
    "rate(",
    "abs(",
    "max_over_time(",
    "label_replace(",
    "histogram_quantile(",
    "absent(",
    "scalar(",
    "vector(",
    "time()",
    "#",
    "\n",
    "fill(1)",
    "0x",
    "1e",
    "'",
    "ñ",
    ":",
    "!",
    "=~",
    "9e15",
    "1e300",
    "292y",
];

/// Parses, and evaluates what is a query, both ways.
fn try_out(text: &str) {
    let options = Options {
        experimental_functions: true,
        ..Options::default()
    };
    let Ok(query) = Query::parse(text, &options) else {
        return;
    };
    let mut source = MemorySource::default();
    for (name, a) in [("m", "b"), ("m", "c"), ("n", "b")] {
        let labels = Labels::from_pairs([("__name__", name), ("a", a), ("le", "1")]);
        for minute in 0..10 {
            source.insert(
                &labels,
                minute * 60_000,
                [1.0, f64::NAN, -3.0, f64::INFINITY][minute as usize % 4],
            );
        }
    }
    let engine = Engine::new(options);
    for time in [0, 120_000, i64::MAX / 4] {
        let _ = engine.instant(&source, &query, time, Cancel::default());
    }
    let _ = engine.range(&source, &query, (0, 600_000, 45_000), Cancel::default());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_a_panic(text in "\\PC{0,60}") {
        try_out(&text);
    }

    #[test]
    fn no_heap_of_tokens_is_a_panic(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..14)) {
        try_out(&tokens.join(" "));
        try_out(&tokens.concat());
    }
}
