//! What an address is.

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

units::id! {
    /// A row of `addresses`.
    AddressId,
}

/// Most addresses that one user keeps.
pub const MOST: usize = 20;

/// A delivery address in Mexico. Absent parts are empty ones, so that who writes one is told of all that is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromQueryResult, ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Address {
    /// Who takes it in.
    #[schema(required, min_length = 1, max_length = 100)]
    pub recipient: String,
    /// Telephone, of at least ten digits.
    #[schema(required, min_length = 10, max_length = 20)]
    pub phone: String,
    /// Street and number.
    #[schema(required, min_length = 1, max_length = 150)]
    pub street: String,
    /// Colonia.
    #[schema(required, min_length = 1, max_length = 100)]
    pub neighborhood: String,
    /// Town.
    #[schema(required, min_length = 1, max_length = 100)]
    pub city: String,
    /// State of Mexico's federation.
    #[schema(required, min_length = 1, max_length = 60)]
    pub state: String,
    /// Five digits.
    #[schema(required, pattern = "^[0-9]{5}$")]
    pub postal_code: String,
    /// How to find it.
    #[schema(max_length = 200)]
    pub notes: String,
}

/// An address in somebody's book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAddress {
    /// To name it by.
    pub id: AddressId,
    /// What it says.
    pub address: Address,
    /// Is it the one that things are sent to when nothing else is said?
    pub is_default: bool,
}

/// A part of an address, in the order of forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Who takes it in.
    Recipient,
    /// Telephone.
    Phone,
    /// Street and number.
    Street,
    /// Colonia.
    Neighborhood,
    /// Town.
    City,
    /// State of Mexico's federation.
    State,
    /// Five digits.
    PostalCode,
    /// How to find it.
    Notes,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Recipient,
        Self::Phone,
        Self::Street,
        Self::Neighborhood,
        Self::City,
        Self::State,
        Self::PostalCode,
        Self::Notes,
    ];

    /// Its name in JSON and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::Phone => "phone",
            Self::Street => "street",
            Self::Neighborhood => "neighborhood",
            Self::City => "city",
            Self::State => "state",
            Self::PostalCode => "postalCode",
            Self::Notes => "notes",
        }
    }

    /// Most characters.
    pub const fn most(self) -> usize {
        match self {
            Self::Recipient | Self::Neighborhood | Self::City => 100,
            Self::Phone => 20,
            Self::Street => 150,
            Self::State => 60,
            Self::PostalCode => 5,
            Self::Notes => 200,
        }
    }

    /// May it be left out?
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Notes)
    }

    /// What an address says there.
    pub fn of(self, address: &Address) -> &str {
        match self {
            Self::Recipient => &address.recipient,
            Self::Phone => &address.phone,
            Self::Street => &address.street,
            Self::Neighborhood => &address.neighborhood,
            Self::City => &address.city,
            Self::State => &address.state,
            Self::PostalCode => &address.postal_code,
            Self::Notes => &address.notes,
        }
    }
}
