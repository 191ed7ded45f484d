//! How long typical range queries take over series in memory: the evaluator alone, without a store's decoding.

use observe::metrics::labels::Labels;
use observe::metrics::memory::MemorySource;
use observe::metrics::promql::{Cancel, Engine, Query, QueryResult};

const HELP: &str = "\
Measures range queries over counters in memory.

Usage: cargo run --release -p observe --example promqlbench -- [SERIES [STEPS]]

  SERIES  number of series (default 1000), each with a sample every 15 s for 24 h
  STEPS   number of steps over the 24 h (default 500)

Prints the median of five runs for each query, in milliseconds of one core.

Example:
  cargo run --release -p observe --example promqlbench -- 1000 200
";

const QUERIES: &[&str] = &[
    "m_total",
    "sum(m_total)",
    "rate(m_total[5m])",
    "sum by (route) (rate(m_total[5m]))",
    "sum by (route) (rate(m_total[1h]))",
    "avg_over_time(m_total[5m])",
    "sum_over_time(m_total[1h])",
    "max_over_time(m_total[1h])",
    "quantile_over_time(0.95, m_total[5m])",
    "topk(5, rate(m_total[5m]))",
    "m_total / on (instance, route) m_total",
    "sum by (route) (rate(m_total[5m])) / on (route) group_left count by (route) (m_total)",
    "histogram_quantile(0.95, sum by (le, route) (rate(h_bucket[5m])))",
    "max_over_time(sum by (route) (rate(m_total[5m]))[1h:5m])",
    "absent(m_total{route=\"none\"})",
];

const DAY: i64 = 86_400_000;
const INTERVAL: i64 = 15_000;

#[expect(clippy::print_stdout, reason = "a program that reports on its output")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument.starts_with('-')) {
        print!("{HELP}");
        return;
    }
    let number = |index: usize, default: usize| {
        arguments
            .get(index)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (series, steps) = (number(0, 1000), number(1, 500));
    let source = counters(series);
    let engine = Engine::default();
    let step = DAY / steps as i64;
    println!("{series} series, {} samples each, {steps} steps", DAY / INTERVAL);
    for text in QUERIES {
        let mut runs = Vec::new();
        let mut results = 0;
        for _ in 0..5 {
            let begun = cpu_time();
            let query = Query::parse(text, engine.options()).expect("the queries above are valid");
            let answer = engine
                .range(&source, &query, (DAY / 24, DAY, step), Cancel::default())
                .expect("and have answers");
            runs.push(cpu_time() - begun);
            if let QueryResult::Matrix(series) = answer.result {
                results = series.len();
            }
        }
        runs.sort_unstable();
        println!("{:>9.2} ms  {results:>5} series  {text}", runs[2] as f64 / 1e6);
    }
}

/// Nanoseconds this thread has been on a processor, whatever else the machine does.
fn cpu_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says how long a thread has run");
    text.split_whitespace()
        .next()
        .and_then(|nanoseconds| nanoseconds.parse().ok())
        .expect("the first field is a number")
}

/// Counters that now and then begin anew, and a tenth as many buckets of histograms.
fn counters(count: usize) -> MemorySource {
    let mut source = MemorySource::default();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for index in 0..count {
        let (route, instance) = (format!("/route/{}", index % 20), format!("10.0.0.{}:9100", index / 20));
        let labels = Labels::from_pairs([
            ("__name__", "m_total"),
            ("instance", &instance),
            ("job", "textisur-app"),
            ("method", "GET"),
            ("route", &route),
        ]);
        fill(&mut source, &labels, &mut next, 1.0);
    }
    let bounds = [
        "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf",
    ];
    for index in 0..count / 10 {
        for (place, bound) in bounds.iter().enumerate() {
            let route = format!("/route/{}", index % 20);
            let instance = format!("10.0.0.{}:9100", index / 20);
            let labels = Labels::from_pairs([
                ("__name__", "h_bucket"),
                ("instance", &instance),
                ("le", bound),
                ("route", &route),
            ]);
            fill(&mut source, &labels, &mut next, (place + 1) as f64);
        }
    }
    source
}

fn fill(source: &mut MemorySource, labels: &Labels, next: &mut impl FnMut() -> u64, slope: f64) {
    let samples = source.samples_mut(labels);
    let mut value = 0.0;
    for time in (0..DAY).step_by(INTERVAL as usize) {
        value = if next().is_multiple_of(5000) {
            0.0
        } else {
            value + (next() % 10) as f64 * slope
        };
        samples.push(time, value);
    }
}
