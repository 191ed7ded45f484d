//! Embroidered motifs: flowers, birds, deer, in flat stitches.

use std::fmt::Write as _;

/// A flower of `petals` petals with a heart.
pub(super) fn flower(x: f64, y: f64, radius: f64, petals: u32, petal: &str, heart: &str) -> String {
    let mut art = format!(r##"<g transform="translate({x} {y})"><g fill="{petal}">"##);
    let (offset, long, wide) = (radius * 0.58, radius * 0.46, radius * 2.1 / f64::from(petals));
    for index in 0..petals {
        let angle = 360 / petals * index;
        let _ = write!(
            art,
            r##"<ellipse cy="-{offset:.1}" rx="{wide:.1}" ry="{long:.1}" transform="rotate({angle})"/>"##
        );
    }
    let _ = write!(
        art,
        r##"</g><circle r="{:.1}" fill="{heart}"/><circle r="{:.1}" fill="#20101c" fill-opacity=".25"/></g>"##,
        radius * 0.34,
        radius * 0.14
    );
    art
}

/// A sprig: a curved stem with four leaves.
fn sprig(x: f64, y: f64, angle: i32, green: &str) -> String {
    format!(
        r##"<g transform="translate({x} {y}) rotate({angle})"><path d="M0 0Q6 -14 0 -30" fill="none" stroke="{green}" stroke-width="2"/><path d="M2-8q9-1 12-9q-10-2-12 9zM1-14q-9-2-11-10q10-1 11 10zM2-22q8-1 10-8q-9-1-10 8zM0-28q-5-4-2-11q6 4 2 11z" fill="{green}"/></g>"##
    )
}

/// Scattered flowers: a field of 96 by 96.
pub(super) fn meadow(two: &str, three: &str, green: &str) -> String {
    [
        sprig(30.0, 44.0, -30, green),
        sprig(70.0, 94.0, 25, green),
        flower(24.0, 26.0, 17.0, 6, two, three),
        flower(70.0, 66.0, 20.0, 8, three, two),
        flower(74.0, 18.0, 9.0, 5, two, "#fff"),
        flower(22.0, 78.0, 10.0, 5, two, three),
        format!(r##"<g fill="{three}"><circle cx="50" cy="34" r="2.600"/><circle cx="44" cy="66" r="2.200"/><circle cx="90" cy="42" r="2.400"/><circle cx="6" cy="54" r="2"/></g>"##),
    ]
    .concat()
}

/// Tenango: a bird among flowers, drawn with one thread, 140 by 120.
pub(super) fn tenango(two: &str, three: &str, green: &str) -> String {
    [
        // The bird: tail fan, body, wing in contrasting stitches, crest and beak.
        format!(
            r##"<g><path d="M22 62q-14 4-20 16q12-2 18-6q-8 8-10 18q12-6 18-18z" fill="{three}"/><path d="M20 62C24 40 46 34 58 46q4-14 16-12q10 2 10 12l8 4l-9 3c-2 22-30 34-48 24q-12-6-15-15z" fill="{two}"/><path d="M34 58q14-14 28-2q-8 16-28 2z" fill="{three}"/><path d="M38 58q10-6 20-1M42 62q8-2 14-2" stroke="#20101c" stroke-opacity=".35" stroke-width="1.500" fill="none"/><circle cx="75" cy="43" r="2.600" fill="#fff"/><circle cx="75" cy="43" r="1.200" fill="#20101c"/><path d="M70 34q-2-8 3-12q2 6 1 12M76 34q2-7 7-8q-1 6-4 9" fill="{three}"/><path d="M44 80v10M52 78v11" stroke="{three}" stroke-width="2.500"/></g>"##
        ),
        flower(112.0, 30.0, 19.0, 8, three, two),
        flower(116.0, 88.0, 15.0, 6, two, three),
        flower(20.0, 20.0, 13.0, 6, two, three),
        flower(70.0, 108.0, 9.0, 5, three, two),
        sprig(96.0, 70.0, 40, green),
        sprig(104.0, 118.0, -50, green),
        sprig(44.0, 26.0, 60, green),
        format!(r##"<g fill="{three}"><circle cx="94" cy="10" r="3"/><circle cx="136" cy="58" r="3"/><circle cx="8" cy="46" r="2.500"/><circle cx="34" cy="108" r="3"/></g>"##),
    ]
    .concat()
}

/// Otomí: a deer and a hen in flat colour, facing each other in rows, 130 by 120.
pub(super) fn otomi(two: &str, three: &str) -> String {
    format!(
        r##"<g fill="{two}"><path d="M12 92V66q-7-4-4-14q5 6 10 4h22q2-12 6-15q-10-3-11-12q4 3 8 5q-3-6 0-11q4 7 6 12q3-6 8-9q1 7-3 13q8 1 13 8q-5 5-11 4q0 9-5 14v27h-6V72H24q-4 3-5 7v13z"/></g><path d="M22 62q8-5 16 0q-8 5-16 0z" fill="{three}"/><g fill="{three}"><path d="M76 52q-2-16 10-18q-1 8 2 12q8-8 20-4q4-12 12-10q-2 6 0 10l6 3l-6 3q0 18-16 20q-20 2-28-16z"/><path d="M92 68h5v10h5v4H90zM104 67h5v11h5v4h-12z"/></g><path d="M92 54q8-8 16 0q-8 8-16 0z" fill="{two}"/><circle cx="116" cy="40" r="1.800" fill="{two}"/>{}{}{}<path d="M66 108q10-10 20 0M20 112q10-10 20 0" fill="none" stroke="{two}" stroke-width="3"/>"##,
        flower(70.0, 14.0, 10.0, 6, three, two),
        flower(112.0, 104.0, 13.0, 8, two, three),
        flower(20.0, 18.0, 8.0, 5, three, two),
    )
}
