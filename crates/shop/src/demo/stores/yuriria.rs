//! Yuriria: rebozos of the lagoon, embroidery.

use super::super::pictures::colors::*;
use super::super::pictures::{Garment as G, Pattern as P};
use super::{LETTERS, ONE, Row, Shelf, WIDE};

pub(super) const SHELVES: &[&Shelf] = &[
    &Shelf {
        name: "Rebozos de la Laguna",
        slug: "rebozos-de-la-laguna",
        city: "Yuriria",
        description: "Rebozos, chales y jorongos tejidos en telar de pedal a la orilla de la laguna. El rapacejo se anuda a mano: entre tres y diez días de trabajo por pieza.",
        address: "Calle Fray Diego de Chávez 17, Centro",
        place: (20.2127, -101.1316),
        phone: "445 168 0455",
        owner: "Teresa Aguilera Moreno",
        colors: [MARINO, TURQUESA, CRUDO],
        rows: REBOZOS,
    },
    &Shelf {
        name: "Bordados Yuririapúndaro",
        slug: "bordados-yuririapundaro",
        city: "Yuriria",
        description: "Cooperativa de 22 bordadoras. Blusas, vestidos y textiles para la casa bordados a mano con flores, aves y cuentos de la laguna de sangre.",
        address: "Portal Hidalgo 8, Centro",
        place: (20.2108, -101.1297),
        phone: "445 168 1192",
        owner: "Josefina Rangel Cano",
        colors: [VINO, ROSA_MEXICANO, MOSTAZA],
        rows: EMBROIDERY,
    },
];

#[rustfmt::skip]
const REBOZOS: &[Row] = &[
    ("Rebozo de jaspe clásico", "Jaspe amarrado a mano, dos metros diez con rapacejo de telaraña.", "rebozos", 890, G::Rebozo, P::Ikat, &[MARINO, NEGRO, VINO], CRUDO, TURQUESA, ONE),
    ("Rebozo de bolita", "El más fino del taller: hilo del 60, pasa por un anillo.", "rebozos", 1650, G::Rebozo, P::Ikat, &[NEGRO, TERRACOTA], CRUDO, ROSA_MEXICANO, ONE),
    ("Rebozo liso de algodón", "Para cargar, para abrigar, para vestir. Colores firmes.", "rebozos", 520, G::Rebozo, P::Heather, &[ROSA_MEXICANO, PETROLEO, MORADO, MOSTAZA], CRUDO, CRUDO, ONE),
    ("Rebozo de rayas", "Rayas de urdimbre en tres colores, punta trenzada.", "rebozos", 580, G::Rebozo, P::Pinstripe, &[TURQUESA, VINO], CRUDO, MOSTAZA, ONE),
    ("Rebozo de grecas", "Trama suplementaria con grecas de orilla a orilla.", "rebozos", 980, G::Rebozo, P::Frets, &[TERRACOTA, NEGRO], CRUDO, AMARILLO, ONE),
    ("Rebozo de flores brocadas", "Flores levantadas en telar, rapacejo de nudo doble.", "rebozos", 1120, G::Rebozo, P::Floral, &[NEGRO, CRUDO], ROSA_MEXICANO, MOSTAZA, ONE),
    ("Rebozo de espiga", "Tejido de espiga en lana y algodón, muy abrigador.", "rebozos", 760, G::Rebozo, P::Herringbone, &[OXFORD, VINO], GRIS, CRUDO, ONE),
    ("Chal de rombos", "Ligero, para misa o para oficina con aire acondicionado.", "rebozos", 490, G::Rebozo, P::Argyle, &[LILA, PETROLEO], MORADO, CRUDO, ONE),
    ("Jorongo de la laguna", "Lana merino mexicana con motivos de agua.", "rebozos", 1290, G::Poncho, P::Frets, &[MARINO, PETROLEO], TURQUESA, CRUDO, ONE),
    ("Jorongo de jaspe", "Dos lienzos unidos a mano, flecos torcidos.", "rebozos", 990, G::Poncho, P::Ikat, &[VINO, MARINO], CRUDO, MOSTAZA, ONE),
    ("Jorongo nórdico de lana", "Estrellas y picos; el que piden los turistas.", "rebozos", 1090, G::Poncho, P::Nordic, &[TERRACOTA, GRIS], CRUDO, MARINO, ONE),
    ("Jorongo liso con fleco", "Sobrio, con vivos de color en el escote.", "rebozos", 720, G::Poncho, P::Herringbone, &[BEIGE, NEGRO], CAFE, TERRACOTA, ONE),
    ("Bufanda de jaspe", "El jaspe del rebozo en tamaño bufanda.", "accesorios", 320, G::Scarf, P::Ikat, &[MARINO, VINO, TERRACOTA], CRUDO, TURQUESA, ONE),
    ("Bufanda de espiga", "Lana suave en dos tonos, unisex.", "accesorios", 290, G::Scarf, P::Herringbone, &[OXFORD, CAFE], GRIS, CRUDO, ONE),
    ("Bufanda sarape", "Franjas de Saltillo para alegrar el abrigo negro.", "accesorios", 310, G::Scarf, P::Saltillo, &[ROSA_MEXICANO, MARINO], AMARILLO, TURQUESA, ONE),
    ("Cobija de telar de pedal", "Lana y algodón, pieza única de dos lienzos.", "cobijas", 1450, G::Blanket, P::Ikat, &[MARINO, TERRACOTA], CRUDO, MOSTAZA, ONE),
];

#[rustfmt::skip]
const EMBROIDERY: &[Row] = &[
    ("Blusa de flores de la laguna", "Pechera bordada a mano con hilo de seda; veinte horas de trabajo.", "blusas", 690, G::Blouse, P::Plain, &[BLANCO, NEGRO, VINO], ROSA_MEXICANO, MOSTAZA, LETTERS),
    ("Blusa Tenango completa", "Bordado en toda la prenda; cada una cuenta una historia.", "blusas", 890, G::Blouse, P::Tenango, &[CRUDO, NEGRO], ROJO, TURQUESA, LETTERS),
    ("Blusa otomí de manta", "Venados y gallinas bordados sobre manta lavada.", "blusas", 750, G::Blouse, P::Otomi, &[CRUDO, CIELO], PETROLEO, TERRACOTA, LETTERS),
    ("Blusa deshilada", "Deshilado fino y flores blancas; fresca y elegante.", "blusas", 620, G::Blouse, P::Herringbone, &[BLANCO, ROSA_PALO], CRUDO, ROSA_PALO, WIDE),
    ("Vestido bordado de fiesta", "Bordado a mano en falda y mangas, faja tejida.", "vestidos", 1390, G::Dress, P::Floral, &[NEGRO, ROJO, BLANCO], ROSA_MEXICANO, AMARILLO, LETTERS),
    ("Vestido otomí", "Manta con venados y flores; bolsas laterales.", "vestidos", 1190, G::Dress, P::Otomi, &[CRUDO, PETROLEO], TERRACOTA, MOSTAZA, LETTERS),
    ("Vestido Tenango midi", "Aves y flores en un solo color de hilo.", "vestidos", 1290, G::Dress, P::Tenango, &[BLANCO, MARINO], ROSA_MEXICANO, TURQUESA, LETTERS),
    ("Falda bordada con cinta", "Cintas y flores en el ruedo, pretina de faja.", "vestidos", 790, G::Skirt, P::Tenango, &[NEGRO, VINO], MOSTAZA, ROSA_MEXICANO, LETTERS),
    ("Guayabera bordada", "Alforzas hechas a mano y bordado tono sobre tono.", "blusas", 850, G::Shirt, P::Plain, &[BLANCO, CRUDO, CIELO], GRIS, MOSTAZA, WIDE),
    ("Camisa Tenango para caballero", "Bordado discreto de aves en todo el frente.", "blusas", 790, G::Shirt, P::Tenango, &[BLANCO, MARINO], PETROLEO, TERRACOTA, WIDE),
    ("Cojín otomí bordado", "Bordado a mano sobre manta gruesa, 50 por 50.", "cobijas", 420, G::Cushion, P::Otomi, &[CRUDO, MOSTAZA], TERRACOTA, PETROLEO, ONE),
    ("Cojín de flores bordadas", "Flores en relieve; ninguna funda es igual a otra.", "cobijas", 390, G::Cushion, P::Floral, &[NEGRO, CRUDO], ROSA_MEXICANO, AMARILLO, ONE),
    ("Camino de mesa por metro", "Manta bordada en tira continua, se corta a la medida de tu mesa.", "telas", 260, G::Roll, P::Tenango, &[BLANCO, CRUDO], ROSA_MEXICANO, TURQUESA, super::METRE),
    ("Sudadera bordada", "Felpa pesada con flores bordadas a mano en toda la prenda.", "sueteres", 890, G::Hoodie, P::Floral, &[NEGRO, CRUDO], ROSA_MEXICANO, MOSTAZA, LETTERS),
    ("Chal bordado", "Gasa de algodón con aves y flores.", "rebozos", 690, G::Rebozo, P::Tenango, &[CRUDO, VINO], ROSA_MEXICANO, MOSTAZA, ONE),
    ("Colcha bordada", "Una obra: tres meses de trabajo de cuatro bordadoras.", "cobijas", 4800, G::Blanket, P::Tenango, &[BLANCO, CRUDO], ROJO, TURQUESA, ONE),
];
