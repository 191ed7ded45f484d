//! A place in a sorted list that stays right while the list changes.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Sort;

/// "After this product in this order": opaque text to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The order it belongs to.
    pub sort: Sort,
    /// The last product's value in that order.
    pub key: i64,
    /// The last product.
    pub id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{} {} {}", self.sort, self.key, self.id)))
    }
}

/// The text is not one of our cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACursor)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| NotACursor)?;
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or(NotACursor);
        let sort = next()?.parse().map_err(|()| NotACursor)?;
        let key = next()?.parse().map_err(|_| NotACursor)?;
        let id = next()?.parse().map_err(|_| NotACursor)?;
        Ok(Self { sort, key, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_trip_and_refuses_anything_else() {
        let cursor = Cursor {
            sort: Sort::PriceDesc,
            key: 34_950,
            id: 7,
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in ["", "!", "bmV3ZXN0", "bmV3ZXN0IDEgeA"] {
            assert_eq!(wrong.parse::<Cursor>(), Err(NotACursor));
        }
    }
}
