//! The letters the marketplace writes.

use units::Money;

/// A letter, plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Spanish first, English below.
    pub body: String,
}

fn letter(subject: String, name: &str, spanish: &str, english: &str) -> Letter {
    let body = format!("Hola, {name}:\n\n{spanish}\n\nTextiSur\n\n--\n\n{english}\n");
    Letter { subject, body }
}

/// To a new user.
pub fn welcome(name: &str) -> Letter {
    letter(
        "Te damos la bienvenida a TextiSur".into(),
        name,
        "Tu cuenta está lista. Gracias por comprar directo a los talleres de Moroleón, Uriangato y Yuriria.",
        "Your account is ready. Thank you for buying straight from the workshops of Moroleón, Uriangato and Yuriria.",
    )
}

/// To a buyer who has paid.
pub fn receipt(name: &str, purchase_id: i64, total: Money) -> Letter {
    letter(
        format!("Pedido confirmado: compra {purchase_id}"),
        name,
        &format!(
            "Recibimos tu pago de {total} MXN por la compra {purchase_id}. Cada tienda te avisará cuando envíe su parte."
        ),
        &format!(
            "We received your payment of {total} MXN for purchase {purchase_id}. Each store will tell you when it ships its part."
        ),
    )
}

/// To a store with something to ship.
pub fn new_order(name: &str, order_id: i64, total: Money) -> Letter {
    letter(
        format!("Nuevo pedido {order_id}"),
        name,
        &format!("Tienes un pedido pagado por {total} MXN: el {order_id}. Prepáralo y registra su envío en tu panel."),
        &format!(
            "You have a paid order of {total} MXN: number {order_id}. Prepare it and record its shipping in your dashboard."
        ),
    )
}

/// To a buyer whose order is on its way.
pub fn shipped(name: &str, order_id: i64) -> Letter {
    letter(
        format!("Tu pedido {order_id} va en camino"),
        name,
        &format!("La tienda envió tu pedido {order_id}. Puedes seguirlo en la página de tus pedidos."),
        &format!("The store has shipped your order {order_id}. You can follow it on your orders page."),
    )
}
