//! Who we are to push services: a P-256 key of our own and a short-lived token signed with it (RFC 8292).

use std::path::Path;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use crate::accounts::secret_file::{self, SecretFileError};

const FILE: &str = "vapid-p256.pk8";

/// Push services take tokens of at most 24 hours; one whose clock is some hours off still takes this one.
const LIFE_S: i64 = 12 * 3_600;

/// The key could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum VapidError {
    /// Reading or making its file.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// The file is not what it should be.
    #[error("{0} does not hold a P-256 private key (PKCS#8, DER)")]
    NotAKey(String),
}

/// The key pair. Browsers subscribe to its public half: with another key every subscription is void.
pub struct Vapid {
    pair: EcdsaKeyPair,
    public: String,
    random: SystemRandom,
}

impl Vapid {
    /// Reads the key; the first start makes it.
    pub fn open(secrets_dir: &Path) -> Result<Self, VapidError> {
        let random = SystemRandom::new();
        let pkcs8 = secret_file::load_or_create(secrets_dir, FILE, || {
            // As in `secret_file::random`: the kernel's source does not fail once it is up.
            let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
            made.expect("the system's random source answers").as_ref().to_vec()
        })?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &random)
            .map_err(|_| VapidError::NotAKey(secrets_dir.join(FILE).display().to_string()))?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key());
        Ok(Self { pair, public, random })
    }

    /// The public key as `pushManager.subscribe` takes it: the uncompressed point, base64url.
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// The `Authorization` of a message to the push service at `origin`; `contact` is whom its operators may write to.
    pub(super) fn authorization(&self, origin: &str, contact: &str, now_ms: i64) -> Option<String> {
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let claims = part(json!({ "aud": origin, "exp": now_ms / 1_000 + LIFE_S, "sub": contact }));
        let message = format!("{header}.{claims}");
        let signature = self.pair.sign(&self.random, message.as_bytes()).ok()?;
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
        Some(format!("vapid t={token}, k={}", self.public))
    }
}

impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vapid")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn the_key_is_made_once_and_signs_what_its_public_half_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let vapid = Vapid::open(folder.path()).unwrap();
        assert_eq!(vapid.public_key(), Vapid::open(folder.path()).unwrap().public_key());
        assert_eq!(
            URL_SAFE_NO_PAD.decode(vapid.public_key()).unwrap()[0],
            4,
            "uncompressed"
        );

        let authorization = vapid
            .authorization("https://push.example.net", "mailto:a@example.com", 1_700_000_000_000)
            .unwrap();
        let token = authorization
            .strip_prefix("vapid t=")
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let key = URL_SAFE_NO_PAD.decode(vapid.public_key()).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap();
    }

    #[test]
    fn a_spoiled_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), b"garbage").unwrap();
        let error = Vapid::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains(FILE), "{error}");
    }
}
