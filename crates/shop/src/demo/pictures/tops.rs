//! What is worn above the waist.

use super::cloth::Cloth;
use super::motifs;

const BODY: &str = "M152 108C164 138 236 138 248 108L300 130C297 160 284 180 282 205C280 280 282 350 285 410Q200 424 115 410C118 350 120 280 118 205C116 180 103 160 100 130Z";
const SHORT_SLEEVE: &str =
    "M101 130C80 140 62 190 47 234Q70 254 99 258C106 236 112 222 119 210C117 184 108 158 101 130Z";
const LONG_SLEEVE: &str = "M101 129C78 146 60 262 50 376Q68 388 92 384C98 320 106 262 120 218C118 186 108 158 101 129Z";
const NECK_HOLE: &str = "M152 108Q200 92 248 108C236 138 164 138 152 108Z";

fn short_sleeves(c: &mut Cloth) {
    c.mirrored(|c| {
        c.piece(SHORT_SLEEVE, "l");
        c.stitch("M51 226Q74 246 102 249");
        c.fold("M112 214Q104 190 88 176");
    });
}

fn long_sleeves(c: &mut Cloth, cuff: bool) {
    c.mirrored(|c| {
        c.piece(LONG_SLEEVE, "l");
        c.fold("M112 226Q100 206 86 200");
        c.fold("M70 300Q84 304 98 296");
        if cuff {
            let dark = c.dark.clone();
            c.rib("M50 372Q70 384 93 380L90 410Q68 414 46 404Z", &dark);
        }
    });
}

fn folds(c: &mut Cloth) {
    c.fold("M128 232Q140 262 134 300");
    c.fold("M270 240Q258 280 264 330");
    c.fold("M180 384Q196 366 190 330");
}

/// The hollow of the neck, with a woven label.
fn neck_hole(c: &mut Cloth, d: &str) {
    let deep = c.deep.clone();
    c.flat(d, &deep);
    c.raw(r##"<rect x="190" y="103" width="20" height="9" rx="1.5" fill="#f4ead2"/><path d="M194 107.500h12" stroke="#0d7377" stroke-width="1.500"/>"##);
}

pub(super) fn tee(c: &mut Cloth) {
    c.floor(432.0, 120.0);
    short_sleeves(c);
    c.piece(BODY, "p");
    folds(c);
    neck_hole(c, NECK_HOLE);
    let dark = c.dark.clone();
    c.line("M152 108C164 139 236 139 248 108", &dark, 10.0, 1.0);
    c.line("M147 113C162 148 238 148 253 113", "#20101c", 1.2, 0.25);
    c.stitch("M117 399Q200 412 283 399");
}

pub(super) fn polo(c: &mut Cloth) {
    c.floor(432.0, 120.0);
    short_sleeves(c);
    c.piece(BODY, "p");
    folds(c);
    neck_hole(c, NECK_HOLE);
    let trim = c.colors[1].hex();
    let base = c.base.clone();
    c.dyed_piece("M189 132H211V214H189Z", &base, "p");
    c.line("M189 132V214H211V132", "#20101c", 1.2, 0.3);
    for y in [150.0, 174.0, 198.0] {
        c.button(200.0, y, 4.2);
    }
    c.mirrored(|c| {
        c.dyed_piece(
            "M150 104C158 122 176 132 199 134L186 162C166 156 146 138 141 112Z",
            &trim,
            "r",
        );
        c.rib("M47 234Q70 254 99 258L97 266Q68 262 43 242Z", &trim);
    });
    c.stitch("M117 399Q200 412 283 399");
}

pub(super) fn sweater(c: &mut Cloth) {
    c.floor(440.0, 125.0);
    long_sleeves(c, true);
    c.piece(BODY, "p");
    folds(c);
    neck_hole(c, "M152 108Q200 92 248 108C236 138 164 138 152 108Z");
    let dark = c.dark.clone();
    c.rib(
        "M150 104C160 142 240 142 250 104L262 112C246 160 154 160 138 112Z",
        &dark,
    );
    c.rib("M116 398Q200 412 284 398L282 432Q200 444 118 432Z", &dark);
}

pub(super) fn cardigan(c: &mut Cloth) {
    c.floor(440.0, 125.0);
    long_sleeves(c, true);
    c.piece("M152 106L200 226L248 106L300 130C297 160 284 180 282 205C280 280 282 350 285 410Q200 424 115 410C118 350 120 280 118 205C116 180 103 160 100 130Z", "p");
    let (deep, trim) = (c.deep.clone(), c.colors[1].hex());
    c.flat("M152 106Q200 90 248 106L200 226Z", &deep);
    c.line("M160 112Q200 128 240 112", "#fff", 2.0, 0.2);
    folds(c);
    let dark = c.dark.clone();
    c.rib("M116 398Q200 412 284 398L282 432Q200 444 118 432Z", &dark);
    c.mirrored(|c| {
        c.rib(
            "M155 98L142 108C160 152 178 192 193 232L200 214C184 176 168 136 155 98Z",
            &trim,
        )
    });
    c.rib("M192 216H208V438H192Z", &trim);
    for y in [250.0, 292.0, 334.0, 376.0, 416.0] {
        c.button(200.0, y, 5.4);
    }
    c.mirrored(|c| {
        c.stitch("M134 330H174V374H134Z");
        c.rib("M133 326H175V336H133Z", &dark);
    });
}

pub(super) fn hoodie(c: &mut Cloth) {
    c.floor(440.0, 125.0);
    long_sleeves(c, true);
    let (dark, deep, trim) = (c.dark.clone(), c.deep.clone(), c.colors[1].hex());
    c.piece("M136 118C124 72 160 48 200 48S276 72 264 118L200 150Z", "p");
    c.piece(BODY, "p");
    folds(c);
    c.flat(
        "M150 112C148 84 172 68 200 68S252 84 250 112C240 146 214 160 200 162C186 160 160 146 150 112Z",
        &trim,
    );
    c.flat(
        "M150 112C148 84 172 68 200 68S252 84 250 112C240 146 214 160 200 162C186 160 160 146 150 112Z",
        &format!("{deep}66"),
    );
    c.mirrored(|c| {
        c.piece(
            "M150 62C128 80 130 120 150 146C170 160 188 164 202 176C190 148 160 132 156 104C154 88 160 76 170 66Z",
            "p",
        )
    });
    c.mirrored(|c| {
        c.line("M184 160C182 190 186 206 182 232", "#f4ead2", 3.4, 1.0);
        c.line("M182 228V242", "#c9b48d", 5.0, 1.0);
    });
    c.piece("M150 314H250L268 384H132Z", "p");
    c.stitch("M153 319H247M137 379H263");
    c.rib("M116 398Q200 412 284 398L282 432Q200 444 118 432Z", &dark);
}

pub(super) fn jacket(c: &mut Cloth) {
    c.floor(440.0, 125.0);
    long_sleeves(c, true);
    c.piece(BODY, "p");
    folds(c);
    let (dark, trim, third) = (c.dark.clone(), c.colors[1].hex(), c.colors[2].hex());
    neck_hole(c, NECK_HOLE);
    c.mirrored(|c| {
        c.line("M92 150C76 190 66 280 57 366", &trim, 7.0, 0.95);
        c.line("M103 152C88 196 78 284 69 372", &third, 3.0, 0.95);
        c.flat(
            "M101 130L152 108C150 140 140 168 112 186C110 168 106 150 101 130Z",
            &format!("{trim}dd"),
        );
        c.line("M134 300L166 344", "#20101c", 3.0, 0.45);
    });
    c.rib("M150 96C160 134 240 134 250 96L258 114C242 158 158 158 142 114Z", &trim);
    c.rib("M116 398Q200 412 284 398L282 432Q200 444 118 432Z", &dark);
    c.line("M200 130V438", "#20101c", 8.0, 0.35);
    c.raw(r##"<path d="M200 130V438" stroke="#e8e2d4" stroke-width="4" stroke-dasharray="2.500 2"/><path d="M196 150h8l2 18h-12z" fill="#c9b48d"/>"##);
}

pub(super) fn shirt(c: &mut Cloth) {
    c.floor(432.0, 120.0);
    short_sleeves(c);
    c.piece(BODY, "p");
    folds(c);
    neck_hole(c, NECK_HOLE);
    let base = c.base.clone();
    c.mirrored(|c| {
        for x in [146, 152, 158] {
            c.line(&format!("M{x} 132V402"), "#20101c", 1.1, 0.22);
        }
        c.piece("M130 200H174V250L152 258L130 250Z", "p");
        c.stitch("M130 208H174");
        c.piece("M128 326H176V384L152 392L128 384Z", "p");
        c.stitch("M128 336H176");
    });
    c.dyed_piece("M190 128H210V414H190Z", &base, "p");
    for y in [156.0, 196.0, 236.0, 276.0, 316.0, 356.0, 394.0] {
        c.button(200.0, y, 4.0);
    }
    c.mirrored(|c| c.piece("M150 102C160 118 178 128 200 132L176 166C158 152 146 132 142 110Z", "p"));
    c.stitch("M117 402Q200 414 283 402");
}

pub(super) fn blouse(c: &mut Cloth) {
    c.floor(424.0, 118.0);
    c.mirrored(|c| {
        c.piece(
            "M108 128C70 150 40 214 38 276Q62 302 104 292C112 262 116 240 124 218Z",
            "l",
        );
        let trim = c.colors[1].hex();
        c.dyed_piece("M37 268Q64 294 106 284L104 300Q62 312 34 284Z", &trim, "r");
        c.fold("M90 160Q64 210 60 270");
        c.fold("M108 190Q92 230 90 280");
    });
    c.piece("M140 112L260 112L292 130C286 170 276 196 278 224C282 290 290 350 296 400Q200 420 104 400C110 350 118 290 122 224C124 196 114 170 108 130Z", "p");
    for d in [
        "M150 220Q146 300 136 396",
        "M178 220Q178 310 172 404",
        "M222 220Q224 310 230 404",
        "M252 220Q256 300 266 398",
    ] {
        c.fold(d);
    }
    let (two, three, deep) = (c.colors[1].hex(), c.colors[2].hex(), c.deep.clone());
    c.flat("M150 106H250V138Q200 146 150 138Z", &deep);
    c.flat(
        "M128 110L152 106V142H248V106L272 110L276 212Q200 224 124 212Z",
        "#2b2b30",
    );
    let dark_ground = c.colors[0].luminance() < 0.12;
    if dark_ground {
        let base = c.light.clone();
        c.flat("M128 110L152 106V142H248V106L272 110L276 212Q200 224 124 212Z", &base);
    }
    let green = "#4fae7c";
    let bib = [
        motifs::flower(200.0, 180.0, 24.0, 8, &two, &three),
        motifs::flower(158.0, 184.0, 17.0, 6, &three, &two),
        motifs::flower(242.0, 184.0, 17.0, 6, &three, &two),
        motifs::flower(138.0, 138.0, 11.0, 6, &two, "#fff"),
        motifs::flower(262.0, 138.0, 11.0, 6, &two, "#fff"),
        motifs::flower(138.0, 164.0, 7.0, 5, &three, "#fff"),
        motifs::flower(262.0, 164.0, 7.0, 5, &three, "#fff"),
        format!(r##"<path d="M176 158q8 2 10 10q-9-1-10-10zM224 158q-8 2-10 10q9-1 10-10zM136 204q10-4 18 2q-10 6-18-2zM264 204q-10-4-18 2q10 6 18-2zM178 204q8-6 14 0q-8 5-14 0zM222 204q-8-6-14 0q8 5 14 0zM168 152q10-2 14-4" fill="{green}"/><path d="M152 106V142H248V106" fill="none" stroke="{two}" stroke-width="5"/><path d="M124 212Q200 224 276 212" fill="none" stroke="{two}" stroke-width="5"/><path d="M124 219Q200 231 276 219" fill="none" stroke="{three}" stroke-width="2.500" stroke-dasharray="4 3"/>"##),
    ]
    .concat();
    c.raw(&bib);
    c.line("M104 392Q200 412 296 392", &two, 4.0, 0.9);
}

pub(super) fn scrub(c: &mut Cloth) {
    c.floor(432.0, 120.0);
    short_sleeves(c);
    c.piece("M152 108L200 190L248 108L300 130C297 160 284 180 282 205C280 280 282 350 285 410Q200 424 115 410C118 350 120 280 118 205C116 180 103 160 100 130Z", "p");
    folds(c);
    let (deep, trim) = (c.deep.clone(), c.colors[1].hex());
    c.flat("M152 108Q200 94 248 108L200 190Z", &deep);
    c.mirrored(|c| {
        c.flat("M149 100L138 112L194 206L200 200V190Z", &trim);
        c.line("M146 108L197 194", "#20101c", 1.2, 0.25);
        c.line("M50 230Q72 250 100 254", &trim, 7.0, 1.0);
        c.piece("M128 322H182V392Q156 398 128 390Z", "p");
        c.line("M128 324H182", &trim, 6.0, 1.0);
    });
    c.piece("M222 216H266V264L244 272L222 264Z", "p");
    c.line("M222 218H266", &trim, 5.0, 1.0);
    c.raw(r##"<path d="M230 206v36M237 210v28" stroke="#e8e2d4" stroke-width="3.500" stroke-linecap="round"/><rect x="140" y="212" width="40" height="22" rx="3" fill="#fdfbf5"/><path d="M146 220h20M146 227h28" stroke="#0d7377" stroke-width="2.500"/>"##);
    c.stitch("M117 399Q200 412 283 399");
}

pub(super) fn poncho(c: &mut Cloth) {
    c.floor(448.0, 140.0);
    let (two, three) = (c.colors[1].hex(), c.colors[2].hex());
    for x in (40..=360).step_by(10) {
        // The fringe hangs from the hem, longest at the sides.
        let hem = 392 + 26 - ((x - 200) * (x - 200)) / 1000;
        let color = if (x / 10) % 3 == 0 {
            two.clone()
        } else if (x / 10) % 3 == 1 {
            three.clone()
        } else {
            c.base.clone()
        };
        let sway = if x < 200 { -3 } else { 3 };
        c.line(&format!("M{x} {hem}q{sway} 16 {} 34", sway - 1), &color, 4.0, 1.0);
    }
    c.piece(
        "M158 92C170 106 230 106 242 92C290 118 342 190 366 392Q200 448 34 392C58 190 110 118 158 92Z",
        "p",
    );
    for d in [
        "M120 160Q96 260 84 400",
        "M280 160Q304 260 316 400",
        "M166 190Q156 300 158 414",
        "M238 190Q246 300 244 414",
    ] {
        c.fold(d);
    }
    let deep = c.deep.clone();
    c.flat(
        "M158 92Q200 76 242 92C230 106 216 150 200 168C184 150 170 106 158 92Z",
        &deep,
    );
    c.line("M158 92C170 106 184 150 200 168C216 150 230 106 242 92", &two, 8.0, 1.0);
    c.line(
        "M158 92C170 106 184 150 200 168C216 150 230 106 242 92",
        &three,
        2.2,
        1.0,
    );
    c.line("M35 390Q200 446 365 390", &two, 5.0, 1.0);
    if c.seed.is_multiple_of(2) && c.colors[0].luminance() > 0.02 {
        c.line("M200 168V196", &three, 3.0, 1.0);
    }
}
