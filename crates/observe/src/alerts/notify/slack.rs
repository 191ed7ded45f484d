//! Slack, through an incoming webhook: one attachment.

use serde::Serialize;

use super::http::Endpoint;
use super::{Failure, Notice, truncated};
use crate::alerts::config::SlackConfig;
use crate::alerts::template::{Templates, Text};
use crate::rules::template::TemplateError;

/// As many characters a title may have in Slack.
const MAX_TITLE: usize = 1024;

pub(super) struct Slack {
    endpoint: Endpoint,
    templates: Templates,
    texts: Texts,
    link_names: bool,
    mrkdwn_in: Vec<String>,
}

/// The templates.
struct Texts {
    channel: Text,
    username: Text,
    icon_emoji: Text,
    icon_url: Text,
    title: Text,
    title_link: Text,
    pretext: Text,
    text: Text,
    fallback: Text,
    callback_id: Text,
    image_url: Text,
    thumb_url: Text,
    footer: Text,
    color: Text,
    /// Title, value, short.
    fields: Vec<(Text, Text, bool)>,
    actions: Vec<ActionTexts>,
}

struct ActionTexts {
    /// Type, text, address, style, name, value.
    own: [Text; 6],
    /// Text, title, yes, no.
    confirm: Option<[Text; 4]>,
}

#[derive(Serialize)]
struct Message {
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_emoji: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_url: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    link_names: bool,
    attachments: [Attachment; 1],
}

#[derive(Serialize)]
struct Attachment {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_link: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pretext: String,
    text: String,
    fallback: String,
    callback_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
    #[serde(skip_serializing_if = "String::is_empty")]
    image_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thumb_url: String,
    footer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    color: String,
    mrkdwn_in: Vec<String>,
}

#[derive(Serialize)]
struct Field {
    title: String,
    value: String,
    short: bool,
}

#[derive(Serialize)]
struct Action {
    #[serde(rename = "type")]
    kind: String,
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    style: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirmation>,
}

#[derive(Serialize)]
struct Confirmation {
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ok_text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dismiss_text: String,
}

impl Slack {
    pub(super) fn new(config: &SlackConfig, templates: &Templates) -> Result<Self, TemplateError> {
        let message = &config.message;
        let markup = match message.mrkdwn_in.as_slice() {
            [] => ["fallback", "pretext", "text"].map(str::to_owned).to_vec(),
            own => own.to_vec(),
        };
        Ok(Self {
            endpoint: Endpoint::new(&config.http, config.url.clone()),
            templates: templates.clone(),
            texts: Texts::new(message, templates)?,
            link_names: message.link_names,
            mrkdwn_in: markup,
        })
    }

    pub(super) async fn notify(&self, notice: &Notice<'_>) -> Result<(), Failure> {
        let answer = self.endpoint.post(&self.message(notice)?).await?;
        // Some of Slack's errors come with status 200.
        let said: Option<serde_json::Value> = serde_json::from_slice(&answer).ok();
        match said {
            Some(said) if said["ok"] == false => Err(Failure::last(format!(
                "received an error response from Slack: {}",
                said["error"]
            ))),
            _ => Ok(()),
        }
    }

    fn message(&self, notice: &Notice<'_>) -> Result<Message, TemplateError> {
        let data = notice.data();
        let write = |text: &Text| self.templates.render(text, &data);
        let texts = &self.texts;
        let fields = texts.fields.iter().map(|(title, value, short)| {
            Ok(Field {
                title: write(title)?,
                value: write(value)?,
                short: *short,
            })
        });
        let actions = texts.actions.iter().map(|action| {
            let [kind, text, url, style, name, value] = &action.own;
            let confirm = action.confirm.as_ref().map(|[text, title, ok, dismiss]| {
                Ok(Confirmation {
                    text: write(text)?,
                    title: write(title)?,
                    ok_text: write(ok)?,
                    dismiss_text: write(dismiss)?,
                })
            });
            Ok(Action {
                kind: write(kind)?,
                text: write(text)?,
                url: write(url)?,
                style: write(style)?,
                name: write(name)?,
                value: write(value)?,
                confirm: confirm.transpose()?,
            })
        });
        Ok(Message {
            channel: write(&texts.channel)?,
            username: write(&texts.username)?,
            icon_emoji: write(&texts.icon_emoji)?,
            icon_url: write(&texts.icon_url)?,
            link_names: self.link_names,
            attachments: [Attachment {
                title: truncated(write(&texts.title)?, MAX_TITLE),
                title_link: write(&texts.title_link)?,
                pretext: write(&texts.pretext)?,
                text: write(&texts.text)?,
                fallback: write(&texts.fallback)?,
                callback_id: write(&texts.callback_id)?,
                fields: fields.collect::<Result<_, TemplateError>>()?,
                actions: actions.collect::<Result<_, TemplateError>>()?,
                image_url: write(&texts.image_url)?,
                thumb_url: write(&texts.thumb_url)?,
                footer: write(&texts.footer)?,
                color: write(&texts.color)?,
                mrkdwn_in: self.mrkdwn_in.clone(),
            }],
        })
    }
}

impl Texts {
    fn new(message: &crate::alerts::config::SlackMessage, templates: &Templates) -> Result<Self, TemplateError> {
        let read = |text: &String| templates.text(text);
        let fields = message.fields.iter().map(|field| {
            let short = field.short.unwrap_or(message.short_fields);
            Ok((read(&field.title)?, read(&field.value)?, short))
        });
        let actions = message.actions.iter().map(|action| {
            let confirm = action.confirm.as_ref().map(|confirm| {
                Ok([
                    read(&confirm.text)?,
                    read(&confirm.title)?,
                    read(&confirm.ok_text)?,
                    read(&confirm.dismiss_text)?,
                ])
            });
            Ok(ActionTexts {
                own: [
                    read(&action.kind)?,
                    read(&action.text)?,
                    read(&action.url)?,
                    read(&action.style)?,
                    read(&action.name)?,
                    read(&action.value)?,
                ],
                confirm: confirm.transpose()?,
            })
        });
        Ok(Self {
            channel: read(&message.channel)?,
            username: read(&message.username)?,
            icon_emoji: read(&message.icon_emoji)?,
            icon_url: read(&message.icon_url)?,
            title: read(&message.title)?,
            title_link: read(&message.title_link)?,
            pretext: read(&message.pretext)?,
            text: read(&message.text)?,
            fallback: read(&message.fallback)?,
            callback_id: read(&message.callback_id)?,
            image_url: read(&message.image_url)?,
            thumb_url: read(&message.thumb_url)?,
            footer: read(&message.footer)?,
            color: read(&message.color)?,
            fields: fields.collect::<Result<_, TemplateError>>()?,
            actions: actions.collect::<Result<_, TemplateError>>()?,
        })
    }
}
