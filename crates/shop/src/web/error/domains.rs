//! Every domain error's place in HTTP. Exhaustive on purpose: a new error does not compile until it has one.

use std::time::Duration;

use axum::http::StatusCode;
use sea_orm::DbErr;
use serde_json::json;

use super::{FieldProblem, Problem};
use crate::cart::CartError;
use crate::checkout::{CheckoutError, SettleError};
use crate::db;
use crate::favorites::FavoriteError;
use crate::messaging::{Broken, MessagingError};
use crate::notifications::NotificationError;
use crate::notifications::push::{DeviceError, EndpointError};
use crate::orders::{OrderError, OrderEvent, OrderStatus};
use crate::payments::PaymentError;
use crate::ratings::{COMMENT_MOST, May, RatingError};

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        // Too much at once, or a server that is just being restarted: not a fault.
        if db::is_busy(&error) {
            tracing::warn!(%error, "database busy");
            return Self::unavailable(
                "busy",
                "Hay mucha demanda en este momento. Intenta de nuevo.",
                "There is a lot going on right now. Try again.",
                Duration::from_secs(1),
            );
        }
        Self::internal(&error)
    }
}

impl From<CartError> for Problem {
    fn from(error: CartError) -> Self {
        match error {
            CartError::UnknownProduct => {
                Self::not_found("Ese producto ya no está a la venta", "That product is not on sale")
            }
            CartError::NotEnough { available } => Self::new(
                StatusCode::CONFLICT,
                "out_of_stock",
                match available {
                    0 => "Este producto está agotado".to_owned(),
                    1 => "Solo queda 1 pieza".to_owned(),
                    n => format!("Solo quedan {n} piezas"),
                },
                match available {
                    0 => "This product is sold out".to_owned(),
                    n => format!("Only {n} left"),
                },
            )
            .with("available", json!(available)),
            CartError::Quantity { max } => Self::quantity(max),
            CartError::Full { max } => Self::new(
                StatusCode::CONFLICT,
                "cart_full",
                format!("Un carrito lleva hasta {max} productos distintos"),
                format!("A cart holds up to {max} different products"),
            ),
            CartError::Money(error) => Self::internal(&error),
            CartError::Database(error) => error.into(),
        }
    }
}

impl From<FavoriteError> for Problem {
    fn from(error: FavoriteError) -> Self {
        match error {
            FavoriteError::UnknownProduct => CartError::UnknownProduct.into(),
            FavoriteError::Full { max } => Self::new(
                StatusCode::CONFLICT,
                "favorites_full",
                format!("Ya tienes {max} favoritos; quita alguno para guardar otro"),
                format!("You already have {max} favourites; remove one to keep another"),
            )
            .with("max", json!(max)),
            FavoriteError::Database(error) => error.into(),
        }
    }
}

impl From<RatingError> for Problem {
    fn from(error: RatingError) -> Self {
        let wrong = |field: &'static str, es: String, en: String| {
            Self::invalid(vec![FieldProblem {
                field: field.into(),
                code: "invalid",
                es: es.into(),
                en: en.into(),
            }])
        };
        match error {
            RatingError::UnknownProduct => CartError::UnknownProduct.into(),
            RatingError::None => Self::not_found("No has calificado este producto", "You have not rated this product"),
            RatingError::NotAllowed(May::NotOwn) => Self::new(
                StatusCode::FORBIDDEN,
                "own_product",
                "Nadie califica lo que vende",
                "Nobody rates what they sell",
            ),
            RatingError::NotAllowed(May::OnceReceived | May::Rate) => Self::new(
                StatusCode::FORBIDDEN,
                "not_received",
                "Solo califica quien ya recibió el producto",
                "Only those who have received the product rate it",
            ),
            RatingError::Stars => wrong("stars", "Elige de 1 a 5 estrellas".into(), "Choose 1 to 5 stars".into()),
            RatingError::Comment => wrong(
                "comment",
                format!("Lleva hasta {COMMENT_MOST} caracteres"),
                format!("It takes up to {COMMENT_MOST} characters"),
            ),
            RatingError::Database(error) => error.into(),
        }
    }
}

impl From<CheckoutError> for Problem {
    fn from(error: CheckoutError) -> Self {
        match error {
            CheckoutError::Empty => Self::new(
                StatusCode::BAD_REQUEST,
                "empty",
                "No hay nada que pagar: agrega al menos un producto",
                "There is nothing to pay for: add at least one product",
            ),
            CheckoutError::TooManyLines { max } => Self::new(
                StatusCode::BAD_REQUEST,
                "too_many_items",
                format!("Una compra lleva hasta {max} productos distintos"),
                format!("A checkout takes up to {max} different products"),
            ),
            CheckoutError::Quantity { max } => Self::quantity(max),
            CheckoutError::Unknown { what, id } => Self::new(
                StatusCode::NOT_FOUND,
                "unknown_product",
                format!("El producto {id} no está a la venta"),
                format!("{what} {id} is not on sale"),
            )
            .with(if what == "variant" { "variantId" } else { "productId" }, json!(id)),
            CheckoutError::OutOfStock(lines) => Self::new(
                StatusCode::CONFLICT,
                "out_of_stock",
                "No hay suficientes piezas de algunos productos",
                "Some products do not have enough stock",
            )
            .with(
                "lines",
                lines
                    .iter()
                    .map(|line| {
                        json!({
                            "productId": line.product_id, "variantId": line.variant_id, "name": line.name,
                            "requested": line.requested, "available": line.available,
                        })
                    })
                    .collect(),
            ),
            CheckoutError::TooSmall { min } => Self::new(
                StatusCode::BAD_REQUEST,
                "amount_too_small",
                format!("El pago mínimo es de {min} MXN"),
                format!("The least payment is {min} MXN"),
            ),
            CheckoutError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "Esa Idempotency-Key ya se usó con otra compra",
                "This Idempotency-Key was used with another request",
            ),
            CheckoutError::PaymentsUnavailable { retry_after } => Self::unavailable(
                "payments_unavailable",
                "El servicio de pagos no responde en este momento. No se cobró nada y tu carrito sigue guardado; intenta de nuevo en un momento.",
                "The payment service is not answering right now. Nothing was charged and your cart is kept; try again in a moment.",
                retry_after,
            ),
            CheckoutError::Payments(error) => {
                tracing::error!(%error, "payment service refused or confused");
                Self::new(
                    StatusCode::BAD_GATEWAY,
                    "payments_error",
                    "El servicio de pagos rechazó la solicitud. No se cobró nada; tu carrito sigue guardado.",
                    "The payment service refused the request. Nothing was charged; your cart is kept.",
                )
            }
            CheckoutError::Orders(error) => error.into(),
            CheckoutError::Database(error) => error.into(),
            CheckoutError::Money(error) => Self::internal(&error),
            CheckoutError::Corrupt(error) => Self::internal(&error),
        }
    }
}

impl From<SettleError> for Problem {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::UnknownPurchase => Self::not_found("Esa compra no existe", "No such purchase"),
            SettleError::Payments(PaymentError::Unavailable { retry_after }) => {
                CheckoutError::PaymentsUnavailable { retry_after }.into()
            }
            SettleError::Payments(error) => CheckoutError::Payments(error).into(),
            SettleError::Orders(error) => error.into(),
            SettleError::Database(error) => error.into(),
            SettleError::WrongAmount { .. } => Self::internal(&error),
            SettleError::Corrupt(error) => Self::internal(&error),
        }
    }
}

impl From<NotificationError> for Problem {
    fn from(error: NotificationError) -> Self {
        match error {
            NotificationError::NotFound => Self::not_found("Esa notificación no existe", "No such notification"),
            NotificationError::UnknownUser => Self::not_found("Esa persona no existe", "No such user"),
            NotificationError::Text { field, most } => Self::invalid(vec![FieldProblem {
                field: field.into(),
                code: "length",
                es: format!("lleva de 1 a {most} caracteres").into(),
                en: format!("takes 1 to {most} characters").into(),
            }]),
            NotificationError::Path => Self::invalid(vec![FieldProblem {
                field: "url".into(),
                code: "path",
                es: "debe ser una ruta de este sitio, como /orders".into(),
                en: "must be a path of this site, such as /orders".into(),
            }]),
            NotificationError::Database(error) => error.into(),
        }
    }
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        let invalid = |field: &'static str, code, es: &'static str, en: &'static str| {
            Self::invalid(vec![FieldProblem {
                field: field.into(),
                code,
                es: es.into(),
                en: en.into(),
            }])
        };
        match error {
            DeviceError::NotFound => Self::not_found("Ese dispositivo no existe", "No such device"),
            DeviceError::Endpoint(EndpointError::TooLong) => {
                invalid("endpoint", "too_long", "es demasiado largo", "is too long")
            }
            DeviceError::Endpoint(EndpointError::NotHttps) => invalid(
                "endpoint",
                "not_https",
                "debe ser una dirección https",
                "must be an https address",
            ),
            DeviceError::Endpoint(EndpointError::Host) => invalid(
                "endpoint",
                "not_public",
                "no es un servicio público",
                "is not a public service",
            ),
            DeviceError::Endpoint(EndpointError::Port) => {
                invalid("endpoint", "port", "debe usar el puerto 443", "must use port 443")
            }
            DeviceError::Key(field) => invalid(
                field,
                "not_a_key",
                "no es una llave de navegador",
                "is not a browser's key",
            ),
            DeviceError::Database(error) => error.into(),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::NotFound => Self::not_found("Ese pedido no existe", "No such order"),
            OrderError::Refused(refused) => Self::new(
                StatusCode::CONFLICT,
                "order_state",
                format!(
                    "Un pedido {} no se puede {}",
                    state_es(refused.status),
                    event_es(refused.event)
                ),
                refused.to_string(),
            )
            .with("status_now", json!(refused.status.as_str())),
            OrderError::Database(error) => error.into(),
            OrderError::Corrupt(error) => Self::internal(&error),
            OrderError::Money(error) => Self::internal(&error),
        }
    }
}

impl From<MessagingError> for Problem {
    fn from(error: MessagingError) -> Self {
        match error {
            MessagingError::NotFound => Self::not_found("Esa conversación no existe", "No such conversation"),
            MessagingError::UnknownSubject => {
                Self::not_found("Esa tienda o ese producto no existe", "No such store or product")
            }
            MessagingError::OwnStore => Self::new(
                StatusCode::CONFLICT,
                "own_store",
                "Es tu propia tienda",
                "It is your own store",
            ),
            MessagingError::Blocked { by_me } => {
                let (es, en) = if by_me {
                    (
                        "Bloqueaste esta conversación. Desbloquéala para escribir.",
                        "You blocked this conversation. Unblock it to write.",
                    )
                } else {
                    (
                        "La otra persona ya no recibe mensajes tuyos",
                        "The other party takes no messages from you any more",
                    )
                };
                Self::new(StatusCode::FORBIDDEN, "blocked", es, en).with("blockedByMe", json!(by_me))
            }
            MessagingError::Invalid(broken) => Self::invalid(vec![broken.into()]),
            MessagingError::Corrupt(error) => Self::internal(&error),
            MessagingError::Database(error) => error.into(),
        }
    }
}

impl From<Broken> for FieldProblem {
    fn from(broken: Broken) -> Self {
        let (field, code, es, en) = match broken {
            Broken::Empty => ("content", "required", "Escribe un mensaje", "Write a message"),
            Broken::TooLong => (
                "content",
                "too_long",
                "Un mensaje lleva hasta 4000 caracteres",
                "A message holds up to 4000 characters",
            ),
            Broken::Kind => (
                "type",
                "unknown",
                "type es text, image o product",
                "type is text, image or product",
            ),
            Broken::Image => (
                "content",
                "invalid",
                "Debe ser la dirección de una imagen subida aquí (/media/…)",
                "It must be the address of a picture uploaded here (/media/…)",
            ),
            Broken::Product => (
                "content",
                "invalid",
                "Debe ser el id de un producto de esta tienda",
                "It must be the id of a product of this store",
            ),
            Broken::ClientId => (
                "clientId",
                "invalid",
                "De 1 a 64 caracteres ASCII visibles",
                "1 to 64 visible ASCII characters",
            ),
            Broken::Emoji => (
                "emoji",
                "unknown",
                "emoji es 👍, ❤️, 😂, 😮, 😢 o 🙏",
                "emoji is 👍, ❤️, 😂, 😮, 😢 or 🙏",
            ),
            Broken::Reason => (
                "reason",
                "unknown",
                "reason es spam, abuse, fraud u other",
                "reason is spam, abuse, fraud or other",
            ),
            Broken::Details => ("details", "too_long", "Hasta 500 caracteres", "Up to 500 characters"),
            Broken::Query => ("q", "required", "Escribe qué buscar", "Write what to search for"),
        };
        Self {
            field: field.into(),
            code,
            es: es.into(),
            en: en.into(),
        }
    }
}

impl Problem {
    fn quantity(max: i64) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "quantity",
            format!("La cantidad va de 1 a {max}"),
            format!("A quantity is between 1 and {max}"),
        )
    }
}

fn state_es(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pendiente => "pendiente de pago",
        OrderStatus::Pagado => "pagado",
        OrderStatus::Enviado => "enviado",
        OrderStatus::Entregado => "entregado",
        OrderStatus::Cancelado => "cancelado",
        OrderStatus::Reembolsado => "reembolsado",
    }
}

fn event_es(event: OrderEvent) -> &'static str {
    match event {
        OrderEvent::Paid => "pagar",
        OrderEvent::Released => "cancelar",
        OrderEvent::Shipped => "enviar",
        OrderEvent::Delivered => "marcar como entregado",
        OrderEvent::Refunded => "reembolsar",
    }
}
