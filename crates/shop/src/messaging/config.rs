//! `[shop.chat]`

use serde::{Deserialize, Serialize};
use units::HumanDuration;

/// `[shop.chat]`: the sockets of `textisur-chat`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How often a socket is asked whether it is still there. Under the edge's `upstream_timeout`: a long poll lasts that long.
    pub ping_interval: HumanDuration,
    /// How long it may take to answer.
    pub ping_timeout: HumanDuration,
    /// How often it is looked whether the sessions behind sockets still live: so long may one that was ended, or whose account was
    /// suspended, still be heard.
    pub session_check: HumanDuration,
    /// Most bytes of a packet, and of a polling request's body.
    pub max_payload: u32,
    /// Events a second that a socket may send for long.
    pub events_per_second: u32,
    /// Events that it may send at once after a rest.
    pub event_burst: u32,
    /// Refused events after which a socket that goes on all the same is disconnected.
    pub refusals: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ping_interval: HumanDuration::from_secs(25),
            ping_timeout: HumanDuration::from_secs(20),
            session_check: HumanDuration::from_secs(5),
            max_payload: 64 * 1024,
            events_per_second: 10,
            event_burst: 60,
            refusals: 100,
        }
    }
}
