//! Dresses, skirts, trousers, sleepwear, and what babies and feet wear.

use super::cloth::Cloth;
use super::motifs;

pub(super) fn dress(c: &mut Cloth) {
    c.floor(458.0, 130.0);
    let (deep, two, three, dark) = (c.deep.clone(), c.colors[1].hex(), c.colors[2].hex(), c.dark.clone());
    c.mirrored(|c| {
        c.piece(
            "M146 84C118 96 96 128 90 162Q108 180 138 172C142 152 148 138 152 126Z",
            "l",
        );
        c.line("M91 156Q110 174 140 166", &two, 5.0, 1.0);
    });
    c.flat("M152 84Q200 70 248 84L240 120H160Z", &deep);
    c.piece("M150 80C158 122 242 122 250 80L262 90C258 140 246 190 244 226L318 436Q200 462 82 436L156 226C154 190 142 140 138 90Z", "p");
    for d in [
        "M170 246Q146 340 128 436",
        "M190 246Q180 350 172 446",
        "M212 246Q222 350 230 446",
        "M230 246Q256 340 274 436",
    ] {
        c.fold(d);
    }
    c.line("M150 80C158 122 242 122 250 80", &two, 6.0, 1.0);
    c.line("M148 88C158 132 242 132 252 88", &three, 2.0, 0.9);
    // Sash with a bow.
    c.dyed_piece("M155 214Q200 226 245 214L246 240Q200 252 154 240Z", &two, "r");
    c.dyed_piece("M226 226C246 204 270 214 262 232C256 244 238 236 226 230C240 252 250 276 244 300L232 296C232 270 226 248 220 232Z", &two, "r");
    // Ruffle.
    c.dyed_piece("M92 408Q200 434 308 408L324 446Q306 458 290 448Q270 464 246 454Q222 470 200 456Q178 470 154 454Q130 464 110 448Q94 458 76 446Z", &dark, "p");
    c.line("M93 410Q200 436 307 410", &three, 3.0, 0.95);
}

pub(super) fn skirt(c: &mut Cloth) {
    c.floor(448.0, 140.0);
    let (two, three) = (c.colors[1].hex(), c.colors[2].hex());
    c.piece(
        "M142 118H258C276 200 318 320 344 424Q200 456 56 424C82 320 124 200 142 118Z",
        "p",
    );
    for d in [
        "M156 150Q132 280 104 420",
        "M178 150Q168 290 154 434",
        "M222 150Q232 290 246 434",
        "M244 150Q268 280 296 420",
    ] {
        c.fold(d);
    }
    c.rib("M140 96Q200 104 260 96L262 126Q200 134 138 126Z", &two);
    c.line("M66 388Q200 418 334 388", &two, 9.0, 1.0);
    c.line("M69 374Q200 404 331 374", &three, 3.0, 1.0);
    c.line("M62 404Q200 434 338 404", &three, 3.0, 1.0);
    c.line(
        "M176 128C170 156 178 170 168 198M186 128C188 160 182 176 190 206",
        &two,
        5.0,
        1.0,
    );
}

const LEG: &str = "M124 96H201V196C198 270 190 350 182 432Q158 440 128 434C118 340 116 200 124 96Z";

fn waistband(c: &mut Cloth) {
    let dark = c.dark.clone();
    c.rib("M121 78Q200 88 279 78L281 108Q200 118 119 108Z", &dark);
}

pub(super) fn joggers(c: &mut Cloth) {
    c.floor(458.0, 110.0);
    let (dark, two) = (c.dark.clone(), c.colors[1].hex());
    c.mirrored(|c| {
        c.piece(LEG, "p");
        c.rib("M128 424Q158 432 183 424L178 452Q156 458 132 452Z", &dark);
        c.line("M121 120C116 210 118 330 130 424", &two, 6.0, 0.95);
        c.line("M132 116Q136 150 122 178", "#20101c", 2.4, 0.4);
        c.fold("M196 210Q176 222 160 216");
        c.fold("M140 320Q158 332 176 318");
    });
    waistband(c);
    c.mirrored(|c| {
        c.line("M194 100C190 126 196 140 188 168", "#f4ead2", 3.4, 1.0);
        c.line("M188 164V174", "#c9b48d", 5.0, 1.0);
    });
}

pub(super) fn leggings(c: &mut Cloth) {
    c.floor(458.0, 95.0);
    c.mirrored(|c| {
        c.piece(
            "M132 92H201V190C196 262 186 350 180 446Q162 452 144 446C134 330 124 200 132 92Z",
            "p",
        );
        c.fold("M196 206Q178 218 164 210");
        c.fold("M148 330Q160 338 174 328");
        c.stitch("M145 440Q162 446 180 440");
    });
    let two = c.colors[1].hex();
    c.rib("M131 72Q200 84 269 72L271 112Q200 124 129 112Z", &two);
    c.raw(r##"<path d="M192 94h16M196 100h8" stroke="#fff" stroke-opacity=".7" stroke-width="2.500"/>"##);
}

pub(super) fn shorts(c: &mut Cloth) {
    c.floor(380.0, 130.0);
    let two = c.colors[1].hex();
    c.mirrored(|c| {
        c.piece("M116 156H201V256L194 352Q140 362 84 346C92 276 106 210 116 156Z", "p");
        c.line("M112 176C104 220 98 280 92 344", &two, 7.0, 0.95);
        c.line("M130 168Q132 206 110 236", "#20101c", 2.4, 0.4);
        c.fold("M196 262Q172 276 152 270");
        c.stitch("M86 336Q140 350 194 342");
    });
    let dark = c.dark.clone();
    c.rib("M113 136Q200 148 287 136L290 168Q200 180 110 168Z", &dark);
    c.mirrored(|c| c.line("M193 160C190 184 196 196 190 218", "#f4ead2", 3.2, 1.0));
}

pub(super) fn pyjama(c: &mut Cloth) {
    c.floor(462.0, 130.0);
    let two = c.colors[1].hex();
    c.mirrored(|c| {
        c.piece("M146 268H201V330L190 446Q166 454 140 446C136 380 138 320 146 268Z", "p");
        c.line("M140 440Q166 448 190 440", &two, 5.0, 1.0);
        c.fold("M152 330Q150 380 152 430");
    });
    c.mirrored(|c| {
        c.piece(
            "M120 82C96 104 84 190 78 262Q94 274 116 270C120 226 126 186 136 156Z",
            "l",
        );
        c.line("M79 256Q95 268 116 264", &two, 6.0, 1.0);
    });
    c.piece("M162 66L200 128L238 66L282 84C276 120 266 140 266 160C266 220 270 260 272 300Q200 314 128 300C130 260 134 220 134 160C134 140 124 120 118 84Z", "p");
    let deep = c.deep.clone();
    c.flat("M162 66Q200 54 238 66L200 128Z", &deep);
    c.line("M200 128V306", &two, 3.0, 1.0);
    for y in [156.0, 196.0, 236.0, 276.0] {
        c.button(208.0, y, 4.6);
    }
    c.mirrored(|c| {
        c.dyed_piece("M160 58L148 70C152 98 164 116 176 124L184 106L200 132Z", &two, "r");
        c.fold("M146 190Q150 230 144 280");
    });
    c.piece("M220 168H252V206Q236 212 220 206Z", "p");
    c.line("M220 170H252", &two, 4.0, 1.0);
    c.line("M128 294Q200 308 272 294", &two, 5.0, 1.0);
}

pub(super) fn baby(c: &mut Cloth) {
    c.floor(446.0, 110.0);
    let (two, three) = (c.colors[1].hex(), c.colors[2].hex());
    c.mirrored(|c| {
        c.piece(
            "M128 130C100 144 84 206 74 258Q92 276 116 270C122 238 130 212 140 190Z",
            "l",
        );
        c.rib("M75 252Q94 268 117 262L114 284Q92 290 70 274Z", &two);
    });
    c.piece("M160 112C172 136 228 136 240 112L276 132C272 170 268 200 272 240C276 300 284 350 280 402C276 424 236 428 226 408C218 384 214 360 200 344C186 360 182 384 174 408C164 428 124 424 120 402C116 350 124 300 128 240C132 200 128 170 124 132Z", "p");
    c.mirrored(|c| {
        c.dyed_piece(
            "M120 388C110 412 120 432 148 430C172 428 178 410 176 394Q148 408 120 388Z",
            &two,
            "r",
        );
        c.fold("M138 250Q140 310 134 370");
    });
    let deep = c.deep.clone();
    c.flat("M160 112Q200 100 240 112C228 136 172 136 160 112Z", &deep);
    c.line("M160 112C172 138 228 138 240 112", &two, 9.0, 1.0);
    for (x, y) in [
        (200.0, 158.0),
        (200.0, 188.0),
        (200.0, 218.0),
        (200.0, 248.0),
        (200.0, 278.0),
        (200.0, 308.0),
    ] {
        c.raw(&format!(r##"<circle cx="{x}" cy="{y}" r="4.500" fill="#fdfbf5" stroke="#20101c" stroke-opacity=".3"/><circle cx="{x}" cy="{y}" r="1.500" fill="#20101c" fill-opacity=".3"/>"##));
    }
    c.line("M200 138V340", "#20101c", 1.2, 0.25);
    let art = [
        motifs::flower(236.0, 196.0, 15.0, 6, &three, "#fff"),
        motifs::flower(246.0, 220.0, 8.0, 5, &two, "#fff"),
    ]
    .concat();
    c.raw(&art);
}

pub(super) fn socks(c: &mut Cloth) {
    c.floor(420.0, 130.0);
    let (two, three) = (c.colors[1].hex(), c.colors[2].hex());
    for (dx, dy) in [(-58, -18), (44, 14)] {
        c.raw(&format!(r##"<g transform="translate({dx} {dy})">"##));
        c.piece("M150 92H230V268C232 300 262 316 292 334C322 352 318 398 278 398C236 398 176 372 156 334C146 310 150 200 150 92Z", "p");
        c.dyed_piece(
            "M270 322C304 336 326 352 314 380C304 400 276 400 250 392C244 364 252 336 270 322Z",
            &two,
            "r",
        );
        c.dyed_piece("M151 282C150 312 154 330 168 350C190 342 196 314 184 286Z", &two, "r");
        c.rib("M147 78H233V116H147Z", &two);
        c.line("M150 126H230M150 134H230", &three, 3.0, 1.0);
        c.fold("M224 250Q210 268 188 266");
        c.raw("</g>");
    }
}
