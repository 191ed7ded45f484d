//! `/api/conversations`: between a buyer and a store. Those who are no party find nothing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::catalog::{ProductId, StoreId};
use crate::messaging::{self, ConversationId, MOST, Part, Subject};
use crate::web::chat::{ConversationView, HistoryView};
use crate::web::session::Bearer;
use crate::web::{Body, FieldProblem, Id, Params, Problem};

/// Conversations or messages of an answer that does not say how many.
const A_PAGE: u32 = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct ListQuery {
    /// Only those after this one in the list: the id of the last that is known.
    before: Option<i64>,
    /// 1 to 100; 50 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// 1 to 100, and 50 if nothing is said.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(A_PAGE),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(wrong("limit", "limit va de 1 a 100", "limit is 1 to 100")),
    }
}

pub(super) fn wrong(field: &'static str, es: &'static str, en: &'static str) -> Problem {
    Problem::invalid(vec![FieldProblem {
        field: field.into(),
        code: "invalid",
        es: es.into(),
        en: en.into(),
    }])
}

/// The caller's conversations, the one last spoken in first.
#[utoipa::path(get, path = "/api/conversations", tag = "chat", params(ListQuery), security(("bearer" = [])),
    responses((status = 200, body = [ConversationView]), (status = 400, description = "A parameter is not valid"),
        (status = 401, description = "No valid token")))]
pub(in crate::web) async fn list(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Params(query): Params<ListQuery>,
) -> Result<Json<Vec<ConversationView>>, Problem> {
    let before = query.before.map(ConversationId);
    let found = messaging::conversations(&app, identity.user_id, before, limit(query.limit)?).await?;
    Ok(Json(found.iter().map(ConversationView::from).collect()))
}

/// What a conversation shall be about: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct NewConversation {
    product_id: Option<i64>,
    store_id: Option<i64>,
}

/// Opens the caller's conversation about a product or a store, or answers the one there is.
#[utoipa::path(post, path = "/api/conversations", tag = "chat", request_body = NewConversation, security(("bearer" = [])),
    responses((status = 201, body = ConversationView), (status = 400, description = "Neither a product nor a store"),
        (status = 401, description = "No valid token"), (status = 404, description = "No such product or store"),
        (status = 409, description = "The caller's own store")))]
pub(in crate::web) async fn open(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(new): Body<NewConversation>,
) -> Result<Response, Problem> {
    let subject = match (new.product_id, new.store_id) {
        (Some(product), None) => Subject::Product(ProductId(product)),
        (None, Some(store)) => Subject::Store(StoreId(store)),
        _ => {
            return Err(wrong(
                "productId",
                "Di productId o storeId, uno de los dos",
                "Say productId or storeId, one of them",
            ));
        }
    };
    let id = messaging::open(&app, identity.user_id, subject).await?;
    let conversation = messaging::conversation(&app, identity.user_id, id).await?;
    Ok((StatusCode::CREATED, Json(ConversationView::from(&conversation))).into_response())
}

/// One of the caller's conversations.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "chat", params(("id" = i64, Path)), security(("bearer" = [])),
    responses((status = 200, body = ConversationView), (status = 401, description = "No valid token"),
        (status = 404, description = "None of the caller's")))]
pub(in crate::web) async fn detail(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationView>, Problem> {
    let conversation = messaging::conversation(&app, identity.user_id, id).await?;
    Ok(Json((&conversation).into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct PartQuery {
    /// Only messages before the one of this `seq`.
    before: Option<i64>,
    /// Only messages after the one of this `seq`, oldest first: what was missed.
    after: Option<i64>,
    /// 1 to 100; 50 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A part of a conversation, in its order; the end of it, if neither `before` nor `after` is given.
#[utoipa::path(get, path = "/api/conversations/{id}/messages", tag = "chat", params(("id" = i64, Path), PartQuery),
    security(("bearer" = [])),
    responses((status = 200, body = HistoryView), (status = 400, description = "A parameter is not valid"),
        (status = 401, description = "No valid token"), (status = 404, description = "None of the caller's")))]
pub(in crate::web) async fn messages(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<ConversationId>,
    Params(query): Params<PartQuery>,
) -> Result<Json<HistoryView>, Problem> {
    let part = match (query.before, query.after) {
        (None, None) => Part::Latest,
        (Some(seq), None) => Part::Before(seq),
        (None, Some(seq)) => Part::After(seq),
        (Some(_), Some(_)) => {
            return Err(wrong(
                "before",
                "Di before o after, no los dos",
                "Say before or after, not both",
            ));
        }
    };
    let history = messaging::history(&app, identity.user_id, id, part, limit(query.limit)?).await?;
    Ok(Json(history.into()))
}

/// Takes no more messages from the other party.
#[utoipa::path(post, path = "/api/conversations/{id}/block", tag = "chat", params(("id" = i64, Path)), security(("bearer" = [])),
    responses((status = 200, body = ConversationView), (status = 401, description = "No valid token"),
        (status = 404, description = "None of the caller's")))]
pub(in crate::web) async fn block(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationView>, Problem> {
    messaging::set_block(&app, identity.user_id, id, true).await?;
    detail(State(app), Bearer(identity), Id(id)).await
}

/// Takes messages again; a block of the other party's stays.
#[utoipa::path(post, path = "/api/conversations/{id}/unblock", tag = "chat", params(("id" = i64, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = ConversationView), (status = 401, description = "No valid token"),
        (status = 404, description = "None of the caller's")))]
pub(in crate::web) async fn unblock(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationView>, Problem> {
    messaging::set_block(&app, identity.user_id, id, false).await?;
    detail(State(app), Bearer(identity), Id(id)).await
}

/// Why a conversation is brought before an admin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct NewReport {
    /// `spam`, `abuse`, `fraud` or `other`.
    reason: String,
    /// Up to 500 characters.
    #[serde(default)]
    details: String,
}

/// Brings a conversation before an admin.
#[utoipa::path(post, path = "/api/conversations/{id}/report", tag = "chat", params(("id" = i64, Path)),
    request_body = NewReport, security(("bearer" = [])),
    responses((status = 204), (status = 400, description = "An unknown reason, or details that are too long"),
        (status = 401, description = "No valid token"), (status = 404, description = "None of the caller's")))]
pub(in crate::web) async fn report(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<ConversationId>,
    Body(new): Body<NewReport>,
) -> Result<StatusCode, Problem> {
    messaging::report(&app, identity.user_id, id, &new.reason, &new.details).await?;
    Ok(StatusCode::NO_CONTENT)
}
