//! Two sides of a control socket, as two programs meet on it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use control::edge::{Request, Response, RoutingTable, Status};
use control::{CallError, Failure, ServeError, Server};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(10);

struct Running {
    path: PathBuf,
    stop: CancellationToken,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

fn start(in_folder: &str) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(in_folder);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let stop = CancellationToken::new();
    let server = Server::bind(&path).unwrap();
    let task = tokio::spawn(server.run(stop.clone(), |request| async move {
        match request {
            Request::Status => Ok(Response::Status(Status {
                generation: 3,
                routes: 2,
                instances: 1,
                in_flight: 0,
            })),
            Request::GetRoutes => Ok(Response::Routes(RoutingTable::default())),
            Request::SetRoutes(_) => Err(Failure::new("invalid_routes", "no routes")),
        }
    }));
    Running {
        path,
        stop,
        task,
        _folder: folder,
    }
}

async fn ask(path: &Path, request: Request) -> Result<Response, CallError> {
    control::call(path, &request, SOON).await
}

#[tokio::test]
async fn a_request_is_answered_or_refused_and_the_socket_goes_away_at_the_end() {
    let running = start("edge.sock");
    assert_eq!(
        ask(&running.path, Request::GetRoutes).await.unwrap(),
        Response::Routes(RoutingTable::default())
    );
    let refused = ask(&running.path, Request::SetRoutes(RoutingTable::default()))
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, CallError::Refused(failure) if failure.code == "invalid_routes"),
        "{refused}"
    );
    let mode = std::fs::metadata(&running.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    running.stop.cancel();
    running.task.await.unwrap();
    assert!(!running.path.exists());
    let gone = ask(&running.path, Request::Status).await.unwrap_err();
    assert!(matches!(gone, CallError::NotRunning { .. }), "{gone}");
}

#[tokio::test]
async fn nonsense_is_answered_and_the_connection_goes_on() {
    let running = start("edge.sock");
    let mut stream = BufReader::new(UnixStream::connect(&running.path).await.unwrap());
    stream.write_all(b"not json\n\"status\"\n").await.unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with(r#"{"error":{"code":"bad_request","#), "{line}");
    line.clear();
    stream.read_line(&mut line).await.unwrap();
    assert_eq!(
        line,
        "{\"ok\":{\"status\":{\"generation\":3,\"routes\":2,\"instances\":1,\"in_flight\":0}}}\n"
    );
    running.stop.cancel();
    running.task.await.unwrap();
}

#[tokio::test]
async fn a_socket_left_by_the_dead_is_replaced_and_one_in_use_is_not() {
    let running = start("edge.sock");
    assert!(matches!(
        Server::bind(&running.path).unwrap_err(),
        ServeError::InUse { .. }
    ));

    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("left.sock");
    drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
    assert!(left.exists());
    Server::bind(&left).unwrap();

    running.stop.cancel();
    running.task.await.unwrap();
}

#[tokio::test]
async fn a_path_longer_than_a_socket_address_works() {
    let running = start(&format!("{}/{}/edge.sock", "a".repeat(100), "b".repeat(100)));
    assert!(matches!(
        ask(&running.path, Request::Status).await.unwrap(),
        Response::Status(_)
    ));
    running.stop.cancel();
    running.task.await.unwrap();
}

#[tokio::test]
async fn a_program_that_does_not_answer_is_given_up_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deaf.sock");
    let _deaf = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let error = control::call::<_, Response>(&path, &Request::Status, Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Timeout { .. }), "{error}");
}
