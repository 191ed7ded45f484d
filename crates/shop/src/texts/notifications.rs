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
        title: "Notificaciones", "Notifications";
        settings: "Preferencias", "Preferences";
        none: "Todo tranquilo por aquí", "All quiet here";
        none_text: "Cuando haya novedades de tus pedidos o mensajes, las verás en esta página.", "News of your orders and messages will be on this page.";
        unread: "{n} sin leer", "{n} unread";
        one_unread: "1 sin leer", "1 unread";
        all_read: "Ya leíste todo", "You have read everything";
        read_all: "Marcar todo como leído", "Mark all as read";
        is_new: "Nueva", "New";
        devices: "Avisos en tus dispositivos", "Notices on your devices";
        devices_text: "Te avisamos aunque la página esté cerrada. Al cerrar sesión en un dispositivo, deja de recibirlos.", "We tell you even when the page is closed. A device stops getting them when you sign out there.";
        push_on: "Activar en este dispositivo", "Turn on for this device";
        push_script: "Para activarlos hace falta JavaScript.", "Turning them on takes JavaScript.";
        push_denied: "Tu navegador tiene bloqueados los avisos de este sitio. Puedes permitirlos en su configuración.", "Your browser blocks this site's notices. You can allow them in its settings.";
        push_failed: "No se pudo activar. Revisa tu conexión e intenta de nuevo.", "It could not be turned on. Check your connection and try again.";
        push_unsupported: "Este navegador no recibe avisos. En iPhone, agrega primero TextiSur a tu pantalla de inicio.", "This browser takes no notices. On an iPhone, first add TextiSur to your home screen.";
        since: "Desde el {when}", "Since {when}";
        forget: "Quitar", "Remove";
        forgotten: "Listo: ese dispositivo ya no recibirá avisos.", "Done: that device will get no more notices.";
        kinds: "¿De qué te avisamos?", "What shall we tell you?";
        kind: "Tipo de aviso", "Kind of notice";
        by_push: "Dispositivos", "Devices";
        by_mail: "Correo", "Mail";
        receipt: "Siempre va el recibo", "Always the receipt";
        save: "Guardar", "Save";
        saved: "Guardamos tus preferencias.", "Your preferences are saved.";
        kind_message: "Mensajes", "Messages";
        kind_new_order: "Nuevos pedidos de tu tienda", "New orders of your store";
        kind_sale_refunded: "Pedidos cancelados de tu tienda", "Cancelled orders of your store";
        kind_paid: "Pagos recibidos", "Payments received";
        kind_shipped: "Envíos de tus pedidos", "Your orders being shipped";
        kind_delivered: "Entregas", "Deliveries";
        kind_refunded: "Reembolsos", "Refunds";
        kind_announcement: "Noticias de TextiSur", "News from TextiSur";
        unsubscribe: "¿Dejar de recibir estos correos?", "Stop getting these mails?";
        unsubscribe_do: "Dejar de recibirlos", "Stop them";
        unsubscribed: "Listo, no te mandaremos más", "Done, no more of them";
        message: "{name} te escribió", "{name} wrote to you";
    }
}
