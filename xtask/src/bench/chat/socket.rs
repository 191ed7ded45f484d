//! A chat client with as little in it as may be: WebSocket (RFC 6455), Engine.IO 4, Socket.IO 5, on a blocking connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// For answers to the handshake.
const PATIENCE: Duration = Duration::from_secs(20);
const TEXT: u8 = 0x81;
const MASKED: u8 = 0x80;

/// A connection to the namespace `/`.
pub(super) struct Socket {
    stream: TcpStream,
    /// Bytes of frames that are not whole yet.
    buffer: Vec<u8>,
}

impl Socket {
    /// Connects, by a handshake with this token.
    pub(super) fn connect(address: &str, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut socket = Self {
            stream,
            buffer: Vec::new(),
        };
        let handshake = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.stream.write_all(handshake.as_bytes())?;
        socket.skip_head()?;
        let open = socket.next()?;
        if !open.starts_with('0') {
            bail!("not an open packet: {open}");
        }
        socket.send(&format!("40{{\"token\":\"{token}\"}}"))?;
        let connected = socket.next()?;
        if !connected.starts_with("40") {
            bail!("refused: {connected}");
        }
        Ok(socket)
    }

    /// Another handle, for sending while this one waits for what comes.
    pub(super) fn sender(&self) -> Result<Self> {
        Ok(Self {
            stream: self.stream.try_clone()?,
            buffer: Vec::new(),
        })
    }

    /// How long [`next`](Self::next) waits.
    pub(super) fn wait_at_most(&self, time: Duration) -> Result<()> {
        Ok(self.stream.set_read_timeout(Some(time))?)
    }

    /// Sends one packet. A mask of zeros is a mask; ours need not fool a cache.
    pub(super) fn send(&mut self, packet: &str) -> Result<()> {
        let bytes = packet.as_bytes();
        let mut frame = Vec::with_capacity(bytes.len() + 8);
        frame.push(TEXT);
        match u16::try_from(bytes.len())? {
            length @ ..=125 => frame.push(MASKED | length as u8),
            length => {
                frame.push(MASKED | 126);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(bytes);
        Ok(self.stream.write_all(&frame)?)
    }

    /// The next packet that is no ping; pings are answered.
    pub(super) fn next(&mut self) -> Result<String> {
        self.next_or_timeout()?.context("nothing came in time")
    }

    /// The same, or `None` after the time set by [`wait_at_most`](Self::wait_at_most).
    pub(super) fn next_or_timeout(&mut self) -> Result<Option<String>> {
        loop {
            while let Some(packet) = self.take_frame()? {
                if packet == "2" {
                    self.send("3")?;
                } else {
                    return Ok(Some(packet));
                }
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => self.buffer.extend(&bytes[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Answers pings that have come, without waiting for any.
    pub(super) fn keep_alive(&mut self) -> Result<()> {
        self.stream.set_nonblocking(true)?;
        let looked = self.next_or_timeout();
        self.stream.set_nonblocking(false)?;
        looked.map(drop)
    }

    fn skip_head(&mut self) -> Result<()> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                if !self.buffer.starts_with(b"HTTP/1.1 101") {
                    bail!("no upgrade: {}", String::from_utf8_lossy(&self.buffer[..end]));
                }
                self.buffer.drain(..end + 4);
                return Ok(());
            }
            let mut bytes = [0; 1024];
            let count = self.stream.read(&mut bytes)?;
            if count == 0 {
                bail!("the server closed the connection");
            }
            self.buffer.extend(&bytes[..count]);
        }
    }

    /// A whole text frame from the buffer. Servers do not mask.
    fn take_frame(&mut self) -> Result<Option<String>> {
        let [kind, length, ..] = self.buffer[..] else {
            return Ok(None);
        };
        let (head, length) = match (length, self.buffer.get(2..4)) {
            (126, Some(bytes)) => (4, usize::from(bytes[0]) << 8 | usize::from(bytes[1])),
            (126, None) => return Ok(None),
            (127.., _) => bail!("a frame of more than 64 KiB"),
            (length, _) => (2, usize::from(length)),
        };
        let Some(payload) = self.buffer.get(head..head + length) else {
            return Ok(None);
        };
        if kind != TEXT {
            bail!("a frame of kind {kind:#x}");
        }
        let packet = String::from_utf8(payload.to_vec())?;
        self.buffer.drain(..head + length);
        Ok(Some(packet))
    }
}
