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

/// To a new user, with a link that proves the e-mail.
pub fn verify_email(name: &str, link: &str) -> Letter {
    letter(
        "Confirma tu correo en TextiSur".into(),
        name,
        &format!(
            "Te damos la bienvenida a TextiSur. Confirma que este correo es tuyo para que podamos avisarte de tus pedidos:\n\n{link}\n\n\
             El enlace sirve una vez, durante tres días. Si no creaste esta cuenta, ignora este mensaje."
        ),
        &format!(
            "Welcome to TextiSur. Confirm that this e-mail is yours, so that we can tell you about your orders:\n\n{link}\n\n\
             The link works once, for three days. If you did not create this account, ignore this message."
        ),
    )
}

/// To somebody who has forgotten their password.
pub fn reset_password(name: &str, link: &str) -> Letter {
    letter(
        "Elige una contraseña nueva".into(),
        name,
        &format!(
            "Alguien, esperamos que tú, pidió una contraseña nueva para tu cuenta. Elígela aquí:\n\n{link}\n\n\
             El enlace sirve una vez, durante una hora. Si no fuiste tú, ignora este mensaje: tu contraseña sigue igual."
        ),
        &format!(
            "Somebody, we hope you, asked for a new password for your account. Choose it here:\n\n{link}\n\n\
             The link works once, for one hour. If it was not you, ignore this message: your password stays as it is."
        ),
    )
}

/// To somebody whose password has just been changed.
pub fn password_changed(name: &str, forgot: &str) -> Letter {
    letter(
        "Tu contraseña cambió".into(),
        name,
        &format!(
            "La contraseña de tu cuenta se acaba de cambiar y cerramos las sesiones abiertas en otros dispositivos. Si no fuiste tú, \
             recupera tu cuenta aquí:\n\n{forgot}"
        ),
        &format!(
            "The password of your account has just been changed, and sessions on other devices were ended. If it was not you, recover \
             your account here:\n\n{forgot}"
        ),
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
