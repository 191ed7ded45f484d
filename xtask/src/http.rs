//! A small HTTP/1.1 client: one keep-alive connection, blocking. It drives the benches, where a full client's own cost
//! would drown what is measured, and fetches pages for the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Longer than any deadline of the system under test.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One answer, its body read to the end.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// The server closes the connection behind this answer.
    closes: bool,
}

/// One connection; opened again when the server has closed it.
pub(crate) struct Client {
    address: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// `address` is `host:port`, or a base URL `http://host:port`.
    pub(crate) fn new(address: &str) -> Self {
        let address = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self {
            address,
            connection: None,
        }
    }

    /// `GET path`, following no redirect.
    pub(crate) fn get(&mut self, path: &str) -> Result<Response> {
        let request = request(&self.address, "GET", path, &[], None);
        self.send(&request)
    }

    /// Sends a request made by [`request`] and reads the answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<Response> {
        let reused = self.connection.is_some();
        match self.exchange(request) {
            // The server may have closed an idle connection in the meantime: once more on a new one.
            Err(_) if reused && self.connection.is_none() => self.exchange(request),
            done => done,
        }
    }

    fn exchange(&mut self, request: &[u8]) -> Result<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        connection.get_mut().write_all(request)?;
        let response = read_response(&mut connection).with_context(|| format!("no answer from {}", self.address))?;
        if !response.closes {
            self.connection = Some(connection);
        }
        Ok(response)
    }

    fn connect(&self) -> Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(&self.address).with_context(|| format!("cannot reach {}", self.address))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        Ok(BufReader::with_capacity(64 * 1024, stream))
    }
}

/// A whole request as bytes: made once, sent many times. A `json` body brings its `Content-Type`.
pub(crate) fn request(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    json: Option<&str>,
) -> Vec<u8> {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: textisur-xtask\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(json) = json {
        text.push_str(&format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            json.len()
        ));
    }
    text.push_str("\r\n");
    text.push_str(json.unwrap_or_default());
    text.into_bytes()
}

fn read_response(connection: &mut BufReader<TcpStream>) -> Result<Response> {
    let mut line = String::with_capacity(128);
    connection.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .context("not an HTTP status line")?;
    let mut response = Response {
        status,
        content_type: String::new(),
        body: Vec::new(),
        closes: false,
    };
    let (mut length, mut chunked) = (None, false);
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').context("a header without a colon")?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.parse::<usize>().context("a length that is no number")?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("connection") {
            response.closes = value.eq_ignore_ascii_case("close");
        } else if name.eq_ignore_ascii_case("content-type") {
            response.content_type = value.to_owned();
        }
    }
    match (chunked, length) {
        (true, _) => read_chunks(connection, &mut response.body)?,
        (false, Some(length)) => read_exactly(connection, length, &mut response.body)?,
        (false, None) if status == 204 || status == 304 => {}
        (false, None) => bail!("an answer without a length"),
    }
    Ok(response)
}

fn read_chunks(connection: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let size = line.trim_end().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).context("a chunk without a size")?;
        read_exactly(connection, size, body)?;
        line.clear();
        connection.read_line(&mut line)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn read_exactly(connection: &mut BufReader<TcpStream>, length: usize, body: &mut Vec<u8>) -> Result<()> {
    let start = body.len();
    body.resize(start + length, 0);
    connection.read_exact(&mut body[start..])?;
    Ok(())
}
