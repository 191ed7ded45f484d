//! A webhook: Alertmanager's data as JSON, version 4 of it.

use serde::Serialize;

use super::http::Endpoint;
use super::{Failure, Notice};
use crate::alerts::config::WebhookConfig;
use crate::alerts::template::Data;

pub(super) struct Webhook {
    endpoint: Endpoint,
    max_alerts: usize,
    timeout: Option<std::time::Duration>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(flatten)]
    data: Data,
    version: &'static str,
    group_key: &'a str,
    truncated_alerts: usize,
}

impl Webhook {
    pub(super) fn new(config: &WebhookConfig) -> Self {
        Self {
            endpoint: Endpoint::new(&config.http, config.url.clone()),
            max_alerts: config.max_alerts,
            timeout: config.timeout.map(|timeout| *timeout),
        }
    }

    pub(super) async fn notify(&self, notice: &Notice<'_>) -> Result<(), Failure> {
        let all = notice.members;
        let shown = match self.max_alerts {
            0 => all,
            limit => &all[..limit.min(all.len())],
        };
        let message = Message {
            data: Data::new(notice.receiver, notice.group_labels, shown, notice.external_url),
            version: "4",
            group_key: notice.group_key,
            truncated_alerts: all.len() - shown.len(),
        };
        let posting = self.endpoint.post(&message);
        let posted = match self.timeout {
            Some(timeout) => tokio::time::timeout(timeout, posting)
                .await
                .map_err(|_| Failure::passing(format!("no answer within {timeout:?}")))?,
            None => posting.await,
        };
        posted.map(|_| ())
    }
}
