//! gRPC over HTTP/2: one call with one message each way.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;

use super::super::answer::{Code, Refusal};
use super::super::packing::unpack;
use crate::traces::Traces;

/// What is answered.
pub(super) type Answer = Response<BoxBody<Bytes, Infallible>>;

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
/// Whether it is packed, and its length.
const FRAME: usize = 5;
/// How long a message may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What something else than a gRPC call gets.
pub(super) fn not_grpc(request: &Request<Incoming>) -> Option<Answer> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let rest = content_type.strip_prefix("application/grpc");
    let is_grpc = rest.is_some_and(|rest| matches!(rest, "" | "+proto") || rest.starts_with(';'));
    let status = match *request.method() {
        Method::POST if is_grpc => return None,
        Method::POST => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    };
    let mut answer = Response::new(Empty::new().boxed());
    *answer.status_mut() = status;
    Some(answer)
}

/// Reads the message of a call, with the room it takes as long as it is held.
pub(super) async fn read(
    traces: &Arc<Traces>,
    request: Request<Incoming>,
) -> Result<(Bytes, [OwnedSemaphorePermit; 2]), Refusal> {
    let most = traces.limits().request_bytes;
    let encoding = request.headers().get("grpc-encoding");
    let encoding = encoding
        .and_then(|value| value.to_str().ok())
        .unwrap_or("identity")
        .to_owned();
    let arrived = tokio::time::timeout(BODY_TIMEOUT, read_frame(traces, request.into_body(), most)).await;
    let (flag, packed, room) = arrived.map_err(|_| {
        let why = "the message took too long to arrive";
        Refusal::new(408, Code::DeadlineExceeded, why)
    })??;
    let length = packed.len();
    let message = match flag {
        0 => packed,
        1 if encoding == "identity" => return Err(internal("a packed message without grpc-encoding")),
        1 => unpack(&encoding, packed, most)?,
        other => return Err(internal(format!("a message's flag is 0 or 1, this is {other}"))),
    };
    let more_room = traces.admit(message.len().saturating_sub(length))?;
    Ok((message, [room, more_room]))
}

/// Reads the one frame of a unary call: whether it is packed, what is in it. Its first bytes say how long it is; only when
/// there is room for that is the rest let in.
async fn read_frame(
    traces: &Arc<Traces>,
    mut body: Incoming,
    most: usize,
) -> Result<(u8, Bytes, OwnedSemaphorePermit), Refusal> {
    let mut read = BytesMut::new();
    let mut wanted: Option<(usize, OwnedSemaphorePermit)> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| internal(format!("the message did not arrive: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        read.put(data);
        if wanted.is_none() && read.len() >= FRAME {
            let length = u32::from_be_bytes([read[1], read[2], read[3], read[4]]) as usize;
            if length > most {
                return Err(Refusal::too_large(most));
            }
            wanted = Some((length, traces.admit(length)?));
        }
        if let Some((length, _)) = &wanted
            && read.len() > FRAME + length
        {
            return Err(internal("a unary call has one message"));
        }
    }
    let Some((length, room)) = wanted else {
        return Err(internal("a message begins with five bytes"));
    };
    let flag = read.get_u8();
    read.advance(FRAME - 1);
    if read.len() < length {
        return Err(internal(format!("expected {length} bytes, found {}", read.len())));
    }
    Ok((flag, read.freeze(), room))
}

fn internal(message: impl Into<String>) -> Refusal {
    Refusal::new(500, Code::Internal, message)
}

/// A message and its status in trailers, or a status alone.
pub(super) fn reply(result: Result<Vec<u8>, Refusal>) -> Answer {
    let mut answer = match result {
        Ok(message) => {
            let mut frame = BytesMut::with_capacity(FRAME + message.len());
            frame.put_u8(0);
            // An answer is a few bytes.
            frame.put_u32(message.len() as u32);
            frame.put_slice(&message);
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            let body = Full::new(frame.freeze()).with_trailers(std::future::ready(Some(Ok(trailers))));
            Response::new(body.boxed())
        }
        Err(refusal) => {
            let mut answer = Response::new(Empty::new().boxed());
            let headers = answer.headers_mut();
            headers.insert("grpc-status", HeaderValue::from(refusal.code as u16));
            if let Ok(message) = HeaderValue::from_str(&escape(&refusal.message)) {
                headers.insert("grpc-message", message);
            }
            answer
        }
    };
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, GRPC);
    headers.insert(
        "grpc-accept-encoding",
        HeaderValue::from_static("identity,gzip,deflate,zstd"),
    );
    answer
}

/// Percent-encoding as gRPC has it for messages: of what is no visible ASCII, and of the sign itself.
fn escape(message: &str) -> String {
    let mut escaped = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b'%' => escaped.push_str("%25"),
            b' '..=b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_escaped() {
        assert_eq!(escape("100 % «lleno»\n"), "100 %25 %C2%ABlleno%C2%BB%0A");
    }
}
