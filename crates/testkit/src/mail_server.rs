//! A mail server on this machine: takes letters by SMTP (RFC 5321), in the clear or over TLS, and keeps them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::certificates;

/// How a client may talk to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// In the clear.
    None,
    /// In the clear until the client asks for TLS (RFC 3207).
    StartTls,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Envelope.
    pub from: String,
    /// Envelope.
    pub to: String,
    /// Headers and body, as sent.
    pub text: String,
    /// Did it come over TLS?
    pub encrypted: bool,
    /// What the client signed in with: base64 of RFC 4616.
    pub login: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    answers: Mutex<VecDeque<String>>,
    received: Mutex<Vec<Received>>,
    stopped: AtomicBool,
}

/// The mail server. Ends when dropped.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    state: Arc<State>,
}

impl MailServer {
    /// Listens on a free port.
    pub fn start(tls: MailTls) -> Self {
        let config = certificates::server();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let state = Arc::new(State::default());
        let serving = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (config, state) = (config.clone(), serving.clone());
                std::thread::spawn(move || stream.and_then(|stream| serve(stream, tls, config, &state)));
            }
        });
        Self { port, state }
    }

    /// Its port on `localhost`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the next recipient is answered, instead of `250 OK`: `550 No such mailbox`, `451 Later`.
    pub fn answer_next(&self, answer: &str) {
        lock(&self.state.answers).push_back(answer.to_owned());
    }

    /// Every letter that it took.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }

    /// Waits for so many letters, for at most 20 seconds.
    pub async fn await_letters(&self, count: usize) -> Vec<Received> {
        for _ in 0..400 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{} letters instead of {count}", self.received().len());
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn encrypt(stream: TcpStream, config: Arc<rustls::ServerConfig>) -> std::io::Result<Box<dyn Wire>> {
    let connection = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    Ok(Box::new(rustls::StreamOwned::new(connection, stream)))
}

fn serve(stream: TcpStream, tls: MailTls, config: Arc<rustls::ServerConfig>, state: &State) -> std::io::Result<()> {
    let plain = stream.try_clone()?;
    let mut encrypted = tls == MailTls::Implicit;
    let mut wire: BufReader<Box<dyn Wire>> = BufReader::new(match tls {
        MailTls::Implicit => encrypt(stream, config.clone())?,
        MailTls::None | MailTls::StartTls => Box::new(stream),
    });
    let say = |wire: &mut BufReader<Box<dyn Wire>>, text: &str| {
        write!(wire.get_mut(), "{text}\r\n")?;
        wire.get_mut().flush()
    };
    let read = |wire: &mut BufReader<Box<dyn Wire>>| {
        let mut line = String::new();
        wire.read_line(&mut line)?;
        Ok::<_, std::io::Error>(line)
    };
    let (mut from, mut to, mut login) = (String::new(), String::new(), None);
    say(&mut wire, "220 localhost ESMTP")?;
    loop {
        let line = read(&mut wire)?;
        let word = line.trim_end();
        match word
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase()
            .as_str()
        {
            "" => return Ok(()),
            "EHLO" => {
                let offer = match (tls, encrypted) {
                    (MailTls::StartTls, false) => "250-localhost\r\n250 STARTTLS",
                    _ => "250-localhost\r\n250-AUTH PLAIN\r\n250 8BITMIME",
                };
                say(&mut wire, offer)?;
            }
            "STARTTLS" => {
                say(&mut wire, "220 Go ahead")?;
                wire = BufReader::new(encrypt(plain.try_clone()?, config.clone())?);
                encrypted = true;
            }
            "AUTH" => {
                login = word.rsplit(' ').next().map(str::to_owned);
                say(&mut wire, "235 Welcome")?;
            }
            "MAIL" => {
                word.clone_into(&mut from);
                say(&mut wire, "250 OK")?;
            }
            "RCPT" => {
                word.clone_into(&mut to);
                let answer = lock(&state.answers).pop_front();
                say(&mut wire, answer.as_deref().unwrap_or("250 OK"))?;
            }
            "DATA" => {
                say(&mut wire, "354 Go ahead")?;
                let mut text = String::new();
                loop {
                    let line = read(&mut wire)?;
                    if line.is_empty() || line == ".\r\n" {
                        break;
                    }
                    text.push_str(line.strip_prefix("..").map_or(&line, |_| &line[1..]));
                }
                lock(&state.received).push(Received {
                    from: from.clone(),
                    to: to.clone(),
                    text,
                    encrypted,
                    login: login.clone(),
                });
                say(&mut wire, "250 Taken")?;
            }
            "QUIT" => return say(&mut wire, "221 Bye"),
            _ => say(&mut wire, "250 OK")?,
        }
    }
}
