//! Is it ready? One `GET` by hand: an HTTP client library would be most of the supervisor's memory.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::spec::Readiness;

/// One attempt. The socket is there before the process is, so an attempt mostly waits for the process and is answered
/// the moment it serves.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Between attempts, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// Asks until the answer is 200; after `patience`, says what the last attempt gave.
pub(crate) async fn until_ready(readiness: &Readiness, patience: Duration) -> Result<(), String> {
    let deadline = Instant::now() + patience;
    let mut pause = PAUSES.0;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let outcome = match timeout(left.min(ATTEMPT), status(readiness)).await {
            Ok(Ok(200)) => return Ok(()),
            Ok(Ok(status)) => format!("GET {} answered {status}", readiness.path),
            Ok(Err(error)) => format!("GET {}: {error}", readiness.path),
            Err(_) => format!("GET {} not answered", readiness.path),
        };
        if Instant::now() + pause >= deadline {
            return Err(outcome);
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// The status code of `GET address/path`.
async fn status(readiness: &Readiness) -> io::Result<u16> {
    let mut stream = TcpStream::connect(readiness.address).await?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: textisur-supervisor\r\nConnection: close\r\n\r\n",
        readiness.path, readiness.address
    );
    stream.write_all(request.as_bytes()).await?;
    // `HTTP/1.1 200` is twelve bytes.
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    std::str::from_utf8(&head)
        .ok()
        .and_then(|head| head.strip_prefix("HTTP/1."))
        .and_then(|rest| rest.get(2..))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn server(answers: &'static [&'static str]) -> Readiness {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for answer in answers.iter().chain(std::iter::repeat(answers.last().unwrap())) {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await.unwrap();
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Readiness {
            address,
            path: "/api/health/ready".into(),
        }
    }

    #[tokio::test]
    async fn it_waits_through_refusals_and_nonsense_until_200() {
        let readiness = server(&[
            "HTTP/1.1 503 Service Unavailable\r\n\r\n",
            "hello there, world",
            "",
            "HTTP/1.1 200 OK\r\n\r\n",
        ])
        .await;
        until_ready(&readiness, Duration::from_secs(30)).await.unwrap();
    }

    #[tokio::test]
    async fn it_gives_up_and_says_why() {
        let readiness = server(&["HTTP/1.1 503 Service Unavailable\r\n\r\n"]).await;
        let why = until_ready(&readiness, Duration::from_millis(100)).await.unwrap_err();
        assert_eq!(why, "GET /api/health/ready answered 503");
    }
}
