//! Shawls, blankets, cloth by the metre, small things, and the near view of any cloth.

use super::cloth::Cloth;

/// A wooden rod across the canvas at `y`.
fn rod(c: &mut Cloth, y: u32) {
    c.raw(&format!(
        r##"<path d="M120 {y}L200 24L280 {y}" fill="none" stroke="#8a6a4c" stroke-width="3"/><circle cx="200" cy="22" r="7" fill="#8a6a4c"/><rect x="52" y="{}" width="296" height="14" rx="7" fill="#b98d60"/><rect x="52" y="{}" width="296" height="5" rx="2.500" fill="#fff" fill-opacity=".25"/>"##,
        y - 7,
        y - 5
    ));
}

/// Knotted fringe under the line from (`left`, `y`) to (`right`, `y`): a lattice, then loose threads.
fn fringe(c: &mut Cloth, left: i32, right: i32, y: i32, length: i32) {
    let (base, two) = (c.base.clone(), c.colors[1].hex());
    let (mut lattice, mut threads, mut accent) = (String::new(), String::new(), String::new());
    for (index, x) in (left..=right).step_by(8).enumerate() {
        if x + 16 <= right {
            lattice.push_str(&format!("M{x} {y}l8 14l8-14M{x} {}l8-14l8 14", y + 28));
        }
        let bend = (index as i32 % 3) - 1;
        let target = if index % 4 == 1 { &mut accent } else { &mut threads };
        target.push_str(&format!(
            "M{x} {}q{bend} {} {} {}",
            y + 24,
            length / 2,
            bend * 2,
            length
        ));
    }
    c.line(&lattice, &base, 2.0, 1.0);
    c.line(&lattice, "#20101c", 0.6, 0.35);
    c.line(&threads, &base, 2.6, 1.0);
    c.line(&accent, &two, 2.6, 1.0);
}

pub(super) fn rebozo(c: &mut Cloth) {
    let (two, three, dark) = (c.colors[1].hex(), c.colors[2].hex(), c.dark.clone());
    fringe(c, 196, 318, 300, 62);
    c.dyed_piece("M186 84H322C328 160 318 240 324 302Q256 310 190 302Z", &dark, "p");
    rod(c, 84);
    fringe(c, 86, 250, 366, 74);
    c.piece("M80 92C80 78 92 74 104 74H232C246 74 254 80 254 92C258 190 250 280 256 366Q168 378 80 366C86 280 76 190 80 92Z", "p");
    for d in [
        "M110 92Q104 220 112 360",
        "M150 92Q158 220 146 366",
        "M190 92Q184 230 194 368",
        "M228 92Q234 230 224 366",
    ] {
        c.fold(d);
    }
    c.line("M81 350Q168 362 255 350", &two, 5.0, 1.0);
    c.line("M81 340Q168 352 255 340", &three, 2.0, 1.0);
}

pub(super) fn scarf(c: &mut Cloth) {
    c.floor(446.0, 100.0);
    c.raw(r##"<g transform="translate(0 -8)">"##);
    fringe(c, 216, 278, 388, 36);
    c.piece("M206 186L276 176C284 250 280 320 284 392Q248 398 212 390Z", "p");
    fringe(c, 124, 190, 408, 36);
    c.piece(
        "M130 180L206 190C200 270 196 340 194 412Q158 418 120 408C126 330 126 250 130 180Z",
        "p",
    );
    c.piece(
        "M104 150C108 96 160 76 204 78C254 80 298 104 298 150C298 206 246 232 200 232C150 232 100 206 104 150Z",
        "t",
    );
    let deep = c.deep.clone();
    c.flat(
        "M150 142C154 116 178 110 202 110S252 120 254 142C250 164 226 172 202 172S154 166 150 142Z",
        &deep,
    );
    c.piece(
        "M104 152C124 196 170 202 210 192C250 184 284 178 298 152C300 210 250 240 200 240C150 240 100 214 104 152Z",
        "t",
    );
    c.fold("M120 196Q170 232 230 218");
    c.fold("M140 300Q150 340 144 390");
    c.raw("</g>");
}

pub(super) fn blanket(c: &mut Cloth) {
    c.floor(424.0, 160.0);
    let (two, three, base) = (c.colors[1].hex(), c.colors[2].hex(), c.base.clone());
    for (y, fill, pattern) in [(330, &two, "r"), (256, &three, "r")] {
        c.dyed_piece(
            &format!(
                "M66 {0}C52 {0} 46 {1} 46 {2}S52 {3} 66 {3}H334C348 {3} 354 {2} 354 {2}S348 {0} 334 {0}Z",
                y,
                y + 12,
                y + 37,
                y + 74
            ),
            fill,
            pattern,
        );
        c.line(&format!("M70 {}H330M70 {}H330", y + 24, y + 49), "#20101c", 2.0, 0.2);
        c.line(
            &format!("M62 {0}Q52 {1} 62 {2}", y + 10, y + 37, y + 64),
            "#fff",
            3.0,
            0.3,
        );
    }
    // The top blanket: two folds at the back, the front hanging over the pile.
    c.piece(
        "M62 178C46 178 44 198 44 217S46 256 62 256H338C354 256 356 236 356 217S354 178 338 178Z",
        "t",
    );
    c.line("M66 204H334M66 230H334", "#20101c", 2.0, 0.22);
    let mut tassels = String::new();
    for x in (104..=296).step_by(8) {
        tassels.push_str(&format!("M{x} 352q{} 14 0 28", if x % 16 == 0 { 2 } else { -2 }));
    }
    c.line(&tassels, &base, 3.2, 1.0);
    c.line(&tassels, "#20101c", 0.7, 0.35);
    c.piece("M96 166C96 160 100 156 108 156H292C300 156 304 160 304 166C308 230 300 290 304 354Q200 362 96 354C100 290 92 230 96 166Z", "p");
    c.fold("M130 176Q126 260 132 346");
    c.fold("M268 176Q274 260 266 346");
    c.line("M98 172H302", "#fff", 3.0, 0.35);
    c.stitch("M98 346Q200 354 302 346");
}

pub(super) fn roll(c: &mut Cloth) {
    c.floor(438.0, 150.0);
    c.piece("M78 176H318C326 240 312 320 322 400C290 424 262 392 226 410C190 428 160 398 124 414C104 420 90 412 78 404C86 320 70 240 78 176Z", "p");
    for d in [
        "M124 236Q116 320 126 408",
        "M176 236Q184 320 174 404",
        "M226 236Q220 320 228 404",
        "M276 236Q284 320 274 400",
    ] {
        c.fold(d);
    }
    let (deep, dark, light) = (c.deep.clone(), c.dark.clone(), c.light.clone());
    c.piece(
        "M62 122C84 112 300 112 338 122C352 140 352 216 338 234C300 244 84 244 62 234C46 214 46 142 62 122Z",
        "t",
    );
    c.raw(r##"<path d="M62 122C84 112 300 112 338 122C352 140 352 216 338 234C300 244 84 244 62 234C46 214 46 142 62 122Z" fill="url(#v)"/>"##);
    c.raw(r##"<linearGradient id="v" x2="0" y2="1"><stop stop-color="#20101c" stop-opacity=".12"/><stop offset=".3" stop-color="#fff" stop-opacity=".22"/><stop offset=".6" stop-color="#20101c" stop-opacity=".04"/><stop offset="1" stop-color="#20101c" stop-opacity=".42"/></linearGradient>"##);
    c.raw(&format!(r##"<ellipse cx="342" cy="178" rx="24" ry="57" fill="{dark}" stroke="{deep}"/><ellipse cx="343" cy="178" rx="18" ry="44" fill="none" stroke="{light}" stroke-width="2"/><ellipse cx="344" cy="178" rx="12" ry="31" fill="none" stroke="{deep}" stroke-width="2"/><ellipse cx="345" cy="178" rx="8" ry="20" fill="#c9a878"/><ellipse cx="346" cy="178" rx="5" ry="13" fill="#5b4128"/>"##));
    // A tailor's tape on the table.
    c.raw(r##"<path d="M74 446C130 430 170 462 232 448S320 440 346 452" fill="none" stroke="#ffdb58" stroke-width="13"/><path d="M74 446C130 430 170 462 232 448S320 440 346 452" fill="none" stroke="#4a3a10" stroke-width="6" stroke-dasharray="1.500 8.500" stroke-opacity=".8"/>"##);
}

pub(super) fn cushion(c: &mut Cloth) {
    c.floor(424.0, 150.0);
    let (two, three) = (c.colors[1].hex(), c.colors[2].hex());
    for (x, y, turn) in [(66, 114, 135), (334, 114, 225), (66, 388, 45), (334, 388, -45)] {
        c.raw(&format!(r##"<g transform="translate({x} {y}) rotate({turn})" stroke-linecap="round"><path d="M-8 12L-12 44M-3 12L-4 48M3 12L4 48M8 12L12 44" stroke="{two}" stroke-width="5"/><circle cy="8" r="11" fill="{three}"/></g>"##));
    }
    c.piece(
        "M66 112C110 132 290 132 334 112C318 180 318 320 334 390C290 370 110 370 66 390C82 320 82 180 66 112Z",
        "p",
    );
    c.line(
        "M72 119C112 136 288 136 328 119C314 184 314 316 328 383C288 366 112 366 72 383C86 316 86 184 72 119Z",
        &two,
        4.0,
        0.9,
    );
    c.fold("M92 146Q120 170 128 200");
    c.fold("M308 146Q280 170 272 200");
    c.fold("M96 350Q120 330 126 306");
    c.fold("M304 350Q280 330 274 306");
}

pub(super) fn beanie(c: &mut Cloth) {
    c.floor(402.0, 130.0);
    let (two, three) = (c.colors[1].hex(), c.colors[2].hex());
    let mut pompom = String::new();
    for index in 0..28 {
        let angle = f64::from(index) * 0.2244 * 5.0;
        let reach = 34.0 + f64::from((index * 7 + u32::from(c.seed)) % 9);
        pompom.push_str(&format!(
            "M200 118L{:.0} {:.0}",
            200.0 + reach * angle.cos(),
            118.0 + reach * angle.sin()
        ));
    }
    c.line(&pompom, &two, 13.0, 1.0);
    c.line(&pompom, &three, 3.0, 0.7);
    c.piece("M84 320C74 210 128 144 200 144S326 210 316 320Q200 340 84 320Z", "p");
    c.fold("M138 186Q116 240 118 310");
    c.fold("M262 186Q284 240 282 310");
    let dark = c.dark.clone();
    c.rib(
        "M76 310Q200 334 324 310C334 330 334 366 326 386Q200 410 74 386C66 366 66 330 76 310Z",
        &dark,
    );
    c.line("M78 316Q200 340 322 316", "#fff", 2.0, 0.25);
    c.raw(r##"<rect x="226" y="346" width="40" height="26" rx="3" fill="#f4ead2"/><path d="M234 356h24M234 363h16" stroke="#0d7377" stroke-width="2.500"/>"##);
}

/// The cloth from near: a swatch with pinked edges, one corner turned over, a label.
pub(super) fn detail(c: &mut Cloth) {
    let mut edge = String::from("M44 64");
    for _ in 0..24 {
        edge.push_str("l6.500-6l6.500 6");
    }
    for _ in 0..24 {
        edge.push_str("l6 7.800l-6 7.800");
    }
    edge.push_str("H140L44 352Z");
    c.raw(r##"<path d="M52 76H366V450H150L52 360Z" fill="#2b1a22" fill-opacity=".16"/>"##);
    c.piece(&edge, "p");
    c.fold("M110 70C150 180 120 300 190 430");
    c.fold("M250 62C220 200 290 300 270 436");
    c.line("M170 64C190 180 160 300 230 434", "#fff", 16.0, 0.07);
    // The turned corner shows the wrong side.
    let back = c.light.clone();
    c.dyed_piece(
        "M44 352L140 438C136 408 140 386 150 366C120 372 80 366 44 352Z",
        &back,
        "r",
    );
    c.stitch("M60 82H340V424");
    c.raw(r##"<g transform="rotate(-4 292 388)"><rect x="248" y="368" width="88" height="42" rx="3" fill="#fdf8ea"/><rect x="248" y="368" width="88" height="42" rx="3" fill="none" stroke="#0d7377" stroke-opacity=".5" stroke-dasharray="3 2"/><path d="M272 380c8-8 14 6 20-2s12-2 18 2" fill="none" stroke="#0d7377" stroke-width="3"/><path d="M264 394h56M274 401h36" stroke="#8a6a4c" stroke-width="2.500"/></g>"##);
}
