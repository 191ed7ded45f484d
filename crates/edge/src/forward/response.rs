//! Reading the head of an instance's answer into the client's header map (RFC 9112).

use std::mem::MaybeUninit;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, UPGRADE};

use super::framing::{Chunk, Framing};
use super::request::is_hop_by_hop;
use super::upstream::AnswerTo;

/// Headers of one answer.
const MAX_HEADERS: usize = 100;

/// The head of an answer; its headers are in the map that was given for them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) framing: Framing,
    /// The connection may serve another request when the body is over.
    pub(super) keep: bool,
}

/// Takes one head out of `read`; `None` if it is not whole yet. Informational answers are skipped. The error says what
/// is wrong with it.
pub(super) fn parse(read: &mut BytesMut, headers: &mut HeaderMap, to: AnswerTo) -> Result<Option<Head>, &'static str> {
    loop {
        let Some(head) = parse_one(read, headers, to)? else {
            return Ok(None);
        };
        if !head.status.is_informational() || head.status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(Some(head));
        }
    }
}

fn parse_one(read: &mut BytesMut, headers: &mut HeaderMap, to: AnswerTo) -> Result<Option<Head>, &'static str> {
    // Names and values as offsets, since what they are offsets of is about to be cut off.
    let mut places = [[0u16; 4]; MAX_HEADERS];
    let mut found = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let length = match config.parse_response_with_uninit_headers(&mut parsed, read, &mut found) {
        Ok(httparse::Status::Complete(length)) if length <= usize::from(u16::MAX) => length,
        Ok(httparse::Status::Complete(_)) => return Err("head too long"),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err("too many headers"),
        Err(_) => return Err("not HTTP"),
    };
    let http_11 = parsed.version == Some(1);
    let status = parsed
        .code
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or("status out of range")?;
    let count = parsed.headers.len();
    let start = read.as_ptr() as usize;
    for (place, header) in places.iter_mut().zip(parsed.headers.iter()) {
        let (name, value) = (
            header.name.as_ptr() as usize - start,
            header.value.as_ptr() as usize - start,
        );
        *place = [name, name + header.name.len(), value, value + header.value.len()].map(|offset| offset as u16);
    }
    let head = read.split_to(length).freeze();
    if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(Some(Head {
            status,
            framing: Framing::Length(0),
            keep: true,
        }));
    }

    headers.clear();
    let mut fields = Fields::default();
    for [name_from, name_to, from, to] in places[..count].iter().map(|place| place.map(usize::from)) {
        let name = HeaderName::from_bytes(&head[name_from..name_to]).map_err(|_| "header name")?;
        let value = head.slice(from..to);
        if fields.note(name.as_str(), &value)? {
            let value = HeaderValue::from_maybe_shared(value).map_err(|_| "header value")?;
            headers.append(name, value);
        }
    }
    let framing = if status == StatusCode::SWITCHING_PROTOCOLS {
        let protocol = fields
            .upgrade
            .take()
            .filter(|_| to.upgrade)
            .ok_or("upgrade that nobody asked for")?;
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(
            UPGRADE,
            HeaderValue::from_maybe_shared(protocol).map_err(|_| "header value")?,
        );
        Framing::UntilClose
    } else if to.head || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        Framing::Length(0)
    } else if fields.chunked {
        // The coding decides, and a length beside it is wrong (RFC 9112 section 6.3).
        headers.remove(CONTENT_LENGTH);
        Framing::Chunked(Chunk::Size)
    } else if let Some(length) = fields.length {
        Framing::Length(length)
    } else {
        Framing::UntilClose
    };
    for name in fields.named.iter().flat_map(|names| names.split(',')) {
        headers.remove(name.trim());
    }
    let persistent = if http_11 { !fields.close } else { fields.keep_alive };
    Ok(Some(Head {
        status,
        framing,
        keep: persistent && !matches!(framing, Framing::UntilClose) && !(fields.chunked && fields.length.is_some()),
    }))
}

/// What the headers say about the connection and the body's framing.
#[derive(Default)]
struct Fields {
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    /// Values of `Connection` that name further headers for this hop only.
    named: Option<String>,
    upgrade: Option<Bytes>,
}

impl Fields {
    /// Takes note of a header; true if it is for the client too.
    fn note(&mut self, name: &str, value: &Bytes) -> Result<bool, &'static str> {
        match name {
            "content-length" => {
                let text = std::str::from_utf8(value).unwrap_or_default();
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let length = text.parse().ok().filter(|_| digits).ok_or("content-length")?;
                return match self.length.replace(length) {
                    None => Ok(true),
                    Some(before) if before == length => Ok(false),
                    Some(_) => Err("content-length twice"),
                };
            }
            "transfer-encoding" => {
                if !value.eq_ignore_ascii_case(b"chunked") || std::mem::replace(&mut self.chunked, true) {
                    return Err("transfer-encoding");
                }
            }
            "connection" => {
                for option in std::str::from_utf8(value).unwrap_or_default().split(',').map(str::trim) {
                    if option.eq_ignore_ascii_case("close") {
                        self.close = true;
                    } else if option.eq_ignore_ascii_case("keep-alive") {
                        self.keep_alive = true;
                    } else if !option.eq_ignore_ascii_case("upgrade") && !option.is_empty() {
                        let named = self.named.get_or_insert_default();
                        named.push_str(option);
                        named.push(',');
                    }
                }
            }
            "upgrade" => self.upgrade = Some(value.clone()),
            name => return Ok(!is_hop_by_hop(name)),
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::framing::Taken;

    const GET: AnswerTo = AnswerTo {
        head: false,
        upgrade: false,
    };

    fn parse_whole(answer: &str, to: AnswerTo) -> Result<(Head, HeaderMap, BytesMut), &'static str> {
        let mut read = BytesMut::from(answer);
        let mut headers = HeaderMap::new();
        let head = parse(&mut read, &mut headers, to)?.ok_or("not whole")?;
        Ok((head, headers, read))
    }

    /// The body, and whether it came to its end.
    fn body_of(answer: &str) -> Result<(String, bool), &'static str> {
        let (head, _, mut read) = parse_whole(answer, GET)?;
        let mut framing = head.framing;
        let mut body = Vec::new();
        while let Taken::Piece(piece) = framing.take(&mut read)? {
            body.extend_from_slice(&piece);
        }
        Ok((String::from_utf8(body).unwrap(), framing.is_over()))
    }

    #[test]
    fn bodies_end_where_their_framing_says() {
        for (answer, body, over) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcd", "abc", true),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc",
                "abc",
                true,
            ),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc", "abc", false),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: u\r\n\r\n",
                "abcde",
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "abc",
                false,
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n0\r\n\r\n",
                "",
                true,
            ),
            ("HTTP/1.0 200 OK\r\n\r\nabc", "abc", false),
            ("HTTP/1.1 204 No Content\r\n\r\n", "", true),
            (
                "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
                "",
                true,
            ),
        ] {
            assert_eq!(body_of(answer), Ok((body.to_owned(), over)), "{answer:?}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for answer in [
            "220 mail.example.com ESMTP\r\n\r\n",
            "HTTP/1.1 099 Low\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\ncontent-length: -3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n",
        ] {
            assert!(body_of(answer).is_err(), "{answer:?}");
        }
    }

    #[test]
    fn headers_for_this_hop_stay_here() {
        let answer = "HTTP/1.1 200 OK\r\nConnection: close, X-Internal\r\nX-Internal: 1\r\nKeep-Alive: 5\r\nX-Kept: 2\r\ncontent-length: 0\r\n\r\n";
        let (head, headers, _) = parse_whole(answer, GET).unwrap();
        assert!(!head.keep);
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-length", "x-kept"]);
    }

    #[test]
    fn the_answer_to_head_has_a_length_and_no_body() {
        let to = AnswerTo { head: true, ..GET };
        let (head, headers, _) = parse_whole("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", to).unwrap();
        assert!(head.framing.is_over() && head.keep);
        assert_eq!(headers[CONTENT_LENGTH], "900");
    }
}
