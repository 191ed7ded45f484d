//! What buyers say of a product: the part of its page that shows it, and the forms that change it.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::{Notice, Shell, Visit, see};
use super::detail::{self, Look};
use crate::App;
use crate::catalog::{self, ProductId, Version};
use crate::ratings::{self, Average, May, NewRating, Rating, RatingError, RatingId, RatingList};
use crate::web::session::{CsrfForm, SignedIn};
use crate::web::{Id, Problem};

const A_PAGE: u32 = 8;

/// Everything below "Opiniones".
pub(super) struct Opinions {
    pub(super) average: Option<Average>,
    /// Five stars first.
    pub(super) bars: Vec<Bar>,
    found: Arc<RatingList>,
    /// Older ones.
    pub(super) next: Option<String>,
    /// Not the first page.
    pub(super) later: bool,
    pub(super) form: Form,
}

pub(super) struct Bar {
    pub(super) stars: i64,
    pub(super) count: i64,
    pub(super) percent: i64,
}

/// The visitor's own say.
pub(super) enum Form {
    /// Not now, and why.
    Closed(&'static str),
    /// After signing in, at this address.
    SignIn(String),
    /// Now.
    Open(Draft),
}

/// What stands in the form.
pub(super) struct Draft {
    /// 0 for none yet.
    pub(super) stars: i64,
    pub(super) comment: String,
    /// Is there a rating of theirs already?
    pub(super) given: bool,
    pub(super) error: Option<&'static str>,
}

impl Opinions {
    pub(super) fn ratings(&self) -> &[Rating] {
        &self.found.ratings
    }

    pub(super) async fn read(
        app: &App,
        shell: &Shell,
        version: Version,
        product: ProductId,
        before: Option<RatingId>,
        refused: Option<(NewRating, &'static str)>,
    ) -> Result<Self, Problem> {
        let found = match before {
            None => ratings::latest(app, version, product, A_PAGE).await?,
            Some(_) => ratings::list(app.db(), product, before, A_PAGE).await?.into(),
        };
        let total = found.spread.count();
        let bars = (1..=5)
            .rev()
            .zip(found.spread.0.into_iter().rev())
            .map(|(stars, count)| Bar {
                stars,
                count,
                percent: if total == 0 {
                    0
                } else {
                    (count * 100 + total / 2) / total
                },
            });
        Ok(Self {
            average: found.spread.average(),
            bars: bars.collect(),
            next: found
                .next
                .map(|id| format!("/products/{product}?opinions={id}#opinions")),
            later: before.is_some(),
            form: Form::read(app, shell, product, refused).await?,
            found,
        })
    }
}

impl Form {
    async fn read(
        app: &App,
        shell: &Shell,
        product: ProductId,
        refused: Option<(NewRating, &'static str)>,
    ) -> Result<Self, Problem> {
        let t = &shell.t.buyer;
        let Some(user) = shell.user_id else {
            return Ok(Self::SignIn(shell.login_link()));
        };
        let (may, own) = ratings::standing(app.db(), user, product).await?;
        let given = own.is_some();
        Ok(match may {
            May::OnceReceived => Self::Closed(t.may_once_received),
            May::NotOwn => Self::Closed(t.may_not_own),
            May::Rate => Self::Open(match (refused, own) {
                (Some((typed, why)), _) => Draft {
                    stars: typed.stars,
                    comment: typed.comment,
                    given,
                    error: Some(why),
                },
                (None, Some(own)) => Draft {
                    stars: own.stars,
                    comment: own.comment,
                    given,
                    error: None,
                },
                (None, None) => Draft {
                    stars: 0,
                    comment: String::new(),
                    given,
                    error: None,
                },
            }),
        })
    }
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct RatingForm {
    #[serde(default)]
    stars: String,
    #[serde(default)]
    comment: String,
}

/// `POST /products/{id}/ratings`
pub(in crate::web::pages) async fn rate(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<ProductId>,
    mut visit: Visit,
    CsrfForm(form): CsrfForm<RatingForm>,
) -> Result<Response, Problem> {
    let new = NewRating {
        stars: form.stars.parse().unwrap_or(0),
        comment: form.comment,
    };
    let t = &visit.shell.t.buyer;
    let (status, why) = match ratings::rate(&visit.app, user.identity.user_id.0, id, &new).await {
        Ok(_) => return Ok(see(&format!("/products/{id}?notice=rated#opinions"))),
        Err(RatingError::Stars) => (StatusCode::UNPROCESSABLE_ENTITY, t.stars_missing),
        Err(RatingError::Comment) => (StatusCode::UNPROCESSABLE_ENTITY, t.comment_wrong),
        Err(RatingError::NotAllowed(May::NotOwn)) => (StatusCode::FORBIDDEN, t.may_not_own),
        Err(RatingError::NotAllowed(_)) => (StatusCode::FORBIDDEN, t.may_once_received),
        Err(error) => return Err(error.into()),
    };
    let product = catalog::product(visit.app.db(), id).await?;
    let product = product.ok_or(RatingError::UnknownProduct)?;
    visit.shell.here = format!("/products/{id}");
    visit.shell.notice = Some(Notice::bad(why));
    let look = Look {
        refused: Some((new, why)),
        ..Look::default()
    };
    let version = catalog::version(&visit.app).await?;
    detail::render(&visit.app, visit.shell, status, version, &product, look).await
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct Nothing {}

/// `POST /products/{id}/ratings/delete`
pub(in crate::web::pages) async fn withdraw(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<ProductId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    match ratings::withdraw(&visit.app, user.identity.user_id.0, id).await {
        // One that is gone already is as gone as it can be.
        Ok(()) | Err(RatingError::None) => Ok(see(&format!("/products/{id}?notice=withdrawn#opinions"))),
        Err(error) => Err(error.into()),
    }
}
