//! Opaque tokens: 256 random bits that mean nothing to anyone but the database, which knows only their hash.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest;

use super::secret_file::random;

/// A refresh token or a page session's cookie: 43 characters of base64url. Its debug form is blank.
#[derive(Clone, PartialEq, Eq)]
pub struct OpaqueToken(String);

/// What the database keeps of a token: lower-case hex of its SHA-256. The token is random, so no salt and no slow hash are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenHash(String);

const BYTES: usize = 32;

impl OpaqueToken {
    /// A new one, never seen before.
    pub fn issue() -> Self {
        Self::of(&random())
    }

    /// The one that those bytes spell.
    pub(super) fn of(bytes: &[u8; BYTES]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a client sent, if it has the form of a token at all; rubbish never reaches the database.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES + 1];
        // 43 characters of base64url without padding are 32 bytes, and the decoder refuses stray bits at the end.
        let fits = text.len() == 43 && URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(BYTES);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text to hand to its owner; nobody else may see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(hex(digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref()))
    }
}

impl TokenHash {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueToken(…)")
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_issued_is_recognised_and_only_its_hash_is_kept() {
        let token = OpaqueToken::issue();
        assert_eq!(OpaqueToken::parse(token.reveal()), Some(token.clone()));
        assert_eq!(token.hash().as_str().len(), 64);
        assert_ne!(token.hash(), OpaqueToken::issue().hash());
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn the_hash_is_plain_sha_256() {
        let token = OpaqueToken::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert_eq!(
            token.hash().as_str(),
            "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a"
        );
    }

    proptest! {
        #[test]
        fn rubbish_is_refused_without_a_panic(text in "\\PC{0,80}") {
            if let Some(token) = OpaqueToken::parse(&text) {
                prop_assert_eq!(token.reveal(), text);
            }
        }

        #[test]
        fn every_token_has_one_spelling(bytes in any::<[u8; 32]>(), at in 0usize..43, other in "[A-Za-z0-9_-]") {
            let text = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert!(OpaqueToken::parse(&text).is_some());
            let mut changed = text.clone();
            changed.replace_range(at..=at, &other);
            if let Some(token) = OpaqueToken::parse(&changed) {
                prop_assert_eq!(token.hash() == OpaqueToken::parse(&text).unwrap().hash(), changed == text);
            }
        }
    }
}
