//! `/v1/webhook_endpoints`.

use serde_json::{Value, json};

use super::{
    dispatch::Answer,
    documents::{self, find},
    lists::{PAGING, Page},
};
use crate::{
    error::ApiError,
    form::Params,
    ids,
    model::{Document, Kind, View},
    store::{State, Tx},
};

/// As many as Stripe lets an account have.
const MAX_ENDPOINTS: usize = 16;

pub(super) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&[
        "api_version",
        "connect",
        "description",
        "enabled_events",
        "metadata",
        "url",
    ]])?;
    params.unsupported(&["connect"])?;
    let url = params.url("url")?.ok_or_else(|| ApiError::missing("url"))?;
    let events = enabled_events(&mut params)?.ok_or_else(|| ApiError::missing("enabled_events"))?;
    if tx.state.endpoints.len() >= MAX_ENDPOINTS {
        return Err(ApiError::invalid(format!(
            "You have reached the maximum of {MAX_ENDPOINTS} test webhook endpoints."
        )));
    }
    let id = ids::random("we_1", 23);
    let secret = ids::random("whsec_", 32);
    let mut body = json!({
        "id": &*id,
        "object": "webhook_endpoint",
        "api_version": params.text("api_version")?,
        "application": null,
        "created": tx.now(),
        "description": params.text("description")?,
        "enabled_events": events,
        "livemode": false,
        "metadata": {},
        "status": "enabled",
        "url": url,
    });
    body["metadata"] = documents::metadata(&mut params, &body)?;
    tx.put_document(Document {
        id,
        created: tx.now(),
        kind: Kind::Endpoint,
        body: body.clone(),
        secret: Some(secret.clone()),
    });
    // Shown this once.
    body["secret"] = (*secret).into();
    Ok(body.into())
}

fn enabled_events(params: &mut Params) -> Result<Option<Vec<String>>, ApiError> {
    let Some(events) = params.texts("enabled_events")? else {
        return Ok(None);
    };
    if events.is_empty() {
        return Err(ApiError::empty_parameter("enabled_events"));
    }
    for (at, name) in events.iter().enumerate() {
        let plausible = name.contains('.')
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b));
        if name != "*" && !plausible {
            return Err(ApiError::invalid(format!(
                "Invalid enabled_events[{at}]: {name} is not an event type; see https://stripe.com/docs/api/events/types."
            ))
            .with_param(&format!("enabled_events[{at}]")));
        }
    }
    Ok(Some(events))
}

pub(super) fn retrieve(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    Ok(find(state, Kind::Endpoint, id)?.body.clone())
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&["description", "disabled", "enabled_events", "metadata", "url"]])?;
    let current = find(tx.state, Kind::Endpoint, id)?;
    let mut body = current.body.clone();
    documents::texts(&mut params, &mut body, &["description"])?;
    body["metadata"] = documents::metadata(&mut params, &body)?;
    if let Some(events) = enabled_events(&mut params)? {
        body["enabled_events"] = events.into();
    }
    if let Some(url) = params.url("url")? {
        body["url"] = url.into();
    }
    if let Some(disabled) = params.boolean("disabled")? {
        body["status"] = if disabled { "disabled" } else { "enabled" }.into();
    }
    tx.put_document(Document {
        body: body.clone(),
        ..Document::clone(&current)
    });
    Ok(body.into())
}

pub(super) fn delete(tx: &mut Tx<'_>, id: &str, params: Params) -> Result<Answer, ApiError> {
    params.only(&[])?;
    find(tx.state, Kind::Endpoint, id)?;
    tx.remove_document(Kind::Endpoint, id);
    Ok(documents::deleted(id, "webhook_endpoint").into())
}

pub(super) fn list(state: &State, _: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["created"]])?;
    let page = Page::read(&mut params)?;
    page.of(
        &state.endpoints,
        Kind::Endpoint.noun(),
        Kind::Endpoint.path(),
        |_| true,
        |endpoint| endpoint.body.clone(),
    )
}
