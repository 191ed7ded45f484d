//! `slack_configs`: a channel of Slack, through an incoming webhook.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::global::{GlobalConfig, HttpSettings, http_of};
use super::secret_url::{Destination, SecretUrl};
use crate::config::HttpClientConfig;

/// One of `slack_configs`. All texts are templates.
#[derive(Debug, Clone, PartialEq)]
pub struct SlackConfig {
    /// The incoming webhook.
    pub url: Destination,
    /// How it is reached.
    pub http: HttpClientConfig,
    /// What is said.
    pub message: Message,
}

/// What a message to Slack is made of. All texts are templates.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Message {
    /// Whether it tells of the end of alerts.
    pub send_resolved: bool,
    http_config: Option<HttpSettings>,
    api_url: Option<SecretUrl>,
    api_url_file: Option<PathBuf>,
    /// The channel, or a person.
    pub channel: String,
    /// Who speaks.
    pub username: String,
    /// The colour beside the text.
    pub color: String,
    /// The first line.
    pub title: String,
    /// Where the first line leads.
    pub title_link: String,
    /// What stands before.
    pub pretext: String,
    /// The text.
    pub text: String,
    /// Names and values, side by side.
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    pub fields: Vec<Field>,
    /// Whether fields stand side by side that do not say so.
    pub short_fields: bool,
    /// What stands below.
    pub footer: String,
    /// The text where nothing else can be shown.
    pub fallback: String,
    /// What the application behind buttons knows the message by.
    pub callback_id: String,
    /// The picture of who speaks, by name,
    pub icon_emoji: String,
    /// or by address.
    pub icon_url: String,
    /// A picture.
    pub image_url: String,
    /// A small picture.
    pub thumb_url: String,
    /// Whether names of people and channels become links.
    pub link_names: bool,
    /// What is written in Slack's markup.
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    pub mrkdwn_in: Vec<String>,
    /// Buttons.
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    pub actions: Vec<Action>,
}

pub(super) type WrittenSlack = Message;

/// One of `fields`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The name.
    #[serde(default)]
    pub title: String,
    /// The value.
    #[serde(default)]
    pub value: String,
    /// Whether it stands beside others.
    pub short: Option<bool>,
}

/// One of `actions`: a button.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Action {
    /// `button`
    #[serde(rename = "type")]
    pub kind: String,
    /// What is on it.
    pub text: String,
    /// Where it leads; then the rest does not count.
    pub url: String,
    /// `primary` or `danger`.
    pub style: String,
    /// What the application behind knows it by.
    pub name: String,
    /// What the application gets.
    pub value: String,
    /// What is asked before.
    pub confirm: Option<Confirmation>,
}

/// `confirm`: what is asked before something is done.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Confirmation {
    /// The question.
    pub text: String,
    /// Its title.
    pub title: String,
    /// What says yes.
    pub ok_text: String,
    /// What says no.
    pub dismiss_text: String,
}

impl Default for Message {
    fn default() -> Self {
        let own = |name: &str| format!("{{{{ template \"slack.default.{name}\" . }}}}");
        Self {
            send_resolved: false,
            http_config: None,
            api_url: None,
            api_url_file: None,
            channel: String::new(),
            username: own("username"),
            color: r#"{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}"#.into(),
            title: own("title"),
            title_link: own("titlelink"),
            pretext: own("pretext"),
            text: own("text"),
            fields: Vec::new(),
            short_fields: false,
            footer: own("footer"),
            fallback: own("fallback"),
            callback_id: own("callbackid"),
            icon_emoji: own("iconemoji"),
            icon_url: own("iconurl"),
            image_url: String::new(),
            thumb_url: String::new(),
            link_names: false,
            mrkdwn_in: Vec::new(),
            actions: Vec::new(),
        }
    }
}

impl Message {
    pub(super) fn complete(mut self, global: &GlobalConfig, folder: &Path) -> Result<SlackConfig, String> {
        let own = Destination::of(self.api_url.take(), self.api_url_file.take(), "api_url", folder)?;
        let global_url = || {
            let file = global.slack_api_url_file.clone();
            Destination::of(global.slack_api_url.clone(), file, "slack_api_url", folder)
        };
        let url = match own {
            Some(own) => own,
            None => global_url()?.ok_or("no global Slack API URL set either inline or in a file")?,
        };
        self.fields.iter().try_for_each(Field::check)?;
        self.actions.iter_mut().try_for_each(Action::complete)?;
        Ok(SlackConfig {
            url,
            http: http_of(self.http_config.take(), global, folder)?,
            message: self,
        })
    }
}

impl Field {
    fn check(&self) -> Result<(), String> {
        if self.title.is_empty() {
            return Err("missing title in Slack field configuration".into());
        }
        if self.value.is_empty() {
            return Err("missing value in Slack field configuration".into());
        }
        Ok(())
    }
}

impl Action {
    fn complete(&mut self) -> Result<(), String> {
        if self.kind.is_empty() {
            return Err("missing type in Slack action configuration".into());
        }
        if self.text.is_empty() {
            return Err("missing text in Slack action configuration".into());
        }
        if !self.url.is_empty() {
            (self.name, self.value, self.confirm) = (String::new(), String::new(), None);
        } else if self.name.is_empty() {
            return Err("missing name or url in Slack action configuration".into());
        }
        match &self.confirm {
            Some(confirm) if confirm.text.is_empty() => Err("missing text in Slack confirmation configuration".into()),
            _ => Ok(()),
        }
    }
}
