//! `/checkout`: address and payment.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use units::Money;

use super::field::Field;
use super::{Notice, Shell, Visit, cart as cart_page, page, see};
use crate::accounts::{self, OpaqueToken, SessionError};
use crate::cart::{self, Cart, Owner};
use crate::checkout::{self, Address, Buyer, CheckoutError, Item, Request, Shortage};
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
    fields: Vec<Field>,
    shortages: Vec<Shortage>,
    key: String,
}

/// What the form carries. From the cart only the key; from the checkout page the address too.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    key: String,
    with_address: String,
    recipient: String,
    phone: String,
    street: String,
    neighborhood: String,
    city: String,
    state: String,
    postal_code: String,
    notes: String,
}

/// `GET /checkout`
pub(super) async fn show(SignedIn { user, .. }: SignedIn, visit: Visit) -> Result<Response, Problem> {
    let user_id = user.identity.user_id.0;
    let cart = cart::get(&visit.app, &Owner::User(user_id)).await?;
    if cart.is_empty() {
        return Ok(see("/cart"));
    }
    let address = checkout::default_address(&visit.app, user_id).await?;
    let address = address.unwrap_or_else(|| Address {
        recipient: user.name.clone(),
        ..Address::default()
    });
    let fields = fields(visit.shell.t, &address, false);
    render(visit, StatusCode::OK, cart, fields, Vec::new())
}

fn render(
    visit: Visit,
    status: StatusCode,
    cart: Cart,
    fields: Vec<Field>,
    shortages: Vec<Shortage>,
) -> Result<Response, Problem> {
    let mut shell = visit.shell;
    shell.here = "/checkout".into();
    let key = OpaqueToken::issue().reveal().to_owned();
    page(
        status,
        &Page {
            t: shell.t,
            cart,
            fields,
            shortages,
            key,
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
    let address = (!form.with_address.is_empty()).then(|| form.address());
    if let Some(address) = &address {
        let fields = fields(visit.shell.t, address, true);
        if fields.iter().any(|field| field.error.is_some()) {
            visit.shell.notice = Some(Notice::bad(visit.shell.t.account.check));
            return render(visit, StatusCode::UNPROCESSABLE_ENTITY, cart, fields, Vec::new());
        }
        checkout::save_default_address(&visit.app, user_id, address).await?;
    }
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
        idempotency_key: (8..=100).contains(&form.key.len()).then(|| format!("web:{}", form.key)),
        address: address.clone(),
        cart_id: cart.id,
    };
    let buyer = Buyer { id: user_id, email };
    let mut started = checkout::start(&visit.app, &buyer, &request).await;
    if matches!(started, Err(CheckoutError::OutOfStock(_))) && give_up_all(&visit, user_id).await? {
        started = checkout::start(&visit.app, &buyer, &request).await;
    }
    match started {
        Ok(started) => Ok(see(&started.url)),
        Err(error) => refused(visit, cart, address, error).await,
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
async fn refused(
    mut visit: Visit,
    cart: Cart,
    address: Option<Address>,
    error: CheckoutError,
) -> Result<Response, Problem> {
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
    let mut response = match address {
        Some(address) if shortages.is_empty() => {
            visit.shell.notice = Some(Notice::bad(text));
            let fields = fields(visit.shell.t, &address, false);
            render(visit, status, cart, fields, shortages)?
        }
        Some(address) => {
            let fields = fields(visit.shell.t, &address, false);
            render(visit, status, cart, fields, shortages)?
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

impl Form {
    fn address(&self) -> Address {
        let text = |value: &str| value.trim().to_owned();
        Address {
            recipient: text(&self.recipient),
            phone: text(&self.phone),
            street: text(&self.street),
            neighborhood: text(&self.neighborhood),
            city: text(&self.city),
            state: text(&self.state),
            postal_code: text(&self.postal_code),
            notes: text(&self.notes),
        }
    }
}

/// The address form; `check`ed fields say what is wrong with them.
fn fields(t: &'static Texts, a: &Address, check: bool) -> Vec<Field> {
    let o = &t.orders;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let phone_wrong = !a.phone.is_empty() && (digits(&a.phone) < 10 || a.phone.chars().any(char::is_alphabetic));
    let code_wrong = !a.postal_code.is_empty() && (a.postal_code.len() != 5 || digits(&a.postal_code) != 5);
    let rows = [
        (
            Field::new("recipient", "text", o.recipient, "shipping name").most(100),
            &a.recipient,
            false,
            "",
        ),
        (
            Field::new("phone", "tel", o.phone, "shipping tel-national").most(20),
            &a.phone,
            phone_wrong,
            o.phone_wrong,
        ),
        (
            Field::new("street", "text", o.street, "shipping address-line1").most(150),
            &a.street,
            false,
            "",
        ),
        (
            Field::new("neighborhood", "text", o.neighborhood, "shipping address-line2").most(100),
            &a.neighborhood,
            false,
            "",
        ),
        (
            Field::new("city", "text", o.city, "shipping address-level2").most(100),
            &a.city,
            false,
            "",
        ),
        (
            Field::new("state", "text", o.state, "shipping address-level1").most(60),
            &a.state,
            false,
            "",
        ),
        (
            Field::new("postal_code", "text", o.postal_code, "shipping postal-code").most(5),
            &a.postal_code,
            code_wrong,
            o.postal_code_wrong,
        ),
        (
            Field::new("notes", "text", o.notes, "off").most(200).optional(),
            &a.notes,
            false,
            "",
        ),
    ];
    rows.into_iter()
        .map(|(field, value, wrong, why)| {
            let error = match value {
                _ if !check => None,
                value if value.is_empty() && field.required => Some(o.required),
                value if value.chars().count() > field.most => Some(o.too_long),
                _ => wrong.then_some(why),
            };
            field.holding(value).wrong(error.map(str::to_owned))
        })
        .collect()
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
