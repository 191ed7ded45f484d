//! The names a request goes by: `x-request-id`, and the W3C trace context (`traceparent`, `tracestate`).

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

use http::header::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: &str = "traceparent";

/// The longest request id that is taken over from a client.
const MAX_REQUEST_ID_BYTES: usize = 64;

/// Names one request in logs here and in the services.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The client's own if it is a sane token, else a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get(X_REQUEST_ID) {
            Some(id) if is_token(id.as_bytes()) => Self(id.clone()),
            _ => Self::new(),
        }
    }

    fn new() -> Self {
        let id = hex::<32>([random(), random()]);
        // Hexadecimal digits are a header value.
        Self(HeaderValue::from_bytes(&id).unwrap_or(HeaderValue::from_static("0")))
    }

    /// Whether `name` is a header that this layer writes itself.
    pub(crate) fn owns(name: &str) -> bool {
        name == "x-request-id"
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"x-request-id: ");
        out.extend_from_slice(self.0.as_bytes());
        out.extend_from_slice(b"\r\n");
    }

    /// Tells the client. Takes the place of what an instance may have said.
    pub(crate) fn answer(&self, headers: &mut HeaderMap) {
        headers.insert(X_REQUEST_ID, self.0.clone());
    }
}

fn is_token(id: &[u8]) -> bool {
    (1..=MAX_REQUEST_ID_BYTES).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A `traceparent` value, 55 characters: `00-{trace id}-{parent id}-{flags}`.
#[derive(Debug, Clone)]
pub(crate) struct TraceContext {
    value: [u8; LENGTH],
    /// The trace was begun by the client.
    continued: bool,
}

const LENGTH: usize = 55;
const TRACE_ID: std::ops::Range<usize> = 3..35;

impl TraceContext {
    /// The client's if it is valid, else a new one, sampled at `ratio`.
    pub(crate) fn of(headers: &HeaderMap, ratio: f64) -> Self {
        let mut given = headers.get_all(TRACEPARENT).iter();
        if let (Some(value), None) = (given.next(), given.next())
            && is_traceparent(value.as_bytes())
            && let Ok(value) = value.as_bytes().try_into()
        {
            return Self { value, continued: true };
        }
        Self {
            value: new_traceparent(ratio),
            continued: false,
        }
    }

    /// Whether `name` is a header that this layer writes itself.
    pub(crate) fn owns(name: &str) -> bool {
        name == TRACEPARENT
    }

    /// Whether `tracestate`, which belongs to the client's context, still has a meaning.
    pub(crate) fn is_continued(&self) -> bool {
        self.continued
    }

    pub(crate) fn trace_id(&self) -> &str {
        self.as_str().get(TRACE_ID).unwrap_or_default()
    }

    /// As a `traceparent`.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.value).unwrap_or_default()
    }

    /// Puts another span of the same trace in its place, as a `traceparent` of version 00.
    pub(crate) fn replace(&mut self, traceparent: &str) {
        if is_traceparent(traceparent.as_bytes()) {
            self.value.copy_from_slice(traceparent.as_bytes());
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"traceparent: ");
        out.extend_from_slice(&self.value);
        out.extend_from_slice(b"\r\n");
    }
}

/// Version 00 only: a later version's extra fields could not be passed on by one who does not know them.
fn is_traceparent(value: &[u8]) -> bool {
    let is_hex = |range: std::ops::Range<usize>| value[range].iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |range: std::ops::Range<usize>| value[range].iter().all(|&b| b == b'0');
    value.len() == LENGTH
        && &value[..3] == b"00-"
        && value[35] == b'-'
        && value[52] == b'-'
        && is_hex(TRACE_ID)
        && is_hex(36..52)
        && is_hex(53..55)
        && !is_zero(TRACE_ID)
        && !is_zero(36..52)
}

fn new_traceparent(ratio: f64) -> [u8; LENGTH] {
    // The rule of OpenTelemetry's TraceIdRatioBased, so that everybody who knows the trace id decides alike: the id's
    // last 63 bits as a fraction.
    let low = random();
    let sampled = ((low >> 1) as f64) < ratio * (1u64 << 63) as f64;
    let mut value = [b'-'; LENGTH];
    value[..2].copy_from_slice(b"00");
    value[TRACE_ID].copy_from_slice(&hex::<32>([random() | 1, low]));
    value[36..52].copy_from_slice(&hex::<16>([random() | 1]));
    value[53..].copy_from_slice(if sampled { b"01" } else { b"00" });
    value
}

/// A number nobody has had before, in all likelihood. Not secret.
fn random() -> u64 {
    thread_local! {
        // Randomly keyed by the standard library, differently on every thread.
        static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(std::thread::current().id()));
    }
    // splitmix64
    let state = STATE.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
    STATE.set(state);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn hex<const DIGITS: usize>(words: impl IntoIterator<Item = u64>) -> [u8; DIGITS] {
    let mut out = [b'0'; DIGITS];
    for (digits, word) in out.chunks_mut(16).zip(words) {
        for (place, byte) in digits.chunks_mut(2).zip(word.to_be_bytes()) {
            const DIGIT: &[u8; 16] = b"0123456789abcdef";
            place[0] = DIGIT[usize::from(byte >> 4)];
            place[1] = DIGIT[usize::from(byte & 15)];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn a_valid_context_is_continued_and_others_replaced() {
        let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(TraceContext::of(&headers("traceparent", valid), 0.0).as_str(), valid);
        for wrong in [
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "",
        ] {
            let context = TraceContext::of(&headers("traceparent", wrong), 0.0);
            assert!(!context.is_continued(), "{wrong:?}");
            assert!(is_traceparent(&context.value), "{context:?}");
        }
    }

    #[test]
    fn as_many_are_sampled_as_asked_for() {
        let sampled = |ratio| (0..10_000).filter(|_| new_traceparent(ratio).ends_with(b"01")).count();
        assert_eq!(sampled(0.0), 0);
        assert_eq!(sampled(1.0), 10_000);
        assert!((700..1_300).contains(&sampled(0.1)));
    }

    #[test]
    fn only_sane_request_ids_are_taken_over() {
        let of = |id: &str| RequestId::of(&headers("x-request-id", id)).as_str().to_owned();
        assert_eq!(of("pedido-7_a.b"), "pedido-7_a.b");
        let too_long = "x".repeat(65);
        for wrong in ["", "a b", "a\"b", "<script>", too_long.as_str()] {
            let id = of(wrong);
            assert!(id.len() == 32 && id != wrong, "{wrong:?} became {id:?}");
        }
        assert_ne!(of(""), of(""));
    }
}
