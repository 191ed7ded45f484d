//! Looking for products among 100,000, on SQLite and on MariaDB: what a search costs, in the database and in all.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::generator::{Until, drive};
use super::report::{Case, Report};
use super::{Options, footprint};
use crate::http::{Client, request};
use crate::mariadb::MariaDb;
use crate::stack::Stack;
use crate::workspace::{cargo, fresh_results, must};

const PRODUCTS: u64 = 100_000;
/// The bar: 95 of 100 searches spend less in the database, milliseconds.
const DATABASE_BAR: f64 = 10.0;
/// Until the processes have read so many products.
const LOADED: Duration = Duration::from_secs(120);

/// What a search asks the database: what has changed, and the rows of its page.
const STATEMENTS: [&str; 2] = ["catalog_changes", "product_list"];

const WORDS: [&str; 12] = [
    "playera",
    "bordado",
    "algodon",
    "lana",
    "de dama",
    "suet",
    "manga larga",
    "franela",
    "escolar",
    "modelo 12",
    "telar acri",
    "gorro",
];
const SIZES: [&str; 5] = ["CH", "M", "G", "XG", "Unitalla"];
const COLORS: [&str; 6] = ["Negro", "Rojo", "Azul%20marino", "Mostaza", "Lila", "Beige"];
const TOWNS: [&str; 3] = ["Yuriria", "Uriangato", "Moroleón"];
const CATEGORIES: [&str; 4] = ["playeras", "sueteres", "rebozos", "bebe"];
const SORTS: [&str; 4] = ["newest", "popular", "price_asc", "price_desc"];

pub(super) fn measure(options: &Options) -> Result<Report> {
    let binary = options.binary()?;
    let mut report = Report::new("search", options)?;
    on(&binary, options, &mut report, "SQLite", None)?;
    let server = MariaDb::start()?;
    on(&binary, options, &mut report, "MariaDB", Some(server.database()))?;
    Ok(report)
}

fn on(
    binary: &std::path::Path,
    options: &Options,
    report: &mut Report,
    name: &'static str,
    url: Option<String>,
) -> Result<()> {
    let set = url.as_ref().map(|url| format!("shop.database.url={url}"));
    let arguments: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    let stack = Stack::start(binary, &fresh_results(&format!("bench-search-{name}"))?, &arguments)?;
    let url = url.unwrap_or_else(|| format!("sqlite:{}", stack.data().join("textisur.db").display()));
    generate(&[&url, &PRODUCTS.to_string()])?;
    let service = stack.service_for("/api/products")?;
    let address = stack.services()?.remove(&service).context("no instance")?;
    await_loaded(&address)?;
    facts(report, name, &address)?;

    for (case, bar, query) in CASES {
        let requests = |index: usize| request(&address, "GET", &format!("/api/products?{}", query(index)), &[], None);
        // Another part of the same sequence warms statements and caches up.
        drive(
            &address,
            options.connections(),
            Until::Time(Duration::from_secs(1)),
            &|index| requests(index + 1_000_000),
        )?;
        let processes = stack.processes();
        let cpu = || {
            processes
                .iter()
                .map(|(_, process)| process.cpu())
                .collect::<Result<Vec<_>>>()
        };
        let (before, counted) = (cpu()?, metrics(&address)?);
        let run = drive(&address, options.connections(), Until::Time(options.time()), &requests)?;
        let (after, now) = (cpu()?, metrics(&address)?);
        let each = |micros: u64| micros as f64 / run.sent() as f64;
        let cpu = processes
            .iter()
            .zip(before.iter().zip(&after))
            .map(|((name, _), (before, after))| {
                let (stat, sched) = after.since(before);
                (name.clone(), (each(stat), each(sched)))
            })
            .collect();
        let mut database = [0.0; 3];
        for statement in STATEMENTS {
            let spent = Spent::between(&counted, &now, statement);
            for (sum, percent) in database.iter_mut().zip([50.0, 95.0, 99.0]) {
                *sum += spent.percentile(percent);
            }
        }
        let [p50, p95, p99] = database;
        report.fact(
            format!("{name}, {case}: milliseconds in the database, p50 / p95 / p99"),
            format!("{p50:.2} / {p95:.2} / {p99:.2}"),
            Some(p95 < DATABASE_BAR),
        );
        report.case(Case {
            name: case.to_owned(),
            way: name,
            service: service.clone(),
            run,
            cpu,
            bar,
        });
    }
    report.memory(
        if name == "SQLite" {
            "after the runs on SQLite"
        } else {
            "after the runs on MariaDB"
        },
        footprint::of(&stack)?,
    );
    stack.stop()
}

/// A case: its name, its bar in microseconds of CPU, and the query of its n-th request.
type Kind = (&'static str, Option<f64>, fn(usize) -> String);

const CASES: [Kind; 4] = [
    ("search with facets", None, |n| format!("{}&facets=true", query(n))),
    ("search", None, query),
    ("category, page by page", None, |n| {
        let (category, page) = (CATEGORIES[n % CATEGORIES.len()], 1 + n / CATEGORIES.len() % 300);
        format!("category={category}&page={page}")
    }),
    ("first page, the same for all", Some(150.0), |_| String::new()),
];

/// Searches as people make them: a word or two, some choices, mostly the first page. Hardly one is like another of the last second.
fn query(n: usize) -> String {
    let mut parts = Vec::new();
    let mut rest = n.wrapping_mul(0x9e37_79b9) >> 3;
    let mut next = |of: usize| {
        let value = rest % of;
        rest = rest / of + n;
        value
    };
    let word = next(WORDS.len() + 4);
    if let Some(word) = WORDS.get(word) {
        parts.push(format!("search={}", word.replace(' ', "%20")));
    }
    for (name, values) in [
        ("size", &SIZES[..]),
        ("color", &COLORS[..]),
        ("city", &TOWNS[..]),
        ("category", &CATEGORIES[..]),
    ] {
        // Each choice is made in every second search.
        if let Some(value) = values.get(next(values.len() * 2)) {
            parts.push(format!("{name}={value}"));
        }
    }
    if next(3) == 0 {
        let from = 50 * next(12);
        parts.push(format!("minPrice={from}&maxPrice={}", from + 50 * (1 + next(10))));
    }
    parts.push(format!("sort={}&page={}", SORTS[next(SORTS.len())], 1 + next(3)));
    parts.join("&")
}

fn generate(arguments: &[&str]) -> Result<()> {
    let mut command = cargo();
    command.args([
        "run",
        "--quiet",
        "--package",
        "shop",
        "--example",
        "generate_catalogue",
        "--",
    ]);
    must(command.args(arguments))
}

/// The generator's note makes every process read the catalogue anew: with the next list it is asked for.
fn await_loaded(address: &str) -> Result<()> {
    let begun = Instant::now();
    let mut client = Client::new(address);
    loop {
        let answer = client.get("/api/products?limit=1")?;
        ensure!(answer.status == 200, "/api/products answers {}", answer.status);
        let list: Value = serde_json::from_slice(&answer.body)?;
        if list["total"].as_u64().is_some_and(|total| total >= PRODUCTS) {
            return Ok(());
        }
        if begun.elapsed() > LOADED {
            bail!("only {} products are listed", list["total"]);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn facts(report: &mut Report, name: &str, address: &str) -> Result<()> {
    let text = metrics(address)?;
    let value = |metric: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(metric)?.trim().parse::<f64>().ok())
            .with_context(|| format!("no {metric} in /api/metrics"))
    };
    let (products, bytes) = (value("catalog_model_products ")?, value("catalog_model_size_bytes ")?);
    let seconds = value("catalog_model_load_duration_seconds ")?;
    report.fact(format!("{name}: products in the model"), format!("{products:.0}"), None);
    report.fact(
        format!("{name}: bytes of the model a product"),
        format!("{:.0}", bytes / products),
        None,
    );
    report.fact(
        format!("{name}: seconds to load the model"),
        format!("{seconds:.2}"),
        None,
    );
    Ok(())
}

fn metrics(address: &str) -> Result<String> {
    Ok(String::from_utf8(Client::new(address).get("/api/metrics")?.body)?)
}

/// How long a statement took, by the service's own histogram.
struct Spent {
    /// Upper ends in seconds, and how many took at most that long.
    buckets: Vec<(f64, f64)>,
}

impl Spent {
    fn between(before: &str, after: &str, statement: &str) -> Self {
        let (before, after) = (buckets(before, statement), buckets(after, statement));
        let since = |(le, count): (&String, &f64)| {
            let end = le.parse().unwrap_or(f64::INFINITY);
            (end, count - before.get(le).copied().unwrap_or(0.0))
        };
        let mut buckets: Vec<(f64, f64)> = after.iter().map(since).collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { buckets }
    }

    /// In milliseconds, evenly spread within a bucket as Prometheus has it; 0 when it never ran.
    fn percentile(&self, percent: f64) -> f64 {
        let rank = self.buckets.last().map_or(0.0, |(_, all)| all * percent / 100.0);
        let (mut from, mut below) = (0.0, 0.0);
        for (end, count) in &self.buckets {
            if *count >= rank && rank > 0.0 {
                let share = (rank - below) / (count - below).max(f64::EPSILON);
                let end = if end.is_finite() { *end } else { from };
                return (from + (end - from) * share) * 1_000.0;
            }
            (from, below) = (*end, *count);
        }
        0.0
    }
}

fn buckets(metrics: &str, statement: &str) -> BTreeMap<String, f64> {
    let named = format!("query=\"{statement}\"");
    metrics
        .lines()
        .filter(|line| line.starts_with("db_query_duration_seconds_bucket{") && line.contains(&named))
        .filter_map(|line| {
            let le = line.split("le=\"").nth(1)?.split('"').next()?;
            let count = line.split("} ").nth(1)?.split(' ').next()?.parse().ok()?;
            Some((le.to_owned(), count))
        })
        .collect()
}
