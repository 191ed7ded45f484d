//! Objects that the sandbox only keeps and gives back: customers, products, prices, webhook endpoints.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Customer,
    Product,
    Price,
    Endpoint,
}

impl Kind {
    /// As errors name it: `No such price: …`.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Product => "product",
            Self::Price => "price",
            Self::Endpoint => "webhook endpoint",
        }
    }

    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Customer => "cus_",
            Self::Product => "prod_",
            Self::Price => "price_",
            Self::Endpoint => "we_",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Customer => "/v1/customers",
            Self::Product => "/v1/products",
            Self::Price => "/v1/prices",
            Self::Endpoint => "/v1/webhook_endpoints",
        }
    }
}

/// One such object, held as the JSON it is answered with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) id: Box<str>,
    pub(crate) created: i64,
    pub(crate) kind: Kind,
    /// Whole, `id` and `object` included; an endpoint's secret is beside it.
    pub(crate) body: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<Box<str>>,
}

impl Document {
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str)
    }
}
