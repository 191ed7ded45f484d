//! Real processes, kept alive.
//!
//! The processes are this test program itself: [`child_program`] does nothing in an ordinary test run, and serves when
//! it is started with `CHILD` set.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use control::supervisor::{Process, ProcessState};
use supervise::{Config, DataFolder, Event, Events, Readiness, Spec, StartError, Supervisor, pids, sockets};
use tokio::sync::mpsc;

/// An HTTP server that answers every request with its process id. `CHILD` holds words that change what it does:
/// `exit` ends at once, `deaf` ignores SIGTERM (by having a shell ignore it first), `noisy` writes lines.
#[test]
fn child_program() {
    let Ok(words) = std::env::var("CHILD") else { return };
    let mut out = std::io::stdout().lock();
    if words.contains("noisy") {
        writeln!(out, r#"{{"level":"INFO","message":"hello"}}"#).unwrap();
        writeln!(out, r#"{{"level":"WARN","message":"low on thread","metres":3}}"#).unwrap();
        eprintln!("plain text on standard error");
    }
    if words.contains("exit") {
        std::process::exit(3);
    }
    let listener = sockets::Inherited::from_env()
        .take("http")
        .unwrap()
        .expect("a socket to inherit");
    // A descendant must not take the socket for its own.
    assert!(std::env::var_os("LISTEN_FDS").is_none());
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let body = std::process::id().to_string();
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    }
}

struct Stack {
    supervisor: Arc<Supervisor>,
    events: mpsc::Receiver<Event>,
    folder: DataFolder,
    addresses: BTreeMap<String, SocketAddr>,
    _parent: tempfile::TempDir,
}

/// `(name, words, needs)` a process.
fn start(processes: &[(&str, &str, &[&str])], config: &Config) -> Stack {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::create(parent.path()).unwrap();
    let (teller, events) = Events::new(&folder, config);
    let mut addresses = BTreeMap::new();
    let mut specs = Vec::new();
    for (name, words, needs) in processes {
        let listener = sockets::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        addresses.insert((*name).to_owned(), listener.local_addr().unwrap());
        specs.push(spec(name, words, needs, listener));
    }
    let supervisor = Arc::new(Supervisor::start(specs, &folder, config, &teller).unwrap());
    Stack {
        supervisor,
        events,
        folder,
        addresses,
        _parent: parent,
    }
}

fn spec(name: &str, words: &str, needs: &[&str], listener: TcpListener) -> Spec {
    let address = listener.local_addr().unwrap();
    let me = std::env::current_exe().unwrap();
    let mut args: Vec<String> = ["child_program", "--exact", "--nocapture", "--quiet"]
        .map(str::to_owned)
        .to_vec();
    let mut program = me.clone();
    if words.contains("deaf") {
        let script = format!("trap '' TERM; exec {} {}", me.display(), args.join(" "));
        program = "/bin/sh".into();
        args = vec!["-c".into(), script];
    }
    Spec {
        name: name.to_owned(),
        program,
        args: args.into_iter().map(Into::into).collect(),
        env: vec![("CHILD".into(), format!("serve {words}").into())],
        listeners: vec![("http".into(), listener)],
        ready: Readiness {
            address,
            path: "/".into(),
        },
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        address: format!("http://{address}"),
        published: None,
    }
}

impl Stack {
    fn process(&self, name: &str) -> Process {
        self.supervisor
            .status()
            .processes
            .into_iter()
            .find(|process| process.name == name)
            .unwrap()
    }

    async fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !condition() {
            assert!(Instant::now() < deadline, "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The process id that answers at the address of `name`.
    async fn ask(&self, name: &str) -> u32 {
        let address = self.addresses[name];
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.rsplit("\r\n").next().unwrap().parse().unwrap()
        })
        .await
        .unwrap()
    }

    fn told(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}

fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn processes_start_in_order_of_need_and_stop_in_reverse() {
    let mut stack = start(
        &[
            ("edge", "", &["auth", "web"]),
            ("auth", "", &[]),
            ("web", "", &["auth"]),
        ],
        &Config::default(),
    );
    stack.supervisor.ready().await.unwrap();
    let pid = stack.process("auth").pid.unwrap();
    assert_eq!(stack.ask("auth").await, pid);
    assert!(pids::Identity::of(pid).unwrap().is_alive());
    assert!(stack.folder.pid_file("auth").exists());
    stack.supervisor.stop().await;

    let order: Vec<String> = stack
        .told()
        .into_iter()
        .filter_map(|event| match event {
            Event::Ready { service, .. } => Some(format!("+{service}")),
            Event::Stopped { service, .. } => Some(format!("-{service}")),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["+auth", "+web", "+edge", "-edge", "-web", "-auth"]);
    assert!(pids::Identity::of(pid).is_err());
    assert!(!stack.folder.pid_file("auth").exists());
}

#[tokio::test]
async fn a_killed_process_comes_back_and_its_connections_wait_instead_of_failing() {
    let stack = start(&[("auth", "", &[])], &Config::default());
    stack.supervisor.ready().await.unwrap();
    let first = stack.process("auth").pid.unwrap();
    kill(first);
    stack
        .until("the end is seen", || stack.process("auth").pid != Some(first))
        .await;
    let second = stack.ask("auth").await;
    assert_ne!(second, first);
    stack
        .until("ready again", || stack.process("auth").state == ProcessState::Ready)
        .await;
    let process = stack.process("auth");
    assert_eq!(
        (process.restarts, process.last_exit.as_deref()),
        (1, Some("killed by SIGKILL"))
    );
    stack.supervisor.stop().await;
}

#[tokio::test]
async fn a_crash_loop_is_said_and_leaves_the_others_alone() {
    let mut config = Config::default();
    config.restart.first_pause = units::HumanDuration::from_millis(1);
    let mut stack = start(&[("auth", "", &[]), ("web", "exit", &["auth"])], &config);
    let error = stack.supervisor.ready().await.unwrap_err();
    assert!(
        matches!(&error, StartError::CrashLoop { service, how, .. } if service == "web" && how == "exit code 3"),
        "{error}"
    );
    assert_eq!(stack.process("auth").state, ProcessState::Ready);
    assert_eq!(stack.process("web").state, ProcessState::CrashLoop);
    assert!(
        stack
            .told()
            .iter()
            .any(|event| matches!(event, Event::Ended { crash_loop: true, .. }))
    );
    stack.supervisor.stop().await;
}

#[tokio::test]
async fn a_restart_on_request_gives_a_new_process_and_an_unknown_name_is_refused() {
    let stack = start(&[("auth", "", &[])], &Config::default());
    stack.supervisor.ready().await.unwrap();
    let before = stack.process("auth").pid;
    let after = stack.supervisor.restart("auth").await.unwrap();
    assert_eq!(after.state, ProcessState::Ready);
    assert_ne!(after.pid, before);
    let refused = stack.supervisor.restart("nobody").await.unwrap_err();
    assert_eq!(refused.code, "unknown_service");
    assert!(refused.message.contains("auth"));
    stack.supervisor.stop().await;
    assert_eq!(stack.supervisor.restart("auth").await.unwrap_err().code, "stopping");
}

#[tokio::test]
async fn the_supervisor_tells_of_its_processes() {
    let stack = start(&[("auth", "", &[])], &Config::default());
    stack.supervisor.ready().await.unwrap();
    let listener = sockets::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn({
        let (supervisor, stop) = (Arc::clone(&stack.supervisor), stop.clone());
        async move { supervise::serve_metrics(listener, &supervisor, stop).await }
    });
    stack.supervisor.restart("auth").await.unwrap();
    let page = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = "GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    });
    let page = page.await.unwrap();
    for line in [
        "supervisor_process_state{process=\"auth\",state=\"ready\"} 1",
        "supervisor_process_state{process=\"auth\",state=\"crash_loop\"} 0",
        "supervisor_process_restarts_total{process=\"auth\"} 1",
        "# TYPE supervisor_process_resident_memory_bytes gauge",
        "# TYPE process_cpu_seconds_total counter",
    ] {
        assert!(page.lines().any(|found| found == line), "no `{line}` in\n{page}");
    }
    stop.cancel();
    serving.await.unwrap().unwrap();
    stack.supervisor.stop().await;
}

#[tokio::test]
async fn a_process_that_will_not_end_is_killed_after_the_deadline_or_at_once_in_a_hurry() {
    let config = Config {
        stop_timeout: units::HumanDuration::from_millis(100),
        ..Config::default()
    };
    let mut patient = start(&[("auth", "deaf", &[])], &config);
    patient.supervisor.ready().await.unwrap();
    patient.supervisor.stop().await;
    assert!(patient.told().contains(&Event::Killed { service: "auth".into() }));

    let config = Config {
        stop_timeout: units::HumanDuration::from_secs(3600),
        ..Config::default()
    };
    let mut hurried = start(&[("auth", "deaf", &[])], &config);
    hurried.supervisor.ready().await.unwrap();
    hurried.supervisor.hurry();
    hurried.supervisor.stop().await;
    assert!(hurried.told().contains(&Event::Killed { service: "auth".into() }));
}

#[tokio::test]
async fn output_goes_to_the_log_file_and_warnings_to_the_terminal() {
    let mut stack = start(&[("auth", "noisy", &[])], &Config::default());
    stack.supervisor.ready().await.unwrap();
    stack.supervisor.stop().await;
    let log = std::fs::read_to_string(stack.folder.log_of("auth")).unwrap();
    assert!(
        log.contains(r#"{"level":"INFO","message":"hello"}"#) && log.contains("plain text on standard error"),
        "{log}"
    );
    let echoed: Vec<String> = stack
        .told()
        .into_iter()
        .filter_map(|event| match event {
            Event::Output { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(echoed, ["low on thread metres=3"]);
    let own = std::fs::read_to_string(stack.folder.log_of("textisur-supervisor")).unwrap();
    assert!(
        own.contains("process started") && own.contains("process stopped"),
        "{own}"
    );
}

#[tokio::test]
async fn what_cannot_be_ordered_or_made_is_an_error() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::create(parent.path()).unwrap();
    let (events, _told) = Events::new(&folder, &Config::default());
    let listener = || sockets::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let circle = vec![spec("a", "", &["b"], listener()), spec("b", "", &["a"], listener())];
    let error = Supervisor::start(circle, &folder, &Config::default(), &events).unwrap_err();
    assert!(matches!(error, StartError::Needs { .. }));

    let mut config = Config::default();
    config.restart.first_pause = units::HumanDuration::from_millis(1);
    let missing = Spec {
        program: "/nowhere/textisur".into(),
        ..spec("a", "", &[], listener())
    };
    let supervisor = Supervisor::start(vec![missing], &folder, &config, &events).unwrap();
    let error = supervisor.ready().await.unwrap_err().to_string();
    assert!(error.contains("could not be started: No such file"), "{error}");
    supervisor.stop().await;
}
