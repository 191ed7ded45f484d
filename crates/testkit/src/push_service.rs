//! A push service on this machine, and browsers that are subscribed there: takes messages over TLS, and reads them as a browser would.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

use crate::certificates;

/// A message as the push service got it.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// Path of the subscription.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Encrypted.
    pub body: Vec<u8>,
}

impl Pushed {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The claims of its VAPID token, whose signature must be that of `public_key` (RFC 8292).
    pub fn vapid_claims(&self, public_key: &str) -> Value {
        let authorization = self.header("authorization");
        let fields = authorization.strip_prefix("vapid ").expect("the scheme of RFC 8292");
        let field = |name: &str| {
            let mut fields = fields.split(", ");
            fields.find_map(|field| field.strip_prefix(name)).expect("t and k")
        };
        assert_eq!(field("k="), public_key);
        let (message, signature) = field("t=").rsplit_once('.').expect("a JWT");
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(public_key))
            .verify(message.as_bytes(), &bytes(signature))
            .expect("our own signature");
        let (_, claims) = message.split_once('.').expect("header and claims");
        serde_json::from_slice(&bytes(claims)).expect("JSON")
    }
}

#[derive(Debug, Default)]
struct State {
    answers: Mutex<VecDeque<String>>,
    received: Mutex<Vec<Pushed>>,
    stopped: AtomicBool,
}

/// The push service. Ends when dropped.
#[derive(Debug)]
pub struct PushService {
    port: u16,
    state: Arc<State>,
    browsers: AtomicU32,
}

impl PushService {
    /// Listens on a free port.
    pub fn start() -> Self {
        let (tls, listener) = (
            certificates::server(),
            TcpListener::bind("127.0.0.1:0").expect("a free port"),
        );
        let port = listener.local_addr().expect("a bound port").port();
        let state = Arc::new(State::default());
        let serving = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (tls, state) = (tls.clone(), serving.clone());
                // A client that does not like us ends the connection; that is its business.
                std::thread::spawn(move || stream.and_then(|stream| serve(stream, tls, &state)));
            }
        });
        Self {
            port,
            state,
            browsers: AtomicU32::new(0),
        }
    }

    /// Makes a shop deliver here: to this machine, trusting the tests' authority.
    pub fn allow(config: &mut shop::Config) {
        config.push.allow_private_addresses = true;
        config.push.extra_roots = Some(certificates::authority());
    }

    /// A browser that is subscribed here.
    pub fn browser(&self) -> Browser {
        let number = self.browsers.fetch_add(1, Ordering::SeqCst);
        // Any 32 bytes below the curve's order are a key.
        let mut seed = [7; 32];
        seed[28..].copy_from_slice(&number.to_be_bytes());
        Browser {
            path: format!("/push/{number}"),
            endpoint: format!("https://localhost:{}/push/{number}", self.port),
            secret: SecretKey::from_slice(&seed).expect("a key"),
            auth: [number as u8 + 1; 16],
        }
    }

    /// What the next message is answered, instead of `201 Created`: a status line's end and headers, `429 Slow\r\nRetry-After: 1`.
    pub fn answer_next(&self, answer: &str) {
        lock(&self.state.answers).push_back(answer.to_owned());
    }

    /// Every message so far, also those refused.
    pub fn received(&self) -> Vec<Pushed> {
        lock(&self.state.received).clone()
    }

    /// Waits for so many messages, for at most 20 seconds.
    pub async fn await_messages(&self, count: usize) -> Vec<Pushed> {
        for _ in 0..400 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{} messages instead of {count}", self.received().len());
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: TcpStream, tls: Arc<rustls::ServerConfig>, state: &State) -> std::io::Result<()> {
    let connection = rustls::ServerConnection::new(tls).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(rustls::StreamOwned::new(connection, stream));
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let path = lines.first().and_then(|line| line.split(' ').nth(1));
        let headers = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
        let mut pushed = Pushed {
            path: path.unwrap_or_default().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: Vec::new(),
        };
        let length = pushed.header("content-length").parse().unwrap_or(0);
        pushed.body.resize(length, 0);
        stream.read_exact(&mut pushed.body)?;
        let answer = lock(&state.answers).pop_front();
        let answer = answer.unwrap_or_else(|| "201 Created".into());
        lock(&state.received).push(pushed);
        write!(stream.get_mut(), "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n")?;
        stream.get_mut().flush()?;
    }
}

/// A browser with the private half of its keys.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Path of its subscription at the push service.
    pub path: String,
    /// Address of its subscription.
    pub endpoint: String,
    secret: SecretKey,
    auth: [u8; 16],
}

impl Browser {
    /// What its `PushSubscription.toJSON()` gives.
    pub fn subscription(&self) -> Value {
        let public = self.secret.public_key().to_encoded_point(false);
        json!({
            "endpoint": self.endpoint,
            "expirationTime": null,
            "keys": { "p256dh": URL_SAFE_NO_PAD.encode(public.as_bytes()), "auth": URL_SAFE_NO_PAD.encode(self.auth) },
        })
    }

    /// Decrypts a message that was for it.
    pub fn read(&self, pushed: &Pushed) -> Value {
        assert_eq!(pushed.path, self.path, "for another browser");
        let plain = web_push_native::decrypt(pushed.body.clone(), &self.secret, &self.auth.into());
        serde_json::from_slice(&plain.expect("for this browser")).expect("JSON")
    }
}
