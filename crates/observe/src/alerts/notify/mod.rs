//! Telling people: what each kind of receiver is sent.

mod email;
mod http;
mod pagerduty;
pub(super) mod retry;
mod slack;
mod webhook;

use std::time::Duration;

use tokio::sync::Semaphore;

use self::email::Email;
use self::pagerduty::Pagerduty;
use self::slack::Slack;
use self::webhook::Webhook;
use super::alert::Member;
use super::config::Receiver;
use super::log::Recipient;
use super::template::{Data, Templates};
use crate::metrics::labels::Labels;
use crate::rules::template::TemplateError;

/// The kinds of receivers there are, by the names metrics have.
pub const KINDS: [&str; 4] = ["email", "pagerduty", "slack", "webhook"];

/// One way to tell a receiver.
pub struct Integration {
    /// Who it is to the notification log.
    pub recipient: Recipient,
    /// Whether it is told of the end of alerts.
    pub send_resolved: bool,
    notifier: Notifier,
    /// How many are told of at a time: many groups at once are not as many connections.
    slots: Semaphore,
}

/// As many notifications an integration has under way.
const SLOTS: usize = 16;
/// How long one attempt may take: a server that does not answer is asked again.
const ATTEMPT: Duration = Duration::from_secs(30);

enum Notifier {
    Webhook(Box<Webhook>),
    Slack(Box<Slack>),
    Pagerduty(Box<Pagerduty>),
    Email(Box<Email>),
}

/// What is told.
pub struct Notice<'a> {
    /// The receiver's name.
    pub receiver: &'a str,
    /// The key of the group.
    pub group_key: &'a str,
    /// What the alerts were brought together by.
    pub group_labels: &'a Labels,
    /// The alerts.
    pub members: &'a [Member],
    /// Where this Alertmanager is reached.
    pub external_url: &'a str,
}

impl Notice<'_> {
    fn data(&self) -> Data {
        Data::new(self.receiver, self.group_labels, self.members, self.external_url)
    }

    /// A name for the group that says nothing of it: the same for every notification about it.
    fn hash(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.group_key.as_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Why somebody was not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// Whether it may succeed when it is tried again.
    pub retry: bool,
    /// In words, without secrets.
    pub why: String,
}

impl Failure {
    fn last(why: impl Into<String>) -> Self {
        Self {
            retry: false,
            why: why.into(),
        }
    }

    fn passing(why: impl Into<String>) -> Self {
        Self {
            retry: true,
            why: why.into(),
        }
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        Self::last(format!("template: {error}"))
    }
}

/// All integrations of a receiver.
///
/// # Errors
/// When a text of it is no template: which, and why.
pub fn integrations(receiver: &Receiver, templates: &Templates) -> Result<Vec<Integration>, String> {
    let mut all = Vec::new();
    let mut add = |kind: &str, index: usize, send_resolved: bool, made: Result<Notifier, TemplateError>| {
        let notifier = made.map_err(|error| {
            format!(
                "receiver {:?}: {kind}_configs[{index}]: template: {error}",
                receiver.name
            )
        })?;
        all.push(Integration {
            recipient: Recipient {
                receiver: receiver.name.clone(),
                integration: kind.to_owned(),
                index,
            },
            send_resolved,
            notifier,
            slots: Semaphore::new(SLOTS),
        });
        Ok::<(), String>(())
    };
    for (index, config) in receiver.webhook.iter().enumerate() {
        let webhook = Webhook::new(config);
        add(
            "webhook",
            index,
            config.send_resolved,
            Ok(Notifier::Webhook(Box::new(webhook))),
        )?;
    }
    for (index, config) in receiver.email.iter().enumerate() {
        let email = Email::new(config, templates).map(|email| Notifier::Email(Box::new(email)));
        add("email", index, config.send_resolved, email)?;
    }
    for (index, config) in receiver.pagerduty.iter().enumerate() {
        let pagerduty = Pagerduty::new(config, templates).map(|made| Notifier::Pagerduty(Box::new(made)));
        add("pagerduty", index, config.send_resolved, pagerduty)?;
    }
    for (index, config) in receiver.slack.iter().enumerate() {
        let slack = Slack::new(config, templates).map(|slack| Notifier::Slack(Box::new(slack)));
        add("slack", index, config.message.send_resolved, slack)?;
    }
    Ok(all)
}

impl Integration {
    /// Tells once, when it is its turn.
    ///
    /// # Errors
    /// Why nobody was told, and whether it is worth another attempt.
    pub async fn notify(&self, notice: &Notice<'_>) -> Result<(), Failure> {
        let _slot = self.slots.acquire().await;
        match tokio::time::timeout(ATTEMPT, self.attempt(notice)).await {
            Ok(told) => told,
            Err(_) => Err(Failure::passing(format!("no answer within {ATTEMPT:?}"))),
        }
    }

    async fn attempt(&self, notice: &Notice<'_>) -> Result<(), Failure> {
        match &self.notifier {
            Notifier::Webhook(webhook) => webhook.notify(notice).await,
            Notifier::Slack(slack) => slack.notify(notice).await,
            Notifier::Pagerduty(pagerduty) => pagerduty.notify(notice).await,
            Notifier::Email(email) => email.notify(notice).await,
        }
    }
}

/// The first `limit` characters; where some are missing, the last is an ellipsis.
fn truncated(text: String, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text;
    }
    let kept: String = text.chars().take(limit - 1).collect();
    kept + "…"
}
