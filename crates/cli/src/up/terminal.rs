//! What `textisur up` shows: spinners on a terminal, plain lines otherwise, one line of JSON when asked.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use control::supervisor::Status;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use supervise::{DataFolder, Event, Severity, Spec};

use super::Endpoints;
use crate::{COMMIT, VERSION};

/// Progress goes to standard error, the summary to standard output.
pub(crate) struct Terminal {
    json: bool,
    colour: bool,
    spinners: Option<Spinners>,
}

struct Spinners {
    all: MultiProgress,
    by_name: BTreeMap<String, ProgressBar>,
}

impl Terminal {
    pub(crate) fn new(json: bool) -> Self {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            json,
            colour,
            spinners: None,
        }
    }

    /// The start begins.
    pub(crate) fn begin(&mut self, specs: &[Spec]) {
        if self.json || !io::stderr().is_terminal() {
            return;
        }
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let template = if self.colour {
            "  {spinner:.cyan} {prefix:26} {msg:.dim}"
        } else {
            "  {spinner} {prefix:26} {msg}"
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
        // The last one stays when it is ready.
        let style = style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏✓");
        let mut by_name = BTreeMap::new();
        for spec in specs {
            let bar = all.add(
                ProgressBar::new_spinner()
                    .with_style(style.clone())
                    .with_prefix(spec.name.clone()),
            );
            bar.set_message("waiting");
            by_name.insert(spec.name.clone(), bar);
        }
        self.spinners = Some(Spinners { all, by_name });
    }

    pub(crate) fn tick(&self) {
        if let Some(spinners) = &self.spinners {
            spinners
                .by_name
                .values()
                .filter(|bar| !bar.is_finished())
                .for_each(ProgressBar::tick);
        }
    }

    /// Something happened.
    pub(crate) fn event(&mut self, event: &Event) {
        if let Some(spinners) = &self.spinners
            && let Some(bar) = spinners.by_name.get(event.service())
        {
            match event {
                Event::Started { pid, .. } => return bar.set_message(format!("starting, process {pid}")),
                Event::Ready { took, .. } => {
                    return bar.finish_with_message(format!("ready in {} ms", took.as_millis()));
                }
                _ => {}
            }
        }
        let service = event.service();
        let text = match event {
            Event::Leftover { pid, .. } => {
                format!("{service}: process {pid} was left by a `textisur up` that was killed; ending it")
            }
            Event::Started { pid, .. } => format!("{service}: starting, process {pid}"),
            Event::Ready { took, .. } => format!("{service}: ready in {} ms", took.as_millis()),
            Event::Ended {
                how,
                pause,
                crash_loop: false,
                ..
            } => {
                format!("{service}: ended ({how}), starting again in {pause:?}")
            }
            Event::Ended {
                how,
                pause,
                crash_loop: true,
                ..
            } => {
                format!(
                    "{service}: CRASH LOOP ({how}); takes no requests, next attempt in {pause:?}; see `textisur logs {service}`"
                )
            }
            Event::Stopping { .. } => format!("{service}: stopping"),
            Event::Stopped { how, .. } if how == "exit code 0" => format!("{service}: stopped"),
            Event::Stopped { how, .. } => format!("{service}: stopped ({how})"),
            Event::Killed { .. } => format!("{service}: did not stop in time, killed"),
            Event::Output { text, .. } | Event::Problem { text, .. } => format!("{service}: {text}"),
        };
        self.line(event.severity(), &text);
    }

    /// A word of the supervisor's own.
    pub(crate) fn say(&mut self, text: &str) {
        self.line(Severity::Info, text);
    }

    fn line(&self, severity: Severity, text: &str) {
        // The reader of JSON is a program; it still wants to see trouble on standard error.
        if self.json && severity == Severity::Info {
            return;
        }
        let (mark, code) = match severity {
            Severity::Info => ("", ""),
            Severity::Warning => ("warning: ", "33"),
            Severity::Error => ("error: ", "31"),
        };
        let mark = self.paint(code, mark);
        match &self.spinners {
            Some(spinners) => spinners.all.suspend(|| eprintln!("  {mark}{text}")),
            None => eprintln!("{mark}{text}"),
        }
    }

    /// Everything is ready.
    pub(crate) fn ready(&mut self, status: &Status, endpoints: &Endpoints, folder: &DataFolder) -> io::Result<()> {
        // Their last state stays on the screen.
        self.spinners = None;
        let mut out = io::stdout().lock();
        if self.json {
            let line = serde_json::json!({ "ready": true, "pid": status.pid, "data_dir": folder.root(), "endpoints": endpoints });
            writeln!(out, "{line}")?;
            return out.flush();
        }
        let colour = self.colour && io::stdout().is_terminal();
        let paint = |code: &str, text: &str| {
            if colour {
                format!("\x1b[{code}m{text}\x1b[0m")
            } else {
                text.to_owned()
            }
        };
        writeln!(
            out,
            "\nTextiSur {VERSION} ({COMMIT}) is ready: {}\n",
            paint("1;32", &endpoints.edge)
        )?;
        writeln!(
            out,
            "  {}",
            paint("2", &format!("{:26} {:>8}  ADDRESS", "PROCESS", "PID"))
        )?;
        for process in &status.processes {
            let pid = process.pid.map(|pid| pid.to_string()).unwrap_or_default();
            writeln!(out, "  {:26} {pid:>8}  {}", process.name, process.address)?;
        }
        writeln!(out)?;
        if endpoints.payment_sandbox.is_some() {
            writeln!(
                out,
                "  demo account  test@example.com / TestPassword123!, test card 4242 4242 4242 4242"
            )?;
        }
        if let Some(console) = endpoints.observe.get("console") {
            writeln!(
                out,
                "  console       {console}, user admin, password in {}",
                folder.secrets().join("console_password").display()
            )?;
        }
        writeln!(
            out,
            "  logs          {}, or: textisur logs SERVICE -f",
            folder.log_of("SERVICE").display()
        )?;
        writeln!(
            out,
            "  stop          Ctrl-C, or: textisur stop --data-dir {}",
            folder.root().display()
        )?;
        writeln!(out)?;
        out.flush()
    }

    /// Nothing runs any more.
    pub(crate) fn end(&mut self, clean: bool) {
        self.spinners = None;
        if clean {
            self.say("everything is stopped");
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour && !code.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
