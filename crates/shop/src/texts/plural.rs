//! Texts with numbers in them. Numbers are borrowed or owned, since templates hand over references.

use std::borrow::Borrow;

use super::Lang;

impl Lang {
    /// "3 productos".
    pub fn products(self, n: impl Borrow<i64>) -> String {
        match (self, *n.borrow()) {
            (Self::Es, 1) => "1 producto".into(),
            (Self::Es, n) => format!("{n} productos"),
            (Self::En, 1) => "1 product".into(),
            (Self::En, n) => format!("{n} products"),
        }
    }

    /// "3 talleres".
    pub fn stores(self, n: usize) -> String {
        match (self, n) {
            (Self::Es, 1) => "1 taller".into(),
            (Self::Es, n) => format!("{n} talleres"),
            (Self::En, 1) => "1 workshop".into(),
            (Self::En, n) => format!("{n} workshops"),
        }
    }

    /// "3 piezas".
    pub fn pieces(self, n: impl Borrow<i64>) -> String {
        match (self, *n.borrow()) {
            (Self::Es, 1) => "1 pieza".into(),
            (Self::Es, n) => format!("{n} piezas"),
            (Self::En, 1) => "1 item".into(),
            (Self::En, n) => format!("{n} items"),
        }
    }

    /// "4.6 de 5 (12 opiniones)".
    pub fn rating(self, mean: impl Borrow<f64>, n: impl Borrow<i64>) -> String {
        let mean = mean.borrow();
        match (self, *n.borrow()) {
            (Self::Es, 1) => format!("{mean:.1} de 5 (1 opinión)"),
            (Self::Es, n) => format!("{mean:.1} de 5 ({n} opiniones)"),
            (Self::En, 1) => format!("{mean:.1} of 5 (1 review)"),
            (Self::En, n) => format!("{mean:.1} of 5 ({n} reviews)"),
        }
    }

    /// "3 pedidos".
    pub fn orders_paid(self, n: impl Borrow<i64>) -> String {
        match (self, *n.borrow()) {
            (Self::Es, 1) => "1 pedido".into(),
            (Self::Es, n) => format!("{n} pedidos"),
            (Self::En, 1) => "1 order".into(),
            (Self::En, n) => format!("{n} orders"),
        }
    }

    /// What a product page says of `n` units left.
    pub fn stock(self, n: impl Borrow<i64>) -> String {
        match (self, *n.borrow()) {
            (Self::Es, ..=0) => "Agotado".into(),
            (Self::En, ..=0) => "Sold out".into(),
            (Self::Es, 1) => "Queda 1 pieza".into(),
            (Self::En, 1) => "1 left".into(),
            (Self::Es, n @ 2..=9) => format!("Quedan {n} piezas"),
            (Self::En, n @ 2..=9) => format!("{n} left"),
            (Self::Es, _) => "Disponible".into(),
            (Self::En, _) => "In stock".into(),
        }
    }

    /// Why a line of the cart cannot be bought.
    pub fn shortage(self, available: impl Borrow<i64>) -> String {
        match (self, *available.borrow()) {
            (Self::Es, ..=0) => "Ya no hay existencias; quita este producto para continuar.".into(),
            (Self::En, ..=0) => "No longer in stock; remove it to go on.".into(),
            (Self::Es, 1) => "Solo queda 1 pieza; ajusta la cantidad para continuar.".into(),
            (Self::En, 1) => "Only 1 is left; change the quantity to go on.".into(),
            (Self::Es, n) => format!("Solo quedan {n} piezas; ajusta la cantidad para continuar."),
            (Self::En, n) => format!("Only {n} are left; change the quantity to go on."),
        }
    }

    /// "Página 2 de 9".
    pub fn page_of(self, page: impl Borrow<i64>, pages: impl Borrow<i64>) -> String {
        let (page, pages) = (page.borrow(), pages.borrow());
        match self {
            Self::Es => format!("Página {page} de {pages}"),
            Self::En => format!("Page {page} of {pages}"),
        }
    }

    /// "4 de 5 estrellas".
    pub fn stars(self, n: impl Borrow<i64>) -> String {
        match (self, n.borrow()) {
            (Self::Es, n) => format!("{n} de 5 estrellas"),
            (Self::En, n) => format!("{n} out of 5 stars"),
        }
    }

    /// "3 estrellas".
    pub fn star_count(self, n: impl Borrow<i64>) -> String {
        match (self, *n.borrow()) {
            (Self::Es, 1) => "1 estrella".into(),
            (Self::Es, n) => format!("{n} estrellas"),
            (Self::En, 1) => "1 star".into(),
            (Self::En, n) => format!("{n} stars"),
        }
    }

    /// "12 opiniones".
    pub fn ratings(self, n: impl Borrow<i64>) -> String {
        match (self, *n.borrow()) {
            (Self::Es, 1) => "1 opinión".into(),
            (Self::Es, n) => format!("{n} opiniones"),
            (Self::En, 1) => "1 rating".into(),
            (Self::En, n) => format!("{n} ratings"),
        }
    }
}
