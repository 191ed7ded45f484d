//! Log files on their way into the store.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use observe::logs::shipper::{Config, Shipper};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{NOW, SECOND, Server};

/// A machine with log files, `ops/promtail/promtail.yml` of the repository, and a server that is pushed to.
struct Machine {
    folder: TempDir,
    server: Server,
    url: String,
    serving: tokio::task::JoinHandle<()>,
}

impl Machine {
    async fn new() -> Self {
        let server = Server::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/loki/api/v1/push", listener.local_addr().unwrap());
        let router = server.router();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("logs")).unwrap();
        std::fs::create_dir_all(folder.path().join("ops/promtail")).unwrap();
        Self {
            folder,
            server,
            url,
            serving,
        }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join("logs").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.log(name));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn shipper(&self) -> Shipper {
        let text = include_str!("../../../../../ops/promtail/promtail.yml");
        let config = Config::read(text, &self.folder.path().join("ops/promtail/promtail.yml")).unwrap();
        Shipper::new(config.with_url(&self.url), Arc::new(|| NOW * SECOND)).unwrap()
    }

    /// Reads all that is there.
    async fn ship(&self, shipper: &mut Shipper) {
        let stop = CancellationToken::new();
        while shipper.round(&stop).await {}
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn line(second: i64, message: &str) -> String {
    format!(
        "{{\"time\":\"2026-11-24T11:59:{second:02}.5Z\",\"level\":\"info\",\"service\":\"textisur-auth\",\"version\":\"1\",\
         \"message\":\"{message}\",\"trace_id\":\"4bf9\"}}\n"
    )
}

const MESSAGES: &str = r#"{job="textisur"} | json message="message" | line_format "{{.message}}" | drop message"#;

#[tokio::test]
async fn a_service_s_lines_arrive_with_their_labels_time_and_trace() {
    let machine = Machine::new().await;
    machine.write("textisur-auth.log", &line(10, "listening"));
    machine.write(
        "textisur-auth.log",
        "thread 'main' panicked at src/main.rs:1:1:\nan unfinished",
    );
    let mut shipper = machine.shipper();
    machine.ship(&mut shipper).await;
    let answer = machine.server.ask(
        "/loki/api/v1/query_range",
        &[("query", "{level=\"info\"}"), ("end", "1795521601")],
    );
    let answer = answer.await;
    let stream = &answer["data"]["result"][0];
    assert_eq!(
        stream["stream"],
        serde_json::json!({ "job": "textisur", "level": "info", "service": "textisur-auth", "trace_id": "4bf9" })
    );
    assert_eq!(stream["values"][0][0], ((NOW - 50) * SECOND + SECOND / 2).to_string());
    // What is no JSON is there too, with the time it was read at; a line without an end is waited for.
    let panic = r#"{service="textisur-auth", level=""} |= "panicked""#;
    assert_eq!(
        machine.server.lines(panic).await,
        ["thread 'main' panicked at src/main.rs:1:1:"]
    );
    machine.write("textisur-auth.log", " line\n");
    machine.ship(&mut shipper).await;
    assert_eq!(
        machine
            .server
            .lines(r#"{service="textisur-auth"} |= "unfinished""#)
            .await,
        ["an unfinished line"]
    );
}

fn rotate(path: &Path) {
    let aside = |age: u32| PathBuf::from(format!("{}.{age}", path.display()));
    for age in (1..3).rev() {
        if aside(age).exists() {
            std::fs::rename(aside(age), aside(age + 1)).unwrap();
        }
    }
    std::fs::rename(path, aside(1)).unwrap();
}

#[tokio::test]
async fn rotations_are_followed_also_those_nobody_saw() {
    let machine = Machine::new().await;
    let path = machine.log("textisur-auth.log");
    machine.write("textisur-auth.log", &line(1, "one"));
    let mut shipper = machine.shipper();
    machine.ship(&mut shipper).await;
    machine.write("textisur-auth.log", &line(2, "two"));
    rotate(&path);
    machine.write("textisur-auth.log", &line(3, "three"));
    machine.ship(&mut shipper).await;
    assert_eq!(machine.server.lines(MESSAGES).await, ["three", "two", "one"]);

    // While it does not run, the file is set aside twice.
    shipper.sync();
    drop(shipper);
    machine.write("textisur-auth.log", &line(4, "four"));
    rotate(&path);
    machine.write("textisur-auth.log", &line(5, "five"));
    rotate(&path);
    machine.write("textisur-auth.log", &line(6, "six"));
    let mut shipper = machine.shipper();
    machine.ship(&mut shipper).await;
    assert_eq!(
        machine.server.lines(MESSAGES).await,
        ["six", "five", "four", "three", "two", "one"]
    );
    let pushed = machine
        .server
        .logs
        .counters()
        .lines
        .load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(pushed, 6, "nothing was read twice");
}

#[tokio::test]
async fn what_was_read_and_not_noted_is_pushed_again_and_is_there_once() {
    let machine = Machine::new().await;
    machine.write("textisur-auth.log", &line(1, "one"));
    let mut killed = machine.shipper();
    machine.ship(&mut killed).await;
    drop(killed);
    machine.write("textisur-auth.log", &line(2, "two"));
    machine.ship(&mut machine.shipper()).await;
    let pushed = machine
        .server
        .logs
        .counters()
        .lines
        .load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(pushed, 3, "the first was pushed twice");
    assert_eq!(machine.server.lines(MESSAGES).await, ["two", "one"]);
}

#[tokio::test]
async fn it_stops_while_loki_is_away_and_goes_on_later() {
    let machine = Machine::new().await;
    machine.write("textisur-auth.log", &line(1, "one"));
    let text = include_str!("../../../../../ops/promtail/promtail.yml");
    let config = Config::read(text, &machine.folder.path().join("ops/promtail/promtail.yml")).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let away = Shipper::new(
        config.with_url(&format!("http://{nobody}/push")),
        Arc::new(|| NOW * SECOND),
    )
    .unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    away.run(stop).await;
    machine.ship(&mut machine.shipper()).await;
    assert_eq!(machine.server.lines(MESSAGES).await, ["one"]);
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    let path = Path::new("promtail.yml");
    for (text, reason) in [
        ("clients: []\nscrape_configs: []\nscrape: 1\n", "promtail.yml:3"),
        (
            "clients: [{url: 'http://a'}]\nscrape_configs:\n  - job_name: a\n    static_configs: []\n    pipeline_stages:\n      - geoip: {}\n",
            "geoip",
        ),
    ] {
        let error = Config::read(text, path).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let without_path =
        "clients: [{url: 'http://a'}]\nscrape_configs:\n  - job_name: a\n    static_configs:\n      - labels: {b: c}\n";
    let config = Config::read(without_path, path).unwrap();
    let error = Shipper::new(config, Arc::new(|| 0)).err().unwrap();
    assert_eq!(error, "job \"a\": a target without __path__");
}

#[test]
fn the_limits_of_the_repository_s_loki_file_are_read() {
    let text = include_str!("../../../../../ops/loki/loki.yml");
    let limits = observe::logs::Limits::read(text, Path::new("loki.yml")).unwrap();
    assert_eq!(limits.retention_period.as_secs(), 14 * 86_400);
    assert_eq!((limits.max_line_size, limits.max_query_series), (262_144, 500));
}
