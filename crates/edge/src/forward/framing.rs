//! Where an answer's body ends, and taking it apart piece by piece (RFC 9112 sections 6 and 7).

use bytes::{Buf, Bytes, BytesMut};

/// Where an answer's body ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Framing {
    /// After so many more bytes.
    Length(u64),
    Chunked(Chunk),
    /// With the connection.
    UntilClose,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Chunk {
    /// Before the line with a chunk's size.
    Size,
    /// Within a chunk, so many bytes before its end.
    Data(u64),
    /// Before the line end after a chunk.
    End,
    /// In the lines after the last chunk.
    Trailers,
    Over,
}

/// What [`Framing::take`] found.
#[derive(Debug)]
pub(super) enum Taken {
    Piece(Bytes),
    /// More must be read first.
    Nothing,
}

impl Framing {
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunk::Over))
    }

    /// Takes the next piece of the body out of `read`.
    pub(super) fn take(&mut self, read: &mut BytesMut) -> Result<Taken, &'static str> {
        loop {
            match self {
                _ if read.is_empty() => return Ok(Taken::Nothing),
                Self::UntilClose => return Ok(Taken::Piece(read.split().freeze())),
                Self::Length(0) | Self::Chunked(Chunk::Over) => return Ok(Taken::Nothing),
                Self::Length(left) => return Ok(Taken::Piece(take_up_to(read, left))),
                Self::Chunked(chunk) => {
                    if let Chunk::Data(left) = chunk {
                        let piece = take_up_to(read, left);
                        if *left == 0 {
                            *chunk = Chunk::End;
                            // Whether that was all of it is better known at once than at the next read.
                            chunk.advance(read)?;
                        }
                        return Ok(Taken::Piece(piece));
                    }
                    if !chunk.advance(read)? {
                        return Ok(Taken::Nothing);
                    }
                }
            }
        }
    }
}

fn take_up_to(read: &mut BytesMut, left: &mut u64) -> Bytes {
    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(read.len());
    *left -= length as u64;
    read.split_to(length).freeze()
}

/// Chunk sizes with extensions, and trailers, are not longer than this.
const MAX_LINE_BYTES: usize = 8 * 1024;

impl Chunk {
    /// Goes through what is between the data of chunks. False: more must be read, or the body is over.
    fn advance(&mut self, read: &mut BytesMut) -> Result<bool, &'static str> {
        loop {
            if matches!(self, Self::Data(_)) {
                return Ok(true);
            }
            if matches!(self, Self::Over) {
                return Ok(false);
            }
            let Some(end) = memchr::memchr(b'\n', read) else {
                return if read.len() > MAX_LINE_BYTES {
                    Err("chunk line too long")
                } else {
                    Ok(false)
                };
            };
            let line = read[..end].strip_suffix(b"\r").ok_or("chunk line end")?;
            *self = match self {
                Self::End if line.is_empty() => Self::Size,
                Self::End => return Err("chunk longer than its size"),
                Self::Size => match chunk_size(line)? {
                    0 => Self::Trailers,
                    size => Self::Data(size),
                },
                Self::Trailers if line.is_empty() => Self::Over,
                _ => Self::Trailers,
            };
            read.advance(end + 1);
        }
    }
}

fn chunk_size(line: &[u8]) -> Result<u64, &'static str> {
    let size = line
        .split(|&byte| byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii_end();
    if size.is_empty() || !size.iter().all(u8::is_ascii_hexdigit) {
        return Err("chunk size");
    }
    let size = std::str::from_utf8(size)
        .ok()
        .and_then(|hex| u64::from_str_radix(hex, 16).ok());
    size.ok_or("chunk size")
}
