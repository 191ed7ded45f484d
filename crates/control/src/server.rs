//! The serving side of a control socket.

use std::future::Future;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::wire::{Answer, Failure, read_line, to_line, with_short_path};

/// Connections served at once; more wait in the listener's backlog.
const MAX_CONNECTIONS: usize = 64;

/// How long connections may go on after the stop signal, so that the answer to a "stop" request still gets out.
const DRAIN: Duration = Duration::from_secs(2);

/// Why a control socket could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Someone alive answers at this path.
    #[error("control socket {} is already served by another process", path.display())]
    InUse {
        /// The socket's path.
        path: PathBuf,
    },
    /// The socket file could not be made.
    #[error("control socket {}: {source}", path.display())]
    Bind {
        /// The socket's path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// A bound control socket, not answering yet. Bind early to fail early.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
}

impl Server {
    /// Binds `path` with mode 0600. A socket file that a dead process left is replaced; one that somebody serves is
    /// [`ServeError::InUse`]. Must be called within a tokio runtime.
    pub fn bind(path: &Path) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Bind {
            path: path.to_owned(),
            source,
        };
        if with_short_path(path, |short| std::os::unix::net::UnixStream::connect(short)).is_ok() {
            return Err(ServeError::InUse { path: path.to_owned() });
        }
        // Bound under another name and renamed: nobody can connect before the mode is right, and nobody meets the gap
        // between removing an old file and making the new one.
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".new");
        let temporary = PathBuf::from(temporary);
        remove_if_there(&temporary).map_err(failed)?;
        let listener = with_short_path(&temporary, |short| UnixListener::bind(short)).map_err(failed)?;
        std::fs::set_permissions(&temporary, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        std::fs::rename(&temporary, path).map_err(failed)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
        })
    }

    /// Answers requests with `handler` until `stop`, then lets running requests finish (2 s at most) and removes the
    /// socket file. A request that is not a `Req` is answered `bad_request`; the connection stays open.
    pub async fn run<Req, Res, H, F>(self, stop: CancellationToken, handler: H)
    where
        Req: DeserializeOwned + Send + 'static,
        Res: Serialize + Send + 'static,
        H: Fn(Req) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Res, Failure>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let connections = TaskTracker::new();
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let slot = tokio::select! {
                () = stop.cancelled() => break,
                // The semaphore is never closed.
                Ok(slot) = Arc::clone(&slots).acquire_owned() => slot,
            };
            let stream = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Out of descriptors, most likely: retrying at once would burn a core.
                        tracing::warn!(%error, "control socket cannot accept");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
            };
            let (handler, stop) = (Arc::clone(&handler), stop.clone());
            connections.spawn(async move {
                let _slot = slot;
                if let Err(error) = converse(stream, &stop, handler.as_ref()).await {
                    tracing::debug!(%error, "control connection ended early");
                }
            });
        }
        connections.close();
        let _ = tokio::time::timeout(DRAIN, connections.wait()).await;
        if let Err(error) = remove_if_there(&self.path) {
            tracing::warn!(%error, "control socket file could not be removed");
        }
    }
}

/// [`Server::bind`] and [`Server::run`] in one.
pub async fn serve<Req, Res, H, F>(path: &Path, stop: CancellationToken, handler: H) -> Result<(), ServeError>
where
    Req: DeserializeOwned + Send + 'static,
    Res: Serialize + Send + 'static,
    H: Fn(Req) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Res, Failure>> + Send + 'static,
{
    Server::bind(path)?.run(stop, handler).await;
    Ok(())
}

async fn converse<Req, Res, H, F>(mut stream: UnixStream, stop: &CancellationToken, handler: &H) -> io::Result<()>
where
    Req: DeserializeOwned,
    Res: Serialize,
    H: Fn(Req) -> F,
    F: Future<Output = Result<Res, Failure>>,
{
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    loop {
        let line = tokio::select! {
            line = read_line(&mut reader) => line?,
            // Only an idle connection is cut: a request that was read gets its answer.
            () = stop.cancelled() => return Ok(()),
        };
        let Some(line) = line else { return Ok(()) };
        let answer = match serde_json::from_slice::<Req>(&line) {
            Ok(request) => match handler(request).await {
                Ok(response) => Answer::Ok(response),
                Err(failure) => Answer::Error(failure),
            },
            Err(error) => Answer::Error(Failure::new("bad_request", error.to_string())),
        };
        let line = to_line(&answer).map_err(io::Error::from)?;
        writer.write_all(&line).await?;
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
