//! The cart: of a signed-in buyer or of a guest, merged when the guest signs in. Prices and stock are always the database's of now.

mod queries;
mod types;

pub use types::{Cart, CartError, Group, Line, Owner};

use units::Money;

use crate::App;
use crate::catalog::{self, ProductId, VariantId};
use crate::db;

/// What is in the cart now, grouped by store.
pub async fn get(app: &App, owner: &Owner) -> Result<Cart, CartError> {
    let Some(cart_id) = queries::find(app.db().read(), owner).await? else {
        return Ok(Cart::default());
    };
    let lines = queries::lines(app.db().read(), cart_id).await?;
    Cart::of(cart_id, lines.into_iter().map(Line::from).collect())
}

/// How many units are in the cart: the number on the badge.
pub async fn count(app: &App, owner: &Owner) -> Result<i64, CartError> {
    Ok(queries::count(app.db().read(), owner).await?)
}

/// Puts `quantity` more units of a variant into the cart; answers how many there are now.
pub async fn add(app: &App, owner: &Owner, variant: VariantId, quantity: i64) -> Result<i64, CartError> {
    if quantity < 1 {
        return Err(CartError::Quantity {
            max: app.config().checkout.max_quantity,
        });
    }
    change(app, owner, variant, |held| held.saturating_add(quantity)).await
}

/// Puts `quantity` more units of a product's default variant into the cart.
pub async fn add_product(app: &App, owner: &Owner, product: ProductId, quantity: i64) -> Result<i64, CartError> {
    let variant = catalog::default_variant(app.db().read(), product, quantity)
        .await?
        .ok_or(CartError::UnknownProduct)?;
    add(app, owner, variant, quantity).await
}

/// Sets how many units of a variant the cart holds; 0 takes it out.
pub async fn set_quantity(app: &App, owner: &Owner, variant: VariantId, quantity: i64) -> Result<i64, CartError> {
    if quantity < 0 {
        return Err(CartError::Quantity {
            max: app.config().checkout.max_quantity,
        });
    }
    if quantity == 0 {
        return remove(app, owner, variant).await.map(|()| 0);
    }
    change(app, owner, variant, |_| quantity).await
}

/// Takes a variant out; fine when it was not in.
pub async fn remove(app: &App, owner: &Owner, variant: VariantId) -> Result<(), CartError> {
    if let Some(cart_id) = queries::find(app.db().read(), owner).await? {
        queries::delete_item(app.db().write(), cart_id, variant).await?;
    }
    Ok(())
}

/// Empties the cart.
pub async fn clear(app: &App, owner: &Owner) -> Result<(), CartError> {
    if let Some(cart_id) = queries::find(app.db().read(), owner).await? {
        queries::delete_items(app.db().write(), cart_id).await?;
    }
    Ok(())
}

/// Moves what a guest had collected into the cart of the user who has just signed in; units of the same variant add up, to at
/// most what is available and allowed. The guest's cart is gone afterwards.
pub async fn merge(app: &App, guest_token: &str, user_id: i64) -> Result<(), CartError> {
    let guest = Owner::guest(guest_token);
    if queries::find(app.db().read(), &guest).await?.is_none() {
        return Ok(());
    }
    let limits = &app.config().checkout;
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        // First the guest's, then the user's: two logins at once do not wait for each other in a circle.
        if let Some(guest_cart) = queries::lock(&tx, &guest).await? {
            let user_cart = queries::lock_or_create(&tx, &Owner::User(user_id), app.clock().now_ms()).await?;
            for line in queries::lines(&tx, guest_cart).await? {
                let held = queries::quantity(&tx, user_cart, VariantId(line.variant_id)).await?;
                let full = held.is_none() && queries::line_count(&tx, user_cart).await? >= limits.max_lines as i64;
                let most = line.available.min(limits.max_quantity).max(held.unwrap_or(0)).max(1);
                let wanted = (held.unwrap_or(0) + line.quantity).min(most);
                if !full {
                    queries::put(&tx, user_cart, VariantId(line.variant_id), wanted, line.added_at).await?;
                }
            }
            queries::delete_items(&tx, guest_cart).await?;
            queries::delete_cart(&tx, guest_cart).await?;
        }
        tx.commit().await
    })
    .await?;
    Ok(())
}

async fn change(
    app: &App,
    owner: &Owner,
    variant: VariantId,
    quantity_after: impl Fn(i64) -> i64,
) -> Result<i64, CartError> {
    db::retrying(|| change_once(app, owner, variant, &quantity_after)).await
}

async fn change_once(
    app: &App,
    owner: &Owner,
    variant: VariantId,
    quantity_after: &impl Fn(i64) -> i64,
) -> Result<i64, CartError> {
    let limits = &app.config().checkout;
    let tx = app.db().begin().await?;
    let available = queries::available(&tx, variant)
        .await?
        .ok_or(CartError::UnknownProduct)?;
    let now = app.clock().now_ms();
    let cart_id = queries::lock_or_create(&tx, owner, now).await?;
    let held = queries::quantity(&tx, cart_id, variant).await?;
    let wanted = quantity_after(held.unwrap_or(0));
    if wanted > limits.max_quantity {
        return Err(CartError::Quantity {
            max: limits.max_quantity,
        });
    }
    if wanted > available {
        return Err(CartError::NotEnough { available });
    }
    if held.is_none() && queries::line_count(&tx, cart_id).await? >= limits.max_lines as i64 {
        return Err(CartError::Full { max: limits.max_lines });
    }
    queries::put(&tx, cart_id, variant, wanted, now).await?;
    queries::touch(&tx, cart_id, now).await?;
    tx.commit().await?;
    Ok(wanted)
}

impl Cart {
    fn of(id: i64, lines: Vec<Line>) -> Result<Self, CartError> {
        let mut groups: Vec<Group> = Vec::new();
        for line in lines {
            match groups.iter_mut().find(|group| group.store.id == line.store.id) {
                Some(group) => group.lines.push(line),
                None => groups.push(Group {
                    store: line.store.clone(),
                    subtotal: Money::ZERO,
                    lines: vec![line],
                }),
            }
        }
        for group in &mut groups {
            group.subtotal = Money::sum(group.lines.iter().map(|line| line.total))?;
        }
        let total = Money::sum(groups.iter().map(|group| group.subtotal))?;
        Ok(Self {
            id: Some(id),
            groups,
            total,
        })
    }
}
