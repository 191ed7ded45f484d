//! How far a long command is: a bar on a terminal, nothing elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use shop::backup::{Part, Progress};

use crate::process::Mistake;

/// One bar, for one part after the other.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
}

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0));
        Self { bar }
    }

    pub(crate) fn show(&mut self, step: Progress) {
        let Some(bar) = &self.bar else { return };
        match step {
            Progress::Begin(part, total) => {
                let (word, counts) = match part {
                    Part::Rows => ("rows", "{human_pos} of {human_len}"),
                    Part::Files => ("files", "{human_pos} of {human_len}"),
                    Part::Verify => ("verifying", "{bytes} of {total_bytes}"),
                };
                if let Ok(style) = ProgressStyle::with_template(&format!("{{msg:10}} {{wide_bar}} {counts}")) {
                    bar.set_style(style);
                }
                bar.reset();
                bar.set_length(total);
                bar.set_message(word);
            }
            Progress::Done(by) => bar.inc(by),
        }
    }

    /// Leaves nothing on the terminal.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Opening SQLite makes the file; a backup of nothing is a mistake in the folder's name.
pub(crate) fn there_is_a_database(config: &shop::Config) -> anyhow::Result<()> {
    match shop::db::sqlite_file(&config.database.url) {
        Some(file) if !file.exists() => {
            let mistake = format!("there is no database at {}", file.display());
            let advice = "name its folder with --data-dir DIR, or its address with --set shop.database.url=URL";
            Err(Mistake::with_advice(mistake, advice))
        }
        _ => Ok(()),
    }
}
