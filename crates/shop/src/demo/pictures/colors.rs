//! The dye shelf: every colour the demo workshops sell, by its Spanish name, and the arithmetic on tones.

/// One colour of the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    /// Name as shown to buyers, in Spanish.
    pub name: &'static str,
    /// Name in addresses: lower case, ASCII.
    pub slug: &'static str,
    /// `0xRRGGBB` in sRGB.
    pub rgb: u32,
}

macro_rules! shelf {
    ($($ident:ident $name:literal $slug:literal $rgb:literal)*) => {
        $(#[doc = $name] pub const $ident: Color = Color { name: $name, slug: $slug, rgb: $rgb };)*
        /// Every colour there is.
        pub const SHELF: &[Color] = &[$($ident),*];
    };
}

shelf! {
    BLANCO "Blanco" "blanco" 0xf7f5f0
    CRUDO "Crudo" "crudo" 0xeadfc8
    BEIGE "Beige" "beige" 0xd3bb94
    CAFE "Café" "cafe" 0x6f4a34
    NEGRO "Negro" "negro" 0x2b2b30
    GRIS "Gris jaspe" "gris-jaspe" 0x9a9fa6
    OXFORD "Gris Oxford" "gris-oxford" 0x4d535c
    MARINO "Azul marino" "azul-marino" 0x22365c
    REY "Azul rey" "azul-rey" 0x2552b0
    CIELO "Azul cielo" "azul-cielo" 0x8fbfe0
    MEZCLILLA "Mezclilla" "mezclilla" 0x4a6b94
    PETROLEO "Azul petróleo" "azul-petroleo" 0x0d7377
    TURQUESA "Turquesa" "turquesa" 0x2aa9a4
    MENTA "Verde menta" "verde-menta" 0x9fd3bd
    BANDERA "Verde bandera" "verde-bandera" 0x1f7a4d
    OLIVO "Verde olivo" "verde-olivo" 0x6b7440
    MOSTAZA "Mostaza" "mostaza" 0xe0a82e
    AMARILLO "Amarillo" "amarillo" 0xf6d155
    TERRACOTA "Terracota" "terracota" 0xc2603f
    NARANJA "Naranja" "naranja" 0xe8823a
    ROJO "Rojo" "rojo" 0xc3293b
    VINO "Vino" "vino" 0x7a2036
    ROSA_MEXICANO "Rosa mexicano" "rosa-mexicano" 0xdb2e81
    ROSA_PALO "Rosa palo" "rosa-palo" 0xe9b7b5
    LILA "Lila" "lila" 0xb9a3d6
    MORADO "Morado" "morado" 0x6a3d8a
}

impl Color {
    /// The colour a shop calls `name`, in any letter case; `None` for a colour that is not on the shelf.
    pub fn by_name(name: &str) -> Option<Self> {
        let wanted = name.trim().to_lowercase();
        SHELF.iter().copied().find(|color| color.name.to_lowercase() == wanted)
    }

    /// The colour with this address name.
    pub fn by_slug(slug: &str) -> Option<Self> {
        SHELF.iter().copied().find(|color| color.slug == slug)
    }

    /// `#rrggbb`.
    pub fn hex(self) -> String {
        hex(self.rgb)
    }

    /// Relative luminance after WCAG 2.2, 0 (black) to 1 (white).
    pub fn luminance(self) -> f64 {
        let linear = |shift: u32| {
            let channel = f64::from((self.rgb >> shift) & 0xff) / 255.0;
            if channel <= 0.04045 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0)
    }

    /// This colour darkened by `share` (0 to 1).
    pub(super) fn darker(self, share: f64) -> String {
        hex(mix(self.rgb, 0x1a1420, share))
    }

    /// This colour lightened by `share` (0 to 1).
    pub(super) fn lighter(self, share: f64) -> String {
        hex(mix(self.rgb, 0xffffff, share))
    }
}

/// `#rrggbb` of an sRGB value.
pub(super) fn hex(rgb: u32) -> String {
    format!("#{rgb:06x}")
}

/// The colour `share` of the way from `from` to `to`, channel by channel.
pub(super) fn mix(from: u32, to: u32, share: f64) -> u32 {
    let channel = |shift: u32| {
        let (a, b) = (f64::from((from >> shift) & 0xff), f64::from((to >> shift) & 0xff));
        ((a + (b - a) * share.clamp(0.0, 1.0)).round() as u32) << shift
    };
    channel(16) | channel(8) | channel(0)
}
