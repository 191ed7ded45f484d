//! Names of uploaded pictures, which say all that a page needs to know of them.
//!
//! `foto-<hash>-1600x1200.jpg` is the picture; beside it lie `foto-<hash>-1600x1200-w400.jpg` and `…-w800.jpg`, as far as they are
//! narrower. So a `srcset` is written from a name alone, without asking the database or the disk.

use std::fmt::Write as _;

use ring::digest::{Context, SHA256};

use crate::catalog::StoreId;

/// Widths of the smaller copies, in pixels.
pub(super) const SMALL: [u32; 2] = [400, 800];

const PREFIX: &str = "foto-";
const ENDING: &str = ".jpg";

/// An uploaded picture, read back from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    stem: &'a str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl<'a> Name<'a> {
    /// `None` for drawn pictures and anything else that was not uploaded.
    pub fn parse(file: &'a str) -> Option<Self> {
        let stem = file.strip_suffix(ENDING)?;
        let (_, size) = stem.strip_prefix(PREFIX)?.split_once('-')?;
        let (width, height) = size.split_once('x')?;
        Some(Self {
            stem,
            width: width.parse().ok()?,
            height: height.parse().ok()?,
        })
    }

    /// The smaller copies there are: their widths and files, the smallest first.
    pub fn copies(&self) -> impl Iterator<Item = (u32, String)> + '_ {
        SMALL
            .into_iter()
            .filter(|width| *width < self.width)
            .map(|width| (width, format!("{}-w{width}{ENDING}", self.stem)))
    }
}

/// The name of a store's picture with these bytes.
pub(super) fn of(store: StoreId, bytes: &[u8], width: u32, height: u32) -> String {
    let mut context = Context::new(&SHA256);
    context.update(&store.0.to_be_bytes());
    context.update(bytes);
    let mut name = PREFIX.to_owned();
    for byte in &context.finish().as_ref()[..16] {
        let _ = write!(name, "{byte:02x}");
    }
    let _ = write!(name, "-{width}x{height}{ENDING}");
    name
}

/// `srcset` of an `img`, with addresses below `/media/`; empty for what has one size only.
pub fn srcset(file: &str) -> String {
    let Some(name) = Name::parse(file) else {
        return String::new();
    };
    let mut set = String::new();
    for (width, copy) in name.copies() {
        let _ = write!(set, "/media/{copy} {width}w, ");
    }
    if set.is_empty() {
        return set;
    }
    let _ = write!(set, "/media/{file} {}w", name.width);
    set
}

/// The smallest copy, for thumbnails; the file itself when it has none.
pub fn small(file: &str) -> String {
    Name::parse(file)
        .and_then(|name| name.copies().next())
        .map_or_else(|| file.to_owned(), |(_, copy)| copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_which_copies_there_are() {
        let file = of(StoreId(7), b"pixels", 1200, 1600);
        assert_eq!(
            srcset(&file),
            format!(
                "/media/{} 400w, /media/{} 800w, /media/{file} 1200w",
                file.replace(".jpg", "-w400.jpg"),
                file.replace(".jpg", "-w800.jpg")
            )
        );
        assert_eq!(small(&file), file.replace(".jpg", "-w400.jpg"));
    }

    #[test]
    fn a_narrow_picture_and_a_drawn_one_have_one_size() {
        let narrow = of(StoreId(7), b"pixels", 300, 900);
        assert_eq!((srcset(&narrow).as_str(), small(&narrow)), ("", narrow.clone()));
        for other in [
            "drawn/playera-lisa.svg",
            "",
            "foto-.jpg",
            "foto-ab-1x.jpg",
            "foto-ab-4x5-w400.jpg",
        ] {
            assert_eq!(srcset(other), "", "{other}");
        }
    }

    #[test]
    fn whose_it_is_is_part_of_the_name() {
        assert_ne!(of(StoreId(1), b"pixels", 4, 5), of(StoreId(2), b"pixels", 4, 5));
    }
}
