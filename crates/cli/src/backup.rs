//! `textisur backup`: everything in one file, while TextiSur runs.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::json;
use shop::backup::{CreateOptions, Manifest};
use shop::clock::Clock;

use crate::config::{Sources, load, shop_at_rest};
use crate::process::Mistake;
use crate::{VERSION, progress};

/// Write everything into one file, while TextiSur runs
///
/// Database and pictures as of one moment, compressed, with checksums, and read back before it gets its name. The file restores into
/// SQLite and into MySQL or MariaDB. It holds people's data: keep it as safe as the database.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  textisur backup\n  textisur backup --to /mnt/backups\n  textisur backup --to night.tar.gz --with-secrets --json"
)]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// File, or folder for a file named by the time [default: backups in the data folder]
    #[arg(long, value_name = "FILE|DIR")]
    to: Option<PathBuf>,
    /// The keys too: without them everybody signs in anew after a restore on another machine; with them whoever reads the file
    /// can sign tokens
    #[arg(long)]
    with_secrets: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let loaded = load(&args.sources)?;
    let config = shop_at_rest(&loaded);
    progress::there_is_a_database(&config)?;
    let now = Clock::System.now_ms();
    let place = place(args.to.as_deref(), &loaded.config.data_dir, now)?;
    if place.exists() {
        let mistake = format!("{} is there already", place.display());
        return Err(Mistake::with_advice(mistake, "choose another name with --to FILE"));
    }
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let manifest = runtime.block_on(async {
        let db = shop::db::Db::open(&config.database).await?;
        let mut bar = progress::Bar::new();
        let options = CreateOptions {
            secrets: args.with_secrets,
        };
        let made = shop::backup::create(&db, &config, &place, options, VERSION, now, &mut |step| bar.show(step)).await;
        db.close().await?;
        anyhow::Ok(made?)
    })?;
    let size = std::fs::metadata(&place).map(|file| file.len()).unwrap_or_default();
    let mut out = io::stdout().lock();
    if args.json {
        let mut result = summary(&manifest);
        result["file"] = json!(place);
        result["size"] = json!(size);
        result["seconds"] = json!(begun.elapsed().as_secs_f64());
        writeln!(out, "{result}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{}\n  {} rows of {} tables and {} files, {:.1} MB, verified, in {:.1} s",
        place.display(),
        manifest.rows(),
        manifest.tables.len(),
        manifest.files.len(),
        size as f64 / 1e6,
        begun.elapsed().as_secs_f64()
    )?;
    if !manifest.has_secrets() {
        writeln!(
            out,
            "  without the keys in {}: after a restore elsewhere everybody signs in anew (--with-secrets takes them along)",
            config.secrets_dir.display()
        )?;
    }
    Ok(())
}

/// What a program wants to know of a backup.
pub(crate) fn summary(manifest: &Manifest) -> serde_json::Value {
    let tables: serde_json::Map<_, _> = manifest
        .tables
        .iter()
        .map(|(name, table)| (name.clone(), table.rows.into()))
        .collect();
    json!({
        "created_at": manifest.created_at, "version": manifest.version, "database": manifest.database, "schema": manifest.schema,
        "rows": manifest.rows(), "tables": tables, "files": manifest.files.len(), "secrets": manifest.has_secrets(),
    })
}

/// The file to write: named by the time in UTC, so that names sort by age.
fn place(to: Option<&Path>, data_dir: &Path, now: i64) -> anyhow::Result<PathBuf> {
    let stamp = shop::clock::stamp(now);
    let name = format!("textisur-{stamp}.tar.gz");
    match to {
        None => {
            let folder = data_dir.join("backups");
            std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
            Ok(folder.join(name))
        }
        Some(folder) if folder.is_dir() => Ok(folder.join(name)),
        Some(file) if file.as_os_str().to_string_lossy().ends_with('/') => {
            Err(Mistake(format!("there is no folder {}", file.display())).into())
        }
        Some(file) => Ok(file.to_owned()),
    }
}
