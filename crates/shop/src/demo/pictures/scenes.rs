//! What stands behind the goods: backdrops, shop banners, shop signs.

use std::fmt::Write as _;

use super::colors::{hex, mix};
use super::{Color, Picture, motifs};

/// Quiet walls that let every dye speak: wall, arch, line.
const WALLS: [(u32, u32, u32); 6] = [
    (0xf4efe6, 0xe9dfcd, 0xd8c8aa),
    (0xe8f1ef, 0xd3e6e2, 0xa9cfc9),
    (0xf7ece6, 0xf0dacf, 0xdfb8a4),
    (0xfaf3dc, 0xf5e6b8, 0xe3c878),
    (0xeeeff2, 0xdfe2e8, 0xbcc2cf),
    (0xf3ebf0, 0xe7d8e2, 0xcfb3c5),
];

pub(super) fn backdrop(out: &mut String, picture: &Picture) {
    let ground = picture.colors[0];
    let mut choice = usize::from(picture.seed) % WALLS.len();
    // A pale garment wants a wall with some colour in it.
    if ground.luminance() > 0.6 && matches!(choice, 0 | 4) {
        choice = [1, 2, 3, 5][usize::from(picture.seed / 7) % 4];
    }
    let (wall, arch, line) = WALLS[choice];
    let (wall, line) = (
        if ground.luminance() > 0.6 {
            mix(wall, line, 0.35)
        } else {
            wall
        },
        hex(line),
    );
    let (arch, wall) = (
        hex(if ground.luminance() > 0.6 {
            mix(arch, 0xffffff, 0.1)
        } else {
            arch
        }),
        hex(wall),
    );
    let _ = write!(out, r##"<rect width="400" height="500" fill="{wall}"/>"##);
    let _ = match picture.seed % 4 {
        0 => write!(
            out,
            r##"<path d="M52 500V222a148 148 0 0 1 296 0V500Z" fill="{arch}"/><path d="M36 500V222a164 164 0 0 1 328 0V500" fill="none" stroke="{line}" stroke-width="2" stroke-opacity=".7"/>"##
        ),
        1 => write!(
            out,
            r##"<circle cx="200" cy="250" r="178" fill="{arch}"/><circle cx="200" cy="250" r="192" fill="none" stroke="{line}" stroke-width="2" stroke-dasharray="2 9" stroke-linecap="round"/>"##
        ),
        2 => {
            let mut rays = String::new();
            for index in 0..24 {
                let angle = f64::from(index) * std::f64::consts::TAU / 24.0;
                let (sin, cos) = angle.sin_cos();
                let _ = write!(
                    rays,
                    "M{:.0} {:.0}L{:.0} {:.0}",
                    200.0 + 168.0 * cos,
                    230.0 + 168.0 * sin,
                    200.0 + 188.0 * cos,
                    230.0 + 188.0 * sin
                );
            }
            write!(
                out,
                r##"<circle cx="200" cy="230" r="152" fill="{arch}"/><path d="{rays}" stroke="{line}" stroke-width="3" stroke-linecap="round"/><path d="M0 428H400V500H0Z" fill="{arch}"/>"##
            )
        }
        _ => {
            let mut bunting = String::new();
            for index in 0..8 {
                let x = index * 50;
                let _ = write!(bunting, "M{x} 0h46v34l-11.500 10l-11.500-10l-11.500 10l-11.500-10z");
            }
            write!(
                out,
                r##"<path d="{bunting}" fill="{arch}"/><path d="M60 500V150H340V500Z" fill="{arch}" fill-opacity=".75"/><path d="M0 46H400" stroke="{line}" stroke-opacity=".5"/>"##
            )
        }
    };
}

/// A banner of hills, sun and woven bands, 1200 by 400.
pub(super) fn banner(colors: [Color; 3], seed: u16) -> String {
    let [one, two, three] = colors;
    let mut out = String::with_capacity(3 * 1024);
    let sky = hex(mix(one.rgb, 0xfff6e0, 0.78));
    let _ = write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 400" width="1200" height="400" preserveAspectRatio="xMidYMid slice"><rect width="1200" height="400" fill="{sky}"/>"##
    );
    let sun = 240 + i32::from(seed % 7) * 110;
    let _ = write!(
        out,
        r##"<circle cx="{sun}" cy="180" r="104" fill="{}" fill-opacity=".9"/><circle cx="{sun}" cy="180" r="126" fill="none" stroke="{}" stroke-width="5" stroke-dasharray="3 15" stroke-linecap="round"/>"##,
        three.hex(),
        three.hex()
    );
    for (index, (share, height)) in [(0.55, 190), (0.32, 230), (0.1, 270)].into_iter().enumerate() {
        let shift = (i32::from(seed) * 37 + index as i32 * 113) % 160;
        let fill = hex(mix(one.rgb, 0xfff6e0, share));
        let _ = write!(
            out,
            r##"<path d="M0 {a}C{b} {c} 300 {d} 460 {a}S760 {c} 900 {d}S1120 {c} 1200 {a}V400H0Z" fill="{fill}"/>"##,
            a = height + shift / 5,
            b = 90 + shift,
            c = height - 60 + shift / 4,
            d = height + 40 - shift / 6
        );
    }
    let (dark, ink) = (one.darker(0.25), two.hex());
    let _ = write!(
        out,
        r##"<rect y="318" width="1200" height="82" fill="{dark}"/><path d="M0 324H1200M0 394H1200" stroke="{}" stroke-width="5"/><path d=""##,
        three.hex()
    );
    for x in (0..1200).step_by(60) {
        let _ = write!(out, "M{x} 380h10v-10h10v-10h10v-16h10v16h10v10h10v10");
    }
    let _ = write!(out, r##"" fill="none" stroke="{ink}" stroke-width="6"/>"##);
    for index in 0..5u16 {
        let x = f64::from((u32::from(seed) * 83 + u32::from(index) * 251) % 1150 + 25);
        let petals = if index % 2 == 0 { 8 } else { 6 };
        out.push_str(&motifs::flower(
            x,
            300.0 - f64::from(index % 3) * 10.0,
            18.0 + f64::from(index % 2) * 8.0,
            petals,
            &ink,
            &three.hex(),
        ));
    }
    out.push_str("</svg>");
    out
}

/// A round sign with initials, 160 by 160. Letters are drawn by the reader's serif font.
pub(super) fn sign([one, two, three]: [Color; 3], initials: &str) -> String {
    let mut petals = String::new();
    for index in 0..16 {
        let _ = write!(
            petals,
            r##"<ellipse cx="80" cy="16" rx="11" ry="13" transform="rotate({:.1} 80 80)"/>"##,
            f64::from(index) * 22.5
        );
    }
    let ink = if one.luminance() > 0.3 { "#2b2b30" } else { "#fffaf0" };
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 160" width="160" height="160"><g fill="{}">{petals}</g><circle cx="80" cy="80" r="62" fill="{}"/><circle cx="80" cy="80" r="53" fill="none" stroke="{}" stroke-width="2.500" stroke-dasharray="2 6" stroke-linecap="round"/><text x="80" y="82" text-anchor="middle" dominant-baseline="central" font-family="Georgia,'Times New Roman',serif" font-weight="700" font-size="54" fill="{ink}">{initials}</text></svg>"##,
        two.hex(),
        one.hex(),
        three.hex()
    )
}
