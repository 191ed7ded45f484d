//! What goes over the socket: one JSON object a line, bounded in length.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest line either side accepts, newline included. A routing table of a thousand instances is some 100 KiB.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// The longest path that fits `sockaddr_un.sun_path` on Linux with its closing NUL.
const MAX_SOCKET_PATH_BYTES: usize = 107;

/// A refusal by the program at the other end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Stable and for programs: lower case with underscores, such as `unknown_service`.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Failure {
    /// A failure of the given code, explained by `message`.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }
}

/// The answer to a request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer<T> {
    #[serde(rename = "ok")]
    Ok(T),
    #[serde(rename = "error")]
    Error(Failure),
}

/// Reads one line without its newline; `None` at the end of the stream. A line over [`MAX_LINE_BYTES`] is
/// `InvalidData`: the memory one peer can take is bounded.
pub(crate) async fn read_line<R: AsyncBufRead + Unpin>(reader: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(if line.is_empty() { None } else { Some(line) });
        }
        let newline = available.iter().position(|&byte| byte == b'\n');
        let taken = newline.unwrap_or(available.len());
        if line.len() + taken >= MAX_LINE_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("line longer than {MAX_LINE_BYTES} bytes"),
            ));
        }
        line.extend_from_slice(&available[..taken]);
        reader.consume(taken + usize::from(newline.is_some()));
        if newline.is_some() {
            return Ok(Some(line));
        }
    }
}

/// One message as a line, newline included.
pub(crate) fn to_line<T: Serialize>(message: &T) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

/// Runs `action` with a path to `socket` that is short enough for the kernel: the path itself, or else a way to its
/// folder through `/proc/self/fd`, since a data folder may lie deeper than the 107 bytes a socket address can hold.
pub(crate) fn with_short_path<T>(socket: &Path, action: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    use std::os::fd::AsRawFd;
    if socket.as_os_str().len() <= MAX_SOCKET_PATH_BYTES {
        return action(socket);
    }
    let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path to a socket"));
    };
    let folder = std::fs::File::open(folder)?;
    action(
        &Path::new("/proc/self/fd")
            .join(folder.as_raw_fd().to_string())
            .join(name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_is_read_across_small_buffers_and_the_last_one_may_lack_its_newline() {
        let mut reader = tokio::io::BufReader::with_capacity(3, &b"first line\n\nlast"[..]);
        assert_eq!(read_line(&mut reader).await.unwrap().unwrap(), b"first line");
        assert_eq!(read_line(&mut reader).await.unwrap().unwrap(), b"");
        assert_eq!(read_line(&mut reader).await.unwrap().unwrap(), b"last");
        assert!(read_line(&mut reader).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_endless_line_is_refused() {
        let endless = vec![b'x'; MAX_LINE_BYTES + 1];
        let error = read_line(&mut tokio::io::BufReader::new(&endless[..]))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn answers_are_ok_or_error() {
        assert_eq!(to_line(&Answer::Ok(7)).unwrap(), b"{\"ok\":7}\n");
        assert_eq!(
            to_line(&Answer::<u8>::Error(Failure::new("gone", "no está"))).unwrap(),
            "{\"error\":{\"code\":\"gone\",\"message\":\"no está\"}}\n".as_bytes()
        );
    }
}
