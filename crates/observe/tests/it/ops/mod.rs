//! What the repository's `ops/` holds is whole: it can be read, and everything that names something names what is there.

mod compose;
mod dashboards;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use observe::alerts::config::AlertmanagerConfig;
use observe::config::PrometheusConfig;
use observe::metrics::promql::Options;
use observe::rules::file::{self, RuleSpec};
use units::kpi::{self, Good};

use self::dashboards::Dashboard;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no {ending} in {}", folder.display());
    files
}

fn prometheus() -> PrometheusConfig {
    PrometheusConfig::load(&root().join("ops/prometheus/prometheus.yml")).unwrap()
}

fn rules() -> Vec<RuleSpec> {
    let groups = files("ops/prometheus/alerts", ".yml")
        .into_iter()
        .flat_map(|path| file::load(&path, &Options::default()).unwrap());
    groups.flat_map(|group| group.rules).collect()
}

fn alerts() -> Vec<RuleSpec> {
    rules().into_iter().filter(|rule| rule.alert.is_some()).collect()
}

#[test]
fn prometheus_yml_is_read_with_every_job_and_every_rule() {
    let config = prometheus();
    assert_eq!(config.global.scrape_interval.to_string(), "15s");
    let jobs: BTreeMap<&str, &str> = config
        .scrape_configs
        .iter()
        .map(|job| (job.job_name.as_str(), job.metrics_path.as_str()))
        .collect();
    assert_eq!(jobs["textisur-app"], "/api/metrics");
    for job in [
        "node-exporter",
        "mysql",
        "nginx",
        "edge",
        "observe",
        "supervisor",
        "payment-sandbox",
    ] {
        assert_eq!(jobs.get(job), Some(&"/metrics"), "{job}");
    }
    for job in &config.scrape_configs {
        let file = root().join(format!("ops/prometheus/targets/{}.json", job.job_name));
        assert_eq!(job.file_sd_configs[0].files, [file], "{}", job.job_name);
    }
    assert_eq!(
        config.expanded_rule_files().unwrap(),
        files("ops/prometheus/alerts", ".yml")
    );
}

#[test]
fn alertmanager_yml_is_read_as_it_stands_and_with_everybody_told() {
    let silent = AlertmanagerConfig::load(&root().join("ops/alertmanager/alertmanager.yml"));
    silent.unwrap_or_else(|error| panic!("{error}"));
    for example in files("ops/alertmanager/examples", ".yml") {
        AlertmanagerConfig::load(&example).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn the_five_alerts_everybody_knows_are_as_they_were_given() {
    let five = [
        ("HighErrorRate", "critical", "5m", "High error rate detected"),
        ("SlowResponseTime", "warning", "10m", "Slow API response time"),
        (
            "DatabasePoolExhausted",
            "warning",
            "5m",
            "Database connection pool nearly exhausted",
        ),
        ("HighMemoryUsage", "critical", "5m", "High memory usage detected"),
        ("ServiceDown", "critical", "2m", "Service {{ $labels.job }} is down"),
    ];
    let alerts = alerts();
    for (name, severity, hold, summary) in five {
        let alert = alerts.iter().find(|alert| alert.name() == name).unwrap();
        assert_eq!(alert.labels["severity"], severity, "{name}");
        assert_eq!(alert.hold.unwrap().to_string(), hold, "{name}");
        assert_eq!(alert.annotations["summary"], summary, "{name}");
    }
}

#[test]
fn every_alert_says_what_to_do_and_is_tested() {
    let tested: String = files("ops/prometheus/tests", ".yml")
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let dashboards = Dashboard::all();
    let uids: BTreeSet<&str> = dashboards.iter().map(Dashboard::uid).collect();
    let mut names = BTreeSet::new();
    for alert in alerts() {
        let name = alert.name();
        names.insert(name.to_owned());
        for annotation in ["summary", "description", "runbook_url", "dashboard"] {
            assert!(alert.annotations.contains_key(annotation), "{name} has no {annotation}");
        }
        let severity = alert.labels["severity"].as_str();
        assert!(matches!(severity, "critical" | "warning"), "{name} is {severity}");
        let (_, runbook) = alert.annotations["runbook_url"].rsplit_once('/').unwrap();
        assert_eq!(runbook, name);
        let (_, uid) = alert.annotations["dashboard"].rsplit_once('/').unwrap();
        assert!(uids.contains(uid), "{name} links to dashboard {uid:?}");
        let fires = format!("alertname: {name}\n        exp_alerts:\n");
        let silent = format!("alertname: {name}\n        exp_alerts: []\n");
        assert!(tested.contains(&fires), "{name} never fires in a test");
        assert!(tested.contains(&silent), "{name} is never silent in a test");
    }
    let runbooks: BTreeSet<String> = files("docs/operations/runbooks", ".md")
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "README")
        .collect();
    assert_eq!(runbooks, names);
}

#[test]
fn every_kpi_is_recorded_and_has_its_alert() {
    let rules = rules();
    for kpi in kpi::ALL {
        assert!(
            rules.iter().any(|rule| rule.record.as_deref() == Some(kpi.record)),
            "{}",
            kpi.record
        );
        let alert = rules
            .iter()
            .find(|rule| rule.alert.as_deref() == Some(kpi.alert))
            .unwrap();
        let sign = if kpi.good == Good::Above { '<' } else { '>' };
        let condition = format!("{} {sign} {}\n", kpi.record, kpi.threshold);
        assert!(alert.expr.starts_with(&condition), "{}: {}", kpi.alert, alert.expr);
    }
}

#[test]
fn what_alerts_and_dashboards_read_of_the_recorded_is_recorded() {
    let rules = rules();
    let recorded: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.record.as_deref()).collect();
    let mut texts: Vec<(String, String)> = rules
        .iter()
        .map(|rule| (rule.name().to_owned(), rule.expr.clone()))
        .collect();
    texts.extend(Dashboard::all().iter().flat_map(Dashboard::queries));
    for (place, expr) in texts {
        for (at, _) in expr.match_indices("textisur:") {
            let name: String = expr[at..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
                .collect();
            assert!(recorded.contains(name.as_str()), "{place} reads {name}");
        }
    }
}
