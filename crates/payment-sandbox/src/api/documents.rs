//! What the endpoints for customers, products, prices and webhook endpoints have in common.

use std::sync::Arc;

use serde_json::{Value, json};

use super::dispatch::Answer;
use crate::{
    error::ApiError,
    form::Params,
    model::{Document, Kind, Metadata},
    store::{State, Tx},
};

/// The name of the path's parameter in errors.
fn param(kind: Kind) -> &'static str {
    match kind {
        Kind::Price => "price",
        Kind::Endpoint => "webhook_endpoint",
        Kind::Customer | Kind::Product => "id",
    }
}

pub(super) fn find(state: &State, kind: Kind, id: &str) -> Result<Arc<Document>, ApiError> {
    let document = state.documents(kind).get(id).cloned();
    document.ok_or_else(|| ApiError::no_such(kind.noun(), param(kind), id))
}

/// [`find`], but an object that was deleted is missing.
pub(super) fn find_alive(state: &State, kind: Kind, id: &str) -> Result<Arc<Document>, ApiError> {
    let document = find(state, kind, id)?;
    if is_alive(&document) {
        Ok(document)
    } else {
        Err(ApiError::no_such(kind.noun(), param(kind), id))
    }
}

pub(super) fn is_alive(document: &Document) -> bool {
    document.body.get("deleted").is_none()
}

/// `metadata` as it stands, changed by the request.
pub(super) fn metadata(params: &mut Params, body: &Value) -> Result<Value, ApiError> {
    let held = body["metadata"].as_object().into_iter().flatten();
    let pairs: Vec<(String, String)> = held
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let current = Metadata::default().with(&pairs);
    Ok(params.metadata()?.apply(&current)?.to_json())
}

/// Texts that an empty value unsets.
pub(super) fn texts(params: &mut Params, body: &mut Value, keys: &[&str]) -> Result<(), ApiError> {
    for key in keys {
        if let Some(text) = params.clearable(key)? {
            body[*key] = text.into();
        }
    }
    Ok(())
}

pub(super) fn booleans(params: &mut Params, body: &mut Value, keys: &[&str]) -> Result<(), ApiError> {
    for key in keys {
        if let Some(flag) = params.boolean(key)? {
            body[*key] = flag.into();
        }
    }
    Ok(())
}

pub(super) fn store(tx: &mut Tx<'_>, kind: Kind, body: Value, event: &str) -> Answer {
    let id: Box<str> = body["id"].as_str().unwrap_or_default().into();
    let created = body["created"].as_i64().unwrap_or(tx.now());
    tx.put_document(Document {
        id,
        created,
        kind,
        body: body.clone(),
        secret: None,
    });
    tx.emit(event, body.clone());
    body.into()
}

/// What deleting answers, and what is left to be seen afterwards.
pub(super) fn deleted(id: &str, object: &str) -> Value {
    json!({ "id": id, "object": object, "deleted": true })
}
