//! What people and attackers send.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgba, RgbaImage};

use super::*;

/// Red at the left, blue at the right.
fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([220, 20, 20])
        } else {
            Rgb([20, 20, 220])
        }
    })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    write(picture).unwrap()
}

fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out)
        .write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgba8)
        .unwrap();
    out
}

fn read(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)
        .unwrap()
        .into_rgb8()
}

/// A JPEG with an EXIF segment: its orientation, and a place that must not get out.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 20.1269,-101.1917 Moroleon");
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn a_large_picture_is_shrunk_and_has_smaller_copies() {
    let encoded = encode(&jpeg(&flag(2_400, 1_800))).unwrap();
    assert_eq!((encoded.width, encoded.height), (1_600, 1_200));
    assert_eq!(read(&encoded.jpeg).dimensions(), (1_600, 1_200));
    let sizes: Vec<_> = encoded
        .copies
        .iter()
        .map(|(width, copy)| (*width, read(copy).dimensions()))
        .collect();
    assert_eq!(sizes, [(400, (400, 300)), (800, (800, 600))]);
    let (left, right) = (
        *read(&encoded.jpeg).get_pixel(100, 600),
        *read(&encoded.jpeg).get_pixel(1_500, 600),
    );
    assert!(
        left[0] > 180 && left[2] < 60 && right[2] > 180 && right[0] < 60,
        "{left:?} {right:?}"
    );
}

#[test]
fn a_small_one_stays_as_large_as_it_is() {
    let encoded = encode(&jpeg(&flag(300, 200))).unwrap();
    assert_eq!((encoded.width, encoded.height, encoded.copies.len()), (300, 200, 0));
}

#[test]
fn a_phone_held_upright_is_shown_upright_and_tells_no_place() {
    // 6: the top of the picture is at the right of what the sensor saw.
    let sent = with_exif(&jpeg(&flag(400, 300)), 6);
    assert!(sent.windows(3).any(|part| part == b"GPS"));
    let encoded = encode(&sent).unwrap();
    assert_eq!((encoded.width, encoded.height), (300, 400));
    let upright = read(&encoded.jpeg);
    assert!(
        upright.get_pixel(150, 50)[0] > 180 && upright.get_pixel(150, 350)[2] > 180,
        "red is above"
    );
    for leak in [b"GPS".as_slice(), b"Exif", b"Moroleon"] {
        assert!(!encoded.jpeg.windows(leak.len()).any(|part| part == leak));
    }
}

#[test]
fn what_is_transparent_becomes_white() {
    let encoded = encode(&png(&RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0])))).unwrap();
    assert!(
        read(&encoded.jpeg)
            .pixels()
            .all(|pixel| pixel.0.iter().all(|c| *c > 250))
    );
}

#[test]
fn what_hides_behind_a_picture_is_left_behind() {
    let payload = b"<script>alert(1)</script><?php system('id') ?>";
    let sent = [jpeg(&flag(64, 64)).as_slice(), payload].concat();
    let encoded = encode(&sent).unwrap();
    assert!(!encoded.jpeg.windows(8).any(|part| part == b"<script>"));
}

#[test]
fn other_things_in_a_pictures_clothes_are_refused() {
    for sent in [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".as_slice(),
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
        b"%PDF-1.7",
        b"\0\0\0\x20ftypheic",
        b"BM\x3a\0\0\0",
        b"x",
    ] {
        assert_eq!(
            encode(sent).unwrap_err(),
            PictureError::Format,
            "{}",
            String::from_utf8_lossy(sent)
        );
    }
    assert_eq!(encode(b"").unwrap_err(), PictureError::Missing);
    assert_eq!(encode(&vec![0xff; MOST_BYTES + 1]).unwrap_err(), PictureError::TooHeavy);
}

#[test]
fn a_picture_cut_short_is_damaged() {
    let (jpeg, png) = (
        jpeg(&flag(600, 400)),
        png(&RgbaImage::from_fn(200, 200, |x, y| {
            Rgba([x as u8, y as u8, (x * y) as u8, 255])
        })),
    );
    for part in [10, 3, 2] {
        assert_eq!(
            encode(&jpeg[..jpeg.len() - jpeg.len() / part]).unwrap_err(),
            PictureError::Damaged
        );
        assert_eq!(
            encode(&png[..png.len() - png.len() / part]).unwrap_err(),
            PictureError::Damaged
        );
    }
    assert_eq!(encode(&jpeg[..3]).unwrap_err(), PictureError::Damaged);
}

#[test]
fn a_bomb_is_told_by_its_header() {
    // 60,000 × 60,000 pixels said in a header of a few bytes: nothing of that is ever made.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(60_000u32.to_be_bytes());
    png.extend(60_000u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0]);
    let checksum = flate2_crc(&png[12..]);
    png.extend(checksum.to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    assert_eq!(encode(&png).unwrap_err(), PictureError::TooLarge);

    // Within the sides' limit and past that of the pixels.
    let mut jpeg = jpeg(&flag(64, 64));
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x2e, 0xe0, 0x2e, 0xe0]);
    assert_eq!(encode(&jpeg).unwrap_err(), PictureError::TooLarge);
}

#[test]
fn a_dot_is_no_picture() {
    assert_eq!(encode(&jpeg(&flag(16, 400))).unwrap_err(), PictureError::TooSmall);
}

/// CRC-32 as PNG has it.
fn flate2_crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

proptest::proptest! {
    #[test]
    fn whatever_is_changed_in_a_picture_nothing_falls_over(at in 0usize..800, byte in 0u8..=255) {
        let mut sent = jpeg(&flag(48, 48));
        let at = at % sent.len();
        sent[at] = byte;
        // Taken or refused, in memory that fits.
        let _ = encode(&sent);
    }
}
