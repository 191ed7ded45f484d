//! `ops/grafana/dashboards`: Grafana's, and every query of theirs is one.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use observe::metrics::promql::{Options, Query};
use serde_json::Value;

use super::files;

pub(super) struct Dashboard {
    file: PathBuf,
    json: Value,
}

impl Dashboard {
    pub(super) fn all() -> Vec<Self> {
        let read = |file: PathBuf| {
            let text = fs::read_to_string(&file).unwrap();
            let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            Self { file, json }
        };
        files("ops/grafana/dashboards", ".json").into_iter().map(read).collect()
    }

    pub(super) fn uid(&self) -> &str {
        self.json["uid"].as_str().unwrap()
    }

    /// Those inside of collapsed rows, too.
    fn panels(&self) -> Vec<&Value> {
        let top = self.json["panels"].as_array().unwrap().iter();
        top.flat_map(|panel| std::iter::once(panel).chain(panel["panels"].as_array().into_iter().flatten()))
            .collect()
    }

    /// Every query to Prometheus: of panels, variables and annotations, with where it stands.
    pub(super) fn queries(&self) -> Vec<(String, String)> {
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
