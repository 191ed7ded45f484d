//! Notifications: what people are told, their page, their settings.

super::texts! {
    /// Notifications.
    Notifications {
        new_order: "Nuevo pedido {n}", "New order {n}";
        new_order_text: "Está pagado: {total} MXN. Prepáralo para el envío.", "It is paid: {total} MXN. Get it ready to ship.";
        sale_refunded: "El pedido {n} se canceló", "Order {n} was cancelled";
        sale_refunded_text: "Devolvimos {total} MXN al comprador. Si aún no lo envías, ya no lo hagas.", "We returned {total} MXN to the buyer. If you have not shipped it, do not.";
        paid: "Recibimos tu pago", "We received your payment";
        paid_text: "{total} MXN. Los talleres ya están avisados.", "{total} MXN. The workshops have been told.";
        shipped: "Tu pedido {n} va en camino", "Your order {n} is on its way";
        shipped_text: "{store} ya lo envió.", "{store} has shipped it.";
        delivered: "Tu pedido {n} llegó", "Your order {n} has arrived";
        delivered_text: "{store} lo marcó como entregado. ¿Qué te pareció?", "{store} marked it as delivered. How do you like it?";
        refunded: "Reembolso del pedido {n}", "Refund of order {n}";
        refunded_text: "{total} MXN regresan a tu tarjeta en unos días.", "{total} MXN return to your card within days.";
        message: "{name} te escribió", "{name} wrote to you";
    }
}
