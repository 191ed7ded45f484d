//! What a group goes through when it is told of.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::alert::Member;
use super::dispatch::Flush;
use super::loaded::Loaded;
use super::log::{Entry, needs_update, split};
use super::notify::{Failure, Integration, Notice, retry};
use super::{Alertmanager, lock};

impl Alertmanager {
    /// Tells of a group whom it has to be told to; whether everybody knows now what they have to.
    pub(super) async fn tell(self: Arc<Self>, loaded: Arc<Loaded>, flush: Arc<Flush>, stop: CancellationToken) -> bool {
        let members = self.audible(&loaded, &flush);
        if members.is_empty() {
            return true;
        }
        let members: Arc<[Member]> = members.into();
        let mut told = JoinSet::new();
        for integration in loaded.integrations(&flush.options.receiver) {
            let (this, flush, members) = (Arc::clone(&self), Arc::clone(&flush), Arc::clone(&members));
            let (integration, stop) = (Arc::clone(integration), stop.clone());
            told.spawn(async move { this.tell_one(&integration, &flush, &members, &stop).await });
        }
        let mut succeeded = true;
        while let Some(one) = told.join_next().await {
            succeeded &= one.unwrap_or_else(|error| {
                tracing::error!(%error, "a notification failed");
                false
            });
        }
        succeeded
    }

    /// The alerts nobody has muted.
    fn audible(&self, loaded: &Loaded, flush: &Flush) -> Vec<Member> {
        if loaded.is_muted(&flush.options, flush.now) {
            return Vec::new();
        }
        let now = self.now();
        let mut members = flush.members.clone();
        {
            let state = lock(&self.state);
            members.retain(|member| state.inhibitor.inhibited_by(&member.alert.labels, now).is_none());
        }
        let silences = lock(&self.silences);
        members.retain(|member| silences.silenced_by(&member.alert.labels, now).is_empty());
        members
    }

    async fn tell_one(
        self: &Arc<Self>,
        integration: &Integration,
        flush: &Flush,
        members: &[Member],
        stop: &CancellationToken,
    ) -> bool {
        let (firing, resolved) = split(members);
        let repeat = flush.options.repeat_interval;
        let needed = {
            let log = lock(&self.log);
            let last = log.last(&flush.key, &integration.recipient);
            needs_update(last, &firing, &resolved, integration.send_resolved, repeat, self.now())
        };
        if !needed {
            return true;
        }
        let kind = self.metrics.kind(&integration.recipient.integration);
        kind.notifications.add();
        if let Err(failure) = self.send(integration, flush, members, stop).await {
            kind.notifications_failed.add();
            let recipient = &integration.recipient;
            tracing::error!(
                receiver = recipient.receiver,
                integration = recipient.integration,
                index = recipient.index,
                alerts = members.len(),
                error = %failure,
                "nobody could be notified"
            );
            return false;
        }
        let now = self.now();
        let entry = Entry {
            group: flush.key.clone(),
            recipient: integration.recipient.clone(),
            at: now,
            expires_at: now,
            firing,
            resolved,
        };
        let this = Arc::clone(self);
        let recorded = tokio::task::spawn_blocking(move || lock(&this.log).record(entry, repeat)).await;
        if let Ok(Err(error)) = recorded {
            tracing::error!(%error, "a notification was sent but cannot be logged: it may be sent again after a restart");
        }
        true
    }

    async fn send(
        &self,
        integration: &Integration,
        flush: &Flush,
        members: &[Member],
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        let firing: Vec<Member>;
        let members = if integration.send_resolved {
            members
        } else {
            firing = members.iter().filter(|member| !member.resolved).cloned().collect();
            &firing
        };
        // Nobody is told, and the log has it that they know: they will hear of it when it fires again.
        if members.is_empty() {
            return Ok(());
        }
        let notice = Notice {
            receiver: &flush.options.receiver,
            group_key: &flush.key,
            group_labels: &flush.group.1,
            members,
            external_url: self.settings.external_url.trim_end_matches('/'),
        };
        let kind = self.metrics.kind(&integration.recipient.integration);
        let count = |took, failed| kind.request(took, failed);
        retry::deliver(|| integration.notify(&notice), flush.timeout, stop, count).await
    }
}
