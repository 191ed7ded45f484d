//! `textisur restore`: what a backup holds, put back whole or not at all.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;
use shop::backup::{BackupError, RestoreOptions};
use shop::clock::Clock;
use supervise::DataFolder;

use crate::backup::summary;
use crate::config::{Sources, load, shop_at_rest};
use crate::process::{Mistake, advise};
use crate::progress;

/// Put a backup back: all of it, or nothing
///
/// Checks every checksum first, then loads the rows in one transaction and looks whether they hold together before it commits.
/// Refuses a database with something in it, and one that services run on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  textisur restore data/backups/textisur-20261124-031500.tar.gz --replace\n  textisur restore backup.tar.gz --set shop.database.url=mysql://shop:secret@db/textisur    (moves to MariaDB)\n  textisur restore backup.tar.gz --check"
)]
pub(crate) struct Args {
    /// A file that `textisur backup` wrote
    file: PathBuf,
    #[command(flatten)]
    sources: Sources,
    /// What is in the database now goes
    #[arg(long)]
    replace: bool,
    /// Although services run on it; restart them afterwards
    #[arg(long)]
    while_running: bool,
    /// Only check the file
    #[arg(long)]
    check: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let loaded = load(&args.sources)?;
    let config = shop_at_rest(&loaded);
    let begun = Instant::now();
    let mut bar = progress::Bar::new();
    if args.check {
        let manifest = shop::backup::verify(&args.file, &mut |step| bar.show(step))?;
        bar.clear();
        return tell(&args, &manifest, "whole", begun);
    }
    let folder = DataFolder::create(&loaded.config.data_dir)?;
    let _lock = match folder.lock() {
        Ok(lock) => Some(lock),
        Err(_) if args.while_running => None,
        Err(error) => return Err(advise(error, "stop it first with `textisur stop`")),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let manifest = runtime.block_on(async {
        let db = shop::db::Db::open(&config.database).await?;
        if !args.while_running && shop::backup::others(&db).await? > 0 {
            let error = anyhow::anyhow!("other programs are connected to the database");
            return Err(advise(
                error,
                "stop them first, or say --while-running and restart them afterwards",
            ));
        }
        let options = RestoreOptions { replace: args.replace };
        let restored = shop::backup::restore(&db, &config, &args.file, options, &Clock::System, &mut |step| {
            bar.show(step)
        })
        .await;
        db.close().await?;
        restored.map_err(|error| match error {
            BackupError::NotEmpty => Mistake::with_advice(
                error,
                "to put the backup in place of what is there: --replace (take a backup first)",
            ),
            other => other.into(),
        })
    })?;
    bar.clear();
    tell(&args, &manifest, "restored", begun)
}

fn tell(args: &Args, manifest: &shop::backup::Manifest, word: &str, begun: Instant) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if args.json {
        let mut result = summary(manifest);
        result["result"] = json!(word);
        result["seconds"] = json!(begun.elapsed().as_secs_f64());
        writeln!(out, "{result}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{word}: {} rows of {} tables and {} files, of {} by version {}, in {:.1} s",
        manifest.rows(),
        manifest.tables.len(),
        manifest.files.len(),
        manifest.created_at,
        manifest.version,
        begun.elapsed().as_secs_f64()
    )?;
    Ok(())
}
