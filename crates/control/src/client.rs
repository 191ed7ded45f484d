//! The asking side of a control socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::wire::{Answer, Failure, read_line, to_line, with_short_path};

/// Why a call over a control socket did not give an answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No socket file, or nobody listens on it: the program does not run.
    #[error("nothing runs at control socket {}: {source}", path.display())]
    NotRunning {
        /// The socket's path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The socket exists, but this user may not open it, or talking to it failed.
    #[error("control socket {}: {source}", path.display())]
    Io {
        /// The socket's path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No answer in time.
    #[error("no answer from control socket {} within {timeout:?}", path.display())]
    Timeout {
        /// The socket's path.
        path: PathBuf,
        /// How long was waited.
        timeout: Duration,
    },
    /// The answer is not the JSON that was expected: the two sides are different versions.
    #[error("answer from control socket {} not understood: {source}", path.display())]
    Decode {
        /// The socket's path.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The program understood and refused.
    #[error(transparent)]
    Refused(#[from] Failure),
}

/// Sends `request` to the program that serves `path` and waits for its answer, `timeout` for all of it.
pub async fn call<Req, Res>(path: &Path, request: &Req, timeout: Duration) -> Result<Res, CallError>
where
    Req: Serialize,
    Res: DeserializeOwned,
{
    let decode = |source| CallError::Decode {
        path: path.to_owned(),
        source,
    };
    let line = to_line(request).map_err(decode)?;
    let answer = tokio::time::timeout(timeout, exchange(path, &line))
        .await
        .map_err(|_| CallError::Timeout {
            path: path.to_owned(),
            timeout,
        })?
        .map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => CallError::NotRunning {
                path: path.to_owned(),
                source,
            },
            _ => CallError::Io {
                path: path.to_owned(),
                source,
            },
        })?;
    match serde_json::from_slice(&answer).map_err(decode)? {
        Answer::Ok(response) => Ok(response),
        Answer::Error(failure) => Err(CallError::Refused(failure)),
    }
}

async fn exchange(path: &Path, line: &[u8]) -> io::Result<Vec<u8>> {
    // Connecting to a Unix socket does not wait, except for a full backlog.
    let stream = with_short_path(path, |short| std::os::unix::net::UnixStream::connect(short))?;
    stream.set_nonblocking(true)?;
    let mut stream = UnixStream::from_std(stream)?;
    stream.write_all(line).await?;
    read_line(&mut BufReader::new(stream))
        .await?
        .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "closed without an answer"))
}
