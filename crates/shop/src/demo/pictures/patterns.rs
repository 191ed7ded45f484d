//! Textile patterns as SVG tiles: `#p` lies straight, `#l` follows a left sleeve, `#t` runs across.

use std::fmt::Write as _;

use super::motifs;
use super::{Color, Pattern};

/// Defines `#p`, `#l` and `#t` with the given scale.
pub(super) fn define(out: &mut String, pattern: Pattern, colors: [Color; 3], scale: f64) {
    let (width, height, art) = tile(pattern, colors);
    let _ = write!(
        out,
        r##"<pattern id="p" width="{width}" height="{height}" patternUnits="userSpaceOnUse" patternTransform="translate(200 20) scale({scale})">{art}</pattern><pattern id="l" href="#p" patternTransform="translate(100 130) rotate(16) scale({scale})"/><pattern id="t" href="#p" patternTransform="translate(200 20) rotate(90) scale({scale})"/>"##
    );
}

/// Width, height and drawing of one tile, on a transparent ground.
fn tile(pattern: Pattern, [ground, second, third]: [Color; 3]) -> (u32, u32, String) {
    let (two, three) = (second.hex(), third.hex());
    let dark = ground.darker(0.35);
    match pattern {
        Pattern::Plain => (4, 4, r##"<path d="M0 1H4M1 0V4" stroke="#20101c" stroke-opacity=".04"/>"##.into()),
        Pattern::Heather => (
            23,
            17,
            format!(
                r##"<g stroke-linecap="round" stroke-opacity=".3"><path d="M2 3h5M13 9h6M5 14h4M18 2h3" stroke="{dark}"/><path d="M9 5h5M1 9h4M15 14h5" stroke="#fff" stroke-opacity=".45"/></g>"##
            ),
        ),
        Pattern::Stripes => (
            40,
            44,
            format!(r##"<path d="M0 8H40" stroke="{two}" stroke-width="14"/><path d="M0 22H40" stroke="{three}" stroke-width="3"/><path d="M0 29H40" stroke="{two}" stroke-width="2"/>"##),
        ),
        Pattern::Pinstripe => {
            (18, 18, format!(r##"<path d="M4 0V18" stroke="{two}" stroke-width="1.6" stroke-opacity=".85"/><path d="M13 0V18" stroke="{three}" stroke-width=".8" stroke-opacity=".6"/>"##))
        }
        Pattern::Ikat => (44, 60, ikat(&two, &three)),
        Pattern::Checks => (
            56,
            56,
            format!(
                r##"<path d="M0 14H56M14 0V56" stroke="{two}" stroke-width="20" stroke-opacity=".55"/><path d="M0 14H56M14 0V56" stroke="#20101c" stroke-width="2" stroke-opacity=".22"/><path d="M0 40H56M40 0V56" stroke="{three}" stroke-width="3" stroke-opacity=".9"/>"##
            ),
        ),
        Pattern::Herringbone => (
            24,
            12,
            format!(
                r##"<path d="M-1 -7L12 6M-1 -1L12 12M-1 5L12 18M-1 11L12 24M12 6L25 -7M12 12L25 -1M12 18L25 5M12 24L25 11" stroke="{two}" stroke-width="2" stroke-opacity=".75"/>"##
            ),
        ),
        Pattern::Floral => (96, 96, motifs::meadow(&two, &three, &green_on(ground))),
        Pattern::Tenango => (140, 120, motifs::tenango(&two, &three, &green_on(ground))),
        Pattern::Otomi => (130, 120, motifs::otomi(&two, &three)),
        Pattern::Knit => (
            14,
            12,
            format!(
                r##"<path d="M0 1L7 8L14 1" fill="none" stroke="#fff" stroke-opacity=".2" stroke-width="4"/><path d="M0 5L7 12L14 5M0 -7L7 0L14 -7" fill="none" stroke="{dark}" stroke-opacity=".5" stroke-width="1.4"/><path d="M7 0V12M0 0V12M14 0V12" stroke="{dark}" stroke-opacity=".22" stroke-width="1.2"/>"##
            ),
        ),
        Pattern::Cable => (
            64,
            48,
            format!(
                r##"<path d="M3 0V48M9 0V48M55 0V48M61 0V48" stroke="{dark}" stroke-opacity=".3" stroke-width="2"/><g fill="none" stroke-linecap="round"><path d="M44 -6C44 12 20 12 20 24S44 36 44 54" stroke="{dark}" stroke-opacity=".55" stroke-width="15"/><path d="M44 -6C44 12 20 12 20 24S44 36 44 54" stroke="{base}" stroke-width="12"/><path d="M20 -6C20 12 44 12 44 24S20 36 20 54" stroke="{dark}" stroke-opacity=".55" stroke-width="15" stroke-dasharray="26 14" /><path d="M20 -6C20 12 44 12 44 24S20 36 20 54" stroke="{base}" stroke-width="12"/><path d="M17 -6C17 10 41 12 41 24S17 36 17 54M41 -6C41 4 38 7 35 10M23 40C20 44 20 44 21 24" stroke="#fff" stroke-opacity=".28" stroke-width="2.4"/></g>"##,
                base = ground.hex()
            ),
        ),
        Pattern::Frets => (
            48,
            56,
            format!(
                r##"<path d="M0 4H48M0 52H48" stroke="{three}" stroke-width="4"/><path d="M2 44V36H8V28H14V20H20V12H44V36H28V26H36" fill="none" stroke="{two}" stroke-width="5"/><path d="M0 46.500H48" stroke="{two}" stroke-width="5"/>"##
            ),
        ),
        Pattern::Argyle => (
            56,
            84,
            format!(
                r##"<path d="M28 0L56 42L28 84L0 42Z" fill="{two}" fill-opacity=".8"/><path d="M0 0L56 84M56 0L0 84" stroke="{three}" stroke-width="1.8" stroke-dasharray="5 3"/>"##
            ),
        ),
        Pattern::Dots => (
            32,
            32,
            format!(r##"<circle cx="8" cy="8" r="4.200" fill="{two}"/><circle cx="24" cy="24" r="4.200" fill="{two}"/><circle cx="24" cy="8" r="1.500" fill="{three}"/><circle cx="8" cy="24" r="1.500" fill="{three}"/>"##),
        ),
        Pattern::Nordic => (48, 92, nordic(&two, &three)),
        Pattern::Denim => (
            6,
            6,
            r##"<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="#fff" stroke-opacity=".2" stroke-width="1.1"/><path d="M2 7L7 2" stroke="#101828" stroke-opacity=".16"/>"##.into(),
        ),
        Pattern::Saltillo => (60, 120, saltillo(&two, &three, &ground.lighter(0.45))),
    }
}

/// A leaf green that is seen on `ground`.
fn green_on(ground: Color) -> String {
    if ground.luminance() > 0.25 {
        "#2f7d4f".into()
    } else {
        "#7fc29b".into()
    }
}

/// Jaspe: threads dyed before weaving, so every motif has feathered ends.
fn ikat(two: &str, three: &str) -> String {
    let mut art = String::from(r##"<g stroke-width="3.6">"##);
    let reach = [3, 8, 12, 19, 25, 28, 25, 20, 13, 7, 4];
    for (index, half) in reach.into_iter().enumerate() {
        let (x, jitter) = (2 + index * 4, [0, 2, -2, 1, -1, 0, 2, -1, 1, -2, 0][index]);
        let _ = write!(
            art,
            r##"<path d="M{x} {}V{}" stroke="{two}"/>"##,
            30 - half + jitter,
            30 + half - jitter
        );
        if half > 11 {
            let inner = half / 2 - 2;
            let _ = write!(
                art,
                r##"<path d="M{x} {}V{}" stroke="{three}"/>"##,
                30 - inner - jitter,
                30 + inner - jitter
            );
        }
    }
    art.push_str("</g>");
    art
}

/// Rows of stitches: stars, peaks and seeds, four units a stitch.
fn nordic(two: &str, three: &str) -> String {
    const ROWS: [&str; 23] = [
        "............",
        "##..#..#..#..",
        "............",
        ".....#......",
        "##...###...#.",
        "##...#...##.",
        ".##.###.##..",
        "..#######...",
        "....###.....",
        "..#######...",
        ".##.###.##..",
        "##...#...##.",
        "##...###...#.",
        ".....#......",
        "............",
        "##..#..#..#..",
        "............",
        "ooo...ooo...",
        ".o.o.o.o.o.o",
        "..ooo...ooo.",
        "............",
        "oooooooooooo",
        "............",
    ];
    let (mut stars, mut peaks) = (String::new(), String::new());
    for (y, row) in ROWS.iter().enumerate() {
        for (x, stitch) in row.bytes().enumerate() {
            let path = match stitch {
                b'#' => &mut stars,
                b'o' => &mut peaks,
                _ => continue,
            };
            let _ = write!(path, "M{} {}l2 2 2-2v3l-2 2-2-2z", x * 4, y * 4);
        }
    }
    format!(r##"<path d="{stars}" fill="{two}"/><path d="{peaks}" fill="{three}"/>"##)
}

/// The serape: bands of many breadths around a row of stepped diamonds.
fn saltillo(two: &str, three: &str, pale: &str) -> String {
    format!(
        r##"<g stroke-width="5"><path d="M0 3H60" stroke="{two}"/><path d="M0 9H60" stroke="{three}"/><path d="M0 14H60" stroke="{pale}" stroke-width="3"/><path d="M0 20H60" stroke="#20101c" stroke-opacity=".55" stroke-width="4"/><path d="M0 27H60" stroke="{two}" stroke-width="6"/><path d="M0 34H60" stroke="{pale}" stroke-width="2"/></g><path d="M30 44h6v6h6v6h6v6h6v6h-6v6h-6v6h-6v6h-12v-6h-6v-6h-6v-6h-6v-6h6v-6h6v-6h6v-6z" fill="{two}"/><path d="M27 54h6v6h6v10h-6v6h-6v-6h-6v-10h6z" fill="{three}"/><path d="M0 47h5v5h5v5h-10zM60 47h-5v5h-5v5h10zM0 84h5v-5h5v-5h-10zM60 84h-5v-5h-5v-5h10z" fill="{pale}"/><g stroke-width="4"><path d="M0 97H60" stroke="{three}"/><path d="M0 103H60" stroke="{pale}" stroke-width="2"/><path d="M0 110H60" stroke="{two}" stroke-width="7"/></g>"##
    )
}
