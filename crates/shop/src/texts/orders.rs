//! Checkout and orders.

super::texts! {
    /// Checkout and orders.
    Orders {
        checkout: "Finalizar compra", "Checkout";
        summary: "Resumen", "Summary";
        address: "¿A dónde lo enviamos?", "Where should we send it?";
        address_hint: "La guardamos para la próxima.", "We keep it for next time.";
        review_address: "Elegir la dirección de envío", "Choose the delivery address";
        pay_safe: "Te llevamos a la página segura de pago. Apartamos tus piezas 30 minutos.", "We take you to the safe payment page. Your items are held for 30 minutes.";
        short: "Algunos productos ya no alcanzan", "Some products have run short";
        short_text: "Ajusta las cantidades; no se cobró nada.", "Change the quantities; nothing was charged.";
        too_small: "El pago mínimo es de {n} MXN.", "The least that can be paid is {n} MXN.";
        unavailable: "El servicio de pagos no responde", "The payment service is not answering";
        unavailable_text: "No se cobró nada y tu carrito sigue igual. Intenta de nuevo en unos segundos.", "Nothing was charged and your cart is as it was. Try again in a few seconds.";
        cancelled: "Tu pago no se completó", "Your payment was not completed";
        cancelled_text: "No se cobró nada. Tus piezas siguen apartadas por unos minutos.", "Nothing was charged. Your items are still held for a few minutes.";
        cancelled_done: "Compra cancelada; tus productos siguen en el carrito.", "Purchase cancelled; your products are still in the cart.";
        go_on: "Continuar con el pago", "Go on with the payment";
        give_up: "Cancelar la compra", "Cancel the purchase";
        pending: "Tienes un pago de {n} MXN sin terminar; esas piezas siguen apartadas para ti.", "You have an unfinished payment of {n} MXN; those items are still held for you.";
        confirmed: "Pedido Confirmado", "Order Confirmed";
        confirmed_text: "¡Gracias por tu compra! Ya avisamos a cada taller y te mandamos el recibo por correo.", "Thank you! Each workshop has been told and the receipt is in your mail.";
        waiting: "Estamos confirmando tu pago", "We are confirming your payment";
        waiting_text: "Suele tardar unos segundos. Esta página se actualiza sola.", "It usually takes a few seconds. This page refreshes by itself.";
        none_paid: "Aún no tienes pedidos pagados", "You have no paid orders yet";
        order: "Pedido {n}", "Order {n}";
        orders: "Mis pedidos", "My orders";
        sales: "Pedidos", "Orders";
        no_orders: "Todavía no tienes pedidos", "You have no orders yet";
        no_orders_text: "Cuando compres algo, aquí podrás seguirlo paso a paso.", "When you buy something you can follow it here step by step.";
        see_order: "Ver pedido", "See order";
        more: "Ver anteriores", "See earlier ones";
        placed: "Hecho el {when}", "Placed on {when}";
        history: "Seguimiento", "Progress";
        carrier: "Paquetería", "Carrier";
        tracking: "Número de guía", "Tracking number";
        ship_to: "Se envía a", "Ships to";
        bought: "Lo que compraste", "What you bought";
        received: "Ya lo recibí", "I have received it";
        received_done: "¡Qué bueno que llegó! Marcamos el pedido como entregado.", "Good that it arrived! The order is marked as delivered.";
        refund: "Cancelar y pedir reembolso", "Cancel and ask for a refund";
        refund_title: "¿Cancelar el pedido {n}?", "Cancel order {n}?";
        refund_text: "Te devolvemos {total} a tu tarjeta y la tienda ya no lo envía. No se puede deshacer.", "{total} go back to your card and the store does not send it any more. It cannot be undone.";
        refund_yes: "Sí, cancelar y pedir reembolso", "Yes, cancel and ask for a refund";
        refund_no: "Conservar el pedido", "Keep the order";
        refund_done: "Listo: el dinero regresa a tu tarjeta en unos días.", "Done: the money returns to your card within days.";
        refused: "Ese cambio ya no es posible en el estado actual del pedido.", "That change is not possible in the order's current state.";
        pendiente: "Pendiente de pago", "Waiting for payment";
        pagado: "Pagado", "Paid";
        enviado: "Enviado", "Shipped";
        entregado: "Entregado", "Delivered";
        cancelado: "Cancelado", "Cancelled";
        reembolsado: "Reembolsado", "Refunded";
    }
}
