//! How many tests passed, and reading that from what the runners leave.

use std::fmt;
use std::ops::AddAssign;

use serde_json::Value;

/// Tests by outcome.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    pub(crate) fn one_failed() -> Self {
        Self {
            failed: 1,
            ..Self::default()
        }
    }

    pub(crate) fn total(self) -> u64 {
        self.passed + self.failed + self.skipped
    }

    /// Counts one more test, and says how it went.
    pub(crate) fn record(&mut self, what: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                eprintln!("   pass  {what}");
            }
            Err(why) => {
                self.failed += 1;
                eprintln!("   FAIL  {what}: {why}");
            }
        }
    }

    /// From the first tag of a JUnit report: `<testsuites errors="0" failures="1" skipped="0" tests="20">`.
    pub(crate) fn from_junit(report: &str) -> Option<Self> {
        let (_, tag) = report.split_once("<testsuites ")?;
        let (tag, _) = tag.split_once('>')?;
        let number = |name: &str| -> Option<u64> {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            rest.split('"').next()?.parse().ok()
        };
        let (all, skipped, failed) = (
            number("tests")?,
            number("skipped")?,
            number("failures")? + number("errors")?,
        );
        Some(Self {
            passed: all.checked_sub(skipped + failed)?,
            failed,
            skipped,
        })
    }

    /// From nextest's closing line: `Summary [ 1.2s] 20 tests run: 18 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
    pub(crate) fn from_nextest(output: &str) -> Option<Self> {
        let line = output
            .lines()
            .rev()
            .find(|line| line.contains("Summary [") && line.contains(" run: "))?;
        let mut counts = Self::default();
        for part in line.split_once(" run: ")?.1.split(',') {
            let mut words = part.split_whitespace();
            let number: u64 = words.next()?.parse().ok()?;
            match words.next()? {
                "passed" => counts.passed += number,
                "skipped" => counts.skipped += number,
                _ => counts.failed += number,
            }
        }
        Some(counts)
    }

    /// From the lines `test result: ok. 3 passed; 0 failed; 1 ignored; …` of `cargo test`, added up.
    pub(crate) fn from_cargo_test(output: &str) -> Self {
        let mut counts = Self::default();
        for line in output
            .lines()
            .filter_map(|line| line.trim().strip_prefix("test result: "))
        {
            for part in line.split(['.', ';']) {
                let mut words = part.split_whitespace();
                let number = words
                    .next()
                    .and_then(|number| number.parse::<u64>().ok())
                    .unwrap_or_default();
                match words.next() {
                    Some("passed") => counts.passed += number,
                    Some("failed") => counts.failed += number,
                    Some("ignored") => counts.skipped += number,
                    _ => {}
                }
            }
        }
        counts
    }

    /// From a closing line `3 passed, 0 failed`.
    pub(crate) fn from_line(output: &str) -> Option<Self> {
        let line = output.lines().rev().find(|line| line.contains(" passed, "))?;
        let (passed, rest) = line.trim().split_once(" passed, ")?;
        Some(Self {
            passed: passed.parse().ok()?,
            failed: rest.split_once(" failed")?.0.parse().ok()?,
            skipped: 0,
        })
    }

    /// From the closing lines of node's test runner (TAP): `# pass 3`, `# fail 0`, `# skipped 0`.
    pub(crate) fn from_node(output: &str) -> Option<Self> {
        let number = |name: &str| {
            let line = output
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix(&format!("# {name} ")))?;
            line.trim().parse::<u64>().ok()
        };
        let failed = number("fail")? + number("cancelled").unwrap_or_default();
        Some(Self {
            passed: number("pass")?,
            failed,
            skipped: number("skipped")? + number("todo").unwrap_or_default(),
        })
    }

    /// From unittest's closing lines: `Ran 4 tests in 0.1s`, then `OK` or `FAILED (failures=1, errors=1, skipped=1)`.
    pub(crate) fn from_unittest(output: &str) -> Option<Self> {
        let ran = output.lines().rev().find_map(|line| line.strip_prefix("Ran "))?;
        let ran: u64 = ran.split(' ').next()?.parse().ok()?;
        let last = output
            .lines()
            .rev()
            .find(|line| line.starts_with("OK") || line.starts_with("FAILED"))?;
        let inside = last
            .split_once('(')
            .map_or("", |(_, inside)| inside)
            .trim_end_matches(')');
        let mut counts = Self::default();
        for (name, number) in inside.split(',').filter_map(|part| part.trim().split_once('=')) {
            let number: u64 = number.parse().ok()?;
            if name == "skipped" {
                counts.skipped += number
            } else {
                counts.failed += number
            }
        }
        counts.passed = ran.saturating_sub(counts.failed + counts.skipped);
        Some(counts)
    }

    /// From Playwright's JSON report.
    pub(crate) fn from_playwright(report: &Value) -> Option<Self> {
        let stats = &report["stats"];
        let failed = stats["unexpected"].as_u64()? + stats["flaky"].as_u64()?;
        Some(Self {
            passed: stats["expected"].as_u64()?,
            failed,
            skipped: stats["skipped"].as_u64()?,
        })
    }

    /// From newman's JSON report: one test an assertion; a request that got no answer is a failure too.
    pub(crate) fn from_newman(report: &Value) -> Option<Self> {
        let stats = &report["run"]["stats"];
        let assertions = &stats["assertions"];
        let (total, failed) = (assertions["total"].as_u64()?, assertions["failed"].as_u64()?);
        let unanswered = stats["requests"]["failed"].as_u64()? + stats["testScripts"]["failed"].as_u64()?;
        Some(Self {
            passed: total - failed,
            failed: failed + unanswered,
            skipped: 0,
        })
    }

    /// From k6's summary: one test a threshold, and one a named check, which fails if it failed once.
    pub(crate) fn from_k6(summary: &Value) -> Option<Self> {
        let mut counts = Self::default();
        for metric in summary["metrics"].as_object()?.values() {
            for crossed in metric["thresholds"]
                .as_object()
                .into_iter()
                .flat_map(serde_json::Map::values)
            {
                if crossed.as_bool()? {
                    counts.failed += 1
                } else {
                    counts.passed += 1
                }
            }
        }
        for check in summary["root_group"]["checks"].as_object()?.values() {
            if check["fails"].as_u64()? == 0 {
                counts.passed += 1
            } else {
                counts.failed += 1
            }
        }
        Some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.passed, self.passed + self.failed)?;
        if self.failed > 0 {
            write!(f, " ({} failed)", self.failed)?;
        }
        if self.skipped > 0 {
            write!(f, " ({} skipped)", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn nextest() {
        let line = "     Summary [   1.2s] 21 tests run: 18 passed (1 slow), 2 failed, 1 timed out, 3 skipped\nerror: test run failed";
        assert_eq!(Counts::from_nextest(line), Some(counts(18, 3, 3)));
        assert_eq!(Counts::from_nextest("error: could not compile"), None);
    }

    #[test]
    fn cargo_test() {
        let lines = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored;";
        assert_eq!(Counts::from_cargo_test(lines), counts(4, 2, 1));
    }

    #[test]
    fn junit() {
        let report =
            r#"<?xml version="1.0"?><testsuites errors="1" failures="2" skipped="3" tests="20" time="1"><testsuite/>"#;
        assert_eq!(Counts::from_junit(report), Some(counts(14, 3, 3)));
        assert_eq!(Counts::from_junit("<testsuites>"), None);
    }

    #[test]
    fn node_and_unittest() {
        let tap = "# tests 4\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n";
        assert_eq!(Counts::from_node(tap), Some(counts(2, 1, 1)));
        assert_eq!(
            Counts::from_unittest("Ran 4 tests in 0.1s\n\nOK\n"),
            Some(counts(4, 0, 0))
        );
        let bad = "Ran 4 tests in 0.1s\n\nFAILED (failures=1, errors=1, skipped=1)\n";
        assert_eq!(Counts::from_unittest(bad), Some(counts(1, 2, 1)));
    }

    #[test]
    fn reports_in_json() {
        let report = json!({"stats": {"expected": 5, "unexpected": 1, "flaky": 1, "skipped": 2}});
        assert_eq!(Counts::from_playwright(&report), Some(counts(5, 2, 2)));
        let stats =
            json!({"assertions": {"total": 9, "failed": 1}, "requests": {"failed": 1}, "testScripts": {"failed": 0}});
        assert_eq!(
            Counts::from_newman(&json!({"run": {"stats": stats}})),
            Some(counts(8, 2, 0))
        );
        let summary = json!({
            "metrics": {"a": {"thresholds": {"p(95)<500": false, "p(99)<900": true}}, "b": {}},
            "root_group": {"checks": {"one": {"fails": 0}, "two": {"fails": 3}}},
        });
        assert_eq!(Counts::from_k6(&summary), Some(counts(2, 2, 0)));
    }
}
