//! To a mail server (RFC 5321), over TLS as its address says.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::Url;
use resilience::{CallError, Dependency, Outcome};
use tracing::Instrument as _;

use super::{MailConfig, MailError, MailOpenError, Outgoing, html};

type SmtpError = lettre::transport::smtp::Error;

/// A mail server and who we are to it.
#[derive(Debug)]
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The site's host, the right side of every `Message-ID`.
    host: String,
    dependency: Dependency,
}

impl Smtp {
    /// `None` when no server is configured.
    pub(super) fn open(config: &MailConfig, public_url: &str) -> Result<Option<Self>, MailOpenError> {
        let from: Mailbox = config
            .from
            .parse()
            .map_err(|_| MailOpenError::From(config.from.clone()))?;
        if config.url.is_empty() {
            return Ok(None);
        }
        let unusable = |cause: &dyn std::fmt::Display| MailOpenError::Url(cause.to_string());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.url)
            .map_err(|error| unusable(&error))?
            .timeout(Some(*config.timeout));
        if let Some(file) = &config.extra_roots {
            let url = Url::parse(&config.url).map_err(|error| unusable(&error))?;
            builder = builder.tls(tls(&url, file)?);
        }
        let host = Url::parse(public_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        Ok(Some(Self {
            transport: builder.build(),
            from,
            host: host.unwrap_or_else(|| "textisur".into()),
            dependency: Dependency::new(
                "smtp",
                resilience::Config {
                    timeout: config.timeout,
                    slow_call: config.timeout,
                    max_concurrent: 8,
                    ..resilience::Config::default()
                },
            ),
        }))
    }

    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<(), MailError> {
        let message = self.message(outgoing)?;
        let attempt = || {
            let span = tracing::info_span!("smtp.send", otel.kind = "client", peer.service = "smtp");
            let message = message.clone();
            async { self.transport.send(message).await }.instrument(span)
        };
        let classify = |result: &Result<_, SmtpError>| match result {
            Ok(_) => Outcome::Success,
            Err(error) if is_final(error) => Outcome::ClientError,
            Err(_) => Outcome::Failure { retry_after: None },
        };
        match self.dependency.call(attempt, classify).await {
            Ok(_) => Ok(()),
            Err(CallError::Failed(error)) if is_final(&error) => Err(MailError::Refused(error.to_string())),
            Err(CallError::Open { retry_after }) => Err(MailError::Later {
                after: Some(retry_after),
                why: "the circuit breaker is open".into(),
            }),
            Err(error) => Err(MailError::Later {
                after: None,
                why: error.to_string(),
            }),
        }
    }

    fn message(&self, outgoing: &Outgoing) -> Result<Message, MailError> {
        let refused = |error: &dyn std::fmt::Display| MailError::Refused(error.to_string());
        let address: Address = outgoing.address.parse().map_err(|error| refused(&error))?;
        let letter = &outgoing.letter;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(outgoing.name.clone()), address))
            .subject(letter.subject.as_str())
            .date_now()
            .message_id(Some(format!("<job-{}@{}>", outgoing.job_id, self.host)))
            // No answering machine shall answer it (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(link) = &outgoing.unsubscribe {
            message = message
                .raw_header(header("List-Unsubscribe", &format!("<{link}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let both = MultiPart::alternative_plain_html(letter.body.clone(), html(&letter.subject, &letter.body));
        message.multipart(both).map_err(|error| refused(&error))
    }
}

/// For values of our own, which have nothing to encode; folding would break a link in two.
fn header(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

/// Would the same letter be refused again? What the server has against us (530, 534, 535, 538: authentication) it may not have against
/// us tomorrow, when the password is right.
fn is_final(error: &SmtpError) -> bool {
    let code = error.status().map(|code| code.to_string());
    error.is_permanent() && !matches!(code.as_deref(), Some("530" | "534" | "535" | "538"))
}

/// As the address asks for, and the extra authorities trusted.
fn tls(url: &Url, extra_roots: &std::path::Path) -> Result<Tls, MailOpenError> {
    let unusable = |cause: &dyn std::fmt::Display| MailOpenError::Roots(cause.to_string());
    let pem = std::fs::read(extra_roots).map_err(|error| unusable(&error))?;
    let root = Certificate::from_pem(&pem).map_err(|error| unusable(&error))?;
    let parameters = TlsParameters::builder(url.host_str().unwrap_or_default().to_owned())
        .add_root_certificate(root)
        .build()
        .map_err(|error| unusable(&error))?;
    let wish = url
        .query_pairs()
        .find_map(|(key, value)| (key == "tls").then(|| value.into_owned()));
    Ok(match (url.scheme(), wish.as_deref()) {
        ("smtps", _) => Tls::Wrapper(parameters),
        (_, Some("required")) => Tls::Required(parameters),
        (_, Some("opportunistic")) => Tls::Opportunistic(parameters),
        _ => Tls::None,
    })
}
