//! Header, footer, notices, errors.

super::texts! {
    /// Header, footer, notices, errors.
    Common {
        tagline: "Ropa y telas de los talleres del sur de Guanajuato", "Clothes and fabrics from the workshops of southern Guanajuato";
        description: "Compra directo a los talleres textiles de Moroleón, Uriangato y Yuriria: suéteres, rebozos, uniformes, telas y más, con pago seguro en pesos.", "Buy straight from the textile workshops of Moroleón, Uriangato and Yuriria: sweaters, rebozos, uniforms, fabrics and more, paid safely in pesos.";
        skip: "Saltar al contenido", "Skip to content";
        search: "Buscar", "Search";
        search_label: "Buscar productos", "Search products";
        search_hint: "Suéter, rebozo, tela…", "Sweater, rebozo, fabric…";
        main_nav: "Principal", "Main";
        home: "Inicio", "Home";
        products: "Productos", "Products";
        stores: "Tiendas", "Stores";
        cart: "Carrito", "Cart";
        cart_words: "Carrito, piezas: {n}", "Cart, items: {n}";
        orders: "Mis pedidos", "My orders";
        account: "Mi cuenta", "My account";
        favorites: "Favoritos", "Favourites";
        messages: "Mensajes", "Messages";
        notifications: "Avisos", "Notifications";
        my_store: "Mi tienda", "My store";
        admin: "Administración", "Administration";
        profile: "Mis datos", "My details";
        login: "Entrar", "Sign in";
        theme: "Apariencia", "Appearance";
        theme_auto: "Automática", "Automatic";
        theme_light: "Clara", "Light";
        theme_dark: "Oscura", "Dark";
        language: "Idioma", "Language";
        help: "Acerca de", "About";
        about: "Quiénes somos", "About us";
        terms: "Términos", "Terms";
        privacy: "Privacidad", "Privacy";
        made_in: "Tejido en Moroleón, Uriangato y Yuriria, Guanajuato.", "Knitted and woven in Moroleón, Uriangato and Yuriria, Guanajuato.";
        preferences: "Preferencias", "Preferences";
        notice: "Aviso", "Notice";
        back_home: "Volver al inicio", "Back to the start";
        see_products: "Ver productos", "See the products";
        error_404: "Esta página no existe", "This page does not exist";
        error_404_text: "Tal vez el producto ya no está a la venta o la dirección tiene un error. Prueba con el buscador.", "The product may no longer be on sale, or the address has a mistake. Try the search.";
        error_403: "El formulario caducó", "The form has expired";
        error_403_text: "Por seguridad, vuelve a la página anterior, recárgala e intenta de nuevo.", "For safety, go back, reload the page and try again.";
        error_400: "No entendimos la solicitud", "We did not understand the request";
        error_400_text: "Revisa lo que enviaste e intenta de nuevo.", "Check what you sent and try again.";
        error_503: "Estamos con mucha demanda", "We are very busy";
        error_503_text: "Intenta de nuevo en unos segundos; tu carrito está a salvo.", "Try again in a few seconds; your cart is safe.";
        error_500: "Algo falló de nuestro lado", "Something failed on our side";
        error_500_text: "Ya quedó registrado. Intenta de nuevo en un momento; tu carrito está a salvo.", "It has been recorded. Try again in a moment; your cart is safe.";
        offline: "Sin conexión", "Offline";
        offline_text: "No hay internet en este momento. En cuanto vuelva la señal, recarga la página: tu carrito sigue guardado.", "There is no network right now. Once it is back, reload the page: your cart is kept.";
    }
}
