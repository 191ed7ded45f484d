//! `/checkout`: address and payment.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use units::Money;

use super::address_form::fields;
use super::field::Field;
use super::{Notice, Shell, Visit, cart as cart_page, page, see};
use crate::App;
use crate::accounts::{self, OpaqueToken, SessionError};
use crate::addresses::{self, Address, AddressError, AddressId, Broken, KeptAddress};
use crate::cart::{self, Cart, Owner};
use crate::checkout::{self, Buyer, CheckoutError, Item, Request, Shortage};
use crate::orders::{PurchaseId, PurchaseState};
use crate::texts::{Texts, fill};
use crate::web::Problem;
use crate::web::session::{CsrfForm, SignedIn};

#[derive(Template)]
#[template(path = "checkout.html")]
struct Page {
    shell: Shell,
    t: &'static Texts,
    cart: Cart,
    book: Vec<KeptAddress>,
    /// Of the book; `None` for one to be written.
    chosen: Option<AddressId>,
    fields: Vec<Field>,
    as_default: bool,
    shortages: Vec<Shortage>,
    key: String,
}

impl Page {
    fn is_chosen(&self, kept: &KeptAddress) -> bool {
        self.chosen == Some(kept.id)
    }
}

/// What the form carries. From the cart, which shows where it goes, only the key; from the checkout page where to send it, too.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    key: String,
    /// The id of a kept address, or `new`.
    address: String,
    as_default: String,
    #[serde(flatten)]
    written: Address,
}

/// Where a purchase is to go.
enum To {
    /// The default address.
    Default,
    /// One of the buyer's book.
    Kept(KeptAddress),
    /// What was written.
    Written(Address),
}

impl To {
    fn address(&self) -> Option<&Address> {
        match self {
            Self::Default => None,
            Self::Kept(kept) => Some(&kept.address),
            Self::Written(address) => Some(address),
        }
    }
}

/// `GET /checkout`
pub(super) async fn show(SignedIn { user, .. }: SignedIn, visit: Visit) -> Result<Response, Problem> {
    let user_id = user.identity.user_id.0;
    let cart = cart::get(&visit.app, &Owner::User(user_id)).await?;
    if cart.is_empty() {
        return Ok(see("/cart"));
    }
    let draft = Draft::blank(user.name);
    render(visit, user_id, StatusCode::OK, cart, draft).await
}

/// What stands in the form.
#[derive(Default)]
struct Draft {
    /// Of the book; the first one unless something was `written`.
    chosen: Option<AddressId>,
    written: Option<Address>,
    broken: Vec<Broken>,
    as_default: bool,
    /// Suggested for an address that is still to be written.
    name: String,
    shortages: Vec<Shortage>,
}

impl Draft {
    fn blank(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

async fn render(visit: Visit, buyer: i64, status: StatusCode, cart: Cart, draft: Draft) -> Result<Response, Problem> {
    let book = addresses::list(&visit.app, buyer).await?;
    let mut shell = visit.shell;
    shell.here = "/checkout".into();
    let chosen = match draft.written {
        Some(_) => None,
        None => draft.chosen.or(book.first().map(|kept| kept.id)),
    };
    let written = draft.written.unwrap_or_else(|| Address {
        recipient: draft.name,
        ..Address::default()
    });
    page(
        status,
        &Page {
            t: shell.t,
            cart,
            fields: fields(shell.t, &written, &draft.broken),
            book,
            chosen,
            as_default: draft.as_default,
            shortages: draft.shortages,
            key: OpaqueToken::issue().reveal().to_owned(),
            shell,
        },
    )
}

/// `POST /checkout`: holds the stock and leads to the payment page.
pub(super) async fn start(
    SignedIn { user, .. }: SignedIn,
    mut visit: Visit,
    CsrfForm(form): CsrfForm<Form>,
) -> Result<Response, Problem> {
    let user_id = user.identity.user_id.0;
    let cart = cart::get(&visit.app, &Owner::User(user_id)).await?;
    if cart.is_empty() {
        return Ok(see("/cart"));
    }
    // From the cart, by a buyer who has not said yet where to send it.
    if form.address.is_empty() && addresses::default_of(&visit.app, user_id).await?.is_none() {
        return Ok(see("/checkout"));
    }
    let key = form.key.clone();
    let to = match destination(&visit.app, user_id, form).await? {
        Ok(to) => to,
        Err((why, draft)) => {
            visit.shell.notice = Some(Notice::bad(why(visit.shell.t)));
            let draft = Draft {
                name: user.name,
                ..draft
            };
            return render(visit, user_id, StatusCode::UNPROCESSABLE_ENTITY, cart, draft).await;
        }
    };
    let email = match accounts::current_user(&visit.app, &user.identity).await {
        Ok(user) => user.email,
        Err(SessionError::Failed(failure)) => return Err(failure.into()),
        Err(SessionError::Ended | SessionError::NotFound) => return Ok(see("/login?next=/cart")),
    };
    let request = Request {
        items: cart
            .lines()
            .map(|line| Item::Variant(line.variant_id, line.quantity))
            .collect(),
        idempotency_key: (8..=100).contains(&key.len()).then(|| format!("web:{key}")),
        address: to.address().cloned(),
        cart_id: cart.id,
    };
    let buyer = Buyer { id: user_id, email };
    let mut started = checkout::start(&visit.app, &buyer, &request).await;
    if matches!(started, Err(CheckoutError::OutOfStock(_))) && give_up_all(&visit, user_id).await? {
        started = checkout::start(&visit.app, &buyer, &request).await;
    }
    match started {
        Ok(started) => Ok(see(&started.url)),
        Err(error) => refused(visit, cart, user_id, to, error).await,
    }
}

/// Why a form says no destination, and what stands in it when it is shown again.
type Nowhere = (fn(&'static Texts) -> &'static str, Draft);

/// Where the form sends the purchase. What was written is kept for the next one.
async fn destination(app: &App, buyer: i64, form: Form) -> Result<Result<To, Nowhere>, Problem> {
    if form.address.is_empty() {
        return Ok(Ok(To::Default));
    }
    let as_default = !form.as_default.is_empty();
    if form.address != "new" {
        // Somebody else's, or deleted in another window: either way not in the buyer's book.
        let found = match form.address.parse() {
            Ok(id) => addresses::get(app, buyer, id).await,
            Err(_) => Err(AddressError::Unknown),
        };
        return match found {
            Ok(kept) => Ok(Ok(To::Kept(kept))),
            Err(AddressError::Unknown) => Ok(Err((|t| t.addresses.gone, Draft::default()))),
            Err(error) => Err(error.into()),
        };
    }
    let written = form.written;
    match written.checked() {
        Ok(address) => Ok(Ok(
            match checkout::keep_address(app, buyer, &address, as_default).await? {
                Some(kept) => To::Kept(kept),
                None => To::Written(address),
            },
        )),
        Err(broken) => {
            let draft = Draft {
                written: Some(written),
                broken,
                as_default,
                ..Draft::default()
            };
            Ok(Err((|t| t.account.check, draft)))
        }
    }
}

/// Gives up the buyer's own unfinished payments, which may be what holds the missing stock: people go back and press the button
/// again. Answers whether there were any.
async fn give_up_all(visit: &Visit, buyer: i64) -> Result<bool, Problem> {
    let pending = checkout::pending(&visit.app, buyer).await?;
    for purchase in &pending {
        checkout::cancel(&visit.app, buyer, purchase.id).await?;
    }
    Ok(!pending.is_empty())
}

/// What the buyer can do something about is said where the form was sent from; the rest stays a problem.
async fn refused(mut visit: Visit, cart: Cart, buyer: i64, to: To, error: CheckoutError) -> Result<Response, Problem> {
    let t = &visit.shell.t.orders;
    let (status, text, shortages, wait) = match error {
        CheckoutError::OutOfStock(shortages) => (StatusCode::CONFLICT, t.short_text.to_owned(), shortages, None),
        CheckoutError::TooSmall { min } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            fill(t.too_small, "n", min),
            Vec::new(),
            None,
        ),
        CheckoutError::PaymentsUnavailable { retry_after } => {
            let text = format!("{}. {}", t.unavailable, t.unavailable_text);
            (StatusCode::SERVICE_UNAVAILABLE, text, Vec::new(), Some(retry_after))
        }
        CheckoutError::Unknown { .. } => (
            StatusCode::CONFLICT,
            visit.shell.t.catalog.cart_unknown.to_owned(),
            Vec::new(),
            None,
        ),
        CheckoutError::Empty => return Ok(see("/cart")),
        other => return Err(other.into()),
    };
    let draft = match to {
        To::Default => None,
        To::Kept(kept) => Some(Draft {
            chosen: Some(kept.id),
            ..Draft::default()
        }),
        To::Written(address) => Some(Draft {
            written: Some(address),
            ..Draft::default()
        }),
    };
    let mut response = match draft {
        Some(draft) => {
            if shortages.is_empty() {
                visit.shell.notice = Some(Notice::bad(text));
            }
            let draft = Draft { shortages, ..draft };
            render(visit, buyer, status, cart, draft).await?
        }
        None => {
            let names: Vec<&str> = shortages.iter().map(|shortage| shortage.name.as_str()).collect();
            let text = if names.is_empty() {
                text
            } else {
                format!("{}: {}. {text}", t.short, names.join(", "))
            };
            visit.shell.notice = Some(Notice::bad(text));
            cart_page::render(visit, status).await?
        }
    };
    if let Some(wait) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    Ok(response)
}

#[derive(Template)]
#[template(path = "cancelled.html")]
struct Cancelled {
    shell: Shell,
    t: &'static Texts,
    purchase: i64,
    total: Money,
    url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    purchase: Option<PurchaseId>,
}

/// `GET /checkout/cancelled?purchase=ID`: back from the payment page without having paid. Looking changes nothing.
pub(super) async fn cancelled(
    SignedIn { user, .. }: SignedIn,
    axum::extract::Query(which): axum::extract::Query<Which>,
    visit: Visit,
) -> Result<Response, Problem> {
    let Some(id) = which.purchase else {
        return Ok(see("/cart"));
    };
    let purchase = checkout::purchase(&visit.app, user.identity.user_id.0, id).await?;
    match purchase {
        Some(purchase) if purchase.state == PurchaseState::Pendiente => {
            let shell = visit.shell;
            let (total, url) = (purchase.total, purchase.session_url);
            page(
                StatusCode::OK,
                &Cancelled {
                    t: shell.t,
                    purchase: purchase.id.0,
                    total,
                    url,
                    shell,
                },
            )
        }
        Some(purchase) if purchase.state == PurchaseState::Pagado => Ok(see("/orders/success")),
        _ => Ok(see("/cart")),
    }
}

/// `POST /checkout/cancelled`: gives the purchase up and its stock back.
pub(super) async fn give_up(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    CsrfForm(which): CsrfForm<Which>,
) -> Result<Response, Problem> {
    let Some(id) = which.purchase else {
        return Ok(see("/cart"));
    };
    match checkout::cancel(&visit.app, user.identity.user_id.0, id).await? {
        PurchaseState::Pagado => Ok(see("/orders/success")),
        _ => Ok(see("/cart?notice=cancelled")),
    }
}
