//! Chat over sockets, and the shapes it shares with the API.

mod calls;
mod gate;
mod metrics;
mod peer;
mod sockets;
mod views;

pub(crate) use metrics::declare;
pub(in crate::web) use sockets::routes;
pub(in crate::web) use views::{ConversationView, HistoryView, MessageView};
