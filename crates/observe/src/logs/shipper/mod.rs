//! Promtail's work: files are followed over rotations and restarts, their lines go through a pipeline and are pushed to
//! Loki.
//!
//! One loop reads, pushes and notes how far it came, in this order: while Loki is away nothing more is read, and what was
//! read but not noted is pushed again, which Loki takes once.

mod config;
mod positions;
mod push;
mod stages;
mod tail;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use self::config::Config;
use self::positions::Positions;
use self::push::Client;
use self::stages::Pipeline;
use self::tail::Tailed;
use super::store::Clock;
use crate::metrics::labels::{Labels, LabelsBuilder};

/// How often files are looked at.
const POLL: Duration = Duration::from_millis(250);

/// What follows files and pushes their lines.
pub struct Shipper {
    config: Config,
    clients: Vec<Client>,
    jobs: Vec<Job>,
    positions: Positions,
    clock: Clock,
    files: BTreeMap<PathBuf, (usize, Tailed)>,
}

/// Files of one `static_configs` entry with what becomes of their lines.
struct Job {
    pattern: String,
    labels: Labels,
    pipeline: Pipeline,
}

impl Shipper {
    /// Makes everything ready; nothing is read yet.
    ///
    /// # Errors
    /// When a stage of a pipeline makes no sense, in words.
    pub fn new(config: Config, clock: Clock) -> Result<Self, String> {
        let clients = config.clients.iter().map(Client::new).collect::<Result<_, _>>()?;
        let mut jobs = Vec::new();
        for scrape in &config.scrape_configs {
            for target in &scrape.static_configs {
                let mut labels = LabelsBuilder::default();
                labels.set("job", scrape.job_name.as_str());
                for (name, value) in target.labels.iter().filter(|(name, _)| !name.starts_with("__")) {
                    labels.set(name.as_str(), value.as_str());
                }
                let path = target.labels.get("__path__");
                let path = path.ok_or_else(|| format!("job {:?}: a target without __path__", scrape.job_name))?;
                jobs.push(Job {
                    pattern: config.folder.join(path).to_string_lossy().into_owned(),
                    labels: labels.build(),
                    pipeline: Pipeline::new(&scrape.pipeline_stages)
                        .map_err(|error| format!("job {:?}: {error}", scrape.job_name))?,
                });
            }
        }
        let positions = Positions::read(&config.folder.join(&config.positions.filename));
        Ok(Self {
            config,
            clients,
            jobs,
            positions,
            clock,
            files: BTreeMap::new(),
        })
    }

    /// Follows files until it is stopped, and notes how far it came.
    pub async fn run(mut self, stop: CancellationToken) {
        let sync = *self.config.target_config.sync_period;
        let mut looked: Option<tokio::time::Instant> = None;
        loop {
            if looked.is_none_or(|at| at.elapsed() >= sync) {
                self.find_files();
                self.positions.write();
                looked = Some(tokio::time::Instant::now());
            }
            let more = self.round(&stop).await;
            if stop.is_cancelled() {
                break;
            }
            if !more {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
        self.positions.write();
    }

    /// Reads what is new, up to one batch, and pushes it. True when there may be more.
    pub async fn round(&mut self, stop: &CancellationToken) -> bool {
        if self.files.is_empty() {
            self.find_files();
        }
        let limit = self
            .config
            .clients
            .iter()
            .map(|client| client.batchsize)
            .min()
            .unwrap_or(1 << 20);
        let mut batch: BTreeMap<Labels, Vec<super::PushedLine>> = BTreeMap::new();
        let (mut bytes, mut more) = (0, false);
        let mut read = Vec::new();
        for (path, (job, tailed)) in &mut self.files {
            let left = limit.saturating_sub(bytes);
            if left == 0 {
                more = true;
                break;
            }
            let job = &self.jobs[*job];
            let now = (self.clock)();
            let new = tailed.read(left, |line| {
                bytes += line.len();
                if let Some((labels, line)) = job.pipeline.run(&job.labels, path, line, now) {
                    batch.entry(labels).or_default().push(line);
                }
            });
            match new {
                Ok(false) => {}
                Ok(true) => read.push(path.clone()),
                Err(error) => tracing::warn!(file = %path.display(), %error, "a log file cannot be read"),
            }
        }
        if !batch.is_empty() {
            for client in &self.clients {
                if !client.push(&batch, stop).await {
                    // Stopped in between: what was read is read again.
                    return false;
                }
            }
        }
        more |= !read.is_empty();
        for path in read {
            if let Some((_, tailed)) = self.files.get(&path) {
                self.positions.set(&path, tailed.inode(), tailed.offset());
            }
        }
        more
    }

    /// Notes how far it came, as it does by itself every `sync_period`.
    pub fn sync(&self) {
        self.positions.write();
    }

    fn find_files(&mut self) {
        for (index, job) in self.jobs.iter().enumerate() {
            let Ok(paths) = glob::glob(&job.pattern) else { continue };
            for path in paths.flatten().filter(|path| path.is_file()) {
                if !self.files.contains_key(&path) {
                    match Tailed::open(&path, self.positions.get(&path)) {
                        Ok(tailed) => {
                            self.files.insert(path, (index, tailed));
                        }
                        Err(error) => tracing::warn!(file = %path.display(), %error, "a log file cannot be opened"),
                    }
                }
            }
        }
        self.files
            .retain(|path, (_, tailed)| path.exists() || !tailed.is_at_end());
    }
}

/// The folder relative paths of a file count from: its own.
fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}
