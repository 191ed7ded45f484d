//! Web Push: the devices that take pushes, and how a message gets to one.

mod client;
mod devices;
mod endpoint;
mod queries;
mod vapid;

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use units::HumanDuration;

pub use client::{DeviceKeys, Push};
pub(crate) use client::{PushError, PushOutcome, count, declare};
pub use devices::{Device, DeviceError, NewDevice, devices, forget, forget_endpoint, renew, subscribe};
pub(crate) use devices::{delivered, forget_gone, prune, target, targets};
pub use endpoint::{Endpoint, EndpointError};
pub use vapid::{Vapid, VapidError};

use super::{Notification, Urgency};
use crate::texts::Lang;

/// `[shop.push]`: messages to browsers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushConfig {
    /// Whom the operators of push services may write to, `mailto:…` or `https://…`. Empty: `shop.public_url`.
    pub contact: String,
    /// PEM file of certificate authorities to trust beside the system's: for a push relay of one's own.
    pub extra_roots: Option<PathBuf>,
    /// Deliver to this machine and to private networks, on any port. Not in production.
    pub allow_private_addresses: bool,
    /// Deadline, breaker and bulkhead around each push service.
    pub resilience: resilience::Config,
}

impl Default for PushConfig {
    fn default() -> Self {
        Self {
            contact: String::new(),
            extra_roots: None,
            allow_private_addresses: false,
            resilience: resilience::Config {
                timeout: HumanDuration::from_secs(5),
                slow_call: HumanDuration::from_secs(3),
                ..resilience::Config::default()
            },
        }
    }
}

/// Why pushes could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PushOpenError {
    /// Our key.
    #[error(transparent)]
    Key(#[from] VapidError),
    /// The certificates.
    #[error("shop.push.extra_roots {}: {cause}", file.display())]
    Roots {
        /// As configured.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
}

/// What a browser is sent. The service worker (`assets/sw.js`) reads its JSON.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    title: String,
    body: String,
    path: String,
    tag: String,
    at: i64,
    /// One at a time of a topic waits at the push service: 32 characters of base64url (RFC 8030, 5.4).
    topic: String,
    /// How long it may wait there.
    ttl_s: i64,
    urgency: Urgency,
}

impl Message {
    /// A notification as its device shows it.
    pub(crate) fn new(notification: &Notification, lang: Lang, now_ms: i64) -> Self {
        let (notice, kind) = (&notification.notice, notification.notice.kind());
        let tag = notice.topic();
        let hash = digest(&SHA256, tag.as_bytes());
        Self {
            title: notification.title(lang),
            body: notice.body(lang),
            path: notice.path(),
            topic: URL_SAFE_NO_PAD.encode(&hash.as_ref()[..24]),
            tag,
            at: notification.created_at,
            ttl_s: (notification.created_at + kind.ttl_ms() - now_ms).max(0) / 1_000,
            urgency: kind.urgency(),
        }
    }

    fn json(&self) -> String {
        json!({ "title": self.title, "body": self.body, "path": self.path, "tag": self.tag, "at": self.at }).to_string()
    }

    /// Without its text: a title of 60 characters and where it leads.
    fn short_json(&self) -> String {
        let title: String = self.title.chars().take(60).collect();
        json!({ "title": title, "body": "", "path": self.path, "tag": self.tag, "at": self.at }).to_string()
    }
}
