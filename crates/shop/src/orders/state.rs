//! The life of a purchase and of the orders under it, as pure functions: the database around them only stores what they allow.
//!
//! ```text
//! purchase  pendiente ─paid→ pagado ─all orders refunded→ reembolsado
//!               └─expired, cancelled, failed→ cancelado
//! order     pendiente ─paid→ pagado ─ship→ enviado ─deliver→ entregado
//!               └─release→ cancelado  └─refund→ reembolsado ←refund─┘
//! ```

use std::fmt;
use std::str::FromStr;

/// Where an order stands. The words are the ones stored and shown by the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Waiting for the payment; stock is held.
    Pendiente,
    /// Paid; the store has to ship.
    Pagado,
    /// On its way.
    Enviado,
    /// With the buyer.
    Entregado,
    /// Never paid; stock was given back.
    Cancelado,
    /// Paid and paid back.
    Reembolsado,
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// The purchase was paid.
    Paid,
    /// The purchase ended without payment.
    Released,
    /// The store handed it to a carrier.
    Shipped,
    /// The buyer has it.
    Delivered,
    /// The whole order is paid back.
    Refunded,
}

/// The event does not fit where the order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {status} cannot be {event}")]
pub struct Refused {
    /// Where it stands.
    pub status: OrderStatus,
    /// What was asked.
    pub event: OrderEvent,
}

/// The next status, or why there is none.
pub fn next(status: OrderStatus, event: OrderEvent) -> Result<OrderStatus, Refused> {
    use OrderEvent as E;
    use OrderStatus as S;
    match (status, event) {
        (S::Pendiente, E::Paid) => Ok(S::Pagado),
        (S::Pendiente, E::Released) => Ok(S::Cancelado),
        (S::Pagado, E::Shipped) => Ok(S::Enviado),
        (S::Enviado, E::Delivered) => Ok(S::Entregado),
        (S::Pagado | S::Enviado | S::Entregado, E::Refunded) => Ok(S::Reembolsado),
        _ => Err(Refused { status, event }),
    }
}

/// Where a purchase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PurchaseState {
    /// A payment session is open, or about to be.
    Pendiente,
    /// Paid.
    Pagado,
    /// Ended without payment.
    Cancelado,
    /// Every order under it was paid back.
    Reembolsado,
}

/// What can happen to a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PurchaseEvent {
    /// Stripe has the money.
    Paid,
    /// The session expired, was cancelled or never came to be.
    Ended,
    /// The last order under it was paid back.
    AllRefunded,
}

/// What a purchase's event means for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PurchaseStep {
    /// Go to this state, and do what goes with it.
    Go(PurchaseState),
    /// It has happened before: nothing to do.
    Already,
    /// Money came for a purchase that had ended: it has to go back.
    PayBack,
}

/// What to do. Total: every event is answered in every state, since webhooks come repeated, late and out of order.
pub fn next_purchase(state: PurchaseState, event: PurchaseEvent) -> PurchaseStep {
    use PurchaseEvent as E;
    use PurchaseState as S;
    match (state, event) {
        (S::Pendiente, E::Paid) => PurchaseStep::Go(S::Pagado),
        (S::Pendiente, E::Ended) => PurchaseStep::Go(S::Cancelado),
        (S::Pagado, E::AllRefunded) => PurchaseStep::Go(S::Reembolsado),
        (S::Cancelado, E::Paid) => PurchaseStep::PayBack,
        (S::Pagado | S::Reembolsado, E::Paid | E::Ended)
        | (S::Cancelado, E::Ended | E::AllRefunded)
        | (S::Reembolsado, E::AllRefunded)
        | (S::Pendiente, E::AllRefunded) => PurchaseStep::Already,
    }
}

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// Every value there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err(UnknownWord(text.to_owned())) }
            }
        }
    };
}

/// A stored word that no version of the program writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known state")]
pub struct UnknownWord(pub String);

words!(OrderStatus {
    Pendiente = "pendiente",
    Pagado = "pagado",
    Enviado = "enviado",
    Entregado = "entregado",
    Cancelado = "cancelado",
    Reembolsado = "reembolsado",
});

words!(PurchaseState {
    Pendiente = "pendiente",
    Pagado = "pagado",
    Cancelado = "cancelado",
    Reembolsado = "reembolsado",
});

words!(OrderEvent {
    Paid = "paid",
    Released = "released",
    Shipped = "shipped",
    Delivered = "delivered",
    Refunded = "refunded",
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_order_event() -> impl Strategy<Value = OrderEvent> {
        proptest::sample::select(OrderEvent::ALL)
    }

    fn any_purchase_event() -> impl Strategy<Value = PurchaseEvent> {
        proptest::sample::select(vec![
            PurchaseEvent::Paid,
            PurchaseEvent::Ended,
            PurchaseEvent::AllRefunded,
        ])
    }

    proptest! {
        #[test]
        fn an_order_ships_only_after_it_was_paid_and_ends_for_good(events in prop::collection::vec(any_order_event(), 0..12)) {
            let mut status = OrderStatus::Pendiente;
            let mut taken = Vec::new();
            for event in events {
                match next(status, event) {
                    Ok(after) => {
                        prop_assert_ne!(after, status, "every step leads somewhere");
                        prop_assert!(!taken.contains(&event), "nothing happens twice");
                        taken.push(event);
                        status = after;
                    }
                    Err(refused) => prop_assert_eq!(refused, Refused { status, event }),
                }
            }
            if taken.contains(&OrderEvent::Shipped) || taken.contains(&OrderEvent::Refunded) {
                prop_assert_eq!(taken[0], OrderEvent::Paid);
            }
            if matches!(status, OrderStatus::Cancelado | OrderStatus::Reembolsado) {
                prop_assert!(OrderEvent::ALL.iter().all(|event| next(status, *event).is_err()));
            }
        }

        #[test]
        fn a_purchase_is_fulfilled_at_most_once_whatever_the_webhooks_do(
            events in prop::collection::vec(any_purchase_event(), 0..20),
        ) {
            let mut state = PurchaseState::Pendiente;
            let (mut fulfilled, mut released) = (0, 0);
            for event in events {
                match next_purchase(state, event) {
                    PurchaseStep::Go(PurchaseState::Pagado) => { fulfilled += 1; state = PurchaseState::Pagado; }
                    PurchaseStep::Go(PurchaseState::Cancelado) => { released += 1; state = PurchaseState::Cancelado; }
                    PurchaseStep::Go(after) => state = after,
                    PurchaseStep::Already => {}
                    PurchaseStep::PayBack => prop_assert_eq!(state, PurchaseState::Cancelado),
                }
            }
            prop_assert!(fulfilled + released <= 1, "stock is sold once or given back once");
        }
    }

    #[test]
    fn every_word_reads_back() {
        for status in OrderStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        for state in PurchaseState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        assert!("enviados".parse::<OrderStatus>().is_err());
    }
}
