//! The drawing table: pieces of cloth with pattern and light, seams, folds, ribs, buttons.

use std::fmt::Write as _;

use super::{Color, Picture};

/// A drawing in progress. Coordinates are units of the 400 by 500 canvas; the vertical axis of symmetry is x = 200.
pub(super) struct Cloth<'a> {
    out: &'a mut String,
    next: u32,
    /// Ground, pattern and trim colour.
    pub(super) colors: [Color; 3],
    /// The ground colour, and darker and lighter tones of it.
    pub(super) base: String,
    pub(super) dark: String,
    pub(super) deep: String,
    pub(super) light: String,
    pub(super) seed: u16,
}

/// The light that falls on every piece (`#s`, across) and into every neck (`#n`, down), and the rib of cuffs (`#r`).
pub(super) fn define_light(out: &mut String) {
    out.push_str(concat!(
        r##"<linearGradient id="s"><stop stop-color="#20101c" stop-opacity=".24"/><stop offset=".22" stop-color="#20101c" stop-opacity="0"/>"##,
        r##"<stop offset=".42" stop-color="#fff" stop-opacity=".16"/><stop offset=".66" stop-color="#20101c" stop-opacity=".02"/>"##,
        r##"<stop offset="1" stop-color="#20101c" stop-opacity=".3"/></linearGradient>"##,
        r##"<pattern id="r" width="7" height="7" patternUnits="userSpaceOnUse"><path d="M1.5 0V7" stroke="#20101c" stroke-opacity=".22" stroke-width="1.6"/>"##,
        r##"<path d="M4 0V7" stroke="#fff" stroke-opacity=".16" stroke-width="1.6"/></pattern>"##,
        r##"<radialGradient id="f"><stop stop-color="#2b1a22" stop-opacity=".34"/><stop offset="1" stop-color="#2b1a22" stop-opacity="0"/></radialGradient>"##,
    ));
}

impl<'a> Cloth<'a> {
    pub(super) fn new(out: &'a mut String, picture: &Picture) -> Self {
        let ground = picture.colors[0];
        Self {
            out,
            next: 0,
            colors: picture.colors,
            base: ground.hex(),
            dark: ground.darker(0.22),
            deep: ground.darker(0.5),
            light: ground.lighter(0.3),
            seed: picture.seed,
        }
    }

    pub(super) fn raw(&mut self, svg: &str) {
        self.out.push_str(svg);
    }

    /// Cloth in the ground colour with the pattern `#pattern` on it and light over both.
    pub(super) fn piece(&mut self, d: &str, pattern: &str) {
        let base = self.base.clone();
        self.dyed_piece(d, &base, pattern);
    }

    /// Like [`Cloth::piece`], in another ground colour.
    pub(super) fn dyed_piece(&mut self, d: &str, fill: &str, pattern: &str) {
        self.next += 1;
        let (n, deep) = (self.next, &self.deep);
        let _ = write!(
            self.out,
            r##"<defs><path id="a{n}" d="{d}"/></defs><use href="#a{n}" fill="{fill}" stroke="{deep}" stroke-opacity=".45" stroke-width="1.6" stroke-linejoin="round"/><use href="#a{n}" fill="url(#{pattern})"/><use href="#a{n}" fill="url(#s)"/>"##
        );
    }

    /// A shape of one colour.
    pub(super) fn flat(&mut self, d: &str, fill: &str) {
        let _ = write!(self.out, r##"<path d="{d}" fill="{fill}"/>"##);
    }

    /// A stroke with round ends.
    pub(super) fn line(&mut self, d: &str, color: &str, width: f64, opacity: f64) {
        let _ = write!(
            self.out,
            r##"<path d="{d}" fill="none" stroke="{color}" stroke-width="{width}" stroke-opacity="{opacity}" stroke-linecap="round" stroke-linejoin="round"/>"##
        );
    }

    /// A crease: a soft shadow with a light beside it.
    pub(super) fn fold(&mut self, d: &str) {
        self.line(d, "#20101c", 5.0, 0.09);
        self.line(d, "#20101c", 1.6, 0.14);
    }

    /// A seam sewn with visible thread.
    pub(super) fn stitch(&mut self, d: &str) {
        let thread = if self.colors[0].luminance() > 0.6 {
            &self.dark
        } else {
            &self.light
        };
        let _ = write!(
            self.out,
            r##"<path d="{d}" fill="none" stroke="{thread}" stroke-width="1.5" stroke-opacity=".8" stroke-dasharray="5 3.4"/>"##
        );
    }

    /// A ribbed band (cuff, hem, collar) in `fill`.
    pub(super) fn rib(&mut self, d: &str, fill: &str) {
        self.dyed_piece(d, fill, "r");
    }

    /// A button of `radius` at a point.
    pub(super) fn button(&mut self, x: f64, y: f64, radius: f64) {
        let face = if self.colors[0].luminance() > 0.5 {
            "#6b4a35"
        } else {
            "#f3e9d6"
        };
        let hole = if self.colors[0].luminance() > 0.5 {
            "#3a271b"
        } else {
            "#a8957a"
        };
        let (left, right, dot) = (x - radius * 0.3, x + radius * 0.3, radius * 0.16);
        let _ = write!(
            self.out,
            r##"<circle cx="{x}" cy="{y}" r="{radius}" fill="{face}" stroke="{hole}" stroke-opacity=".6"/><circle cx="{left}" cy="{y}" r="{dot}" fill="{hole}"/><circle cx="{right}" cy="{y}" r="{dot}" fill="{hole}"/>"##
        );
    }

    /// Draws `half` and its mirror image about x = 200.
    pub(super) fn mirrored(&mut self, half: impl FnOnce(&mut Self)) {
        self.next += 1;
        let n = self.next;
        let _ = write!(self.out, r##"<g id="m{n}">"##);
        half(self);
        let _ = write!(
            self.out,
            r##"</g><use href="#m{n}" transform="matrix(-1 0 0 1 400 0)"/>"##
        );
    }

    /// The shadow on the wall or floor under the thing.
    pub(super) fn floor(&mut self, y: f64, half_width: f64) {
        let _ = write!(
            self.out,
            r##"<ellipse cx="200" cy="{y}" rx="{half_width}" ry="20" fill="url(#f)"/>"##
        );
    }
}
