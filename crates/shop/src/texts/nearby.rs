//! Stores by distance, and maps.

super::texts! {
    /// Stores by distance, and maps.
    Nearby {
        title: "Talleres cerca de ti", "Workshops near you";
        title_town: "Talleres cerca de {town}", "Workshops near {town}";
        description: "Talleres y tiendas textiles del sur de Guanajuato por distancia, en un mapa y en una lista.", "Textile workshops and stores of southern Guanajuato by distance, on a map and in a list.";
        text: "Elige de dónde sales y hasta dónde llegas; te decimos qué talleres te quedan a mano.", "Choose where you start and how far you go; we tell you which workshops are at hand.";
        from: "Salgo de", "I start from";
        radius: "A no más de", "At most";
        chosen_place: "El punto elegido", "The chosen place";
        of_town: "de {town}", "from {town}";
        of_place: "del punto elegido", "from the chosen place";
        here: "Usar mi ubicación", "Use my position";
        locating: "Buscando tu ubicación…", "Looking for your position…";
        denied: "No nos diste permiso de ver tu ubicación. Elige un municipio, o cambia el permiso en tu navegador.", "You did not allow us to see your position. Choose a town, or change the permission in your browser.";
        unavailable: "No se pudo saber tu ubicación. Elige un municipio.", "Your position could not be found. Choose a town.";
        within: "{stores} a no más de {km} km {start}", "{stores} at most {km} km {start}";
        none: "Ningún taller a menos de {km} km {start}", "No workshop less than {km} km {start}";
        none_text: "El más cercano es {store}, a {distance}.", "The nearest is {store}, {distance} away.";
        none_at_all: "Todavía ningún taller ha dicho dónde está.", "No workshop has said yet where it is.";
        most: "Solo mostramos los {n} más cercanos.", "Only the nearest {n} are shown.";
        wrong: "No entendimos esa dirección: {what}. Elige un municipio de la lista.", "We did not understand that address: {what}. Choose a town from the list.";
        distance: "a {distance}", "{distance} away";
        map: "Mapa de talleres", "Map of workshops";
        sketch: "Croquis nuestro, dibujado a mano: los límites y caminos son aproximados y no está a escala de calle. Nadie más se entera de lo que buscas aquí.", "A sketch of ours, drawn by hand: borders and roads are approximate, and it is not at street scale. Nobody else learns what you look for here.";
        credit: "Croquis, no a escala de calle", "Sketch, not at street scale";
        outside: "Tu punto de salida queda fuera de este croquis.", "Your start lies outside of this sketch.";
        start: "Salida", "Start";
        zoom_in: "Acercar", "Zoom in";
        zoom_out: "Alejar", "Zoom out";
        close: "Cerrar", "Close";
        visit: "Ver el taller", "See the workshop";
        show: "Mostrar {store} en el mapa", "Show {store} on the map";
        together: "{n} talleres aquí", "{n} workshops here";
        on_the_map: "Ver en el mapa", "See on the map";
        by_distance: "Verlos en el mapa, por distancia", "See them on the map, by distance";
        no_stores_in: "Todavía no hay talleres en “{town}”.", "There are no workshops in “{town}” yet.";
        pick: "Mapa para elegir dónde está tu tienda", "Map to choose where your store is";
        pick_hint: "Toca el mapa donde está tu tienda, o arrastra el alfiler. Con el teclado: mueve el mapa con las flechas y pulsa Intro para clavarlo en el centro. El croquis no tiene calles: si estás en tu tienda o sabes tus coordenadas, quedará más exacto.", "Tap the map where your store is, or drag the pin. With the keyboard: move the map with the arrows and press Enter to set it in the centre. The sketch has no streets: from your store, or with your coordinates, it will be more exact.";
        pin: "Tu tienda", "Your store";
    }
}
