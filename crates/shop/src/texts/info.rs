//! About, terms, privacy.

/// A heading and its paragraphs.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Heading.
    pub title: &'static str,
    /// Paragraphs.
    pub text: &'static [&'static str],
}

/// The long texts.
#[derive(Debug)]
pub struct Info {
    /// Title of the page about us.
    pub about_title: &'static str,
    /// Its sections.
    pub about: &'static [Section],
    /// Title of the terms.
    pub terms_title: &'static str,
    /// Their sections.
    pub terms: &'static [Section],
    /// Title of the privacy notice.
    pub privacy_title: &'static str,
    /// Its sections.
    pub privacy: &'static [Section],
}

const fn section(title: &'static str, text: &'static [&'static str]) -> Section {
    Section { title, text }
}

impl Info {
    pub(super) const ES: Self = Self {
        about_title: "Quiénes somos",
        about: &[
            section(
                "Tres municipios, un solo tejido",
                &[
                    "Moroleón, Uriangato y Yuriria llevan más de un siglo vistiendo a México. Aquí se hicieron los primeros rebozos de la laguna, aquí se teje uno de cada tres suéteres del país y aquí, en miles de talleres familiares, se sigue cortando, bordando y planchando todos los días.",
                    "TextiSur reúne esos talleres en un solo lugar para que compres directo a quien hace tu ropa.",
                ],
            ),
            section(
                "Cómo funciona",
                &[
                    "Cada tienda publica sus productos, sus tallas y sus existencias. Tú armas un solo carrito con piezas de varias tiendas y haces un solo pago.",
                    "Cuando el pago se confirma, cada taller recibe su parte del pedido, lo prepara y lo envía. Puedes seguir cada envío por separado desde tu cuenta.",
                ],
            ),
            section(
                "Precio justo",
                &[
                    "El precio lo pone el taller. Nuestra comisión se cobra a la tienda, nunca a ti, y se muestra en cada pedido que recibe.",
                ],
            ),
        ],
        terms_title: "Términos del servicio",
        terms: &[
            section(
                "Quién vende",
                &[
                    "Cada producto lo vende y lo envía la tienda que aparece en su página. TextiSur opera el sitio, cobra por cuenta de las tiendas y atiende las aclaraciones.",
                ],
            ),
            section(
                "Precios y pago",
                &[
                    "Los precios están en pesos mexicanos e incluyen impuestos. El pago se hace con tarjeta en una página segura; nosotros nunca vemos ni guardamos el número de tu tarjeta.",
                    "Al pasar al pago apartamos tus piezas durante unos 30 minutos. Si el pago no se completa, las piezas vuelven a la venta y no se cobra nada.",
                ],
            ),
            section(
                "Envíos",
                &[
                    "Cada tienda envía su parte del pedido. El estado del envío y la guía, cuando existe, aparecen en la página del pedido.",
                ],
            ),
            section(
                "Cancelaciones y devoluciones",
                &[
                    "Antes del envío puedes cancelar desde la página del pedido y se te regresa el total. Después del envío, escribe a la tienda: si la pieza llegó con defecto o no es la que pediste, se te regresa tu dinero.",
                ],
            ),
            section(
                "Cuentas",
                &[
                    "Eres responsable de cuidar tu contraseña. Puedes ver y cerrar las sesiones abiertas desde tu cuenta en cualquier momento.",
                ],
            ),
        ],
        privacy_title: "Aviso de privacidad",
        privacy: &[
            section(
                "Qué datos guardamos",
                &[
                    "Tu nombre, tu correo, tu dirección de envío, tus pedidos y las sesiones abiertas en tu cuenta. La contraseña se guarda de forma que ni nosotros podemos leerla.",
                ],
            ),
            section(
                "Para qué los usamos",
                &[
                    "Para entregar tus pedidos, mandarte los avisos de tus compras y proteger tu cuenta. No vendemos datos, no hay anuncios y ninguna página carga nada de terceros.",
                ],
            ),
            section(
                "Con quién se comparten",
                &[
                    "Con la tienda que te envía el pedido (nombre, dirección y teléfono) y con el procesador de pagos (correo e importe). Con nadie más, salvo que la ley lo exija.",
                ],
            ),
            section(
                "Cookies",
                &[
                    "Usamos solo las necesarias: la de tu sesión, la de tu carrito y las de tus preferencias de idioma y apariencia. No hay cookies de seguimiento.",
                ],
            ),
            section(
                "Tus derechos",
                &[
                    "Puedes pedir acceso, rectificación, cancelación u oposición (derechos ARCO) sobre tus datos escribiendo desde el correo de tu cuenta a privacidad@textisur.com.",
                ],
            ),
        ],
    };
    pub(super) const EN: Self = Self {
        about_title: "About us",
        about: &[
            section(
                "Three towns, one cloth",
                &[
                    "Moroleón, Uriangato and Yuriria have dressed Mexico for more than a century. The first rebozos of the lagoon were woven here, one in three of the country's sweaters is knitted here, and in thousands of family workshops people cut, embroider and press every day.",
                    "TextiSur brings those workshops together so that you buy straight from the people who make your clothes.",
                ],
            ),
            section(
                "How it works",
                &[
                    "Each store publishes its products, sizes and stock. You fill one cart with things from several stores and pay once.",
                    "When the payment is confirmed each workshop receives its part of the order, prepares it and ships it. You can follow each parcel from your account.",
                ],
            ),
            section(
                "A fair price",
                &[
                    "The workshop sets the price. Our commission is charged to the store, never to you, and is shown on every order it receives.",
                ],
            ),
        ],
        terms_title: "Terms of service",
        terms: &[
            section(
                "Who sells",
                &[
                    "Each product is sold and shipped by the store on its page. TextiSur runs the site, collects payments for the stores and handles claims.",
                ],
            ),
            section(
                "Prices and payment",
                &[
                    "Prices are in Mexican pesos, taxes included. You pay by card on a safe page; we never see or keep your card's number.",
                    "When you go to the payment your items are held for about 30 minutes. If the payment is not completed they return to sale and nothing is charged.",
                ],
            ),
            section(
                "Shipping",
                &[
                    "Each store ships its part of the order. Its progress and tracking number, when there is one, are on the order's page.",
                ],
            ),
            section(
                "Cancellations and returns",
                &[
                    "Before shipping you can cancel on the order's page and get everything back. Afterwards write to the store: if the item is faulty or not what you ordered, you get your money back.",
                ],
            ),
            section(
                "Accounts",
                &[
                    "Keeping your password safe is up to you. You can see and end the open sessions in your account at any time.",
                ],
            ),
        ],
        privacy_title: "Privacy notice",
        privacy: &[
            section(
                "What we keep",
                &[
                    "Your name, e-mail, delivery address, orders and the open sessions of your account. The password is kept in a form that not even we can read.",
                ],
            ),
            section(
                "What for",
                &[
                    "To deliver your orders, send you news of your purchases and protect your account. We sell no data, show no advertising, and no page loads anything from third parties.",
                ],
            ),
            section(
                "Who else sees it",
                &[
                    "The store that ships your order (name, address, telephone) and the payment processor (e-mail and amount). Nobody else unless the law demands it.",
                ],
            ),
            section(
                "Cookies",
                &[
                    "Only the necessary ones: your session, your cart, and your choice of language and appearance. There is no tracking.",
                ],
            ),
            section(
                "Your rights",
                &[
                    "You may ask for access, correction, deletion or objection regarding your data by writing from your account's e-mail to privacidad@textisur.com.",
                ],
            ),
        ],
    };
}
