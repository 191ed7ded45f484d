//! What the repository's `ops/` holds is whole: it can be read, and everything that names something names what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use observe::config::PrometheusConfig;
use observe::metrics::promql::{Options, Query};
use observe::rules::file::{self, RuleSpec};
use serde_json::Value;
use units::kpi::{self, Good};

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

struct Dashboard {
    file: PathBuf,
    json: Value,
}

impl Dashboard {
    fn all() -> Vec<Self> {
        let read = |file: PathBuf| {
            let text = fs::read_to_string(&file).unwrap();
            let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            Self { file, json }
        };
        files("ops/grafana/dashboards", ".json").into_iter().map(read).collect()
    }

    fn uid(&self) -> &str {
        self.json["uid"].as_str().unwrap()
    }

    /// Those inside of collapsed rows, too.
    fn panels(&self) -> Vec<&Value> {
        let top = self.json["panels"].as_array().unwrap().iter();
        top.flat_map(|panel| std::iter::once(panel).chain(panel["panels"].as_array().into_iter().flatten()))
            .collect()
    }

    /// Every query to Prometheus: of panels, variables and annotations, with where it stands.
    fn queries(&self) -> Vec<(String, String)> {
        let mut queries = Vec::new();
        for panel in self.panels() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let source = target["datasource"]["type"]
                    .as_str()
                    .or(panel["datasource"]["type"].as_str());
                if source == Some("prometheus") {
                    queries.push((self.place(&panel["title"]), text(&target["expr"])));
                }
            }
        }
        for variable in self.json["templating"]["list"].as_array().into_iter().flatten() {
            let query = variable["query"]["query"]
                .as_str()
                .or(variable["query"].as_str())
                .unwrap_or_default();
            // label_values(SERIES, LABEL)
            let inner = query
                .strip_prefix("label_values(")
                .and_then(|rest| rest.strip_suffix(')'));
            if let Some((series, _)) = inner.and_then(|inner| inner.rsplit_once(',')) {
                queries.push((self.place(&variable["name"]), series.to_owned()));
            }
        }
        for annotation in self.json["annotations"]["list"].as_array().into_iter().flatten() {
            if let Some(expr) = annotation["expr"].as_str() {
                queries.push((self.place(&annotation["name"]), expr.to_owned()));
            }
        }
        queries
    }

    fn place(&self, what: &Value) -> String {
        format!("{}: {what}", self.file.file_name().unwrap().to_string_lossy())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// As Grafana does before it asks: every variable replaced by something of its kind.
fn substituted(query: &str, variables: &BTreeSet<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = query;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let braced = rest.starts_with('{');
        let name: String = rest
            .trim_start_matches('{')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        match name.as_str() {
            "__rate_interval" | "__interval" | "__range" => out.push_str("5m"),
            known if variables.contains(known) => out.push_str("value"),
            // The end of a regular expression.
            "" => out.push('$'),
            other => return Err(format!("no variable {other:?}")),
        }
        rest = match braced {
            true => rest.split_once('}').map_or("", |(_, rest)| rest),
            false => &rest[name.len()..],
        };
    }
    out.push_str(rest);
    Ok(out)
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

#[test]
fn every_query_of_every_dashboard_is_one() {
    for dashboard in Dashboard::all() {
        let variables = dashboard.json["templating"]["list"].as_array().into_iter().flatten();
        let variables: BTreeSet<String> = variables.map(|variable| text(&variable["name"])).collect();
        let queries = dashboard.queries();
        for (place, query) in queries {
            let ready = substituted(&query, &variables).unwrap_or_else(|error| panic!("{place}: {error} in {query}"));
            Query::parse(&ready, &Options::default()).unwrap_or_else(|error| panic!("{place}: {error} in {query}"));
        }
    }
}

#[test]
fn dashboards_are_grafanas() {
    const PANELS: [&str; 11] = [
        "row",
        "timeseries",
        "stat",
        "gauge",
        "bargauge",
        "table",
        "logs",
        "heatmap",
        "text",
        "state-timeline",
        "alertlist",
    ];
    let mut uids = BTreeSet::new();
    for dashboard in Dashboard::all() {
        let file = dashboard.file.file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(dashboard.uid(), format!("textisur-{file}"));
        assert!(uids.insert(dashboard.uid().to_owned()));
        assert!(dashboard.json["schemaVersion"].as_u64().unwrap() >= 39, "{file}");
        let mut ids = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for panel in dashboard.panels() {
            let place = dashboard.place(&panel["title"]);
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{place} has another's id");
            let kind = panel["type"].as_str().unwrap();
            assert!(PANELS.contains(&kind), "{place} is a {kind}");
            let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
            let (x, y, w, h) = (side("x"), side("y"), side("w"), side("h"));
            assert!(x + w <= 24 && w > 0 && h > 0, "{place} sticks out");
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(taken.insert(cell), "{place} lies on another at {cell:?}");
            }
            let refs: Vec<String> = panel["targets"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|t| text(&t["refId"]))
                .collect();
            let distinct: BTreeSet<&String> = refs.iter().collect();
            assert_eq!(distinct.len(), refs.len(), "{place} repeats a refId");
            if !matches!(kind, "row" | "text" | "alertlist") {
                assert!(!refs.is_empty(), "{place} asks nothing");
                let source = text(&panel["datasource"]["uid"]);
                assert!(source.starts_with("${"), "{place} is bound to data source {source:?}");
            }
        }
    }
}

#[test]
fn what_a_variable_is_replaced_by_is_of_its_kind() {
    let variables = BTreeSet::from(["service".to_owned()]);
    let ready = substituted(
        r#"rate(a{s=~"${service:regex}$",t="$service"}[$__rate_interval])"#,
        &variables,
    );
    assert_eq!(ready.unwrap(), r#"rate(a{s=~"value$",t="value"}[5m])"#);
    assert!(substituted("a[$__unknown]", &variables).is_err());
}
