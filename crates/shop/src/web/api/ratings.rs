//! `/api/products/{id}/ratings`: read by everybody, given by those who have the product.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::Seen;
use super::views::timestamp;
use crate::App;
use crate::catalog::ProductId;
use crate::ratings::{self, NewRating, Rating, Spread};
use crate::web::session::Bearer;
use crate::web::{Body, Id, Params, Problem};

/// Times are RFC 3339, UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = Rating)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct RatingView {
    id: i64,
    /// 1 to 5.
    stars: i64,
    comment: String,
    /// First name and an initial.
    author: String,
    created_at: String,
    updated_at: String,
}

impl From<Rating> for RatingView {
    fn from(rating: Rating) -> Self {
        Self {
            id: rating.id.0,
            stars: rating.stars,
            comment: rating.comment,
            author: rating.author,
            created_at: timestamp(rating.created_at),
            updated_at: timestamp(rating.updated_at),
        }
    }
}

/// How many gave each number of stars.
#[derive(Serialize, ToSchema)]
#[schema(as = RatingSpread)]
pub(in crate::web) struct SpreadView {
    #[serde(rename = "1")]
    one: i64,
    #[serde(rename = "2")]
    two: i64,
    #[serde(rename = "3")]
    three: i64,
    #[serde(rename = "4")]
    four: i64,
    #[serde(rename = "5")]
    five: i64,
}

impl From<Spread> for SpreadView {
    fn from(Spread([one, two, three, four, five]): Spread) -> Self {
        Self {
            one,
            two,
            three,
            four,
            five,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Ratings)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ListView {
    /// Mean of all stars, to a tenth; 0 without ratings.
    average: f64,
    total: i64,
    distribution: SpreadView,
    ratings: Vec<RatingView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A product's ratings, the newest first, and what all of them come to.
#[utoipa::path(get, path = "/api/products/{id}/ratings", tag = "products", params(("id" = i64, Path), Seen), responses(
    (status = 200, description = "One page", body = ListView),
    (status = 400, description = "A parameter is not valid"),
    (status = 404, description = "No such product is on sale"),
))]
pub(in crate::web) async fn list(
    State(app): State<App>,
    Id(product): Id<ProductId>,
    Params(seen): Params<Seen>,
) -> Result<Response, Problem> {
    let (before, limit) = seen.read(20)?;
    let found = ratings::list(app.db(), product, before, limit).await?;
    let average = found.spread.average().map_or(0.0, |average| average.stars);
    let view = ListView {
        average: (average * 10.0).round() / 10.0,
        total: found.spread.count(),
        distribution: found.spread.into(),
        ratings: found.ratings.into_iter().map(RatingView::from).collect(),
        next_cursor: found.next.map(|id| id.to_string()),
    };
    Ok(([(header::CACHE_CONTROL, "public, no-cache")], Json(view)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewRating)]
pub(in crate::web) struct RatingBody {
    #[schema(minimum = 1, maximum = 5)]
    stars: i64,
    #[schema(max_length = 1000)]
    #[serde(default)]
    comment: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GivenRating)]
pub(in crate::web) struct GivenView {
    rating: RatingView,
}

/// Rate a product that one has received, or change what one had said of it.
#[utoipa::path(post, path = "/api/products/{id}/ratings", tag = "products", security(("bearer" = [])), params(("id" = i64, Path)),
    request_body = RatingBody, responses(
    (status = 200, description = "The caller's rating, changed", body = GivenView),
    (status = 201, description = "The caller's rating, the first of this product", body = GivenView),
    (status = 403, description = "Only those who have received the product rate it, and nobody what they sell"),
    (status = 404, description = "No such product is on sale"),
))]
pub(in crate::web) async fn rate(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(product): Id<ProductId>,
    Body(body): Body<RatingBody>,
) -> Result<Response, Problem> {
    let new = NewRating {
        stars: body.stars,
        comment: body.comment,
    };
    let (rating, fresh) = ratings::rate(&app, identity.user_id.0, product, &new).await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    let view = GivenView { rating: rating.into() };
    Ok((status, Json(view)).into_response())
}

/// Take one's rating of a product back.
#[utoipa::path(delete, path = "/api/products/{id}/ratings", tag = "products", security(("bearer" = [])), params(("id" = i64, Path)),
    responses(
    (status = 204, description = "It is gone"),
    (status = 404, description = "The caller has not rated it"),
))]
pub(in crate::web) async fn withdraw(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(product): Id<ProductId>,
) -> Result<StatusCode, Problem> {
    ratings::withdraw(&app, identity.user_id.0, product).await?;
    Ok(StatusCode::NO_CONTENT)
}
