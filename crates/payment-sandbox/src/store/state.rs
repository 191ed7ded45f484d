//! The sandbox's state, and finding things in it.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use super::{Collection, collection::Place, deliveries::Deliveries, idempotency::Idempotency};
use crate::{
    ids,
    model::{
        Charge, Document, Event, Intent, Kind, Method, Refund, Session, SessionStatus, View, line_price, line_product,
    },
};

/// Events kept for `/v1/events`; older ones go as soon as they are delivered.
const EVENTS_KEPT: usize = 20_000;
/// An unpaid expired session is dropped this many seconds after it expired.
const EXPIRED_KEPT: i64 = 60 * 60;
/// Old idempotency keys are looked for this often (seconds): it means looking at all of them.
const KEYS_EVERY: i64 = 10 * 60;

/// A webhook endpoint as deliveries need it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) id: Box<str>,
    pub(crate) url: Box<str>,
    pub(crate) secret: Box<str>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) sessions: Collection<Session>,
    pub(crate) intents: Collection<Intent>,
    pub(crate) charges: Collection<Charge>,
    pub(crate) refunds: Collection<Refund>,
    pub(crate) methods: Collection<Method>,
    pub(crate) events: Collection<Event>,
    pub(crate) customers: Collection<Document>,
    pub(crate) products: Collection<Document>,
    pub(crate) prices: Collection<Document>,
    pub(crate) endpoints: Collection<Document>,
    pub(crate) deliveries: Deliveries,
    pub(crate) idempotency: Idempotency,
    /// Open sessions by when they expire.
    expiring: BTreeSet<(i64, Place)>,
    /// Expired sessions by when they are dropped.
    dropping: BTreeSet<(i64, Place)>,
    /// When old idempotency keys were last looked for.
    keys_looked_at: i64,
}

impl State {
    pub(crate) fn documents(&self, kind: Kind) -> &Collection<Document> {
        match kind {
            Kind::Customer => &self.customers,
            Kind::Product => &self.products,
            Kind::Price => &self.prices,
            Kind::Endpoint => &self.endpoints,
        }
    }

    pub(crate) fn documents_mut(&mut self, kind: Kind) -> &mut Collection<Document> {
        match kind {
            Kind::Customer => &mut self.customers,
            Kind::Product => &mut self.products,
            Kind::Price => &mut self.prices,
            Kind::Endpoint => &mut self.endpoints,
        }
    }

    /// Holds the session and the moment at which something is to be done about it.
    pub(crate) fn put_session(&mut self, session: Arc<Session>) {
        let (status, at, tried) = (session.status, session.expires_at, session.payment_intent.is_some());
        let place = self.sessions.place_it(session);
        match status {
            SessionStatus::Open => {
                self.expiring.insert((at, place));
            }
            SessionStatus::Complete => {
                self.expiring.remove(&(at, place));
            }
            SessionStatus::Expired => {
                self.expiring.remove(&(at, place));
                // One that a card was tried on stays, with its intent and charges.
                if !tried {
                    self.dropping.insert((at + EXPIRED_KEPT, place));
                }
            }
        }
    }

    pub(crate) fn put_event(&mut self, event: Arc<Event>) {
        self.events.put(event);
        while self.events.len() > EVENTS_KEPT
            && let Some(oldest) = self.events.oldest().map(|event| event.id.clone())
            && self.deliveries.pending_of(&oldest) == 0
        {
            self.events.remove(&oldest);
        }
    }

    /// Up to `limit` open sessions whose time is over.
    pub(crate) fn due_to_expire(&self, now: i64, limit: usize) -> Vec<Box<str>> {
        let due = self.expiring.iter().take_while(|(at, _)| *at <= now).take(limit);
        due.filter_map(|(_, place)| self.sessions.at(*place))
            .map(|session| session.id.clone())
            .collect()
    }

    /// Drops expired sessions whose time is over and old idempotency keys; at most `limit` sessions at once.
    pub(crate) fn forget_old(&mut self, now: i64, limit: usize) {
        for _ in 0..limit {
            match self.dropping.first() {
                Some((at, _)) if *at <= now => {}
                _ => break,
            }
            let place = self.dropping.pop_first().map(|(_, place)| place);
            if let Some(session) = place.and_then(|place| self.sessions.at(place)).cloned() {
                self.sessions.remove(&session.id);
            }
        }
        if now >= self.keys_looked_at + KEYS_EVERY {
            self.keys_looked_at = now;
            self.idempotency.forget_old(now);
        }
    }

    pub(crate) fn open_sessions(&self) -> usize {
        self.expiring.len()
    }

    /// The charges of an intent, newest first.
    pub(crate) fn refunds_of<'a>(&'a self, charge: &'a str) -> impl Iterator<Item = &'a Arc<Refund>> {
        self.refunds
            .iter()
            .rev()
            .filter(move |refund| &*refund.charge == charge)
    }

    pub(crate) fn render_intent(&self, intent: &Intent, base: &str) -> Value {
        let method = intent.payment_method.as_deref().and_then(|id| self.methods.get(id));
        intent.render(base, method.map(|method| &**method))
    }

    pub(crate) fn render_event(&self, event: &Event, base: &str) -> Value {
        event.render(base, self.deliveries.pending_of(&event.id))
    }

    /// Any object by its id: what `expand` and a look at an id needs.
    pub(crate) fn resolve(&self, id: &str, view: View<'_>) -> Option<Value> {
        let (prefix, _) = id.split_once('_')?;
        match prefix {
            "cs" => self.sessions.get(id).map(|session| session.render(view)),
            "pi" => self.intents.get(id).map(|intent| self.render_intent(intent, view.base)),
            "ch" => self.charges.get(id).map(|charge| charge.render(view.base)),
            "re" => self.refunds.get(id).map(|refund| refund.render()),
            "pm" => self.methods.get(id).map(|method| method.render()),
            "evt" => self.events.get(id).map(|event| self.render_event(event, view.base)),
            "cus" => self.customers.get(id).map(|customer| customer.body.clone()),
            "prod" => self.product(id),
            "price" => self.price(id),
            "txn" => self.transaction(id),
            _ => None,
        }
    }

    pub(crate) fn price(&self, id: &str) -> Option<Value> {
        if let Some((session, at)) = ids::line_of(id, "price_") {
            let session = self.sessions.get(&session)?;
            return Some(line_price(session, at, session.lines.get(at)?));
        }
        self.prices.get(id).map(|price| price.body.clone())
    }

    pub(crate) fn product(&self, id: &str) -> Option<Value> {
        if let Some((session, at)) = ids::line_of(id, "prod_") {
            let session = self.sessions.get(&session)?;
            return line_product(session, at, session.lines.get(at)?);
        }
        self.products.get(id).map(|product| product.body.clone())
    }

    /// The balance transaction of a charge or refund: derived, never stored.
    pub(crate) fn transaction(&self, id: &str) -> Option<Value> {
        let letters = id.strip_prefix("txn_")?;
        if let Some(charge) = self.charges.get(&format!("ch_{letters}")) {
            charge.transaction_id()?;
            return Some(crate::balance::transaction(
                id,
                &charge.id,
                "charge",
                charge.amount_captured,
                &charge.currency,
                charge.created,
            ));
        }
        let refund = self.refunds.get(&format!("re_{letters}"))?;
        Some(crate::balance::transaction(
            id,
            &refund.id,
            "refund",
            -refund.amount,
            &refund.currency,
            refund.created,
        ))
    }
}
