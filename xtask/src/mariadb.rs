//! A MariaDB server of a run's own: Debian's program on a data folder and a port that nobody else has, gone with the run.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::{announce, must};

/// `mysql://USER:PASSWORD@HOST:PORT`: where the tests and benches that want a server find one.
pub(crate) const SERVER: &str = "TEXTISUR_TEST_MYSQL";

/// Debian's `mariadb-server-core`: the programs, without a service that starts by itself.
pub(crate) const PROGRAM: &str = "/usr/sbin/mariadbd";
/// Makes an empty data folder for it.
pub(crate) const INSTALLER: &str = "/usr/bin/mariadb-install-db";

const USER: &str = "textisur";
const START: Duration = Duration::from_secs(60);

/// A running server; ended, and its data removed, when dropped.
pub(crate) struct MariaDb {
    server: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl MariaDb {
    /// Makes the data folder and starts the server, for tests: nothing waits for the disk, since nothing has to survive.
    pub(crate) fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("textisur-mariadb-").tempdir()?;
        let data = folder.path().join("data");
        must(
            Command::new(INSTALLER)
                .args([
                    "--no-defaults",
                    "--skip-test-db",
                    "--auth-root-authentication-method=socket",
                ])
                .arg(format!("--datadir={}", data.display()))
                .args(as_root().then_some("--user=root"))
                .stdout(Stdio::null()),
        )?;
        let password = format!("{:x}", std::process::id()) + &folder.path().file_name().map_or_else(String::new, hex);
        let grants = folder.path().join("grants.sql");
        fs::write(
            &grants,
            format!(
                "CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}';\nGRANT ALL ON *.* TO '{USER}'@'127.0.0.1';\n\
                 CREATE DATABASE {USER};\n"
            ),
        )?;
        let port = free_port()?;
        let server = spawn(folder.path(), &data, &grants, port)?;
        let mut this = Self {
            server,
            url: format!("mysql://{USER}:{password}@127.0.0.1:{port}"),
            _folder: folder,
        };
        this.wait_until_ready(port)?;
        Ok(this)
    }

    /// Where it answers, as [`SERVER`] takes it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// An empty database there, as `shop.database.url` takes it: one a server.
    pub(crate) fn database(&self) -> String {
        format!("{}/{USER}", self.url)
    }

    fn wait_until_ready(&mut self, port: u16) -> Result<()> {
        let deadline = Instant::now() + START;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = self.server.try_wait()? {
                bail!("mariadbd ended at once ({status}):\n{}", self.log());
            }
            if Instant::now() > deadline {
                bail!("mariadbd does not answer after {} s:\n{}", START.as_secs(), self.log());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(self._folder.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // Its data goes with it, so it need not be asked to put anything in order.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

fn spawn(folder: &Path, data: &Path, grants: &Path, port: u16) -> Result<Child> {
    let log = fs::File::create(folder.join("server.log"))?;
    // setpriv: it never outlives the task that started it, however that ends.
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--", PROGRAM, "--no-defaults"])
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", folder.join("socket").display()))
        .arg(format!("--pid-file={}", folder.join("pid").display()))
        .arg(format!("--init-file={}", grants.display()))
        .arg(format!("--port={port}"))
        .args(as_root().then_some("--user=root"))
        .args([
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--max-connections=1000",
            "--innodb-buffer-pool-size=256M",
            "--innodb-log-file-size=128M",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
        ]);
    announce(&command);
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("cannot run setpriv (Debian package util-linux)")
}

/// A port that was free a moment ago; the server cannot be handed a socket.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn as_root() -> bool {
    rustix::process::getuid().is_root()
}

fn hex(name: &std::ffi::OsStr) -> String {
    name.as_encoded_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
