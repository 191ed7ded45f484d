//! `silences` and `silence/{id}`.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Api;
use super::answer::{Body, Named, Refusal};
use super::params;
use crate::alerts::moment;
use crate::alerts::silence::{Refused, Silence, SilenceMatcher, SilenceState, state};
use crate::metrics::labels::Labels;

/// A silence as somebody wishes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wished {
    #[serde(default)]
    id: Option<String>,
    matchers: Option<Vec<WishedMatcher>>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    created_by: Option<String>,
    comment: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WishedMatcher {
    name: Option<String>,
    value: Option<String>,
    is_regex: Option<bool>,
    is_equal: Option<bool>,
}

impl Named for Wished {
    const NAME: &'static str = "silence";
}

/// A silence as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    id: String,
    status: Status,
    updated_at: String,
    comment: String,
    created_by: String,
    ends_at: String,
    matchers: Vec<SilenceMatcher>,
    starts_at: String,
}

#[derive(Serialize)]
struct Status {
    state: SilenceState,
}

fn shown(silence: Silence, now: OffsetDateTime) -> Shown {
    Shown {
        status: Status {
            state: state(&silence, now),
        },
        id: silence.id,
        updated_at: moment::write_milliseconds(silence.updated_at),
        comment: silence.comment,
        created_by: silence.created_by,
        ends_at: moment::write_milliseconds(silence.ends_at),
        matchers: silence.matchers,
        starts_at: moment::write_milliseconds(silence.starts_at),
    }
}

/// `GET /api/v2/silences`: those that hold, the next to end first; those that will, the next to begin first; those that
/// held, the last to end first. `filter` looks at the values their matchers name.
pub(super) async fn list(State(api): Api, query: RawQuery) -> Result<Json<Vec<Shown>>, Refusal> {
    let matchers = params::matchers(&query)?;
    let now = api.now();
    let mut silences = api.silences();
    silences.retain(|silence| {
        let named = silence.matchers.iter().map(|matcher| (&matcher.name, &matcher.value));
        let named = Labels::from_pairs(named);
        matchers.iter().all(|matcher| matcher.matches(&named))
    });
    silences.sort_by_cached_key(|silence| match state(silence, now) {
        SilenceState::Active => (SilenceState::Active, Some(silence.ends_at), None),
        SilenceState::Pending => (SilenceState::Pending, Some(silence.starts_at), None),
        SilenceState::Expired => (SilenceState::Expired, None, Some(Reverse(silence.ends_at))),
    });
    Ok(Json(silences.into_iter().map(|silence| shown(silence, now)).collect()))
}

/// The id of a silence just put in or changed.
#[derive(Serialize)]
pub(super) struct Id {
    #[serde(rename = "silenceID")]
    id: String,
}

/// `POST /api/v2/silences`: a new one, or a change of the one with its `id`.
pub(super) async fn put(State(api): Api, Body(wished): Body<Wished>) -> Result<Json<Id>, Refusal> {
    let silence = silence(wished)?;
    if silence.starts_at >= silence.ends_at {
        return Err(Refusal::bad_request(
            "Failed to create silence: start time must be before end time",
        ));
    }
    if silence.ends_at < api.now() {
        return Err(Refusal::bad_request(
            "Failed to create silence: end time can't be in the past",
        ));
    }
    let set = blocking(move || api.set_silence(silence)).await?;
    set.map(|id| Json(Id { id })).map_err(|refused| {
        let status = match refused {
            Refused::NotFound => StatusCode::NOT_FOUND,
            Refused::Unwritten(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Refusal::Text(status, refused.to_string())
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Refusal::Text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// Checks what the API's description asks for, in the order go-swagger does.
fn silence(wished: Wished) -> Result<Silence, Refusal> {
    let comment = wished.comment.ok_or_else(|| Refusal::required("comment"))?;
    let created_by = wished.created_by.ok_or_else(|| Refusal::required("createdBy"))?;
    let moment = |text: Option<String>, name: &str| {
        let text = text.ok_or_else(|| Refusal::required(name))?;
        moment::read(&text).map_err(|why| Refusal::Swagger {
            status: StatusCode::BAD_REQUEST,
            code: 400,
            message: format!("parsing silence body from \"\" failed, because {why}"),
        })
    };
    let ends_at = moment(wished.ends_at, "endsAt")?;
    let matchers = wished.matchers.ok_or_else(|| Refusal::required("matchers"))?;
    if matchers.is_empty() {
        return Err(Refusal::invalid(612, "matchers in body should have at least 1 items"));
    }
    let matchers = matchers.into_iter().enumerate();
    let matchers: Result<Vec<_>, _> = matchers
        .map(|(index, matcher)| {
            let missing = |what: &str| Refusal::required(&format!("matchers.{index}.{what}"));
            Ok(SilenceMatcher {
                is_regex: matcher.is_regex.ok_or_else(|| missing("isRegex"))?,
                is_equal: matcher.is_equal.unwrap_or(true),
                name: matcher.name.ok_or_else(|| missing("name"))?,
                value: matcher.value.ok_or_else(|| missing("value"))?,
            })
        })
        .collect();
    let matchers = matchers?;
    let starts_at = moment(wished.starts_at, "startsAt")?;
    Ok(Silence {
        id: wished.id.unwrap_or_default(),
        matchers,
        starts_at,
        ends_at,
        updated_at: starts_at,
        created_by,
        comment,
    })
}

/// Refuses what is no UUID.
fn check_id(id: &str) -> Result<(), Refusal> {
    let is_uuid = id.len() == 36
        && id.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    if is_uuid {
        return Ok(());
    }
    let message = format!("silenceID in path must be of type uuid: {id:?}");
    Err(Refusal::invalid(601, message))
}

/// `GET /api/v2/silence/{id}`
pub(super) async fn get(State(api): Api, Path(id): Path<String>) -> Result<Result<Json<Shown>, StatusCode>, Refusal> {
    check_id(&id)?;
    let found = api.silence(&id).map(|silence| Json(shown(silence, api.now())));
    Ok(found.ok_or(StatusCode::NOT_FOUND))
}

/// `DELETE /api/v2/silence/{id}`: ends it now.
pub(super) async fn expire(State(api): Api, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    check_id(&id)?;
    let this = Arc::clone(&api);
    let expired = blocking(move || this.expire_silence(&id)).await?;
    expired
        .map(|()| StatusCode::OK)
        .map_err(|refused| Refusal::Text(StatusCode::INTERNAL_SERVER_ERROR, refused.to_string()))
}
