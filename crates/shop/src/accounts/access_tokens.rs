//! Access tokens: JWTs signed with Ed25519 that any service verifies by itself (RFC 9068's profile; there is one kind of client, so
//! no `client_id`). They are not looked up anywhere: an ended session's tokens die when they expire.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, Validation};
use moka::sync::Cache;
use ring::digest;
use serde::{Deserialize, Serialize};

use super::{
    config::Config,
    crypto,
    errors::{AuthError, Failure},
    keys::Keyring,
    secret_file::random,
    types::{Identity, Role, SessionId, UserId},
};
use crate::db::Db;
use telemetry::metrics::CacheCounters;

/// `typ` of RFC 9068: an identity token or anything else signed with the same key is not an access token.
const TYPE: &str = "at+jwt";
/// Ours have about 450 characters; nothing longer is worth hashing.
const LONGEST: usize = 4_096;
/// Verified tokens remembered; about 120 bytes each.
const REMEMBERED: u64 = 50_000;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// User id.
    sub: String,
    role: Role,
    /// Session id.
    sid: SessionId,
    /// Unix seconds.
    iat: i64,
    /// Unix seconds.
    exp: i64,
    jti: String,
}

#[derive(Clone, Copy)]
struct Verified {
    identity: Identity,
    expires_at: i64,
    generation: u64,
}

/// Makes and checks access tokens.
pub(super) struct AccessTokens {
    keyring: Keyring,
    issuer: String,
    audience: String,
    life_ms: i64,
    validation: Validation,
    /// By SHA-256 of the token, so that no usable token lies in memory.
    verified: Cache<[u8; 32], Verified>,
    counters: CacheCounters,
}

impl AccessTokens {
    pub(super) fn new(config: &Config, keyring: Keyring) -> Self {
        crypto::install();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library asks the machine's clock; ours can be told the time.
        validation.validate_exp = false;
        Self {
            keyring,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            life_ms: config.access_token_life.as_ms(),
            validation,
            counters: CacheCounters::new("access_tokens"),
            verified: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(*config.access_token_life)
                .build(),
        }
    }

    /// Can this process sign? Asked before anything is written for a token that could then not be made.
    pub(super) fn require_signing(&self) -> Result<(), Failure> {
        self.keyring.signing().map(drop).ok_or(Failure::NoSigningKey)
    }

    /// A token for `identity`, valid from now for the configured life.
    pub(super) fn sign(&self, identity: Identity, now_ms: i64) -> Result<String, Failure> {
        let signing = self.keyring.signing().ok_or(Failure::NoSigningKey)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.into());
        header.kid = Some(signing.kid.clone());
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: identity.user_id.to_string(),
            role: identity.role,
            sid: identity.session_id,
            iat: now_ms / 1_000,
            exp: (now_ms + self.life_ms) / 1_000,
            jti: URL_SAFE_NO_PAD.encode(random::<16>()),
        };
        Ok(signing.sign(&header, &claims)?)
    }

    /// Whom the token speaks for, and until when (unix milliseconds).
    pub(super) async fn verify(&self, token: &str, db: &Db, now_ms: i64) -> Result<(Identity, i64), AuthError> {
        if token.len() > LONGEST {
            return Err(AuthError::Invalid);
        }
        let hash: [u8; 32] = digest::digest(&digest::SHA256, token.as_bytes())
            .as_ref()
            .try_into()
            .expect("SHA-256 is 32 bytes");
        let generation = self.keyring.generation();
        let known = self.verified.get(&hash).filter(|known| known.generation == generation);
        if let Some(known) = self.counters.look(known) {
            return if now_ms < known.expires_at {
                Ok((known.identity, known.expires_at))
            } else {
                Err(AuthError::Expired)
            };
        }
        let (identity, expires_at) = self.verify_signature(token, db, now_ms).await?;
        self.verified.insert(
            hash,
            Verified {
                identity,
                expires_at,
                generation,
            },
        );
        Ok((identity, expires_at))
    }

    async fn verify_signature(&self, token: &str, db: &Db, now_ms: i64) -> Result<(Identity, i64), AuthError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| AuthError::Invalid)?;
        // RFC 7515, 4.1.11: extensions that must be understood are not.
        if !header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) || header.crit.is_some() {
            return Err(AuthError::Invalid);
        }
        let kid = header.kid.ok_or(AuthError::Invalid)?;
        let key = self.keyring.find(&kid, db, now_ms).await.map_err(|error| {
            tracing::error!(%error, "signing keys could not be read");
            AuthError::Unavailable
        })?;
        let key = key.ok_or(AuthError::Invalid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &self.validation)
            .map_err(|_| AuthError::Invalid)?
            .claims;
        let user_id = claims.sub.parse().map(UserId).map_err(|_| AuthError::Invalid)?;
        let expires_at = claims.exp.saturating_mul(1_000);
        if now_ms >= expires_at {
            return Err(AuthError::Expired);
        }
        Ok((
            Identity {
                user_id,
                role: claims.role,
                session_id: claims.sid,
            },
            expires_at,
        ))
    }
}
