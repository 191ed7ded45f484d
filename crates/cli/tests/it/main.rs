//! The real binary, as people start it.

mod compose;
mod killed_orders;
mod observed;
mod operator;
mod running;
mod status;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use running::{Up, get, textisur, textisur_output};

const SERVICES: [&str; 5] = [
    "textisur-auth",
    "textisur-products",
    "textisur-orders",
    "textisur-chat",
    "textisur-web",
];

#[test]
fn the_stack_comes_up_serves_heals_and_goes_away() {
    let mut up = Up::start(&[]);
    let edge = up.endpoint("edge");
    for path in ["/", "/api/health", "/api/health/ready"] {
        assert_eq!(get(&edge, path), 200, "{path}");
    }
    for name in SERVICES {
        let address = up.endpoints["services"][name].as_str().unwrap().to_owned();
        assert_eq!(get(&address, "/api/health/ready"), 200, "{name}");
    }
    assert_eq!(get(&up.endpoint("payment_sandbox"), "/healthz"), 200);
    assert_eq!(get(&up.endpoint("supervisor"), "/metrics"), 200);
    assert_eq!(get(&up.endpoint("edge_admin"), "/stub_status"), 200);
    let ready: serde_json::Value = serde_json::from_str(&up.ready_line).unwrap();
    assert_eq!(ready["endpoints"], up.endpoints);
    let mode = |path: &str| std::fs::metadata(up.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode("secrets"), mode("run/config.toml"), mode("run/control.sock")),
        (0o700, 0o600, 0o600)
    );

    let first = up.pid_of("textisur-products");
    running::kill(first);
    up.until("another process", || {
        up.ps("textisur-products")["pid"]
            .as_u64()
            .is_some_and(|pid| pid != first)
    });
    up.until("ready again", || up.ps("textisur-products")["state"] == "ready");
    assert_eq!(up.ps("textisur-products")["last_exit"], "killed by SIGKILL");
    assert_eq!(get(&edge, "/api/products"), 200);

    let second = textisur_output(&["up", "--ephemeral", "--data-dir", up.root()]);
    assert_eq!(second.code, 1);
    let holder = format!("in use by another `textisur up` (process {})", up.pid());
    assert!(
        second.errors.contains(&holder) && second.errors.contains("textisur stop"),
        "{}",
        second.errors
    );
    assert_eq!(get(&edge, "/api/health"), 200);

    let before = up.pid_of("textisur-auth");
    let restarted = textisur_output(&["restart", "textisur-auth", "--data-dir", up.root()]);
    assert_eq!(restarted.code, 0, "{}", restarted.errors);
    assert_ne!(up.pid_of("textisur-auth"), before);
    let unknown = textisur_output(&["restart", "nobody", "--data-dir", up.root()]);
    assert!(
        unknown.code == 1 && unknown.errors.contains("textisur-auth"),
        "{}",
        unknown.errors
    );
    let logs = textisur_output(&["logs", "textisur-supervisor", "-n", "1000", "--data-dir", up.root()]);
    assert!(
        logs.output.contains("process ended") && logs.output.contains("killed by SIGKILL"),
        "{}",
        logs.output
    );

    let pids = up.pids();
    assert_eq!(
        pids.len(),
        SERVICES.len() + 3,
        "the services, the edge, the payment sandbox, the observability backend"
    );
    assert_eq!(up.terminate(), 0);
    for pid in pids {
        assert!(!running::exists(pid), "process {pid} was left behind");
    }
    assert!(!up.path("endpoints.json").exists() && !up.path("run/config.toml").exists());
    assert!(!up.path("run/control.sock").exists());
}

#[test]
fn what_a_killed_supervisor_left_is_ended_by_the_next_one_and_stop_stops_it() {
    let mut killed = Up::start(&[]);
    let left = killed.pids();
    running::kill(killed.pid());
    killed.wait();
    assert!(left.iter().all(|&pid| running::exists(pid)));

    let mut next = Up::start_on(killed.folder(), &[]);
    for pid in left {
        assert!(!running::exists(pid), "process {pid} was left behind");
    }
    assert!(
        next.supervisor_log().contains("leftover process found"),
        "{}",
        next.supervisor_log()
    );
    assert_eq!(get(&next.endpoint("edge"), "/api/health"), 200);
    let stopped = textisur_output(&["stop", "--data-dir", next.root()]);
    assert_eq!((stopped.code, stopped.output.trim()), (0, "everything is stopped"));
    assert_eq!(next.wait(), 0);
    let gone = textisur_output(&["ps", "--data-dir", next.root()]);
    assert!(
        gone.code == 1 && gone.errors.contains("no `textisur up` runs"),
        "{}",
        gone.errors
    );
}

#[test]
fn everything_in_one_process_serves_the_same() {
    let mut serve = Up::start_command("serve", &[]);
    let edge = serve.endpoint("edge");
    assert_eq!(
        (get(&edge, "/"), get(&edge, "/api/products"), get(&edge, "/api/health")),
        (200, 200, 200)
    );
    assert_eq!(serve.terminate(), 0);
    assert!(!serve.path("endpoints.json").exists());
}

#[test]
fn a_taken_port_is_named_with_a_way_out_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let set = format!("edge.listen={address}");
    let failed = textisur_output(&["up", "--data-dir", folder.path().to_str().unwrap(), "--set", &set]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.errors.contains(&format!("cannot listen on {address}")),
        "{}",
        failed.errors
    );
    assert!(
        failed.errors.contains("--set edge.listen=") && failed.errors.contains("--ephemeral"),
        "{}",
        failed.errors
    );
    assert!(!folder.path().join("textisur.db").exists());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let inside = file.path().join("data");
    let failed = textisur_output(&["up", "--ephemeral", "--data-dir", inside.to_str().unwrap()]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.errors.contains("cannot create") && failed.errors.contains("--data-dir"),
        "{}",
        failed.errors
    );
}

#[test]
fn mistakes_in_the_configuration_are_named_before_anything_is_made() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let file = parent.path().join("textisur.toml");
    std::fs::write(&file, "[edge]\nlistn = \"127.0.0.1:1\"\n").unwrap();
    let (root, file) = (folder.to_str().unwrap(), file.to_str().unwrap());
    for (args, expected) in [
        (
            vec!["--config", file],
            "textisur.toml:2: unknown key `edge.listn`; did you mean `edge.listen`?",
        ),
        (
            vec!["--set", "edge.listn=x"],
            "unknown key `edge.listn`; did you mean `edge.listen`?",
        ),
        (
            vec!["--set", "edge.listen=here"],
            "--set edge.listen: `edge.listen`: invalid socket address",
        ),
        (
            vec!["--config", "/nowhere.toml"],
            "cannot read configuration file /nowhere.toml: No such file",
        ),
        (
            vec!["--set", "environment=production"],
            "`shop.payments.secret_key` is needed",
        ),
    ] {
        let failed = textisur_output(&[&["up", "--ephemeral", "--data-dir", root], &args[..]].concat());
        assert_eq!(failed.code, 2, "{args:?}: {}", failed.errors);
        assert!(failed.errors.contains(expected), "{args:?}: {}", failed.errors);
    }
    let variable = textisur(&["up", "--ephemeral", "--data-dir", root])
        .env("TEXTISUR_EDGE__LISTN", "x")
        .output()
        .unwrap();
    assert_eq!(variable.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&variable.stderr).contains("environment variable TEXTISUR_EDGE__LISTN"));
    assert!(!folder.exists());
}

#[test]
fn a_service_that_cannot_start_ends_the_start_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let failed = textisur_output(&[
        "up",
        "--ephemeral",
        "--data-dir",
        root,
        "--set",
        "shop.database.url=sqlite:/proc/nowhere/textisur.db",
        "--set",
        "supervisor.restart.first_pause=1ms",
    ]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.errors.contains("textisur-auth does not start: exit code 1"),
        "{}",
        failed.errors
    );
    assert!(failed.errors.contains("/proc/nowhere"), "{}", failed.errors);
    let left = std::fs::read_dir(folder.path().join("run")).unwrap();
    let left: Vec<_> = left
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != "lock")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_configuration_is_shown_with_its_origins_and_without_its_secrets() {
    let shown = textisur(&["config", "--set", "shop.payments.secret_key=sk_live_9", "--json"])
        .env("TEXTISUR_EDGE__LISTEN", "127.0.0.1:8080")
        .output()
        .unwrap();
    assert!(shown.status.success());
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["edge.listen"]["value"], "127.0.0.1:8080");
    assert_eq!(
        shown["edge.listen"]["origin"],
        "environment variable TEXTISUR_EDGE__LISTEN"
    );
    assert_eq!(shown["shop.payments.secret_key"]["value"], "********");
    assert_eq!(shown["environment"]["origin"], "default");
}

#[test]
fn every_subcommand_explains_itself_with_an_example() {
    for command in [
        "up",
        "ps",
        "logs",
        "restart",
        "stop",
        "serve",
        "config",
        "admin",
        "backup",
        "restore",
        "service",
        "edge",
        "observe",
        "payment-sandbox",
    ] {
        let help = textisur_output(&[command, "--help"]);
        assert!(
            help.code == 0 && help.output.contains("Example"),
            "{command}: {}",
            help.output
        );
    }
    let version = textisur_output(&["--version"]);
    assert!(
        version.output.starts_with("textisur 0.") && version.output.contains('('),
        "{}",
        version.output
    );
    assert_eq!(textisur_output(&["upp"]).code, 2);
}

/// How long anything may take before a test gives up; far more than it does take.
const PATIENCE: Duration = Duration::from_secs(120);
