//! Is it the password? At one guess at a time where that costs a core, and without telling by time how near a guess was.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use ring::hmac;
use ring::rand::SystemRandom;
use tokio::sync::Semaphore;

use super::config::{ConfigError, Password};

/// How many guesses may wait for the one being hashed.
const LINE: usize = 16;

/// Knows who may come in.
pub(super) struct Gate {
    username: String,
    secret: Secret,
    line: Semaphore,
    turn: Semaphore,
}

enum Secret {
    /// Compared by their codes under a key of this process: equal in time whatever the guess.
    Plain(Box<(hmac::Key, hmac::Tag)>),
    Hash(String),
}

/// Too many are being tried at this moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

impl Gate {
    pub(super) fn new(username: &str, password: &Password) -> Result<Self, ConfigError> {
        let secret = match password {
            Password::Plain(text) if text.is_empty() => return Err(ConfigError::NoPassword),
            Password::Plain(text) => {
                let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
                    .map_err(|_| ConfigError::Hash("no random numbers to be had".to_owned()))?;
                let tag = hmac::sign(&key, text.as_bytes());
                Secret::Plain(Box::new((key, tag)))
            }
            Password::Hash(phc) => {
                PasswordHash::new(phc).map_err(|error| ConfigError::Hash(error.to_string()))?;
                Secret::Hash(phc.clone())
            }
        };
        Ok(Self {
            username: username.to_owned(),
            secret,
            line: Semaphore::new(LINE),
            turn: Semaphore::new(1),
        })
    }

    /// Whether these two open. A wrong name costs what a wrong password costs.
    pub(super) async fn opens(&self, username: &str, password: String) -> Result<bool, Busy> {
        let named = username == self.username;
        let right = match &self.secret {
            Secret::Plain(known) => hmac::verify(&known.0, password.as_bytes(), known.1.as_ref()).is_ok(),
            Secret::Hash(phc) => {
                let _place = self.line.try_acquire().map_err(|_| Busy)?;
                let _turn = self.turn.acquire().await.map_err(|_| Busy)?;
                let phc = phc.clone();
                tokio::task::spawn_blocking(move || {
                    Argon2::default()
                        .verify_password(password.as_bytes(), phc.as_str())
                        .is_ok()
                })
                .await
                .map_err(|_| Busy)?
            }
        };
        Ok(named & right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `argon2id`, m=8 KiB, t=1, of «hilo y aguja».
    fn hashed() -> String {
        use argon2::{Algorithm, Params, PasswordHasher, Version};
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let hash: PasswordHash = cheap.hash_password(b"hilo y aguja").unwrap();
        hash.to_string()
    }

    #[tokio::test]
    async fn only_the_right_pair_opens() {
        for password in [Password::Plain("hilo y aguja".into()), Password::Hash(hashed())] {
            let gate = Gate::new("admin", &password).unwrap();
            let opens = async |name, guess: &str| gate.opens(name, guess.to_owned()).await.unwrap();
            assert!(opens("admin", "hilo y aguja").await);
            assert!(!opens("admin", "hilo y aguj").await);
            assert!(!opens("admin", "").await);
            assert!(!opens("root", "hilo y aguja").await);
        }
    }

    #[test]
    fn what_is_no_password_is_refused_at_the_start() {
        assert!(matches!(
            Gate::new("admin", &Password::Plain(String::new())),
            Err(ConfigError::NoPassword)
        ));
        assert!(matches!(
            Gate::new("admin", &Password::Hash("sha1:abc".into())),
            Err(ConfigError::Hash(_))
        ));
    }
}
