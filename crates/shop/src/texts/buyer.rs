//! Favourites and ratings.

super::texts! {
    /// Favourites and ratings.
    Buyer {
        favorites: "Mis favoritos", "My favourites";
        favorite: "Favorito", "Favourite";
        keep: "Guardar en favoritos", "Keep as a favourite";
        kept: "Guardado en tus favoritos.", "Kept in your favourites.";
        forgotten: "Quitado de tus favoritos.", "Removed from your favourites.";
        favorites_full: "Ya tienes {n} favoritos. Quita alguno para guardar otro.", "You already have {n} favourites. Remove one to keep another.";
        no_favorites: "Aún no guardas favoritos", "No favourites yet";
        no_favorites_text: "Toca el corazón de lo que te guste y aquí lo vuelves a encontrar, en cualquier dispositivo.", "Tap the heart of what you like and find it here again, on any device.";
        see_favorites: "Ver favoritos", "See favourites";
        ratings: "Opiniones", "Ratings";
        no_ratings: "Todavía nadie ha opinado de este producto.", "Nobody has rated this product yet.";
        spread: "Cuántas opiniones dan cada calificación", "How many ratings gave each number of stars";
        more_ratings: "Ver opiniones anteriores", "See earlier ratings";
        first_ratings: "Ver las más recientes", "See the latest";
        edited: "editada", "edited";
        verified: "Compra recibida", "Received purchase";
        rate: "Califica este producto", "Rate this product";
        rate_again: "Tu opinión", "Your rating";
        rate_short: "Calificar", "Rate";
        stars: "Tu calificación", "Your stars";
        comment: "Cuéntales a otros cómo te quedó (opcional)", "Tell others how it fits and feels (optional)";
        comment_hint: "Hasta 1,000 caracteres. Se muestra con tu primer nombre y una inicial.", "Up to 1,000 characters. Shown with your first name and an initial.";
        publish: "Publicar opinión", "Publish rating";
        change: "Guardar cambios", "Save changes";
        withdraw: "Borrar mi opinión", "Delete my rating";
        rated: "¡Gracias! Tu opinión ya está publicada.", "Thank you! Your rating is published.";
        withdrawn: "Borramos tu opinión.", "Your rating was deleted.";
        stars_missing: "Elige de 1 a 5 estrellas.", "Choose 1 to 5 stars.";
        comment_wrong: "El comentario lleva hasta 1,000 caracteres.", "A comment takes up to 1,000 characters.";
        may_once_received: "Podrás opinar cuando hayas comprado y recibido este producto: así cada opinión viene de quien lo tiene.", "You can rate it once you have bought and received it: that way every rating comes from somebody who has it.";
        may_not_own: "Es un producto de tu tienda; las opiniones las dan tus clientes.", "This is a product of your own store; ratings come from your customers.";
        may_sign_in: "Entra a tu cuenta para opinar de lo que recibiste.", "Sign in to rate what you have received.";
    }
}
