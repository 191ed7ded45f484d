//! `cargo xtask test`: the layers in order, each able to run alone, and one summary line.

mod conformance;
mod contract;
mod counts;
mod e2e;
mod exposition;
mod lighthouse;
mod load;
mod proofs;
mod scripts;
mod smoke;
mod unit;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::mariadb::MariaDb;
use crate::stack::Stack;
use crate::tools::{self, Tool};
use crate::workspace::{self, Profile};
pub(crate) use counts::Counts;

#[derive(Args)]
pub(crate) struct Options {
    /// Layers to run, in their own order; all if none is named
    #[arg(value_enum)]
    layers: Vec<Layer>,
    /// Only say which tools are missing, and fail if any is
    #[arg(long)]
    no_install: bool,
    /// The debug build for everything, a shorter load run, no Lighthouse unless it is named
    #[arg(long)]
    quick: bool,
    /// Run stacks of this `textisur` instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// A layer, in order: the cheap and telling ones first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub(crate) enum Layer {
    /// cargo nextest over the workspace, and the doctests
    Unit,
    /// The shop's tests, the smoke tests and the stories that look into the database again, on a MariaDB server of this run's own
    Mariadb,
    /// newman: what a release must answer before it gets traffic
    Smoke,
    /// schemathesis: the API is what its OpenAPI document says, for everybody who may ask
    Contract,
    /// promtool and the OpenMetrics reference parser on every process's metrics
    Exposition,
    /// Stripe's and Socket.IO's official clients, and the protocols' rules
    Conformance,
    /// Debian's Prometheus, Alertmanager and exporters beside the built-in ones: the same answers
    Proofs,
    /// Playwright in Chromium: the seed's purchase and its kin, accessibility
    E2e,
    /// k6: the seed's load test, a minute to 300 users
    Load,
    /// Lighthouse: at least 95 in every category
    Lighthouse,
}

/// What a layer that runs against a stack gets.
pub(crate) struct Context<'a> {
    /// The `textisur` that the stack runs.
    pub(crate) binary: &'a Path,
    pub(crate) stack: &'a Stack,
    /// `tests/.results/LAYER`.
    pub(crate) results: &'a Path,
    pub(crate) quick: bool,
    /// The stack's database when it is not the file in its data folder: `mysql://…`.
    pub(crate) database: Option<&'a str>,
}

/// What a layer does with a running stack.
type Work = fn(&Context<'_>) -> Result<Counts>;

impl Layer {
    fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Mariadb => "mariadb",
            Self::Smoke => "smoke",
            Self::Contract => "contract",
            Self::Exposition => "exposition",
            Self::Conformance => "conformance",
            Self::Proofs => "proofs",
            Self::E2e => "e2e",
            Self::Load => "load",
            Self::Lighthouse => "lighthouse",
        }
    }

    fn tools(self) -> &'static [Tool] {
        match self {
            Self::Unit | Self::Contract | Self::Load => &[Tool::Python],
            Self::Mariadb => &[Tool::MariaDb, Tool::Chromium, Tool::Npm, Tool::Python],
            Self::Smoke => &[Tool::Npm],
            Self::Exposition => &[Tool::Peers, Tool::Python],
            Self::Proofs => &[Tool::Peers, Tool::Npm, Tool::Python],
            Self::Conformance => &[Tool::Npm, Tool::Python],
            Self::E2e => &[Tool::Chromium, Tool::Npm, Tool::Python],
            Self::Lighthouse => &[Tool::Chromium, Tool::Npm],
        }
    }

    /// The layer's own work; `None` for those that need no stack, or more than one.
    fn on_stack(self) -> Option<Work> {
        match self {
            Self::Unit | Self::Mariadb => None,
            Self::Smoke => Some(smoke::run),
            Self::Contract => Some(contract::run),
            Self::Exposition => Some(exposition::run),
            Self::Conformance => Some(conformance::run),
            Self::Proofs => Some(proofs::run),
            Self::E2e => Some(e2e::run),
            Self::Load => Some(load::run),
            Self::Lighthouse => Some(lighthouse::run),
        }
    }
}

/// How a layer went.
struct Outcome {
    layer: Layer,
    /// An error when it could not be run to its end.
    counts: Result<Counts>,
    took: Duration,
}

/// True if everything passed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let begun = Instant::now();
    let layers = chosen(options);
    let mut needed: Vec<Tool> = Tool::ALL.to_vec();
    needed.retain(|tool| layers.iter().any(|layer| layer.tools().contains(tool)));
    tools::ensure(&needed, options.no_install)?;

    let mut binary = options.binary.clone();
    let mut outcomes = Vec::new();
    for layer in layers {
        eprintln!("\n── {} ──", layer.name());
        let from = Instant::now();
        let counts = run_layer(layer, options, &mut binary);
        if let Err(error) = &counts {
            eprintln!("   {} could not be run to its end: {error:#}", layer.name());
        }
        outcomes.push(Outcome {
            layer,
            counts,
            took: from.elapsed(),
        });
    }
    Ok(summary(&outcomes, begun.elapsed()))
}

fn chosen(options: &Options) -> Vec<Layer> {
    let mut layers = options.layers.clone();
    if layers.is_empty() {
        layers = Layer::value_variants().to_vec();
        layers.retain(|&layer| !(options.quick && layer == Layer::Lighthouse));
    }
    layers.sort_unstable();
    layers.dedup();
    layers
}

fn run_layer(layer: Layer, options: &Options, binary: &mut Option<PathBuf>) -> Result<Counts> {
    let results = workspace::fresh_results(layer.name())?;
    let with_stack = |binary: &mut Option<PathBuf>, work: Work, database: Option<&str>| {
        run_on_stack(options, binary, &results, work, database)
    };
    match (layer, layer.on_stack()) {
        (Layer::Mariadb, _) => {
            let server = MariaDb::start()?;
            let mut counts = unit::run_on_server(server.url())?;
            counts += with_stack(binary, on_another_database, Some(&server.database()))?;
            Ok(counts)
        }
        (_, Some(work)) => with_stack(binary, work, None),
        (_, None) => unit::run(),
    }
}

/// What shows that the whole stack works on it.
fn on_another_database(context: &Context<'_>) -> Result<Counts> {
    let mut counts = smoke::run(context)?;
    counts += e2e::run_looking_into_database(context)?;
    Ok(counts)
}

fn run_on_stack(
    options: &Options,
    binary: &mut Option<PathBuf>,
    results: &Path,
    work: Work,
    database: Option<&str>,
) -> Result<Counts> {
    let binary = match binary {
        Some(binary) => &*binary,
        None => binary.insert(workspace::build(if options.quick {
            Profile::Debug
        } else {
            Profile::Release
        })?),
    };
    let pushes = pushes_stay_here();
    let mut arguments: Vec<&str> = pushes.iter().map(String::as_str).collect();
    let setting = database.map(|url| format!("shop.database.url={url}"));
    if let Some(setting) = &setting {
        arguments.extend(["--set", setting]);
    }
    let stack = Stack::start(binary, results, &arguments)?;
    eprintln!("   ready in {:.1} s", stack.started_in.as_secs_f64());
    let done = work(&Context {
        binary,
        stack: &stack,
        results,
        quick: options.quick,
        database,
    });
    let stopped = stack.stop();
    let counts = done?;
    stopped?;
    Ok(counts)
}

/// Prints the summary; true if everything passed.
fn summary(outcomes: &[Outcome], took: Duration) -> bool {
    let mut total = Counts::default();
    let mut parts = Vec::new();
    for outcome in outcomes {
        // A layer that broke counts as one failure, so that it can never pass for an empty success.
        let (counts, note) = match &outcome.counts {
            Ok(counts) if counts.total() > 0 => (*counts, String::new()),
            Ok(_) => (Counts::one_failed(), " (ran no test)".to_owned()),
            Err(_) => (Counts::one_failed(), " (broken off)".to_owned()),
        };
        total += counts;
        parts.push(format!(
            "{} {counts}{note} {}",
            outcome.layer.name(),
            clock(outcome.took)
        ));
    }
    println!("\ntextisur tests: {} · in all {}", parts.join(" · "), clock(took));
    println!("{} passed, {} failed", total.passed, total.failed);
    total.failed == 0
}

fn clock(took: Duration) -> String {
    format!("{}:{:02}", took.as_secs() / 60, took.as_secs() % 60)
}

/// Tests bring push services of their own, on this machine, with a certificate that only tests trust.
fn pushes_stay_here() -> [String; 4] {
    let roots = workspace::tests().join("certificates/authority.pem");
    [
        "--set".into(),
        "shop.push.allow_private_addresses=true".into(),
        "--set".into(),
        format!("shop.push.extra_roots={}", roots.display()),
    ]
}
