//! `/v1/events`.

use serde_json::Value;

use super::lists::{PAGING, Page};
use crate::{
    error::ApiError,
    form::Params,
    model::{Event, View},
    store::State,
};

pub(super) fn retrieve(state: &State, view: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    let event = state
        .events
        .get(id)
        .ok_or_else(|| ApiError::no_such("event", "id", id))?;
    Ok(state.render_event(event, view.base))
}

pub(super) fn list(state: &State, view: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["created", "delivery_success", "type", "types"]])?;
    let page = Page::read(&mut params)?;
    let kind = params.text("type")?;
    let kinds = params.texts("types")?;
    if kind.is_some() && kinds.is_some() {
        return Err(ApiError::invalid("You may only specify one of these parameters: type, types.").with_param("type"));
    }
    let delivered = params.boolean("delivery_success")?;
    let keep = |event: &Event| {
        kind.as_deref().is_none_or(|pattern| matches(&event.kind, pattern))
            && kinds
                .as_ref()
                .is_none_or(|kinds| kinds.iter().any(|pattern| matches(&event.kind, pattern)))
            && delivered.is_none_or(|wanted| (state.deliveries.pending_of(&event.id) == 0) == wanted)
    };
    page.of(&state.events, "event", "/v1/events", keep, |event| {
        state.render_event(event, view.base)
    })
}

/// `charge.*` stands for everything about charges.
fn matches(kind: &str, pattern: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(kind == pattern, |prefix| kind.starts_with(prefix))
}
