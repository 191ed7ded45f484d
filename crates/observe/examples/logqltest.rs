//! Runs LogQL test files, in the manner of Prometheus's for PromQL, and says how many evaluations passed.

use std::collections::BTreeMap;
use std::process::ExitCode;

use observe::logs::logqltest::{self, Outcome};

const HELP: &str = "\
Runs LogQL test files. Their format is described at observe::logs::logqltest.

Usage: cargo run -p observe --example logqltest -- [--skipped] FILE…

  --skipped   names every skipped evaluation with its reason, not only their numbers
  --help      this text

Ends with `N passed, N failed` and, where there are any, the number of those skipped by reason.
The exit code is 1 when anything failed.

Example:
  cargo run -p observe --example logqltest -- crates/observe/tests/logql/*.test
";

#[expect(clippy::print_stdout, reason = "a program that reports on its output")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (flags, files): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|argument| argument.starts_with("--"));
    if files.is_empty() || flags.iter().any(|flag| flag != "--skipped") {
        print!("{HELP}");
        return if flags.iter().any(|flag| flag == "--help") {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    }
    let show_skipped = !flags.is_empty();
    let (mut passed, mut failed) = (0, 0);
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    for file in files {
        let reports = std::fs::read_to_string(&file)
            .map_err(|error| error.to_string())
            .and_then(|text| logqltest::run(&text).map_err(|error| error.to_string()));
        let reports = match reports {
            Ok(reports) => reports,
            Err(error) => {
                println!("FAIL {file}: {error}");
                failed += 1;
                continue;
            }
        };
        for report in reports {
            let place = format!("{file}:{}: {}", report.line, report.query);
            match report.outcome {
                Outcome::Passed => passed += 1,
                Outcome::Failed(reason) => {
                    println!("FAIL {place}\n     {reason}");
                    failed += 1;
                }
                Outcome::Skipped(reason) => {
                    if show_skipped {
                        println!("skip {place}\n     {reason}");
                    }
                    let kind = reason.split(": the query").next().unwrap_or(&reason).to_owned();
                    *skipped.entry(kind).or_default() += 1;
                }
            }
        }
    }
    for (reason, count) in &skipped {
        println!("{count} skipped ({reason})");
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
