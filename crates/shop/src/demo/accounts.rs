//! Demo accounts: one buyer to try things with, a seller a store, and a crowd for load tests.

/// Password of every demo account.
pub const PASSWORD: &str = "TestPassword123!";

/// Someone who can sign in.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// Display name.
    pub name: String,
    /// Lower case.
    pub email: String,
    /// `comprador` or `vendedor`.
    pub role: &'static str,
    /// Where things are sent.
    pub address: DemoAddress,
}

/// A Mexican postal address.
#[derive(Clone, Debug)]
pub struct DemoAddress {
    /// Street and number.
    pub street: String,
    /// Colonia.
    pub neighborhood: &'static str,
    /// Municipality.
    pub city: &'static str,
    /// State of the federation.
    pub state: &'static str,
    /// Five digits.
    pub postal_code: &'static str,
    /// Ten digits.
    pub phone: String,
}

const PLACES: [(&str, &str, &str, &str, &str); 6] = [
    (
        "Av. Insurgentes Sur",
        "Del Valle",
        "Benito Juárez",
        "Ciudad de México",
        "03100",
    ),
    ("Calle Pípila", "Centro", "León", "Guanajuato", "37000"),
    ("Av. Juárez", "Americana", "Guadalajara", "Jalisco", "44160"),
    ("Calle 5 de Mayo", "Centro", "Morelia", "Michoacán", "58000"),
    ("Av. Constitución", "Obispado", "Monterrey", "Nuevo León", "64060"),
    ("Calle Corregidora", "Centro", "Querétaro", "Querétaro", "76000"),
];

const FIRST: [&str; 12] = [
    "Alejandra",
    "Beatriz",
    "Carlos",
    "Daniela",
    "Eduardo",
    "Fernanda",
    "Gerardo",
    "Itzel",
    "Javier",
    "Karla",
    "Luis",
    "Mónica",
];
const LAST: [&str; 11] = [
    "Ávila",
    "Bautista",
    "Chávez",
    "Domínguez",
    "Estrada",
    "Flores",
    "García",
    "Hernández",
    "Juárez",
    "Lozano",
    "Medina",
];

/// The buyer of the guides and the seller of each store, `owners` in the order of [`catalog`](super::catalog):
/// `test@example.com`, `vendedor1@test.com`, `vendedor2@test.com`, …
pub fn accounts<'a>(owners: impl IntoIterator<Item = &'a str>) -> Vec<DemoAccount> {
    let buyer = DemoAccount {
        name: "Usuario de Prueba".into(),
        email: "test@example.com".into(),
        role: "comprador",
        address: address(0),
    };
    let sellers = owners.into_iter().enumerate().map(|(index, owner)| DemoAccount {
        name: owner.to_owned(),
        email: format!("vendedor{}@test.com", index + 1),
        role: "vendedor",
        address: address(index + 1),
    });
    std::iter::once(buyer).chain(sellers).collect()
}

/// `user{number}@test.com`, a buyer of the crowd; `number` counts from 1.
pub fn load_account(number: u32) -> DemoAccount {
    let index = number as usize;
    DemoAccount {
        name: format!("{} {}", FIRST[index % FIRST.len()], LAST[index % LAST.len()]),
        email: format!("user{number}@test.com"),
        role: "comprador",
        address: address(index),
    }
}

fn address(index: usize) -> DemoAddress {
    let (street, neighborhood, city, state, postal_code) = PLACES[index % PLACES.len()];
    DemoAddress {
        street: format!("{street} {}", 100 + index * 7 % 900),
        neighborhood,
        city,
        state,
        postal_code,
        phone: format!("55{:08}", 10_000_000 + index * 7_919),
    }
}
