//! Reading the form of a product as browsers send it: `name`, `v3.stock`, `p0.alt`.

use std::collections::BTreeMap;

use super::form::{Cell, Form, Pic};
use crate::web::session::CsrfParts;

/// More than a product may have, so that too many are told and not lost.
const MOST: usize = 200;

impl Form {
    /// What was sent, as it was sent.
    pub(super) fn read(parts: &CsrfParts) -> Self {
        let mut form = Self::default();
        let mut cells: BTreeMap<usize, Cell> = BTreeMap::new();
        let mut pics: BTreeMap<usize, (usize, Pic)> = BTreeMap::new();
        for (name, value) in &parts.fields {
            if let Some((n, part)) = numbered(name, 'v') {
                set_cell(cells.entry(n).or_default(), part, value);
            } else if let Some((n, part)) = numbered(name, 'p') {
                let (place, pic) = pics.entry(n).or_insert_with(|| (n, Pic::default()));
                match part {
                    // Typed places begin at one; equal ones stay as they were.
                    "place" => {
                        *place = value
                            .trim()
                            .parse()
                            .map_or(n, |place: usize| place.saturating_sub(1).min(MOST))
                    }
                    _ => set_pic(pic, part, value),
                }
            } else {
                form.set(name, value);
            }
        }
        form.cells = cells.into_values().collect();
        let mut pics: Vec<(usize, Pic)> = pics.into_values().filter(|(_, pic)| !pic.file.is_empty()).collect();
        pics.sort_by_key(|(place, _)| *place);
        form.pictures = pics.into_iter().map(|(_, pic)| pic).collect();
        form
    }

    fn set(&mut self, name: &str, value: &str) {
        let place = match name {
            "name" => &mut self.name,
            "description" => &mut self.description,
            "category" => &mut self.category,
            "price" => &mut self.price,
            "sizes" => &mut self.sizes,
            "colors" => &mut self.colors,
            "version" => &mut self.version,
            "status" => {
                self.hidden = value == "hidden";
                return;
            }
            _ => return,
        };
        value.clone_into(place);
    }
}

fn set_cell(cell: &mut Cell, part: &str, value: &str) {
    let place = match part {
        "size" => &mut cell.size,
        "color" => &mut cell.color,
        "stock" => &mut cell.stock,
        "was" => &mut cell.was,
        "price" => &mut cell.price,
        "sku" => &mut cell.sku,
        _ => return,
    };
    value.clone_into(place);
}

fn set_pic(pic: &mut Pic, part: &str, value: &str) {
    match part {
        "file" => value.clone_into(&mut pic.file),
        "alt" => value.clone_into(&mut pic.alt),
        "color" => value.clone_into(&mut pic.color),
        "remove" => pic.remove = true,
        _ => {}
    }
}

/// `v3.stock` as 3 and `stock`.
fn numbered(name: &str, list: char) -> Option<(usize, &str)> {
    let (n, part) = name.strip_prefix(list)?.split_once('.')?;
    let n: usize = n.parse().ok()?;
    (n < MOST).then_some((n, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_what_is_read() {
        let sent = [
            ("name", "Suéter"),
            ("status", "hidden"),
            ("v1.size", "M"),
            ("v1.stock", "3"),
            ("v0.size", "CH"),
            ("p0.file", "a.jpg"),
            ("p0.place", "2"),
            ("p1.file", "b.jpg"),
            ("p1.place", "1"),
            ("p1.remove", "1"),
            ("v999999.size", "too far"),
            ("vx.size", "no number"),
            ("unknown", "x"),
        ];
        let form = Form::read(&CsrfParts {
            fields: sent.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            files: Vec::new(),
        });
        assert!(form.name == "Suéter" && form.hidden);
        let sizes: Vec<&str> = form.cells.iter().map(|cell| cell.size.as_str()).collect();
        assert_eq!((sizes, form.cells[1].stock.as_str()), (vec!["CH", "M"], "3"));
        let files: Vec<(&str, bool)> = form
            .pictures
            .iter()
            .map(|pic| (pic.file.as_str(), pic.remove))
            .collect();
        assert_eq!(files, [("b.jpg", true), ("a.jpg", false)]);
    }
}
