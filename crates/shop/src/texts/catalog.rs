//! Products, stores, cart.

super::texts! {
    /// Products, stores, cart.
    Catalog {
        hero: "Del telar a tu casa, sin intermediarios", "From the loom to your home, no middlemen";
        hero_text: "Más de doscientos productos de talleres familiares de Moroleón, Uriangato y Yuriria.", "More than two hundred products from family workshops in Moroleón, Uriangato and Yuriria.";
        hero_stores: "Conoce los talleres", "Meet the workshops";
        categories: "Categorías", "Categories";
        newest: "Recién salidos del taller", "Fresh from the workshop";
        popular: "Los más vendidos", "Best sellers";
        see_all: "Ver todo", "See all";
        stores: "Talleres y tiendas", "Workshops and stores";
        stores_text: "Talleres familiares de los tres municipios textileros del sur de Guanajuato.", "Family workshops of the three textile towns of southern Guanajuato.";
        store_missing: "Esta tienda aún no tiene productos a la venta.", "This store has nothing on sale yet.";
        visit_store: "Visitar la tienda", "Visit the store";
        sold_by: "Vendido y enviado por", "Sold and shipped by";
        phone: "Teléfono", "Telephone";
        all: "Todas", "All";
        results_for: "Resultados para “{q}”", "Results for “{q}”";
        filters: "Filtros", "Filters";
        category: "Categoría", "Category";
        city: "Municipio", "Town";
        size: "Talla", "Size";
        color: "Color", "Colour";
        price: "Precio (MXN)", "Price (MXN)";
        price_min: "Desde", "From";
        price_max: "Hasta", "To";
        sort: "Ordenar por", "Sort by";
        sort_newest: "Más recientes", "Newest";
        sort_price_asc: "Precio: menor a mayor", "Price: low to high";
        sort_price_desc: "Precio: mayor a menor", "Price: high to low";
        sort_popular: "Más vendidos", "Best sellers";
        apply: "Aplicar", "Apply";
        clear: "Quitar filtros", "Clear filters";
        previous: "Anterior", "Previous";
        next: "Siguiente", "Next";
        pages: "Páginas", "Pages";
        nothing: "No encontramos productos así", "We found no such products";
        nothing_text: "Prueba con otras palabras o quita algún filtro.", "Try other words or remove a filter.";
        sold_out: "Agotado", "Sold out";
        new_tag: "Nuevo", "New";
        quantity: "Cantidad", "Quantity";
        add: "Agregar al Carrito", "Add to Cart";
        added: "Listo: ya está en tu carrito.", "Done: it is in your cart.";
        see_cart: "Ver carrito", "See cart";
        related: "También te puede gustar", "You may also like";
        promise_pay: "Pago seguro con tarjeta, en pesos mexicanos", "Safe card payment in Mexican pesos";
        promise_ship: "Envío directo del taller a todo México", "Shipped straight from the workshop, all over Mexico";
        promise_stock: "Tu pieza se aparta mientras pagas", "Your item is held while you pay";
        one_size: "Unitalla", "One size";
        your_cart: "Tu carrito", "Your cart";
        cart_empty: "Tu carrito está vacío", "Your cart is empty";
        cart_empty_text: "Date una vuelta por los talleres: seguro algo te gusta.", "Have a look around the workshops: you will surely like something.";
        update: "Actualizar", "Update";
        remove: "Quitar", "Remove";
        each: "c/u", "each";
        subtotal: "Subtotal", "Subtotal";
        total: "Total", "Total";
        shipping: "Envío", "Shipping";
        shipping_free: "Incluido", "Included";
        pay: "Proceder al Pago", "Proceed to Payment";
        pay_login: "Entra a tu cuenta para pagar; tu carrito se conserva.", "Sign in to pay; your cart is kept.";
        fix_lines: "Ajusta los productos marcados para poder pagar.", "Change the marked products to be able to pay.";
        keep_shopping: "Seguir comprando", "Keep shopping";
        cart_changed: "Carrito actualizado.", "Cart updated.";
        cart_removed: "Quitamos el producto de tu carrito.", "The product was removed from your cart.";
        cart_unknown: "Ese producto ya no está a la venta.", "That product is no longer on sale.";
        cart_quantity: "La cantidad debe ser de 1 a {n}.", "The quantity must be from 1 to {n}.";
        cart_not_enough: "Solo quedan {n} piezas disponibles.", "Only {n} are available.";
        cart_sold_out: "Se agotó hace un momento.", "It has just sold out.";
        cart_full: "El carrito admite hasta {n} productos distintos.", "The cart holds at most {n} different products.";
        choose_variant: "Elige una talla disponible.", "Choose an available size.";
    }
}
