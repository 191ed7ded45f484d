//! Signing keys: the private one in a file of the auth service, the public ones in the database for everybody.
//!
//! Every key that may still have signed a living token verifies: the one in use, and a retired one for the life of an access token.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::DecodingKey;
use ring::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use sea_orm::DbErr;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::{
    queries,
    secret_file::{self, SecretFileError, random},
};
use crate::db::Db;

const FILE: &str = "access-token-ed25519.pem";
pub(super) const ALGORITHM: &str = "EdDSA";

/// An unknown key id makes the keys be read again, at most this often: invented ids must not become database load.
const LEAST_BETWEEN_READS_MS: i64 = 1_000;
/// They are read again now and then anyway, so that a key taken out of use is noticed.
const MOST_BETWEEN_READS_MS: i64 = 5 * 60 * 1_000;

/// PKCS#8 v1 of an Ed25519 key up to the 32-byte seed (RFC 8410, section 7); OpenSSL reads it too.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
];
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// The keys could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Reading or making a secret file.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// The file is not what it should be.
    #[error("{0} does not hold an Ed25519 private key (PKCS#8, PEM)")]
    NotAKey(String),
    /// The table `signing_keys`.
    #[error("signing keys: {0}")]
    Database(#[from] DbErr),
}

/// The private key and its public name.
pub(super) struct SigningKey {
    pub kid: String,
    pair: Ed25519KeyPair,
    public: String,
}

/// A public key and until when it verifies (unix milliseconds).
pub(super) struct VerifyingKey {
    pub key: DecodingKey,
    until: Option<i64>,
}

/// JSON Web Key Set (RFC 7517).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Jwks {
    /// Every key that verifies now.
    pub keys: Vec<Jwk>,
}

/// An Ed25519 public key as JSON Web Key (RFC 8037); `kid` is its thumbprint (RFC 7638).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the members are the RFC's")]
pub struct Jwk {
    pub kty: &'static str,
    pub crv: &'static str,
    pub x: String,
    pub kid: String,
    pub alg: &'static str,
    #[serde(rename = "use")]
    pub use_: &'static str,
}

type Known = HashMap<String, Arc<VerifyingKey>>;

/// The keys this process signs and verifies with.
pub(super) struct Keyring {
    signing: Option<SigningKey>,
    known: RwLock<Arc<Known>>,
    /// Grows whenever a key stops verifying: what was verified before then has to be verified again.
    generation: AtomicU64,
    /// When the table was last read (unix milliseconds); held while it is being read.
    read_at: Mutex<Option<i64>>,
    access_token_life_ms: i64,
}

impl Keyring {
    /// Reads the public keys; the process that `signs` also makes sure that its private key exists and is published.
    pub(super) async fn open(
        secrets_dir: &Path,
        signs: bool,
        db: &Db,
        now_ms: i64,
        access_token_life_ms: i64,
    ) -> Result<Self, KeyError> {
        let signing = if signs {
            Some(SigningKey::load_or_create(secrets_dir)?)
        } else {
            None
        };
        if let Some(key) = &signing {
            queries::publish_key(db, &key.kid, ALGORITHM, &key.public, now_ms).await?;
        }
        let keyring = Self {
            signing,
            known: RwLock::default(),
            generation: AtomicU64::new(0),
            read_at: Mutex::new(Some(now_ms)),
            access_token_life_ms,
        };
        keyring.read(db, now_ms).await?;
        Ok(keyring)
    }

    pub(super) fn signing(&self) -> Option<&SigningKey> {
        self.signing.as_ref()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The key of that id if it verifies now.
    pub(super) async fn find(&self, kid: &str, db: &Db, now_ms: i64) -> Result<Option<Arc<VerifyingKey>>, DbErr> {
        if self.known().contains_key(kid) {
            self.read_if_old(db, now_ms).await;
        } else {
            let mut read_at = self.read_at.lock().await;
            if read_at.is_none_or(|at| (now_ms - at).abs() >= LEAST_BETWEEN_READS_MS) {
                self.read(db, now_ms).await?;
                *read_at = Some(now_ms);
            }
        }
        Ok(self
            .known()
            .get(kid)
            .filter(|key| key.until.is_none_or(|until| now_ms < until))
            .cloned())
    }

    /// One caller reads, the others go on with what is known; so does everybody when the database is away.
    async fn read_if_old(&self, db: &Db, now_ms: i64) {
        let Ok(mut read_at) = self.read_at.try_lock() else {
            return;
        };
        if read_at.is_some_and(|at| (now_ms - at).abs() < MOST_BETWEEN_READS_MS) {
            return;
        }
        *read_at = Some(now_ms);
        if let Err(error) = self.read(db, now_ms).await {
            tracing::warn!(%error, "signing keys could not be read again");
        }
    }

    async fn read(&self, db: &Db, now_ms: i64) -> Result<(), DbErr> {
        let fresh: Known = queries::keys(db)
            .await?
            .into_iter()
            .filter(|row| row.algorithm == ALGORITHM)
            .filter_map(|row| {
                let until = row.retired_at.map(|at| at + self.access_token_life_ms);
                let key = DecodingKey::from_ed_components(&row.public_key).ok()?;
                until
                    .is_none_or(|until| now_ms < until)
                    .then(|| (row.kid, Arc::new(VerifyingKey { key, until })))
            })
            .collect();
        let fresh = Arc::new(fresh);
        let before = std::mem::replace(
            &mut *self.known.write().unwrap_or_else(PoisonError::into_inner),
            fresh.clone(),
        );
        if before.keys().any(|kid| !fresh.contains_key(kid)) {
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The set published at `/.well-known/jwks.json`, newest first.
pub(super) async fn jwks(db: &Db, now_ms: i64, access_token_life_ms: i64) -> Result<Jwks, DbErr> {
    let keys = queries::keys(db).await?;
    let verifies = |row: &queries::KeyRow| row.retired_at.is_none_or(|at| now_ms < at + access_token_life_ms);
    let keys = keys.into_iter().filter(verifies).map(|row| Jwk {
        kty: "OKP",
        crv: "Ed25519",
        x: row.public_key,
        kid: row.kid,
        alg: ALGORITHM,
        use_: "sig",
    });
    Ok(Jwks { keys: keys.collect() })
}

impl SigningKey {
    fn load_or_create(dir: &Path) -> Result<Self, KeyError> {
        let pem = secret_file::load_or_create(dir, FILE, || new_pem().into_bytes())?;
        let pair = from_pem(&pem)
            .and_then(|pkcs8| Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).ok())
            .ok_or_else(|| KeyError::NotAKey(dir.join(FILE).display().to_string()))?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key());
        Ok(Self {
            kid: thumbprint(&public),
            pair,
            public,
        })
    }

    /// A JWS in compact form (RFC 7515, 7.1).
    pub(super) fn sign(&self, header: &impl Serialize, claims: &impl Serialize) -> Result<String, serde_json::Error> {
        let part = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
        let message = format!(
            "{}.{}",
            part(serde_json::to_vec(header)?),
            part(serde_json::to_vec(claims)?)
        );
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes()));
        Ok(format!("{message}.{signature}"))
    }
}

/// RFC 7638 over the required members in lexicographic order (RFC 8037, section 2).
fn thumbprint(x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}

fn new_pem() -> String {
    let pkcs8 = [&PKCS8_PREFIX[..], &random::<32>()].concat();
    format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", STANDARD.encode(pkcs8))
}

fn from_pem(pem: &[u8]) -> Option<Vec<u8>> {
    let (_, rest) = std::str::from_utf8(pem).ok()?.split_once(PEM_BEGIN)?;
    let (body, _) = rest.split_once(PEM_END)?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_keeps_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let first = SigningKey::load_or_create(dir.path()).unwrap();
        let again = SigningKey::load_or_create(dir.path()).unwrap();
        assert_eq!(first.kid, again.kid);
        assert_eq!(first.kid.len(), 43);
        let pem = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(
            pem.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI"),
            "as OpenSSL writes it"
        );
    }

    #[test]
    fn a_spoiled_key_file_is_named_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for spoiled in [
            "",
            "garbage",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            std::fs::write(dir.path().join(FILE), spoiled).unwrap();
            let error = SigningKey::load_or_create(dir.path()).err().unwrap().to_string();
            assert!(error.contains(FILE), "{error}");
            assert_eq!(std::fs::read_to_string(dir.path().join(FILE)).unwrap(), spoiled);
        }
    }

    #[test]
    fn the_thumbprint_is_the_rfc_s() {
        // RFC 8037, appendix A.3.
        assert_eq!(
            thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }
}
