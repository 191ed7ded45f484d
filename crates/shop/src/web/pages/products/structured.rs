//! schema.org data of a product's page, as search engines read it: the product with an offer a variant, its ratings, the way to it.

use serde_json::{Map, Value, json};

use crate::catalog::{Image, Product, Variant};
use crate::ratings::{Average, Rating};

/// Reviews named in the data; the page shows all.
const REVIEWS: usize = 5;

/// What the data is made of.
pub(super) struct Facts<'a> {
    pub(super) site: &'a str,
    pub(super) url: &'a str,
    pub(super) product: &'a Product,
    pub(super) average: Option<Average>,
    pub(super) ratings: &'a [Rating],
    /// Names and addresses from the start page to this one, which comes last.
    pub(super) crumbs: [(&'a str, String); 4],
}

impl Facts<'_> {
    /// The whole, safe inside a script element.
    pub(super) fn write(&self) -> String {
        let data = json!({ "@context": "https://schema.org", "@graph": [self.product(), self.breadcrumbs()] });
        data.to_string().replace('<', "\\u003c")
    }

    fn product(&self) -> Value {
        let p = &self.product.summary;
        let mut data = Map::new();
        let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
        put("name", json!(p.name));
        put("description", json!(p.description));
        put("category", json!(p.category));
        put("url", json!(self.url));
        put("image", self.pictures(self.product.images.iter().take(3)));
        put("brand", json!({ "@type": "Brand", "name": p.store.name }));
        if let Some(Average { stars, count }) = self.average {
            let value = (stars * 10.0).round() / 10.0;
            put(
                "aggregateRating",
                json!({ "@type": "AggregateRating", "ratingValue": value, "ratingCount": count, "bestRating": 5, "worstRating": 1 }),
            );
            put("review", self.ratings.iter().take(REVIEWS).map(review).collect());
        }
        match self.product.variants.as_slice() {
            [only] => {
                put("@type", json!("Product"));
                put("sku", json!(only.sku));
                put("offers", self.offer(only));
            }
            variants => {
                put("@type", json!("ProductGroup"));
                put("productGroupID", json!(p.id.to_string()));
                put("variesBy", self.varies_by());
                put(
                    "hasVariant",
                    variants.iter().map(|variant| self.variant(variant)).collect(),
                );
            }
        }
        Value::Object(data)
    }

    fn varies_by(&self) -> Value {
        let variants = &self.product.variants;
        let differ = |of: fn(&Variant) -> &str| variants.iter().any(|variant| of(variant) != of(&variants[0]));
        let mut by = Vec::new();
        if differ(|variant| &variant.size) {
            by.push("https://schema.org/size");
        }
        if differ(|variant| &variant.color) {
            by.push("https://schema.org/color");
        }
        json!(by)
    }

    fn variant(&self, variant: &Variant) -> Value {
        let options = crate::web::pages::options(&variant.size, &variant.color);
        let name = &self.product.summary.name;
        let mut data = json!({
            "@type": "Product",
            "name": if options.is_empty() { name.clone() } else { format!("{name}, {options}") },
            "sku": variant.sku,
            "offers": self.offer(variant),
        });
        let shown = self
            .product
            .images
            .iter()
            .filter(|image| super::detail::shows(image, &variant.color));
        for (member, value) in [
            ("size", json!(variant.size)),
            ("color", json!(variant.color)),
            ("image", self.pictures(shown.take(1))),
        ] {
            if value.as_str() != Some("") && value.as_array().is_none_or(|list| !list.is_empty()) {
                data[member] = value;
            }
        }
        data
    }

    fn offer(&self, variant: &Variant) -> Value {
        let (stock, store) = (variant.available > 0, &self.product.summary.store);
        json!({
            "@type": "Offer",
            "url": self.url,
            "price": format!("{}.{:02}", variant.price.cents() / 100, variant.price.cents() % 100),
            "priceCurrency": variant.price.currency().code(),
            "itemCondition": "https://schema.org/NewCondition",
            "availability": if stock { "https://schema.org/InStock" } else { "https://schema.org/OutOfStock" },
            "seller": { "@type": "Organization", "name": store.name, "url": format!("{}/stores/{}", self.site, store.slug) },
        })
    }

    fn pictures<'i>(&self, images: impl Iterator<Item = &'i Image>) -> Value {
        images
            .map(|image| format!("{}/media/{}", self.site, image.file))
            .collect()
    }

    fn breadcrumbs(&self) -> Value {
        let items: Vec<Value> = (1..)
            .zip(&self.crumbs)
            .map(|(place, (name, url))| json!({ "@type": "ListItem", "position": place, "name": name, "item": url }))
            .collect();
        json!({ "@type": "BreadcrumbList", "itemListElement": items })
    }
}

fn review(rating: &Rating) -> Value {
    let mut data = json!({
        "@type": "Review",
        "author": { "@type": "Person", "name": rating.author },
        "datePublished": day(rating.created_at),
        "reviewRating": { "@type": "Rating", "ratingValue": rating.stars, "bestRating": 5, "worstRating": 1 },
    });
    if !rating.comment.is_empty() {
        data["reviewBody"] = json!(rating.comment);
    }
    data
}

/// `2026-11-24`, in UTC.
fn day(ms: i64) -> String {
    let at =
        time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1_000)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    at.date().to_string()
}
