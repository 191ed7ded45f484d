//! What a request costs the service that answers it, straight and through the edge.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::generator::{Requests, Until, drive};
use super::report::{Case, Report};
use super::{Options, footprint};
use crate::http::{Client, request};
use crate::mariadb::MariaDb;
use crate::procfs::{Cpu, Process};
use crate::stack::Stack;

/// Users that check out; each is logged in once before.
const BUYERS: usize = 60;
/// Users whose first login, with its password hash, is measured.
const FIRST_LOGINS: usize = 60;
/// Background work that a run leaves behind (the outbox) still belongs to its cost.
const SETTLE: Duration = Duration::from_millis(300);

/// The bars of the issues: microseconds of CPU a request, in the service alone.
const BARS: &[(&str, f64)] = &[
    ("health", 25.0),
    ("products list", 150.0),
    ("product page", 250.0),
    ("checkout", 1000.0),
    ("products list, MariaDB", 150.0),
    ("checkout, MariaDB", 1200.0),
];

/// Everything about the stack that the cases need.
struct Bench<'a> {
    stack: &'a Stack,
    edge: String,
    services: BTreeMap<String, String>,
    processes: Vec<(String, Process)>,
    options: &'a Options,
    /// What every case's name ends with.
    suffix: &'static str,
    report: Report,
}

pub(super) fn measure(options: &Options) -> Result<Report> {
    let stack = options.stack("shop", &[])?;
    let mut report = Report::new("shop", options)?;
    report.started_in(stack.started_in);
    report.memory("idle", footprint::settled(&stack)?);
    let mut report = on(&stack, options, "", report)?;
    report.memory("after the runs", footprint::of(&stack)?);
    stack.stop()?;

    let server = MariaDb::start()?;
    let stack = options.stack(
        "shop-mariadb",
        &["--set", &format!("shop.database.url={}", server.database())],
    )?;
    let mut report = on(&stack, options, ", MariaDB", report)?;
    report.memory("after the runs, MariaDB", footprint::of(&stack)?);
    stack.stop()?;
    Ok(report)
}

fn on(stack: &Stack, options: &Options, suffix: &'static str, report: Report) -> Result<Report> {
    let mut bench = Bench {
        edge: stack.endpoint("edge")?.to_owned(),
        services: stack.services()?,
        processes: stack.processes(),
        stack,
        options,
        suffix,
        report,
    };
    bench.cases()?;
    Ok(bench.report)
}

impl Bench<'_> {
    fn cases(&mut self) -> Result<()> {
        let time = Until::Time(self.options.time());
        // Fresh users each way, since a login is remembered for a while wherever it came in.
        let first = |from: usize| move |index: usize| login_body(from + index);
        let edge = self.edge.clone();
        self.case(
            "login, first",
            true,
            "/api/auth/login",
            Until::Count(FIRST_LOGINS),
            &|address, index| {
                let body = first(if address == edge { 101 + FIRST_LOGINS } else { 101 })(index);
                request(address, "POST", "/api/auth/login", &[], Some(&body))
            },
        )?;
        let tokens = self.log_in_buyers()?;
        self.case("login, again", false, "/api/auth/login", time, &|address, index| {
            request(
                address,
                "POST",
                "/api/auth/login",
                &[],
                Some(&login_body(1 + index % BUYERS)),
            )
        })?;
        for (name, path) in [
            ("health", "/api/health"),
            ("products list", "/api/products"),
            ("product page", "/products/1"),
        ] {
            self.case(name, false, path, time, &|address, _| {
                request(address, "GET", path, &[], None)
            })?;
        }
        let body = json!({"items": [{"productId": 1, "quantity": 1}]}).to_string();
        self.case("checkout", false, "/api/checkout", time, &|address, index| {
            let bearer = format!("Bearer {}", tokens[index % tokens.len()]);
            request(
                address,
                "POST",
                "/api/checkout",
                &[("Authorization", &bearer)],
                Some(&body),
            )
        })
    }

    /// Measures one kind of request, straight to its service and then through the edge.
    fn case(
        &mut self,
        name: &'static str,
        cold: bool,
        path: &str,
        until: Until,
        make: &(dyn Fn(&str, usize) -> Vec<u8> + Sync),
    ) -> Result<()> {
        let name = format!("{name}{}", self.suffix);
        let service = self.stack.service_for(path)?;
        let straight = self
            .services
            .get(&service)
            .with_context(|| format!("{service} has no instance"))?
            .clone();
        for (way, address) in [("direct", straight), ("edge", self.edge.clone())] {
            let requests: &Requests<'_> = &|index| make(&address, index);
            if !cold {
                drive(
                    &address,
                    self.options.connections(),
                    Until::Time(Duration::from_secs(1)),
                    requests,
                )?;
            }
            let before = self.cpu()?;
            let run = drive(&address, self.options.connections(), until, requests)?;
            std::thread::sleep(SETTLE);
            let cpu = self.cpu_since(&before, run.sent())?;
            let bar = BARS
                .iter()
                .find(|(of, _)| *of == name && way == "direct")
                .map(|(_, bar)| *bar);
            eprintln!("   {name} ({way}): {} requests, {:.0} a second", run.sent(), run.rate());
            self.report.case(Case {
                name: name.clone(),
                way,
                service: service.clone(),
                run,
                cpu,
                bar,
            });
        }
        Ok(())
    }

    /// CPU time of every process so far.
    fn cpu(&self) -> Result<Vec<Cpu>> {
        self.processes
            .iter()
            .map(|(name, process)| process.cpu().with_context(|| name.clone()))
            .collect()
    }

    /// Microseconds a request since then, by process.
    fn cpu_since(&self, before: &[Cpu], requests: u64) -> Result<BTreeMap<String, (f64, f64)>> {
        let now = self.cpu()?;
        let each = |(stat, sched): (u64, u64)| (stat as f64 / requests as f64, sched as f64 / requests as f64);
        let pairs = self.processes.iter().zip(before.iter().zip(&now));
        Ok(pairs
            .map(|((name, _), (before, now))| (name.clone(), each(now.since(before))))
            .collect())
    }

    fn log_in_buyers(&self) -> Result<Vec<String>> {
        let address = &self.services[&self.stack.service_for("/api/auth/login")?];
        let mut client = Client::new(address);
        (1..=BUYERS)
            .map(|user| {
                let answer = client.send(&request(
                    address,
                    "POST",
                    "/api/auth/login",
                    &[],
                    Some(&login_body(user)),
                ))?;
                ensure!(
                    answer.status == 200,
                    "user{user}@test.com cannot log in: {}",
                    answer.status
                );
                let body: Value = serde_json::from_slice(&answer.body)?;
                body["token"]
                    .as_str()
                    .map(str::to_owned)
                    .context("a login without a token")
            })
            .collect()
    }
}

fn login_body(user: usize) -> String {
    json!({"email": format!("user{user}@test.com"), "password": "TestPassword123!"}).to_string()
}
