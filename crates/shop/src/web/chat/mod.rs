//! Chat over sockets, and the shapes it shares with the API.

mod views;

pub(in crate::web) use views::{ConversationView, HistoryView, MessageView};
