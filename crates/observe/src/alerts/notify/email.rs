//! Mail (RFC 5321 and 5322): one letter a notification, to everybody in `to`.

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailboxes, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Failure, Notice};
use crate::alerts::config::EmailConfig;
use crate::alerts::template::{Data, Templates, Text};
use crate::rules::template::TemplateError;

/// How long the mail server may take for one step.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Email {
    config: EmailConfig,
    templates: Templates,
    to: Text,
    from: Text,
    headers: Vec<(String, Text)>,
    html: Option<Text>,
    text: Option<Text>,
}

impl Email {
    pub(super) fn new(config: &EmailConfig, templates: &Templates) -> Result<Self, TemplateError> {
        let body = |text: &String| {
            let written = Some(text).filter(|text| !text.is_empty());
            written.map(|text| templates.text(text)).transpose()
        };
        let headers = config.headers.iter();
        let headers = headers.map(|(name, value)| Ok((name.clone(), templates.text(value)?)));
        Ok(Self {
            templates: templates.clone(),
            to: templates.text(&config.to)?,
            from: templates.text(&config.from)?,
            headers: headers.collect::<Result<_, TemplateError>>()?,
            html: body(&config.html)?,
            text: body(&config.text)?,
            config: config.clone(),
        })
    }

    pub(super) async fn notify(&self, notice: &Notice<'_>) -> Result<(), Failure> {
        let message = self.message(&notice.data())?;
        let transport = self.transport().await?;
        let sent = transport.send(message).await;
        sent.map(|_| ()).map_err(|error| Failure {
            retry: !error.is_permanent(),
            why: error.to_string(),
        })
    }

    /// A connection a letter: the next may be hours away, and the password another one.
    async fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
        let config = &self.config;
        let (host, port) = &config.smarthost;
        let tls = match (*port, config.require_tls) {
            (465, _) => Tls::Wrapper(self.tls()?),
            (_, true) => Tls::Required(self.tls()?),
            // A password goes over no open wire.
            (_, false) if !config.auth_username.is_empty() && !is_here(host) => Tls::Required(self.tls()?),
            (_, false) => Tls::Opportunistic(self.tls()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(*port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .hello_name(ClientId::Domain(config.hello.clone()));
        if !config.auth_username.is_empty() {
            let password = match (&config.auth_password_file, &config.auth_password) {
                (Some(file), _) => tokio::fs::read_to_string(file)
                    .await
                    .map_err(|error| Failure::last(format!("{}: {error}", file.display())))?
                    .trim()
                    .to_owned(),
                (None, password) => password.as_ref().map_or_else(String::new, |p| p.reveal().to_owned()),
            };
            builder = builder.credentials(Credentials::new(config.auth_username.clone(), password));
        }
        Ok(builder.build())
    }

    fn tls(&self) -> Result<TlsParameters, Failure> {
        let unusable = |cause: &dyn std::fmt::Display| Failure::last(format!("tls_config: {cause}"));
        let tls = &self.config.tls;
        let host = match tls.server_name.as_str() {
            "" => self.config.smarthost.0.clone(),
            name => name.to_owned(),
        };
        let mut builder = TlsParameters::builder(host).dangerous_accept_invalid_certs(tls.insecure_skip_verify);
        let pem = match (&tls.ca, &tls.ca_file) {
            (Some(text), _) => Some(text.clone().into_bytes()),
            (None, Some(file)) => Some(std::fs::read(file).map_err(|error| unusable(&error))?),
            (None, None) => None,
        };
        if let Some(pem) = pem {
            let authority = Certificate::from_pem(&pem).map_err(|error| unusable(&error))?;
            builder = builder.add_root_certificate(authority);
        }
        builder.build().map_err(|error| unusable(&error))
    }

    fn message(&self, data: &Data) -> Result<Message, Failure> {
        let unusable = |error: &dyn std::fmt::Display| Failure::last(error.to_string());
        let people = |text: &Text, what: &str| {
            let written = self.templates.render(text, data)?;
            let people = written.parse::<Mailboxes>();
            people.map_err(|error| Failure::last(format!("parse '{what}' addresses: {written:?}: {error}")))
        };
        let mut message = Message::builder()
            .date_now()
            .message_id(None)
            .raw_header(header("Auto-Submitted", "auto-generated"));
        for to in people(&self.to, "to")? {
            message = message.to(to);
        }
        for from in people(&self.from, "from")? {
            message = message.from(from);
        }
        for (name, value) in &self.headers {
            let value = self.templates.render(value, data)?;
            // A line end would end the header and begin another.
            let value = value.replace(['\r', '\n'], " ");
            match name.as_str() {
                "To" | "From" => {}
                "Subject" => message = message.subject(value),
                name => {
                    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| unusable(&error))?;
                    message = message.raw_header(HeaderValue::new(name, value));
                }
            }
        }
        let html = self.html.as_ref();
        let html = html.map(|html| self.templates.render_html(html, data)).transpose()?;
        let text = self.text.as_ref();
        let text = text.map(|text| self.templates.render(text, data)).transpose()?;
        let built = match (text, html) {
            (Some(text), Some(html)) => message.multipart(MultiPart::alternative_plain_html(text, html)),
            (None, Some(html)) => message.singlepart(SinglePart::html(html)),
            (text, None) => message.singlepart(SinglePart::plain(text.unwrap_or_default())),
        };
        built.map_err(|error| unusable(&error))
    }
}

fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
