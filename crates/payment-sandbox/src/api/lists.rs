//! Cursor pagination: `limit`, `starting_after`, `ending_before`, `created`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{error::ApiError, form::Params, model::Object, store::Collection};

pub(super) const DEFAULT_LIMIT: usize = 10;
/// Known to every list.
pub(super) const PAGING: &[&str] = &["limit", "starting_after", "ending_before"];

/// Which part of a list is asked for.
#[derive(Debug)]
pub(super) struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    /// Bounds on `created`, both included.
    created: (i64, i64),
}

impl Page {
    /// Takes the paging parameters and `created` out of `params`.
    pub(super) fn read(params: &mut Params) -> Result<Self, ApiError> {
        let limit = params.integer("limit")?;
        let out_of_range = |bound: &str, number: i64| {
            let message = format!("This value must be {bound} (it currently is '{number}').");
            Err(ApiError::parameter("parameter_invalid_integer", "limit", message))
        };
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(number) if number < 1 => return out_of_range("greater than or equal to 1", number),
            Some(number) if number > 100 => return out_of_range("less than or equal to 100", number),
            Some(number) => usize::try_from(number).unwrap_or(DEFAULT_LIMIT),
        };
        let starting_after = params.text("starting_after")?;
        let ending_before = params.text("ending_before")?;
        if starting_after.is_some() && ending_before.is_some() {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: ending_before, starting_after.",
            )
            .with_param("ending_before"));
        }
        Ok(Self {
            limit,
            starting_after,
            ending_before,
            created: created(params)?,
        })
    }

    /// The page of `all` whose members pass `keep`, newest first, as Stripe's list object.
    pub(super) fn of<T: Object>(
        &self,
        all: &Collection<T>,
        noun: &str,
        url: &str,
        keep: impl Fn(&T) -> bool,
        render: impl Fn(&T) -> Value,
    ) -> Result<Value, ApiError> {
        let keep = |item: &&Arc<T>| {
            let created = item.created();
            created >= self.created.0 && created <= self.created.1 && keep(item)
        };
        let missing = |param: &str, id: &str| ApiError::no_such_reference(noun, param, id);
        let mut found: Vec<&Arc<T>> = match (&self.starting_after, &self.ending_before) {
            (Some(id), _) => all
                .older_than(id)
                .ok_or_else(|| missing("starting_after", id))?
                .rev()
                .filter(keep)
                .take(self.limit + 1)
                .collect(),
            (None, Some(id)) => all
                .newer_than(id)
                .ok_or_else(|| missing("ending_before", id))?
                .filter(keep)
                .take(self.limit + 1)
                .collect(),
            (None, None) => all.iter().rev().filter(keep).take(self.limit + 1).collect(),
        };
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        if self.ending_before.is_some() {
            found.reverse();
        }
        let data: Vec<Value> = found.into_iter().map(|item| render(item)).collect();
        Ok(list(data, has_more, url))
    }

    /// The page of a short list that is held whole and already in its order.
    pub(super) fn of_values(&self, all: Vec<Value>, noun: &str, url: &str) -> Result<Value, ApiError> {
        let place = |param: &str, id: &str| {
            all.iter()
                .position(|item| item["id"] == id)
                .ok_or_else(|| ApiError::no_such_reference(noun, param, id))
        };
        let (from, to) = match (&self.starting_after, &self.ending_before) {
            (Some(id), _) => {
                let from = place("starting_after", id)? + 1;
                (from, (from + self.limit).min(all.len()))
            }
            (None, Some(id)) => {
                let to = place("ending_before", id)?;
                (to.saturating_sub(self.limit), to)
            }
            (None, None) => (0, self.limit.min(all.len())),
        };
        let has_more = if self.ending_before.is_some() {
            from > 0
        } else {
            to < all.len()
        };
        Ok(list(all[from..to].to_vec(), has_more, url))
    }
}

fn list(data: Vec<Value>, has_more: bool, url: &str) -> Value {
    json!({ "object": "list", "data": data, "has_more": has_more, "url": url })
}

/// `created=T` or `created[gt|gte|lt|lte]=T`.
fn created(params: &mut Params) -> Result<(i64, i64), ApiError> {
    let mut bounds = (i64::MIN, i64::MAX);
    if !params.has("created") {
        return Ok(bounds);
    }
    if let Ok(Some(exact)) = params.clone().integer("created") {
        let _ = params.take("created");
        return Ok((exact, exact));
    }
    let Some(mut range) = params.object("created")? else {
        return Ok(bounds);
    };
    range.only(&[&["gt", "gte", "lt", "lte"]])?;
    for (key, offset) in [("gt", 1), ("gte", 0)] {
        if let Some(at) = range.integer(key)? {
            bounds.0 = bounds.0.max(at.saturating_add(offset));
        }
    }
    for (key, offset) in [("lt", 1), ("lte", 0)] {
        if let Some(at) = range.integer(key)? {
            bounds.1 = bounds.1.min(at.saturating_sub(offset));
        }
    }
    Ok(bounds)
}
