//! What may become of a silence: no I/O, the time is given.

use time::OffsetDateTime;

use super::super::moment::ZERO;
use super::{Compiled, Silence, SilenceState};
use crate::metrics::labels::is_plain_name;

/// Why a silence is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none with this id.
    #[error("silence not found")]
    NotFound,
    /// It makes no sense; why.
    #[error("silence invalid: {0}")]
    Invalid(String),
    /// There are as many as there may be.
    #[error("exceeded maximum number of silences: {0} silences (limit: {0})")]
    TooMany(usize),
    /// It cannot be written down.
    #[error("cannot write silences: {0}")]
    Unwritten(String),
}

/// Where a silence is in its life.
pub fn state(silence: &Silence, now: OffsetDateTime) -> SilenceState {
    if now < silence.starts_at {
        SilenceState::Pending
    } else if now > silence.ends_at {
        SilenceState::Expired
    } else {
        SilenceState::Active
    }
}

/// Whether `new` can be the same silence as `old`; if not, `old` ends and `new` gets an id of its own.
pub(super) fn can_update(old: &Silence, new: &Silence, now: OffsetDateTime) -> bool {
    if old.matchers != new.matchers {
        return false;
    }
    match state(old, now) {
        // What has been silent stays so.
        SilenceState::Active => new.starts_at.unix_timestamp() == old.starts_at.unix_timestamp() && new.ends_at >= now,
        SilenceState::Pending => new.starts_at >= now,
        SilenceState::Expired => false,
    }
}

/// The silence with its end now; one that is over stays as it is.
pub(super) fn expired(silence: &Silence, now: OffsetDateTime) -> Silence {
    let (starts_at, ends_at) = match state(silence, now) {
        SilenceState::Expired => return silence.clone(),
        SilenceState::Active => (silence.starts_at, now),
        // Both are now, so that it has never held.
        SilenceState::Pending => (now, now),
    };
    Silence {
        starts_at,
        ends_at,
        updated_at: now,
        ..silence.clone()
    }
}

/// Checks a silence and compiles it.
pub(super) fn compiled(silence: Silence) -> Result<Compiled, Refused> {
    let invalid = |why: &str| Err(Refused::Invalid(why.to_owned()));
    if silence.matchers.is_empty() {
        return invalid("at least one matcher required");
    }
    let mut matchers = Vec::with_capacity(silence.matchers.len());
    for (index, written) in silence.matchers.iter().enumerate() {
        let wrong = |why: String| Refused::Invalid(format!("invalid label matcher {index}: {why}"));
        if !is_plain_name(&written.name) {
            return Err(wrong(format!("invalid label name {:?}", written.name)));
        }
        let compiled = written
            .compile()
            .map_err(|why| wrong(format!("invalid regular expression {:?}: {why}", written.value)))?;
        matchers.push(compiled);
    }
    if matchers.iter().all(|matcher| matcher.accepts("")) {
        return invalid("at least one matcher must not match the empty string");
    }
    if silence.starts_at == ZERO {
        return invalid("invalid zero start timestamp");
    }
    if silence.ends_at == ZERO {
        return invalid("invalid zero end timestamp");
    }
    if silence.ends_at < silence.starts_at {
        return invalid("end time must not be before start time");
    }
    Ok(Compiled { silence, matchers })
}
