//! What was found, for people and for programs.

use std::fmt::Write as _;
use std::io;

use control::supervisor::{Process, ProcessState, Status};
use serde::Serialize;
use units::kpi::{self, Good, Kpi, Standing};

use super::ask::{Alert, Measured};

/// Everything `textisur status` says.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Whether no KPI is beyond its limit and no critical alert fires; none when nobody could be asked.
    healthy: Option<bool>,
    /// Who was asked.
    prometheus: Option<String>,
    /// Why nobody could be asked.
    error: Option<String>,
    kpis: Vec<Line>,
    alerts: Vec<Alert>,
    /// None when no stack runs on the data folder, or another place's was asked for.
    processes: Option<Vec<Process>>,
}

/// A KPI and how it stands.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(flatten)]
    kpi: Kpi,
    /// In the KPI's unit; none without data.
    value: Option<f64>,
    standing: Standing,
}

impl Report {
    pub(super) fn new(measured: anyhow::Result<Measured>, processes: Option<Status>) -> Self {
        let processes = processes.map(|status| status.processes);
        let measured = match measured {
            Ok(measured) => measured,
            Err(error) => {
                return Self {
                    healthy: None,
                    prometheus: None,
                    error: Some(crate::describe(&error)),
                    kpis: Vec::new(),
                    alerts: Vec::new(),
                    processes,
                };
            }
        };
        let line = |kpi: Kpi| {
            let value = measured
                .values
                .get(kpi.record)
                .copied()
                .filter(|value| value.is_finite());
            let standing = kpi.standing(value);
            Line { kpi, value, standing }
        };
        let kpis: Vec<Line> = kpi::ALL.into_iter().map(line).collect();
        let breached = kpis.iter().any(|line| line.standing == Standing::Breached);
        Self {
            healthy: Some(!breached && !measured.alerts.iter().any(Alert::is_critical)),
            prometheus: Some(measured.url),
            error: None,
            kpis,
            alerts: measured.alerts,
            processes,
        }
    }

    pub(super) fn exit_status(&self) -> u8 {
        match self.healthy {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        }
    }

    pub(super) fn print(&self, out: &mut impl io::Write, colour: bool) -> io::Result<()> {
        let paint = |code: &str, text: &str| match colour {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        };
        let head = |text: String| paint("1", &text);
        if let Some(error) = &self.error {
            writeln!(out, "{} {error}", paint("31", "error:"))?;
        } else {
            writeln!(
                out,
                "{}",
                head(format!(
                    "{:54} {:>10} {:>10} {:>10}  STATE",
                    "KPI", "TARGET", "ALERT", "NOW"
                ))
            )?;
            for line in &self.kpis {
                let (code, state) = match line.standing {
                    Standing::OnTarget => ("32", "on target"),
                    Standing::OffTarget => ("33", "off target"),
                    Standing::Breached => ("31", "beyond limit"),
                    Standing::Unknown => ("2", "no data"),
                };
                let Kpi {
                    good,
                    unit,
                    target,
                    threshold,
                    name_es,
                    name_en,
                    ..
                } = line.kpi;
                let (wanted, told) = if good == Good::Above { ('≥', '<') } else { ('<', '>') };
                writeln!(
                    out,
                    "{:54} {:>10} {:>10} {:>10}  {}",
                    format!("{name_es} / {name_en}"),
                    format!("{wanted} {}", unit.show(target)),
                    format!("{told} {}", unit.show(threshold)),
                    line.value.map_or("-".to_owned(), |value| unit.show(value)),
                    paint(code, state)
                )?;
            }
            writeln!(out)?;
            self.print_alerts(out, &head, &paint)?;
        }
        if let Some(processes) = &self.processes {
            let ready = |process: &&Process| process.state == ProcessState::Ready;
            let up = processes.iter().filter(ready).count();
            writeln!(
                out,
                "\n{}",
                head(format!("PROCESSES  {up} of {} ready", processes.len()))
            )?;
            for process in processes.iter().filter(|process| !ready(process)) {
                let how = process
                    .last_exit
                    .as_deref()
                    .map_or(String::new(), |how| format!(", ended last: {how}"));
                let state = paint("31", process.state.as_str());
                writeln!(out, "{:26} {state}{how}; textisur logs {}", process.name, process.name)?;
            }
        }
        if let Some(url) = &self.prometheus {
            writeln!(out, "\nasked {url}")?;
        }
        Ok(())
    }

    fn print_alerts(
        &self,
        out: &mut impl io::Write,
        head: &impl Fn(String) -> String,
        paint: &impl Fn(&str, &str) -> String,
    ) -> io::Result<()> {
        let firing = self.alerts.iter().filter(|alert| alert.state == "firing").count();
        let pending = self.alerts.len() - firing;
        writeln!(out, "{}", head(format!("ALERTS  {firing} firing, {pending} pending")))?;
        for alert in &self.alerts {
            let code = match (alert.is_critical(), alert.state.as_str()) {
                (true, _) => "31",
                (false, "firing") => "33",
                _ => "2",
            };
            let mut what = format!("{:8} {}", alert.label("severity"), alert.label("alertname"));
            for name in ["instance", "job", "route", "burn_rate"] {
                let value = alert.label(name);
                if !value.is_empty() {
                    let _ = write!(what, " {name}={value}");
                }
            }
            let since = alert.active_since.get(..19).unwrap_or(&alert.active_since);
            writeln!(out, "{} {}, since {since}Z", paint(code, &what), alert.state)?;
            let summary = alert.annotations.get("summary").map_or("", String::as_str);
            let runbook = format!("docs/operations/runbooks/{}.md", alert.label("alertname"));
            writeln!(out, "         {summary}; {runbook}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn measured(values: &[(&str, f64)], alerts: Vec<Alert>) -> Measured {
        Measured {
            url: "http://127.0.0.1:9090".to_owned(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
            alerts,
        }
    }

    fn alert(name: &str, severity: &str, state: &str) -> Alert {
        let text = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        Alert {
            labels: text(&[
                ("alertname", name),
                ("severity", severity),
                ("instance", "textisur-orders-1"),
            ]),
            annotations: text(&[("summary", "Service textisur-app is down")]),
            state: state.to_owned(),
            active_since: "2026-11-24T18:00:00.5Z".to_owned(),
        }
    }

    fn printed(report: &Report) -> String {
        let mut out = Vec::new();
        report.print(&mut out, false).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_idle_shop_is_healthy_and_says_that_there_are_no_data() {
        let report = Report::new(
            Ok(measured(&[("textisur:http_errors:ratio5m", f64::NAN)], vec![])),
            None,
        );
        assert_eq!((report.exit_status(), report.healthy), (0, Some(true)));
        let text = printed(&report);
        assert_eq!(text.matches("no data").count(), 8, "{text}");
        assert!(text.contains("ALERTS  0 firing, 0 pending"), "{text}");
    }

    #[test]
    fn a_number_beyond_its_limit_is_exit_status_1() {
        let values = [
            ("textisur:availability:ratio30d", 0.9997),
            ("textisur:response_time:p95_5m", 0.612),
        ];
        let report = Report::new(Ok(measured(&values, vec![])), None);
        assert_eq!(report.exit_status(), 1);
        let text = printed(&report);
        let line = |name: &str| {
            text.lines()
                .find(|line| line.contains(name))
                .unwrap()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            line("Availability"),
            "Disponibilidad / Availability ≥ 99.99 % < 99.95 % 99.97 % off target"
        );
        assert_eq!(
            line("Response time"),
            "Tiempo de respuesta p95 / Response time p95 < 100 ms > 500 ms 612 ms beyond limit"
        );
    }

    #[test]
    fn of_alerts_only_critical_ones_that_fire_are_exit_status_1() {
        let exit = |alert: Alert| Report::new(Ok(measured(&[], vec![alert])), None).exit_status();
        assert_eq!(exit(alert("SlowResponseTime", "warning", "firing")), 0);
        assert_eq!(exit(alert("ServiceDown", "critical", "pending")), 0);
        assert_eq!(exit(alert("ServiceDown", "critical", "firing")), 1);
        let report = Report::new(
            Ok(measured(&[], vec![alert("ServiceDown", "critical", "firing")])),
            None,
        );
        let text = printed(&report);
        assert!(
            text.contains("critical ServiceDown instance=textisur-orders-1 firing, since 2026-11-24T18:00:00Z"),
            "{text}"
        );
        assert!(text.contains("runbooks/ServiceDown.md"), "{text}");
    }

    #[test]
    fn nobody_to_ask_is_exit_status_2_and_not_healthy() {
        let report = Report::new(Err(anyhow::anyhow!("cannot ask http://127.0.0.1:9090")), None);
        assert_eq!((report.exit_status(), report.healthy), (2, None));
        assert!(printed(&report).starts_with("error: cannot ask http://127.0.0.1:9090"));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["error"], "cannot ask http://127.0.0.1:9090");
    }
}
