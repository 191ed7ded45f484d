//! From whatever was sent to pixels of our own: nothing of the sent bytes survives but what was to be seen.
//!
//! The format is told by the content. Sizes are read from the header and refused before anything is decoded; what is decoded is turned
//! upright after EXIF, shrunk, and encoded anew, so that places, cameras, thumbnails and whatever hid behind the picture are gone.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::name::SMALL;

/// Most bytes of a picture as sent.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Most pixels: a phone's 50 megapixels, not a poster.
const MOST_PIXELS: u64 = 52_000_000;
/// Longest side that is read at all.
const MOST_SIDE: u32 = 12_000;
/// Shortest side worth showing.
const LEAST_SIDE: u32 = 32;
/// Most memory of a decoder, its output included.
const MOST_MEMORY: u64 = 224 * 1024 * 1024;
/// Longest side that is kept.
const KEPT_SIDE: u32 = 1_600;
/// Of the JPEGs we write.
const QUALITY: u8 = 82;

/// Why a picture was not taken. All of them are the sender's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Nothing was sent.
    #[error("no picture was sent")]
    Missing,
    /// More than [`MOST_BYTES`].
    #[error("the picture has too many bytes")]
    TooHeavy,
    /// By its content neither JPEG nor PNG nor WebP, whatever its name says.
    #[error("not a JPEG, PNG or WebP picture")]
    Format,
    /// More pixels than are read.
    #[error("the picture has too many pixels")]
    TooLarge,
    /// Too few to be seen.
    #[error("the picture is too small")]
    TooSmall,
    /// It begins as a picture and does not go on as one.
    #[error("the picture is damaged")]
    Damaged,
}

/// A picture as it is kept.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) jpeg: Vec<u8>,
    /// Narrower ones, by their width.
    pub(super) copies: Vec<(u32, Vec<u8>)>,
}

/// Decodes, turns, shrinks and encodes. Takes up to a second or two and 300 MB for the largest: not for an async thread.
pub(super) fn encode(bytes: &[u8]) -> Result<Encoded, PictureError> {
    let (pixels, orientation) = decode(bytes)?;
    let mut shrunk = DynamicImage::ImageRgb8(shrink(pixels, KEPT_SIDE, KEPT_SIDE));
    shrunk.apply_orientation(orientation);
    let upright = shrunk.into_rgb8();
    let (width, height) = upright.dimensions();
    let jpeg = write(&upright)?;
    let mut copies = Vec::new();
    for small in SMALL.into_iter().filter(|small| *small < width) {
        copies.push((small, write(&shrink(upright.clone(), small, u32::MAX))?));
    }
    Ok(Encoded {
        width,
        height,
        jpeg,
        copies,
    })
}

fn decode(bytes: &[u8]) -> Result<(RgbImage, Orientation), PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Missing);
    }
    if bytes.len() > MOST_BYTES {
        return Err(PictureError::TooHeavy);
    }
    let format = image::guess_format(bytes).map_err(|_| PictureError::Format)?;
    match format {
        // The decoder would fill the missing part of a broken one with grey.
        ImageFormat::Jpeg if !jpeg_is_whole(bytes) => return Err(PictureError::Damaged),
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP => {}
        _ => return Err(PictureError::Format),
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(PictureError::TooLarge);
    }
    if width.min(height) < LEAST_SIDE {
        return Err(PictureError::TooSmall);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    Ok((flatten(picture), orientation))
}

fn refused(error: image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        image::ImageError::Unsupported(_) => PictureError::Format,
        _ => PictureError::Damaged,
    }
}

/// Does the compressed data come to its end? Segments up to the first scan are skipped, since a thumbnail within them has an end mark
/// of its own.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const SCAN: u8 = 0xda;
    let mut at = 2;
    while let Some([0xff, kind, rest @ ..]) = bytes.get(at..) {
        match kind {
            // Fill bytes before a marker.
            0xff => at += 1,
            &SCAN => return rest.windows(2).any(|pair| pair == [0xff, 0xd9]),
            _ => {
                let [high, low, ..] = rest else { return false };
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
            }
        }
    }
    false
}

/// What is transparent becomes white, as on the paper of a catalogue.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let seen = picture.into_rgba8();
    RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [r, g, b, a] = seen.get_pixel(x, y).0;
        let over = |c: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8;
        Rgb([over(r), over(g), over(b)])
    })
}

/// Keeps the shape; leaves alone what is small enough. First by averaging whole pixels, which is fast, then finely.
fn shrink(picture: RgbImage, most_width: u32, most_height: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let scale = (f64::from(most_width) / f64::from(width)).min(f64::from(most_height) / f64::from(height));
    if scale >= 1.0 {
        return picture;
    }
    let scaled = |side: u32, by: f64| ((f64::from(side) * by).round() as u32).max(1);
    let (to_width, to_height) = (scaled(width, scale), scaled(height, scale));
    let coarse = if scale < 0.5 {
        imageops::thumbnail(&picture, to_width * 2, to_height * 2)
    } else {
        picture
    };
    imageops::resize(&coarse, to_width, to_height, FilterType::CatmullRom)
}

fn write(picture: &RgbImage) -> Result<Vec<u8>, PictureError> {
    let mut jpeg = Vec::with_capacity(picture.len() / 8);
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(picture)
        .map_err(|_| PictureError::Damaged)?;
    Ok(jpeg)
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
