//! `jsonwebtoken`'s cryptography over ring: EdDSA with Ed25519 and nothing else, so that no other algorithm can be talked into use.
//!
//! Verification only: the library would derive the key pair anew for every token it signs, which doubles the cost of a login; see
//! `SigningKey::sign`.

use std::sync::Once;

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result, new_error},
    signature::{Error as SignatureError, Verifier},
};
use ring::signature::{ED25519, UnparsedPublicKey};

static OVER_RING: CryptoProvider = CryptoProvider {
    signer_factory,
    verifier_factory,
    // JWKs are written by hand in `keys`: one key type needs no machinery.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes ring the process's JWT cryptography; any number of calls.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if OVER_RING.install_default().is_err() {
            tracing::warn!("another JWT cryptography provider was installed first");
        }
    });
}

fn signer_factory(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(new_error(ErrorKind::UnsupportedAlgorithm))
}

fn verifier_factory(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(new_error(ErrorKind::UnsupportedAlgorithm));
    }
    if key.family() != AlgorithmFamily::Ed {
        return Err(new_error(ErrorKind::InvalidKeyFormat));
    }
    Ok(Box::new(RingVerifier(UnparsedPublicKey::new(
        &ED25519,
        key.try_get_as_bytes()?.to_vec(),
    ))))
}

struct RingVerifier(UnparsedPublicKey<Vec<u8>>);

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), SignatureError> {
        self.0.verify(message, signature).map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
