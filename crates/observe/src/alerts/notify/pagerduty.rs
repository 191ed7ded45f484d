//! PagerDuty's Events API, version 2: an incident is triggered, and resolved under the same key.

use std::collections::BTreeMap;

use serde::Serialize;

use super::http::Endpoint;
use super::{Failure, Notice, truncated};
use crate::alerts::config::{Destination, PagerdutyConfig};
use crate::alerts::template::{Templates, Text};
use crate::rules::template::TemplateError;

/// As many characters a summary may have there.
const MAX_SUMMARY: usize = 1024;
/// As many bytes an event may have there.
const MAX_EVENT: usize = 512_000;

pub(super) struct Pagerduty {
    endpoint: Endpoint,
    templates: Templates,
    routing_key: RoutingKey,
    client: Text,
    client_url: Text,
    description: Text,
    severity: Text,
    source: Text,
    class: Text,
    component: Text,
    group: Text,
    details: BTreeMap<String, Text>,
    /// Address, description, link.
    images: Vec<[Text; 3]>,
    /// Link, text.
    links: Vec<[Text; 2]>,
}

enum RoutingKey {
    Written(Text),
    File(std::path::PathBuf),
}

#[derive(Serialize)]
struct Event {
    routing_key: String,
    dedup_key: String,
    event_action: &'static str,
    payload: Payload,
    #[serde(skip_serializing_if = "String::is_empty")]
    client: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    client_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<Image>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Payload {
    summary: String,
    source: String,
    severity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    component: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    custom_details: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Image {
    src: String,
    alt: String,
    href: String,
}

#[derive(Serialize)]
struct Link {
    href: String,
    text: String,
}

impl Pagerduty {
    pub(super) fn new(config: &PagerdutyConfig, templates: &Templates) -> Result<Self, TemplateError> {
        let read = |text: &String| templates.text(text);
        let routing_key = match (&config.routing_key, &config.routing_key_file) {
            (_, Some(file)) => RoutingKey::File(file.clone()),
            (key, None) => {
                let key = key.as_ref().map_or("", |key| key.reveal());
                RoutingKey::Written(templates.text(key)?)
            }
        };
        let details = config
            .details
            .iter()
            .map(|(name, text)| Ok((name.clone(), read(text)?)));
        let images = config.images.iter();
        let images = images.map(|image| Ok([read(&image.src)?, read(&image.alt)?, read(&image.href)?]));
        let links = config
            .links
            .iter()
            .map(|link| Ok([read(&link.href)?, read(&link.text)?]));
        let url = config
            .url
            .clone()
            .expect("it was filled in when the configuration was read");
        Ok(Self {
            endpoint: Endpoint::new(&config.http, Destination::Url(url)),
            templates: templates.clone(),
            routing_key,
            client: read(&config.client)?,
            client_url: read(&config.client_url)?,
            description: read(&config.description)?,
            severity: read(&config.severity)?,
            source: read(&config.source)?,
            class: read(&config.class)?,
            component: read(&config.component)?,
            group: read(&config.group)?,
            details: details.collect::<Result<_, TemplateError>>()?,
            images: images.collect::<Result<_, TemplateError>>()?,
            links: links.collect::<Result<_, TemplateError>>()?,
        })
    }

    pub(super) async fn notify(&self, notice: &Notice<'_>) -> Result<(), Failure> {
        let key = match &self.routing_key {
            RoutingKey::Written(text) => self.templates.render(text, &notice.data())?,
            RoutingKey::File(file) => {
                let text = tokio::fs::read_to_string(file).await;
                text.map(|text| text.trim().to_owned())
                    .map_err(|error| Failure::last(format!("{}: {error}", file.display())))?
            }
        };
        let mut event = self.event(notice, key)?;
        if serde_json::to_vec(&event).is_ok_and(|bytes| bytes.len() > MAX_EVENT) {
            let why = format!(
                "Custom details have been removed because the original event exceeds the maximum size of {MAX_EVENT} bytes"
            );
            event.payload.custom_details = BTreeMap::from([("error".to_owned(), why)]);
        }
        self.endpoint.post(&event).await.map(|_| ())
    }

    fn event(&self, notice: &Notice<'_>, routing_key: String) -> Result<Event, TemplateError> {
        let data = notice.data();
        let write = |text: &Text| self.templates.render(text, &data);
        let details = self.details.iter().map(|(name, text)| Ok((name.clone(), write(text)?)));
        let images = self.images.iter().map(|[src, alt, href]| {
            Ok(Image {
                src: write(src)?,
                alt: write(alt)?,
                href: write(href)?,
            })
        });
        let links = self.links.iter().map(|[href, text]| {
            Ok(Link {
                href: write(href)?,
                text: write(text)?,
            })
        });
        let mut images: Vec<Image> = images.collect::<Result<_, TemplateError>>()?;
        let mut links: Vec<Link> = links.collect::<Result<_, TemplateError>>()?;
        // A template that comes to nothing is no picture and no link.
        images.retain(|image| !image.src.is_empty());
        links.retain(|link| !link.href.is_empty());
        Ok(Event {
            routing_key,
            dedup_key: notice.hash(),
            event_action: if data.status == "firing" { "trigger" } else { "resolve" },
            payload: Payload {
                summary: truncated(write(&self.description)?, MAX_SUMMARY),
                source: write(&self.source)?,
                severity: write(&self.severity)?,
                class: write(&self.class)?,
                component: write(&self.component)?,
                group: write(&self.group)?,
                custom_details: details.collect::<Result<_, TemplateError>>()?,
            },
            client: write(&self.client)?,
            client_url: write(&self.client_url)?,
            images,
            links,
        })
    }
}
