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

/// What somebody was told, as title and body in Spanish and in English, with the page it is about and the link that turns such
/// mails off.
pub fn notice(spanish: (String, String), english: (String, String), link: &str, unsubscribe: &str) -> Letter {
    let body = format!(
        "{}\n\n{}\n\n{link}\n\nTextiSur\n\n--\n\n{}. {}\n\n¿Prefieres no recibir estos correos? / Rather not get these mails?\n{unsubscribe}\n",
        spanish.0, spanish.1, english.0, english.1
    );
    Letter {
        subject: spanish.0,
        body,
    }
}
