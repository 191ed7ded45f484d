use prometheus_client::{encoding::EncodeLabelSet, metrics::info::Info, registry::Unit};

use super::*;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[test]
fn openmetrics_becomes_prometheus_text() {
    let mut registry = Registry::default();
    let counter = Family::<Outcome, Counter>::default();
    counter
        .get_or_create(&Outcome {
            outcome: "a # {b} \"c\"",
        })
        .inc_by(3);
    registry.register("payments", "Payments by outcome", counter);
    registry.register_with_unit("checkout_duration", "Checkout", Unit::Seconds, {
        let histogram = Histogram::new([1.0, 3.0]);
        histogram.observe(2.0);
        histogram
    });
    registry.register("build", "Build", Info::new(vec![("version", "1")]));
    let mut openmetrics = String::new();
    text::encode(&mut openmetrics, &registry).expect("a text");
    assert_eq!(
        openmetrics::to_prometheus_text(&openmetrics),
        r#"# HELP payments_total Payments by outcome
# TYPE payments_total counter
payments_total{outcome="a # {b} \"c\""} 3
# HELP checkout_duration_seconds Checkout
# TYPE checkout_duration_seconds histogram
checkout_duration_seconds_sum 2.0
checkout_duration_seconds_count 1
checkout_duration_seconds_bucket{le="1.0"} 0
checkout_duration_seconds_bucket{le="3.0"} 1
checkout_duration_seconds_bucket{le="+Inf"} 1
# HELP build_info Build
# TYPE build_info gauge
build_info{version="1"} 1
"#
    );
}

#[test]
fn exemplars_go_and_hashes_in_labels_stay() {
    let text = openmetrics::to_prometheus_text(
        "# HELP x help.\n# TYPE x histogram\n# UNIT x seconds\nx_bucket{le=\"1.0\",a=\"\\\\\\\" # {\"} 5 # {trace_id=\"ab\"} 0.5 12.5\n# EOF\n",
    );
    assert_eq!(
        text,
        "# HELP x help\n# TYPE x histogram\nx_bucket{le=\"1.0\",a=\"\\\\\\\" # {\"} 5\n"
    );
}

#[test]
fn the_format_follows_accept() {
    let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    for (accept, open) in [
        (Some(prometheus), true),
        (Some("application/openmetrics-text"), true),
        (Some("application/openmetrics-text;q=0"), false),
        (Some("text/plain, application/openmetrics-text;q=0.5"), false),
        (Some("text/html,*/*"), false),
        (None, false),
    ] {
        let (content_type, text) = render(accept);
        assert_eq!(
            content_type,
            if open { OPENMETRICS_TEXT } else { PROMETHEUS_TEXT },
            "{accept:?}"
        );
        assert_eq!(text.ends_with("# EOF\n"), open, "{accept:?}");
    }
}

#[test]
fn asking_twice_gives_the_same_family() {
    let first = counter::<Outcome>("telemetry_test_twice", "Asked for twice");
    let second = counter::<Outcome>("telemetry_test_twice", "Asked for twice");
    first.get_or_create(&Outcome { outcome: "ok" }).inc();
    second.get_or_create(&Outcome { outcome: "ok" }).inc();
    let (_, text) = render(None);
    assert!(
        text.contains("telemetry_test_twice_total{outcome=\"ok\"} 2\n"),
        "{text}"
    );
    assert_eq!(text.matches("# TYPE telemetry_test_twice_total").count(), 1);
}

#[test]
fn a_sampled_gauge_is_read_at_every_rendering() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static READS: AtomicU32 = AtomicU32::new(0);
    sampled_gauge("telemetry_test_reads", "Times it was read", || {
        f64::from(READS.fetch_add(1, Ordering::Relaxed) + 1)
    });
    for _ in 0..2 {
        let before = READS.load(Ordering::Relaxed);
        let (_, text) = render(None);
        let value: f64 = text
            .lines()
            .find_map(|line| line.strip_prefix("telemetry_test_reads "))
            .expect("it is shown")
            .parse()
            .expect("a number");
        assert!(value > f64::from(before));
    }
}

#[test]
fn a_cache_counts_from_zero() {
    let cache = CacheCounters::new("telemetry_test");
    let line = |outcome: &str, count: u64| {
        format!("cache_requests_total{{cache=\"telemetry_test\",outcome=\"{outcome}\"}} {count}\n")
    };
    let (_, text) = render(None);
    assert!(
        text.contains(&line("hit", 0)) && text.contains(&line("miss", 0)),
        "{text}"
    );
    assert_eq!(cache.look(Some(7)), Some(7));
    assert_eq!(cache.look(None::<u8>), None);
    cache.hit();
    let (_, text) = render(None);
    assert!(
        text.contains(&line("hit", 2)) && text.contains(&line("miss", 1)),
        "{text}"
    );
}

#[test]
fn sampled_gauges_are_the_last_ones_asked_for() {
    for value in [1.0, 2.0] {
        sampled_gauges("telemetry_test_pool", "A pool", move || {
            vec![(vec![("state", "idle \"one\"".to_owned())], value)]
        });
    }
    let (_, text) = render(None);
    assert!(
        text.contains("telemetry_test_pool{state=\"idle \\\"one\\\"\"} 2.0\n"),
        "{text}"
    );
    assert_eq!(text.matches("# TYPE telemetry_test_pool gauge").count(), 1);
}

#[tokio::test]
async fn process_and_runtime_metrics_are_there() {
    crate::process::register();
    crate::process::register();
    crate::build_info("0.1.0", "abc1234");
    let (_, text) = render(None);
    let value = |name: &str| -> f64 {
        let lines: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .collect();
        assert_eq!(lines.len(), 1, "{name} in {text}");
        lines[0].parse().expect("a number")
    };
    assert!(value("process_cpu_seconds_total") >= 0.0);
    assert!(value("process_resident_memory_bytes") > 1e5);
    assert!(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"));
    assert!(value("process_open_fds") >= 3.0);
    assert!(value("process_max_fds") >= value("process_open_fds"));
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs_f64();
    let age = now - value("process_start_time_seconds");
    assert!((-2.0..3_600.0).contains(&age), "{age}");
    assert!(value("tokio_workers") >= 1.0);
    assert!(value("tokio_alive_tasks") >= 0.0);
    assert!(value("tokio_global_queue_depth") >= 0.0);
    assert!(text.contains("build_info{version=\"0.1.0\",commit=\"abc1234\"} 1\n"));
    assert!(text.contains("# TYPE process_cpu_seconds_total counter\n"));
}
