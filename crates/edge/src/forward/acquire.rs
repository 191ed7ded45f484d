//! Getting a connection to an instance that can answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use tokio::sync::SemaphorePermit;
use tokio::time::timeout_at;

use super::{Exchange, Upstream};
use crate::balancer::{Lease, Target};
use crate::client::Client;
use crate::edge::Edge;
use crate::problem::Problem;
use crate::signals::Counted;

impl Exchange {
    /// An instance for this request, leased; and a kept connection to it, if there is one.
    pub(super) fn take_kept(&mut self) -> Result<Option<Upstream>, Problem> {
        let Some(target) = self.pick(&[])? else { return Ok(None) };
        let upstream = target.instance.take_idle(self.client.worker);
        if upstream.is_some() {
            self.client.shard.upstream_reuses.fetch_add(1, Relaxed);
        }
        self.lease(target);
        Ok(upstream)
    }

    /// A new connection to an instance, which is leased: to the one that is leased already, to each that is up, then to whichever comes back while
    /// the request is held. No byte of the request has reached anybody yet, so that every method may do this.
    pub(super) async fn connect(&mut self) -> Result<Upstream, Problem> {
        let edge = Arc::clone(&self.client.edge);
        let mut tried = Vec::new();
        let mut held: Option<Held<'_>> = None;
        let mut leased = self.record.as_ref().and_then(|record| record.target().cloned());
        // Whatever this takes has limits of its own.
        self.client
            .expect_by(Instant::now() + *edge.config.upstream_timeout + *edge.config.hold.wait);
        loop {
            // From here on no change is missed.
            let mut changed = pin!(edge.changed());
            changed.as_mut().enable();
            let target = match leased.take() {
                None => self.pick(&tried)?,
                leased => leased,
            };
            if let Some(target) = target {
                let address = target.instance.address();
                self.lease(Arc::clone(&target));
                match Upstream::connect(address, *edge.config.connect_timeout).await {
                    Ok(upstream) => {
                        self.client.shard.upstream_connects.fetch_add(1, Relaxed);
                        self.client.expect_by(Instant::now() + *edge.config.upstream_timeout);
                        return Ok(upstream);
                    }
                    Err(error) => self.failed(&target, &error),
                }
                tried.push(target);
                continue;
            }
            let held = match &mut held {
                Some(held) => held,
                none => none.insert(Held::enter(&edge, &self.client)?),
            };
            if timeout_at(held.until.into(), changed).await.is_err() {
                return Err(Problem::Unavailable);
            }
            tried.clear();
        }
    }

    fn failed(&self, target: &Target, error: &std::io::Error) {
        self.client.shard.upstream_connect_failures.fetch_add(1, Relaxed);
        self.client.shard.retries.fetch_add(1, Relaxed);
        if target.instance.mark_down() {
            let instance = target.instance.id();
            tracing::warn!(instance, address = %target.instance.address(), %error, "instance down: cannot connect");
        }
    }

    /// An instance that is up, of those not tried. `None`: there is none at the moment.
    fn pick(&self, tried: &[Arc<Target>]) -> Result<Option<Arc<Target>>, Problem> {
        let edge = &self.client.edge;
        let table = edge.table.load();
        match table.route(self.head.uri.path()) {
            Some(route) => Ok(route.stable.pick(edge.config.balance, tried).cloned()),
            // Before the first table nobody knows what there is.
            None if table.generation == 0 => Ok(None),
            None => Err(Problem::NoRoute),
        }
    }

    fn lease(&mut self, target: Arc<Target>) {
        if let Some(record) = &mut self.record {
            record.lease(Lease::new(target));
        }
    }

    pub(super) fn instance_address(&self) -> SocketAddr {
        let target = self.record.as_ref().and_then(|record| record.target());
        target.map_or((Ipv4Addr::UNSPECIFIED, 0).into(), |target| target.instance.address())
    }
}

/// A place in the hold queue.
struct Held<'a> {
    until: Instant,
    _counted: Counted,
    _place: SemaphorePermit<'a>,
}

impl<'a> Held<'a> {
    fn enter(edge: &'a Edge, client: &Client) -> Result<Self, Problem> {
        let Ok(place) = edge.hold.try_acquire() else {
            client.shard.hold_refused.fetch_add(1, Relaxed);
            return Err(Problem::Unavailable);
        };
        Ok(Self {
            until: Instant::now() + *edge.config.hold.wait,
            _counted: Counted::new(&client.shard.held),
            _place: place,
        })
    }
}
