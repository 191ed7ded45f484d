//! Looking for products.

super::texts! {
    /// Looking for products.
    Search {
        chosen: "Filtros activos", "Active filters";
        without: "Quitar el filtro {what}", "Remove the filter {what}";
        more: "Ver más", "Show more";
        more_of: "{what}: ver más", "{what}: show more";
        show: "Ver {what}", "See {what}";
        words: "Búsqueda", "Search";
        from: "Desde {price}", "From {price}";
        up_to: "Hasta {price}", "Up to {price}";
        range: "{from} a {to}", "{from} to {to}";
        price: "Precio", "Price";
        shown: "Mostrando {n} de {total}", "Showing {n} of {total}";
        load_more: "Ver más productos", "See more products";
        added: "Se agregaron {n} productos a la lista.", "{n} products were added to the list.";
        loading: "Cargando…", "Loading…";
        try_without: "Quizá te sirva quitar algo:", "Taking something away may help:";
        without_it: "Sin {what}", "Without {what}";
        see_all: "Ver todo el catálogo", "See the whole catalogue";
    }
}
