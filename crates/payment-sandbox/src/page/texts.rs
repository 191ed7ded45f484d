//! Every text of the payment pages, Spanish first, English beside it.

use super::Language;
use crate::{cards::Decline, model::Failure};

/// The texts of one language.
pub(super) struct Texts {
    pub(super) lang: &'static str,
    pub(super) description: &'static str,
    pub(super) pay_title: &'static str,
    pub(super) test_mode: &'static str,
    pub(super) test_mode_text: &'static str,
    pub(super) see_cards: &'static str,
    pub(super) summary: &'static str,
    pub(super) quantity: &'static str,
    pub(super) each: &'static str,
    pub(super) total: &'static str,
    pub(super) card_details: &'static str,
    pub(super) email: &'static str,
    pub(super) optional: &'static str,
    pub(super) number: &'static str,
    pub(super) expiry: &'static str,
    pub(super) expiry_hint: &'static str,
    pub(super) cvc: &'static str,
    pub(super) cvc_hint: &'static str,
    pub(super) name: &'static str,
    pub(super) pay: &'static str,
    pub(super) confirm: &'static str,
    pub(super) paying: &'static str,
    pub(super) cancel: &'static str,
    pub(super) check_fields: &'static str,
    pub(super) cards_title: &'static str,
    pub(super) cards_text: &'static str,
    pub(super) cards_number: &'static str,
    pub(super) cards_effect: &'static str,
    pub(super) footer: &'static str,
    pub(super) number_missing: &'static str,
    pub(super) number_invalid: &'static str,
    pub(super) expiry_missing: &'static str,
    pub(super) expiry_invalid: &'static str,
    pub(super) expiry_past: &'static str,
    pub(super) cvc_missing: &'static str,
    pub(super) cvc_invalid: &'static str,
    pub(super) name_missing: &'static str,
    pub(super) email_invalid: &'static str,
    pub(super) challenge_title: &'static str,
    pub(super) challenge_text: &'static str,
    pub(super) challenge_complete: &'static str,
    pub(super) challenge_fail: &'static str,
    pub(super) challenge_card: &'static str,
    pub(super) answered_title: &'static str,
    pub(super) answered_text: &'static str,
    pub(super) paid_title: &'static str,
    pub(super) paid_text: &'static str,
    pub(super) expired_title: &'static str,
    pub(super) expired_text: &'static str,
    pub(super) missing_title: &'static str,
    pub(super) missing_text: &'static str,
    pub(super) down_title: &'static str,
    pub(super) down_text: &'static str,
    pub(super) back_to_shop: &'static str,
    pub(super) receipt_title: &'static str,
    pub(super) refunded: &'static str,
}

/// One row of the table of test cards.
pub(super) struct TestCard {
    pub(super) number: &'static str,
    es: &'static str,
    en: &'static str,
}

impl TestCard {
    pub(super) fn effect(&self, t: &Texts) -> &'static str {
        if t.lang == "es" { self.es } else { self.en }
    }
}

const fn card(number: &'static str, es: &'static str, en: &'static str) -> TestCard {
    TestCard { number, es, en }
}

/// The cards worth trying, as the page lists them.
pub(super) const TEST_CARDS: &[TestCard] = &[
    card("4242 4242 4242 4242", "Pago aprobado (Visa)", "Payment approved (Visa)"),
    card(
        "5555 5555 5555 4444",
        "Pago aprobado (Mastercard)",
        "Payment approved (Mastercard)",
    ),
    card(
        "3782 822463 10005",
        "Pago aprobado (American Express, CVC de 4 dígitos)",
        "Payment approved (American Express, 4-digit CVC)",
    ),
    card(
        "4000 0027 6000 3184",
        "Pide autenticación 3D Secure",
        "Asks for 3D Secure authentication",
    ),
    card(
        "4000 0025 0000 3155",
        "Pide autenticación 3D Secure",
        "Asks for 3D Secure authentication",
    ),
    card(
        "4000 0000 0000 3220",
        "Pide autenticación 3D Secure 2",
        "Asks for 3D Secure 2 authentication",
    ),
    card(
        "4000 0084 0000 1629",
        "3D Secure y después rechazada",
        "3D Secure, then declined",
    ),
    card(
        "4000 0000 0000 6009",
        "Aprobada, pero tarda unos 5 segundos",
        "Approved, but takes about 5 seconds",
    ),
    card("4000 0000 0000 0002", "Rechazada", "Declined"),
    card(
        "4000 0000 0000 9995",
        "Rechazada: fondos insuficientes",
        "Declined: insufficient funds",
    ),
    card(
        "4000 0000 0000 9987",
        "Rechazada: tarjeta perdida",
        "Declined: lost card",
    ),
    card(
        "4000 0000 0000 9979",
        "Rechazada: tarjeta robada",
        "Declined: stolen card",
    ),
    card(
        "4000 0000 0000 0069",
        "Rechazada: tarjeta vencida",
        "Declined: expired card",
    ),
    card(
        "4000 0000 0000 0127",
        "Rechazada: CVC incorrecto",
        "Declined: incorrect CVC",
    ),
    card(
        "4000 0000 0000 0119",
        "Rechazada: error de procesamiento",
        "Declined: processing error",
    ),
];

/// The texts of `language`.
pub(super) fn of(language: Language) -> &'static Texts {
    match language {
        Language::Spanish => &SPANISH,
        Language::English => &ENGLISH,
    }
}

impl Texts {
    /// Why the card was refused, for the person whose card it is: lost and stolen cards are not told as such, as banks
    /// want it.
    pub(super) fn refusal(&self, failure: Failure) -> &'static str {
        let (es, en) = match failure {
            Failure::Authentication => (
                "No pudimos autenticar tu tarjeta. Intenta de nuevo o usa otra tarjeta.",
                "We could not authenticate your card. Try again or use another card.",
            ),
            Failure::Declined(Decline::InsufficientFunds) => (
                "Tu tarjeta fue rechazada: fondos insuficientes. Usa otra tarjeta.",
                "Your card was declined: insufficient funds. Use another card.",
            ),
            Failure::Declined(Decline::ExpiredCard) => (
                "Tu tarjeta fue rechazada: está vencida. Usa otra tarjeta.",
                "Your card was declined: it has expired. Use another card.",
            ),
            Failure::Declined(Decline::IncorrectCvc) => (
                "Tu tarjeta fue rechazada: el código de seguridad (CVC) es incorrecto.",
                "Your card was declined: the security code (CVC) is incorrect.",
            ),
            Failure::Declined(Decline::ProcessingError) => (
                "Ocurrió un error al procesar tu tarjeta y no se hizo el cargo. Intenta de nuevo en un momento.",
                "An error occurred while processing your card; it was not charged. Try again in a moment.",
            ),
            Failure::Declined(Decline::CardVelocityExceeded) => (
                "Tu tarjeta fue rechazada por demasiados intentos o por superar su límite.",
                "Your card was declined for too many attempts or for exceeding its limit.",
            ),
            Failure::Declined(Decline::TestModeLiveCard) => (
                "Tu tarjeta fue rechazada: en modo de pruebas solo funcionan las tarjetas de prueba de la lista.",
                "Your card was declined: in test mode only the test cards listed below work.",
            ),
            Failure::Declined(Decline::AuthenticationRequired) => (
                "Tu tarjeta fue rechazada: el banco pide autenticación.",
                "Your card was declined: the bank requires authentication.",
            ),
            Failure::Declined(Decline::Generic | Decline::LostCard | Decline::StolenCard | Decline::Fraudulent) => (
                "Tu tarjeta fue rechazada. Usa otra tarjeta o consulta a tu banco.",
                "Your card was declined. Use another card or ask your bank.",
            ),
        };
        if self.lang == "es" { es } else { en }
    }
}

const SPANISH: Texts = Texts {
    lang: "es",
    description: "Pago seguro de tu pedido en TextiSur (modo de pruebas).",
    pay_title: "Pagar tu pedido",
    test_mode: "Modo de pruebas",
    test_mode_text: "No se cobra dinero real.",
    see_cards: "Ver tarjetas de prueba",
    summary: "Resumen del pedido",
    quantity: "Cantidad",
    each: "c/u",
    total: "Total a pagar",
    card_details: "Datos de la tarjeta",
    email: "Correo electrónico",
    optional: "(opcional)",
    number: "Número de tarjeta",
    expiry: "Vencimiento",
    expiry_hint: "MM/AA",
    cvc: "CVC",
    cvc_hint: "3 dígitos al reverso",
    name: "Nombre del titular",
    pay: "Pagar",
    confirm: "Confirmar pedido",
    paying: "Procesando el pago…",
    cancel: "Cancelar y volver a la tienda",
    check_fields: "Revisa los campos marcados.",
    cards_title: "Tarjetas de prueba",
    cards_text: "Usa cualquier fecha futura, cualquier CVC y cualquier nombre.",
    cards_number: "Número",
    cards_effect: "Resultado",
    footer: "Simulador de pagos de TextiSur",
    number_missing: "Escribe el número de tarjeta.",
    number_invalid: "El número de tarjeta no es válido.",
    expiry_missing: "Escribe la fecha de vencimiento.",
    expiry_invalid: "La fecha de vencimiento no es válida: escribe mes y año, por ejemplo 12/34.",
    expiry_past: "La fecha de vencimiento ya pasó.",
    cvc_missing: "Escribe el CVC.",
    cvc_invalid: "El CVC no es válido: son 3 dígitos (4 en American Express).",
    name_missing: "Escribe el nombre del titular.",
    email_invalid: "El correo electrónico no es válido.",
    challenge_title: "Autenticación 3D Secure",
    challenge_text: "Tu banco quiere confirmar que eres tú. En el modo de pruebas decides tú el resultado.",
    challenge_complete: "Completar autenticación",
    challenge_fail: "Rechazar autenticación",
    challenge_card: "Tarjeta terminada en",
    answered_title: "Autenticación terminada",
    answered_text: "Ya puedes cerrar esta ventana.",
    paid_title: "Este pedido ya está pagado",
    paid_text: "El pago se recibió correctamente. No se hizo ningún cargo adicional.",
    expired_title: "Esta sesión de pago venció",
    expired_text: "No se hizo ningún cargo. Vuelve a la tienda para intentarlo otra vez.",
    missing_title: "Página no encontrada",
    missing_text: "Esta página de pago no existe o ya no está disponible.",
    down_title: "Pagos no disponibles",
    down_text: "El servicio de pagos no está disponible en este momento. No se hizo ningún cargo.",
    back_to_shop: "Volver a la tienda",
    receipt_title: "Recibo de pago",
    refunded: "reembolsado:",
};

const ENGLISH: Texts = Texts {
    lang: "en",
    description: "Secure payment of your TextiSur order (test mode).",
    pay_title: "Pay for your order",
    test_mode: "Test mode",
    test_mode_text: "No real money is charged.",
    see_cards: "See test cards",
    summary: "Order summary",
    quantity: "Quantity",
    each: "each",
    total: "Total due",
    card_details: "Card details",
    email: "Email",
    optional: "(optional)",
    number: "Card number",
    expiry: "Expiry date",
    expiry_hint: "MM/YY",
    cvc: "CVC",
    cvc_hint: "3 digits on the back",
    name: "Cardholder name",
    pay: "Pay",
    confirm: "Confirm order",
    paying: "Processing payment…",
    cancel: "Cancel and return to the shop",
    check_fields: "Check the marked fields.",
    cards_title: "Test cards",
    cards_text: "Use any future date, any CVC and any name.",
    cards_number: "Number",
    cards_effect: "Result",
    footer: "TextiSur payment simulator",
    number_missing: "Enter the card number.",
    number_invalid: "The card number is not valid.",
    expiry_missing: "Enter the expiry date.",
    expiry_invalid: "The expiry date is not valid: enter month and year, such as 12/34.",
    expiry_past: "The expiry date has passed.",
    cvc_missing: "Enter the CVC.",
    cvc_invalid: "The CVC is not valid: it has 3 digits (4 for American Express).",
    name_missing: "Enter the cardholder's name.",
    email_invalid: "The email address is not valid.",
    challenge_title: "3D Secure authentication",
    challenge_text: "Your bank wants to confirm that it is you. In test mode you decide the result.",
    challenge_complete: "Complete authentication",
    challenge_fail: "Fail authentication",
    challenge_card: "Card ending in",
    answered_title: "Authentication finished",
    answered_text: "You can close this window now.",
    paid_title: "This order is already paid",
    paid_text: "The payment was received. No further charge was made.",
    expired_title: "This payment session has expired",
    expired_text: "No charge was made. Return to the shop to try again.",
    missing_title: "Page not found",
    missing_text: "This payment page does not exist or is no longer available.",
    down_title: "Payments unavailable",
    down_text: "The payment service is not available right now. No charge was made.",
    back_to_shop: "Return to the shop",
    receipt_title: "Payment receipt",
    refunded: "refunded:",
};
