//! What is refused of a client's bytes before hyper reads them.
//!
//! hyper accepts some requests that RFC 9112 lets a server either repair or refuse: line ends without CR, and both
//! `Content-Length` and `Transfer-Encoding`. Repaired, they are harmless behind this edge, which writes every request
//! anew; but a proxy in front of it may have understood them otherwise, which is how requests are smuggled. So the edge
//! refuses them (RFC 9112 sections 2.2, 5.2, 6.1 and 6.3). Everything else that is malformed is left to hyper.

use memchr::memchr;

/// Follows the framing of a connection's requests through whatever pieces its bytes arrive in.
#[derive(Debug, Default)]
pub(crate) struct HeadGuard {
    state: State,
    head: Head,
    /// The beginning of a line whose end has not arrived.
    partial: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// In the lines of a head, or before one.
    #[default]
    Head,
    /// In a body of so many more bytes.
    Body(u64),
    /// Before a chunk's size.
    ChunkSize,
    /// In a chunk and its line end, of so many more bytes together.
    Chunk(u64),
    /// In the trailer lines of a chunked body.
    Trailers,
    /// The connection may have become something else than HTTP.
    Opaque,
}

#[derive(Debug, Default)]
struct Head {
    started: bool,
    length: Option<u64>,
    chunked: bool,
    upgrade: bool,
}

/// hyper gives up long before a line gets this long.
const MAX_LINE_BYTES: usize = 1024 * 1024;

struct Refused;

impl HeadGuard {
    /// Looks at the next bytes of the connection. The error is how many of them come before the refused request.
    pub(crate) fn inspect(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let mut at = 0;
        let mut head_at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if let State::Body(left) | State::Chunk(left) = &mut self.state {
                let step = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                *left -= step as u64;
                at += step;
                self.leave_finished_body();
                continue;
            }
            if matches!(self.state, State::Opaque) {
                break;
            }
            if !self.in_head() {
                head_at = at;
            }
            let Some(end) = memchr(b'\n', rest) else {
                self.partial.extend_from_slice(rest);
                return if self.partial.len() > MAX_LINE_BYTES {
                    Err(head_at)
                } else {
                    Ok(())
                };
            };
            at += end + 1;
            let outcome = if self.partial.is_empty() {
                self.line(&rest[..end])
            } else {
                let mut line = std::mem::take(&mut self.partial);
                line.extend_from_slice(&rest[..end]);
                self.line(&line)
            };
            outcome.map_err(|Refused| head_at)?;
        }
        Ok(())
    }

    /// Whether part of a head, but not all of it, has been seen.
    pub(crate) fn in_head(&self) -> bool {
        matches!(self.state, State::Head) && (self.head.started || !self.partial.is_empty())
    }

    /// Whether the next byte begins a new request.
    pub(crate) fn between_requests(&self) -> bool {
        matches!(self.state, State::Head) && !self.in_head()
    }

    /// One line of a head, a chunk size or a trailer; its LF is cut off.
    fn line(&mut self, line: &[u8]) -> Result<(), Refused> {
        let line = line.strip_suffix(b"\r").ok_or(Refused)?;
        match self.state {
            State::ChunkSize => {
                let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                let size = std::str::from_utf8(&line[..digits])
                    .ok()
                    .and_then(|hex| u64::from_str_radix(hex, 16).ok());
                self.state = match size.ok_or(Refused)? {
                    0 => State::Trailers,
                    size => State::Chunk(size.checked_add(2).ok_or(Refused)?),
                };
            }
            State::Trailers if line.is_empty() => self.state = State::Head,
            State::Head if line.is_empty() && self.head.started => {
                let head = std::mem::take(&mut self.head);
                self.state = match (head.length, head.chunked) {
                    (Some(_), true) => return Err(Refused),
                    _ if head.upgrade => State::Opaque,
                    (None, true) => State::ChunkSize,
                    (None | Some(0), false) => State::Head,
                    (Some(length), false) => State::Body(length),
                };
            }
            // Empty lines before a request are allowed.
            State::Head if line.is_empty() => (),
            State::Head if !self.head.started => self.head.started = true,
            State::Head => self.header(line)?,
            _ => (),
        }
        Ok(())
    }

    fn header(&mut self, line: &[u8]) -> Result<(), Refused> {
        match line[0] | 0x20 {
            b'c' => {
                if let Some(value) = value_of(line, b"content-length") {
                    let text = std::str::from_utf8(value).map_err(|_| Refused)?;
                    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                    let length = text.parse().ok().filter(|_| digits).ok_or(Refused)?;
                    if self.head.length.replace(length).is_some() {
                        return Err(Refused);
                    }
                }
            }
            b't' => {
                if let Some(value) = value_of(line, b"transfer-encoding") {
                    // Other codings would have to be undone, and hop-by-hop as they are, cannot be passed on.
                    if !value.eq_ignore_ascii_case(b"chunked") || std::mem::replace(&mut self.head.chunked, true) {
                        return Err(Refused);
                    }
                }
            }
            b'u' if value_of(line, b"upgrade").is_some() => self.head.upgrade = true,
            _ => (),
        }
        Ok(())
    }

    fn leave_finished_body(&mut self) {
        match self.state {
            State::Body(0) => self.state = State::Head,
            State::Chunk(0) => self.state = State::ChunkSize,
            _ => (),
        }
    }
}

/// The value of a header line if it is the header `name`.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcome for `bytes` must not depend on the pieces they come in.
    fn inspect(bytes: &str) -> Result<HeadGuard, usize> {
        let mut whole = HeadGuard::default();
        let at_once = whole.inspect(bytes.as_bytes());
        let mut guard = HeadGuard::default();
        let byte_by_byte = bytes.as_bytes().chunks(1).try_for_each(|byte| guard.inspect(byte));
        assert_eq!(at_once.is_ok(), byte_by_byte.is_ok(), "{bytes:?}");
        at_once.map(|()| whole)
    }

    #[test]
    fn ordinary_requests_pass() {
        for request in [
            "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\n\n\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n2;x=y\r\n\n\n\r\n0\r\nt: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        ] {
            assert!(
                inspect(request).is_ok_and(|guard| guard.between_requests()),
                "{request:?}"
            );
        }
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        for request in [
            "GET / HTTP/1.1\nhost: a\n\n",
            "GET / HTTP/1.1\r\nhost: a\nx: y\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\ncontent-length: 3, 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\ncontent-length: +3\r\n\r\nabc",
            "POST / HTTP/1.1\r\ncontent-length:\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: \x0bchunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        ] {
            assert!(inspect(request).is_err(), "{request:?}");
        }
    }

    #[test]
    fn what_came_before_the_refused_request_is_told() {
        let good = "POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nab";
        let refused = inspect(&format!("{good}GET / HTTP/1.1\nhost: a\n\n")).unwrap_err();
        assert_eq!(refused, good.len());
    }

    #[test]
    fn after_an_upgrade_anything_goes() {
        assert!(inspect("GET / HTTP/1.1\r\nupgrade: websocket\r\n\r\n\x02\n\n").is_ok());
    }

    #[test]
    fn part_of_a_head_is_noticed() {
        assert!(inspect("GET / HT").is_ok_and(|guard| guard.in_head()));
        assert!(inspect("GET / HTTP/1.1\r\n").is_ok_and(|guard| guard.in_head()));
        assert!(inspect("POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n").is_ok_and(|guard| !guard.in_head()));
    }
}
