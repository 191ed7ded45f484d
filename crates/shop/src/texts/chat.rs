//! Conversations.

super::texts! {
    /// Conversations.
    Chat {
        title: "Mensajes", "Messages";
        intro: "Pregunta directo a los talleres: tallas, colores, mayoreo.", "Ask the workshops directly: sizes, colours, wholesale.";
        none: "Aún no tienes conversaciones", "You have no conversations yet";
        none_text: "En cada producto y en cada tienda hay un botón para escribirle al taller.", "Every product and every store has a button to write to the workshop.";
        ask: "Enviar mensaje a la tienda", "Message the store";
        own_store: "Es tu propia tienda.", "It is your own store.";
        search: "Buscar en tus mensajes", "Search your messages";
        found: "Mensajes con “{q}”", "Messages with “{q}”";
        found_none: "Ningún mensaje con esas palabras.", "No message with those words.";
        unread_one: "1 sin leer", "1 unread";
        unread: "{n} sin leer", "{n} unread";
        you: "Tú", "You";
        picture: "Foto", "Picture";
        product: "Producto", "Product";
        about: "Sobre {name}", "About {name}";
        about_store: "Sobre la tienda", "About the store";
        back: "Todos los mensajes", "All messages";
        earlier: "Ver mensajes anteriores", "See earlier messages";
        latest: "Ir a los más recientes", "Go to the latest";
        start: "Escribe el primer mensaje. {name} lo recibe en cuanto lo mandes.", "Write the first message. {name} gets it as soon as you send it.";
        start_other: "Todavía no hay mensajes.", "There are no messages yet.";
        log: "Conversación con {name}", "Conversation with {name}";
        write: "Mensaje", "Message";
        write_hint: "Escribe un mensaje…", "Write a message…";
        send: "Enviar", "Send";
        sending: "Enviando…", "Sending…";
        sent: "Enviado", "Sent";
        seen: "Visto", "Seen";
        failed: "No se envió. Toca para reintentar.", "Not sent. Tap to try again.";
        typing: "{name} está escribiendo…", "{name} is typing…";
        online: "En línea", "Online";
        offline: "Fuera de línea", "Offline";
        reconnecting: "Sin conexión. Tus mensajes se mandan en cuanto vuelva.", "No connection. Your messages go out as soon as it is back.";
        signed_out: "Tu sesión terminó. Entra de nuevo para seguir.", "Your session is over. Sign in again to go on.";
        react: "Reaccionar", "React";
        unreact: "Quitar reacción", "Remove reaction";
        reaction: "Reacción: {emoji}", "Reaction: {emoji}";
        options: "Opciones", "Options";
        block: "Bloquear", "Block";
        unblock: "Desbloquear", "Unblock";
        blocked_by_me: "Bloqueaste esta conversación: nadie puede escribir aquí.", "You blocked this conversation: nobody can write here.";
        blocked_by_other: "La otra persona ya no recibe mensajes tuyos.", "The other party takes no messages from you any more.";
        report: "Reportar", "Report";
        report_why: "¿Qué pasa?", "What is wrong?";
        report_spam: "Publicidad no deseada", "Unwanted advertising";
        report_abuse: "Insultos o amenazas", "Insults or threats";
        report_fraud: "Intento de fraude", "Attempted fraud";
        report_other: "Otra cosa", "Something else";
        report_details: "Detalles (opcional)", "Details (optional)";
        reported: "Gracias: alguien de TextiSur lo va a revisar.", "Thank you: somebody at TextiSur will look at it.";
        empty: "Escribe un mensaje antes de enviar.", "Write a message before sending.";
        too_long: "Un mensaje lleva hasta 4000 caracteres.", "A message holds up to 4000 characters.";
    }
}
