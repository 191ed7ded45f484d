//! Generated pictures: garments, cloth and shop signs drawn as SVG from a few words.
//!
//! A picture is wholly described by its key (`sueter.grecas.mostaza.vino.crudo.17.frente`), so nothing is stored: the address carries
//! the description and the same address always gives the same bytes.

mod bottoms;
mod cloth;
pub mod colors;
mod home;
mod motifs;
mod patterns;
mod scenes;
mod tops;

use std::fmt::Write as _;

pub use colors::Color;

use cloth::Cloth;

macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $slug:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum $name { $($variant),* }

        impl $name {
            /// Every member.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name used in picture keys.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),* }
            }

            fn by_slug(slug: &str) -> Option<Self> {
                match slug { $($slug => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

closed_set! {
    /// The shape that is drawn.
    Garment {
        Tee "playera", Polo "polo", Sweater "sueter", Cardigan "cardigan", Hoodie "sudadera", Jacket "chamarra", Shirt "camisa",
        Blouse "blusa", Scrub "filipina", Poncho "jorongo", Dress "vestido", Skirt "falda", Joggers "pants", Leggings "mallas", Shorts "short",
        Pyjama "pijama", Baby "mameluco", Beanie "gorro", Socks "calcetas", Rebozo "rebozo", Scarf "bufanda", Blanket "cobija",
        Roll "tela", Cushion "cojin",
    }
}

closed_set! {
    /// How the cloth is woven, knitted, printed or embroidered.
    Pattern {
        Plain "liso", Heather "jaspe", Stripes "rayas", Pinstripe "rayita", Ikat "ikat", Checks "cuadros", Herringbone "espiga",
        Floral "flores", Tenango "tenango", Otomi "otomi", Knit "punto", Cable "trenza", Frets "grecas", Argyle "rombos", Dots "lunares",
        Nordic "nordico", Denim "mezclilla", Saltillo "saltillo",
    }
}

closed_set! {
    /// What part of the product the picture shows.
    View { Front "frente", Detail "detalle" }
}

/// A product's picture in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Picture {
    /// The shape.
    pub garment: Garment,
    /// The cloth.
    pub pattern: Pattern,
    /// Ground colour, pattern colour, trim colour.
    pub colors: [Color; 3],
    /// Varies backdrop and details.
    pub seed: u16,
}

/// Anything this module can draw.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Artwork {
    /// A product, 400 by 500.
    Product(Picture, View),
    /// A store's banner, 1200 by 400.
    Banner([Color; 3], u16),
    /// A store's sign, 160 by 160, with up to two initials.
    Sign([Color; 3], String),
}

impl Picture {
    /// The same product dyed `color`; the pattern colours stay unless they would vanish in the new ground.
    #[must_use]
    pub fn dyed(mut self, color: Color) -> Self {
        self.colors[0] = color;
        for (index, spare) in [
            (1, [colors::CRUDO, colors::MARINO]),
            (2, [colors::MOSTAZA, colors::PETROLEO]),
        ] {
            let distance = |other: Color| (other.luminance() - color.luminance()).abs();
            if self.colors[index] == color || distance(self.colors[index]) < 0.05 {
                self.colors[index] = if distance(spare[0]) >= distance(spare[1]) {
                    spare[0]
                } else {
                    spare[1]
                };
            }
        }
        self
    }

    /// The file of one view below `/media/`: `drawn/KEY.svg`.
    pub fn file(&self, view: View) -> String {
        Artwork::Product(*self, view).file()
    }
}

impl Artwork {
    /// The description in one word, ASCII, safe as a file name.
    pub fn key(&self) -> String {
        let shelf = |colors: &[Color; 3]| format!("{}.{}.{}", colors[0].slug, colors[1].slug, colors[2].slug);
        match self {
            Self::Product(picture, view) => format!(
                "{}.{}.{}.{}.{}",
                picture.garment.slug(),
                picture.pattern.slug(),
                shelf(&picture.colors),
                picture.seed,
                view.slug()
            ),
            Self::Banner(colors, seed) => format!("banner.{}.{seed}", shelf(colors)),
            Self::Sign(colors, initials) => format!("letrero.{}.{initials}", shelf(colors)),
        }
    }

    /// Its file below `/media/`: `drawn/KEY.svg`.
    pub fn file(&self) -> String {
        format!("drawn/{}.svg", self.key())
    }

    /// Reads a key back; `None` for anything [`Artwork::key`] would not write.
    pub fn parse(key: &str) -> Option<Self> {
        let words: Vec<&str> = key.split('.').collect();
        let shelf = |words: &[&str]| {
            Some([
                Color::by_slug(words[0])?,
                Color::by_slug(words[1])?,
                Color::by_slug(words[2])?,
            ])
        };
        let artwork = match words.as_slice() {
            ["banner", colors @ .., seed] if colors.len() == 3 => Self::Banner(shelf(colors)?, seed.parse().ok()?),
            ["letrero", colors @ .., initials] if colors.len() == 3 => {
                let letters =
                    !initials.is_empty() && initials.len() <= 2 && initials.bytes().all(|b| b.is_ascii_uppercase());
                Self::Sign(shelf(colors)?, letters.then(|| (*initials).to_owned())?)
            }
            [garment, pattern, colors @ .., seed, view] if colors.len() == 3 => {
                let picture = Picture {
                    garment: Garment::by_slug(garment)?,
                    pattern: Pattern::by_slug(pattern)?,
                    colors: shelf(colors)?,
                    seed: seed.parse().ok()?,
                };
                Self::Product(picture, View::by_slug(view)?)
            }
            _ => return None,
        };
        (artwork.key() == key).then_some(artwork)
    }

    /// The SVG document.
    pub fn render(&self) -> String {
        match self {
            Self::Product(picture, view) => render(picture, *view),
            Self::Banner(colors, seed) => scenes::banner(*colors, *seed),
            Self::Sign(colors, initials) => scenes::sign(*colors, initials),
        }
    }
}

/// Draws one view of a product as an SVG document of 400 by 500 units.
pub fn render(picture: &Picture, view: View) -> String {
    let mut out = String::with_capacity(6 * 1024);
    out.push_str(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 500" width="800" height="1000"><defs>"#);
    // A detail shows the cloth from near.
    let scale = if view == View::Detail {
        2.6
    } else {
        picture.garment.pattern_scale()
    };
    patterns::define(&mut out, picture.pattern, picture.colors, scale);
    cloth::define_light(&mut out);
    out.push_str("</defs>");
    scenes::backdrop(&mut out, picture);
    let mut cloth = Cloth::new(&mut out, picture);
    match view {
        View::Detail => home::detail(&mut cloth),
        View::Front => match picture.garment {
            Garment::Tee => tops::tee(&mut cloth),
            Garment::Polo => tops::polo(&mut cloth),
            Garment::Sweater => tops::sweater(&mut cloth),
            Garment::Cardigan => tops::cardigan(&mut cloth),
            Garment::Hoodie => tops::hoodie(&mut cloth),
            Garment::Jacket => tops::jacket(&mut cloth),
            Garment::Shirt => tops::shirt(&mut cloth),
            Garment::Blouse => tops::blouse(&mut cloth),
            Garment::Scrub => tops::scrub(&mut cloth),
            Garment::Poncho => tops::poncho(&mut cloth),
            Garment::Dress => bottoms::dress(&mut cloth),
            Garment::Skirt => bottoms::skirt(&mut cloth),
            Garment::Joggers => bottoms::joggers(&mut cloth),
            Garment::Leggings => bottoms::leggings(&mut cloth),
            Garment::Shorts => bottoms::shorts(&mut cloth),
            Garment::Pyjama => bottoms::pyjama(&mut cloth),
            Garment::Baby => bottoms::baby(&mut cloth),
            Garment::Socks => bottoms::socks(&mut cloth),
            Garment::Beanie => home::beanie(&mut cloth),
            Garment::Rebozo => home::rebozo(&mut cloth),
            Garment::Scarf => home::scarf(&mut cloth),
            Garment::Blanket => home::blanket(&mut cloth),
            Garment::Roll => home::roll(&mut cloth),
            Garment::Cushion => home::cushion(&mut cloth),
        },
    }
    let _ = write!(out, "</svg>");
    out
}

impl Garment {
    /// Small things carry a smaller pattern.
    fn pattern_scale(self) -> f64 {
        match self {
            Self::Baby | Self::Socks | Self::Pyjama => 0.7,
            Self::Beanie | Self::Leggings | Self::Shorts => 0.85,
            Self::Blanket | Self::Roll | Self::Rebozo | Self::Poncho | Self::Cushion => 1.15,
            _ => 1.0,
        }
    }
}
