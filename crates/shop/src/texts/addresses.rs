//! Addresses: the book, its forms, and choosing one at the checkout.

use crate::addresses::Rule;

super::texts! {
    /// The address book.
    Addresses {
        title: "Mis direcciones", "My addresses";
        none: "Aún no guardas direcciones", "No addresses yet";
        none_text: "Guarda a dónde te enviamos tus compras y no la vuelvas a escribir al pagar.", "Keep where we send your purchases, and do not type it again when you pay.";
        manage: "Ver y cambiar mis direcciones", "See and change my addresses";
        add: "Agregar una dirección", "Add an address";
        add_title: "Nueva dirección", "New address";
        edit: "Cambiar", "Change";
        edit_title: "Cambiar dirección", "Change address";
        edit_hint: "Lo que ya compraste se envía a la dirección que tenía al pagarlo.", "What you have bought already goes to the address as it was when you paid.";
        default: "Predeterminada", "Default";
        make_default: "Usar como predeterminada", "Make it the default";
        delete: "Borrar", "Delete";
        delete_title: "¿Borrar esta dirección?", "Delete this address?";
        delete_text: "Lo que ya compraste se envía como lo pediste; solo deja de aparecer en tu lista.", "What you have bought already is sent as you asked; it only leaves your list.";
        delete_yes: "Sí, borrar", "Yes, delete it";
        cancel: "Cancelar", "Cancel";
        save: "Guardar dirección", "Save address";
        kept: "Guardamos tu dirección.", "Your address is kept.";
        changed: "Tu dirección quedó actualizada.", "Your address is up to date.";
        deleted: "Borramos esa dirección.", "That address is deleted.";
        default_done: "Desde ahora enviamos ahí, si no eliges otra al pagar.", "From now on we send there, unless you choose another when paying.";
        same: "Ya tienes guardada una dirección igual.", "You keep an address that says the same already.";
        full: "Ya guardas {n} direcciones. Borra alguna para agregar otra.", "You keep {n} addresses already. Delete one to add another.";
        gone: "Esa dirección ya no está en tu lista. Elige otra; no se cobró nada.", "That address is no longer in your list. Choose another; nothing was charged.";
        goes_to: "Se envía a {place}.", "It goes to {place}.";
        which: "Elige una dirección", "Choose an address";
        another: "Otra dirección", "Another address";
        another_hint: "La guardamos para la próxima.", "We keep it for next time.";
        as_default: "Usarla siempre, si no elijo otra", "Use it always, unless I choose another";
        recipient: "Quién recibe", "Recipient";
        phone: "Teléfono (10 dígitos)", "Telephone (10 digits)";
        street: "Calle y número", "Street and number";
        neighborhood: "Colonia", "Neighbourhood";
        city: "Municipio o alcaldía", "City";
        state: "Estado", "State";
        postal_code: "Código postal", "Postal code";
        notes: "Referencias (opcional)", "How to find it (optional)";
        required: "Este dato es obligatorio.", "This is required.";
        too_long: "Es demasiado largo.", "It is too long.";
        characters: "Contiene caracteres que no se pueden usar.", "It contains characters that cannot be used.";
        phone_wrong: "Son diez dígitos, por ejemplo 445 457 1021.", "Ten digits, for example 445 457 1021.";
        postal_code_wrong: "Son cinco dígitos, por ejemplo 38800.", "Five digits, for example 38800.";
    }
}

impl Addresses {
    /// What somebody is told who broke a rule.
    pub const fn wrong(&self, rule: Rule) -> &'static str {
        match rule {
            Rule::Required => self.required,
            Rule::TooLong => self.too_long,
            Rule::Characters => self.characters,
            Rule::Phone => self.phone_wrong,
            Rule::PostalCode => self.postal_code_wrong,
        }
    }
}
