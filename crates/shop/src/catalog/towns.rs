//! The towns that the marketplace is of.

use super::Place;

/// A textile town of southern Guanajuato.
#[derive(Debug)]
pub struct Town {
    /// Its word in addresses.
    pub key: &'static str,
    /// As written in a store's profile.
    pub name: &'static str,
    /// Its main square, to about a hundred metres.
    pub place: Place,
}

/// Where somebody may start looking for stores; stores may be in any other town too.
pub const TOWNS: [Town; 3] = [
    Town {
        key: "moroleon",
        name: "Moroleón",
        place: Place::at(20.1269, -101.1917),
    },
    Town {
        key: "uriangato",
        name: "Uriangato",
        place: Place::at(20.1403, -101.1783),
    },
    Town {
        key: "yuriria",
        name: "Yuriria",
        place: Place::at(20.2106, -101.1336),
    },
];

impl Town {
    /// The town of that word.
    pub fn by_key(key: &str) -> Option<&'static Self> {
        TOWNS.iter().find(|town| town.key == key)
    }

    /// The town of that name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        TOWNS.iter().find(|town| town.name == name)
    }
}
