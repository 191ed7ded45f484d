//! Password hashing: Argon2id with OWASP's parameters, bounded, and a short memory of what was just verified.
//!
//! One hash costs tens of milliseconds of a core and 19 MiB, by intent. Three things keep that affordable:
//! - only so many run at once and only so many wait; beyond that the answer is [`VerifyError::Busy`];
//! - a successful verification is remembered for a few minutes, so the same person's next login needs no hash. What is kept is an
//!   HMAC under a key that exists only in this process's memory, over the account, the stored hash and the password: it is of no
//!   use in a database dump, and a changed password changes the stored hash, so it misses by construction;
//! - logins with the same password for the same account at the same moment share one hash.
//!
//! An account that does not exist is verified against a hash nobody knows the password of: same work, same answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use moka::future::Cache;
use ring::hmac;
use tokio::sync::Semaphore;

use super::{
    config::Config,
    metrics::{METRICS, Verification},
    secret_file::random,
    throttle::Throttled,
    types::Password,
};

/// OWASP Password Storage Cheat Sheet, Argon2id: m = 19 MiB, t = 2, p = 1.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Verifications remembered; about 100 bytes each.
const REMEMBERED: u64 = 50_000;

/// What a client is told to wait when the line is full: about the time a full line takes.
const BUSY_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Hashes and verifies.
pub(super) struct Passwords {
    running: Arc<Semaphore>,
    /// Permits for those running and those waiting together.
    line: Semaphore,
    verified: Cache<[u8; 32], ()>,
    mac: hmac::Key,
    /// Stands in for the hash of an account that does not exist.
    nobodys_hash: String,
}

/// The password was not verified.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum VerifyError {
    #[error("wrong password")]
    Wrong,
    #[error("too many failed logins")]
    Throttled(Throttled),
    #[error("too many passwords are being verified")]
    Busy { retry_after: Duration },
    #[error("password hashing failed: {0}")]
    Hashing(String),
}

impl Passwords {
    pub(super) fn new(config: &Config) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let running = if config.password_hash_concurrency == 0 {
            cores
        } else {
            config.password_hash_concurrency
        };
        Self {
            running: Arc::new(Semaphore::new(running)),
            line: Semaphore::new(running + config.password_hash_queue),
            verified: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(*config.verification_cache_life)
                .build(),
            mac: hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()),
            nobodys_hash: format!(
                "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
                STANDARD_NO_PAD.encode(random::<16>()),
                STANDARD_NO_PAD.encode(random::<32>()),
            ),
        }
    }

    /// A new PHC string for the password.
    pub(super) async fn hash(&self, password: &Password) -> Result<String, VerifyError> {
        let password = password.clone();
        self.work(|| Ok(()), move || hash_now(&password))
            .await?
            .map_err(|error| VerifyError::Hashing(error.to_string()))
    }

    /// Verifies against the PHC string stored for the account of an e-mail, or against nobody's when there is none.
    ///
    /// `gate` is asked when a waiting login's turn has come, and `wrong` counts a failure before the next one's turn comes: a
    /// thousand guesses sent at once must not all get in by having been asked before the first one failed. It counts on the thread
    /// that hashes, so hanging up does not escape it. Identical guesses that share a hash are one guess.
    pub(super) async fn verify(
        &self,
        email: &str,
        stored: Option<&str>,
        password: &Password,
        gate: impl FnOnce() -> Result<(), Throttled>,
        wrong: impl FnOnce() + Send + 'static,
    ) -> Result<(), VerifyError> {
        let stored = stored.unwrap_or(&self.nobodys_hash);
        // By e-mail also where there is no account: guesses at two of those must not share a hash, or sharing would tell.
        let key = self.key(email, stored, password);
        if self.verified.get(&key).await.is_some() {
            METRICS.verified(Verification::Remembered);
            return Ok(());
        }
        let check = async {
            let (password, stored) = (password.clone(), stored.to_owned());
            let verify = move || {
                let answer = argon2().verify_password(password.reveal().as_bytes(), stored.as_str());
                if matches!(answer, Err(password_hash::Error::PasswordInvalid)) {
                    wrong();
                }
                answer
            };
            match self.work(gate, verify).await? {
                Ok(()) => Ok(()),
                Err(password_hash::Error::PasswordInvalid) => Err(VerifyError::Wrong),
                Err(error) => Err(VerifyError::Hashing(error.to_string())),
            }
        };
        self.verified
            .try_get_with(key, check)
            .await
            .map_err(|shared| VerifyError::clone(&shared))
    }

    /// Remembers a password that was hashed a moment ago, so that the login after a registration needs no hash.
    pub(super) async fn remember(&self, email: &str, stored: &str, password: &Password) {
        self.verified.insert(self.key(email, stored, password), ()).await;
    }

    fn key(&self, email: &str, stored: &str, password: &Password) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.mac);
        for part in [email, stored, password.reveal()] {
            // The length marks where one part ends and the next begins.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        context.sign().as_ref().try_into().expect("HMAC-SHA256 is 32 bytes")
    }

    /// Runs `work` on a blocking thread in its turn. The permit goes along: a client that hangs up does not free a core still at work.
    async fn work<T: Send + 'static>(
        &self,
        gate: impl FnOnce() -> Result<(), Throttled>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, VerifyError> {
        let busy = || {
            METRICS.verified(Verification::Refused);
            VerifyError::Busy {
                retry_after: BUSY_RETRY_AFTER,
            }
        };
        let _place = self.line.try_acquire().map_err(|_| busy())?;
        let turn = self.running.clone().acquire_owned().await.map_err(|_| busy())?;
        gate().map_err(VerifyError::Throttled)?;
        let started = Instant::now();
        let span = tracing::info_span!("accounts.hash_password");
        let done = on_a_patient_thread(move || {
            let _turn = turn;
            span.in_scope(work)
        });
        let done = done.await.map_err(VerifyError::Hashing)?;
        METRICS.hashed(started.elapsed());
        METRICS.verified(Verification::Hashed);
        Ok(done)
    }
}

/// How much a hash stands back behind answering requests, from 0 to 19.
const NICENESS: i32 = 10;

/// Runs long work on a thread of its own that lets everybody else go first: a rush of first logins must not make the whole shop wait.
async fn on_a_patient_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("password-hash".into()).spawn(move || {
        // Of this thread alone, as Linux has it. Refused or not, the work is the same.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        drop(answer.send(work()));
    });
    spawned.map_err(|error| error.to_string())?;
    answered.await.map_err(|_| "the hashing thread panicked".to_owned())
}

/// A new PHC string, on this thread.
pub(super) fn hash_now(password: &Password) -> Result<String, password_hash::Error> {
    let hash: PasswordHash = argon2().hash_password(password.reveal().as_bytes())?;
    Ok(hash.to_string())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: &str = "ana@example.com";
    const NOBODY: &str = "nobody@example.com";

    fn password(text: &str) -> Password {
        Password::from(text.to_owned())
    }

    fn open() -> Result<(), Throttled> {
        Ok(())
    }

    /// No hash may run any more: whatever still succeeds was remembered, whatever needs a hash is told that we are busy.
    fn without_hashing(passwords: &Passwords) -> tokio::sync::SemaphorePermit<'_> {
        let all = u32::try_from(passwords.line.available_permits()).unwrap();
        passwords.line.try_acquire_many(all).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_passes_and_the_wrong_one_does_not() {
        let passwords = Passwords::new(&Config::default());
        let stored = passwords.hash(&password("tela de manta")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        passwords
            .verify(ANA, Some(&stored), &password("tela de manta"), open, || {})
            .await
            .unwrap();
        let wrong = passwords
            .verify(ANA, Some(&stored), &password("tela de mantA"), open, || {})
            .await;
        assert!(matches!(wrong, Err(VerifyError::Wrong)), "{wrong:?}");
    }

    #[tokio::test]
    async fn a_recent_success_needs_no_hash_but_a_changed_password_does() {
        let passwords = Passwords::new(&Config::default());
        let stored = passwords.hash(&password("tela de manta")).await.unwrap();
        let again = passwords.hash(&password("tela de manta")).await.unwrap();
        passwords
            .verify(ANA, Some(&stored), &password("tela de manta"), open, || {})
            .await
            .unwrap();
        let _none_runs = without_hashing(&passwords);
        passwords
            .verify(ANA, Some(&stored), &password("tela de manta"), open, || {})
            .await
            .unwrap();
        let busy = |result: Result<(), VerifyError>| matches!(result, Err(VerifyError::Busy { .. }));
        assert!(busy(
            passwords
                .verify(ANA, Some(&again), &password("tela de manta"), open, || {})
                .await
        ));
        assert!(busy(
            passwords
                .verify(NOBODY, Some(&stored), &password("tela de manta"), open, || {})
                .await
        ));
        assert!(busy(
            passwords
                .verify(ANA, Some(&stored), &password("otra cosa"), open, || {})
                .await
        ));
    }

    #[tokio::test]
    async fn nobodys_password_takes_the_same_hash_and_gets_the_same_answer() {
        let passwords = Passwords::new(&Config::default());
        let answer = passwords
            .verify(NOBODY, None, &password("tela de manta"), open, || {})
            .await;
        assert!(matches!(answer, Err(VerifyError::Wrong)), "{answer:?}");
        let _none_runs = without_hashing(&passwords);
        let answer = passwords
            .verify(NOBODY, None, &password("tela de manta"), open, || {})
            .await;
        assert!(
            matches!(answer, Err(VerifyError::Busy { .. })),
            "it cannot be answered without a hash: {answer:?}"
        );
    }

    #[tokio::test]
    async fn the_same_login_many_times_at_once_is_one_hash() {
        let config = Config {
            password_hash_concurrency: 1,
            password_hash_queue: 0,
            ..Config::default()
        };
        let passwords = Passwords::new(&config);
        let stored = passwords.hash(&password("tela de manta")).await.unwrap();
        let password = password("tela de manta");
        // With room for one hash and nobody waiting, a second hash would be refused.
        let all = (0..50).map(|_| passwords.verify(ANA, Some(&stored), &password, open, || {}));
        assert!(
            futures_util::future::join_all(all)
                .await
                .into_iter()
                .all(|result| result.is_ok())
        );
    }

    #[tokio::test]
    async fn a_full_line_is_told_so_at_once() {
        let config = Config {
            password_hash_concurrency: 1,
            password_hash_queue: 2,
            ..Config::default()
        };
        let passwords = Passwords::new(&config);
        let stored = passwords.hash(&password("tela de manta")).await.unwrap();
        let guesses: Vec<Password> = (0..10).map(|n| password(&format!("guess number {n}"))).collect();
        let all = guesses
            .iter()
            .map(|guess| passwords.verify(ANA, Some(&stored), guess, open, || {}));
        let answers = futures_util::future::join_all(all).await;
        let busy = answers
            .iter()
            .filter(|answer| matches!(answer, Err(VerifyError::Busy { .. })))
            .count();
        let wrong = answers
            .iter()
            .filter(|answer| matches!(answer, Err(VerifyError::Wrong)))
            .count();
        assert_eq!((busy, wrong), (7, 3));
        assert_eq!(passwords.line.available_permits(), 3, "everyone has left the line");
    }

    #[tokio::test]
    async fn a_waiting_guess_is_asked_again_when_its_turn_comes() {
        let passwords = Passwords::new(&Config::default());
        let closed = || {
            Err(Throttled {
                retry_after: Duration::from_secs(60),
            })
        };
        let answer = passwords
            .verify(NOBODY, None, &password("tela de manta"), closed, || {})
            .await;
        assert!(matches!(answer, Err(VerifyError::Throttled(_))), "{answer:?}");
    }
}
