//! Stripe's webhook signature, scheme v1: `Stripe-Signature: t=UNIX,v1=HEX`, HMAC-SHA256 over `"{t}.{body}"`.

use ring::hmac;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header, or none of the form `t=…,v1=…`.
    #[error("the Stripe-Signature header is missing or malformed")]
    Malformed,
    /// Older or newer than the tolerance allows: perhaps replayed.
    #[error("the signature's time is outside the tolerance")]
    Stale,
    /// Signed with another secret, or the body was changed.
    #[error("no signature matches the body")]
    Mismatch,
}

/// Checks a header against the body as it came over the wire. Several `v1` entries are tried, as while a secret is rotated.
pub fn verify(header: &str, body: &[u8], secret: &str, now_s: i64, tolerance_s: i64) -> Result<(), SignatureError> {
    let mut time = None;
    let mut candidates = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) => time = Some(value),
            Some(("v1", value)) => candidates.push(value),
            _ => {}
        }
    }
    let time = time.ok_or(SignatureError::Malformed)?;
    let seconds: i64 = time.parse().map_err(|_| SignatureError::Malformed)?;
    if candidates.is_empty() {
        return Err(SignatureError::Malformed);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let message = signed_message(time, body);
    // ring compares in constant time.
    let genuine = candidates
        .iter()
        .filter_map(|hex| decode_hex(hex))
        .any(|tag| hmac::verify(&key, &message, &tag).is_ok());
    if !genuine {
        return Err(SignatureError::Mismatch);
    }
    if seconds.abs_diff(now_s) > tolerance_s.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

/// The header for a body, as Stripe makes it. Used by tests and tools that play Stripe.
pub fn sign(body: &[u8], secret: &str, now_s: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &signed_message(&now_s.to_string(), body));
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={now_s},v1={hex}")
}

fn signed_message(time: &str, body: &[u8]) -> Vec<u8> {
    [time.as_bytes(), b".", body].concat()
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|d| d as u8);
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    #[test]
    fn a_genuine_webhook_is_believed_also_while_the_secret_is_rotated() {
        let header = sign(BODY, "whsec_new", 1_000);
        assert_eq!(verify(&header, BODY, "whsec_new", 1_100, 300), Ok(()));
        let rotated = format!(
            "{},{}",
            sign(BODY, "whsec_old", 1_000),
            header.split_once(',').unwrap().1
        );
        assert_eq!(verify(&rotated, BODY, "whsec_new", 1_000, 300), Ok(()));
    }

    #[test]
    fn anything_else_is_not() {
        let header = sign(BODY, "whsec_a", 1_000);
        assert_eq!(
            verify(&header, BODY, "whsec_b", 1_000, 300),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            verify(&header, b"{}", "whsec_a", 1_000, 300),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(verify(&header, BODY, "whsec_a", 1_301, 300), Err(SignatureError::Stale));
        assert_eq!(verify(&header, BODY, "whsec_a", 699, 300), Err(SignatureError::Stale));
        assert_eq!(
            verify("t=1000,v1=zz", BODY, "whsec_a", 1_000, 300),
            Err(SignatureError::Mismatch)
        );
        for malformed in ["", "t=1000", "v1=00", "t=x,v1=00", "t=1000,v0=00"] {
            assert_eq!(
                verify(malformed, BODY, "whsec_a", 1_000, 300),
                Err(SignatureError::Malformed)
            );
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(header in ".{0,200}") {
            prop_assert!(verify(&header, BODY, "whsec_a", 1_000, 300).is_err());
        }
    }
}
