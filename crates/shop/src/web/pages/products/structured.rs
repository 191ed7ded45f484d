//! schema.org data of a product's page, as search engines read it: the product with an offer a variant, its ratings, the way to it.

use super::super::script_data;
use super::schema_org::{
    Address, AggregateRating, BreadcrumbList, Graph, Kind, ListItem, Member, MemberName, Named, Offer, Organization,
    Price, Review, Stars, Thing,
};
use crate::catalog::{Image, Product, Variant};
use crate::ratings::{Average, Rating};

/// Reviews named in the data; the page shows all.
const REVIEWS: usize = 5;
/// Pictures named in the data; the page shows all.
const PICTURES: usize = 3;

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

impl<'a> Facts<'a> {
    /// The whole, safe inside a script element.
    pub(super) fn write(&'a self) -> String {
        script_data(&Graph {
            context: "https://schema.org",
            graph: (self.product(), self.breadcrumbs()),
        })
    }

    fn product(&'a self) -> Thing<'a> {
        let p = &self.product.summary;
        Thing {
            kind: self.kind(),
            name: &p.name,
            description: &p.description,
            category: &p.category,
            url: self.url,
            image: self
                .product
                .images
                .iter()
                .take(PICTURES)
                .map(|i| self.picture(i))
                .collect(),
            brand: Named::Brand { name: &p.store.name },
            aggregate_rating: self.average.as_ref().map(|average| AggregateRating {
                rating_value: (average.stars * 10.0).round() / 10.0,
                rating_count: average.count,
                best_rating: 5,
                worst_rating: 1,
            }),
            review: self.ratings.iter().take(REVIEWS).map(review).collect(),
        }
    }

    fn kind(&'a self) -> Kind<'a> {
        match self.product.variants.as_slice() {
            [only] => Kind::Product {
                sku: &only.sku,
                offers: self.offer(only),
            },
            variants => Kind::ProductGroup {
                group: self.product.summary.id.to_string(),
                varies_by: varies_by(variants),
                has_variant: variants.iter().map(|variant| self.member(variant)).collect(),
            },
        }
    }

    fn member(&'a self, variant: &'a Variant) -> Member<'a> {
        let mut images = self.product.images.iter();
        let shown = images.find(|image| super::detail::shows(image, &variant.color));
        Member {
            name: MemberName(&self.product.summary.name, variant),
            sku: &variant.sku,
            offers: self.offer(variant),
            size: &variant.size,
            color: &variant.color,
            image: shown.map(|image| [self.picture(image)]),
        }
    }

    fn offer(&'a self, variant: &Variant) -> Offer<'a> {
        let store = &self.product.summary.store;
        Offer {
            url: self.url,
            price: Price(variant.price),
            price_currency: variant.price.currency().code(),
            item_condition: "https://schema.org/NewCondition",
            availability: if variant.available > 0 {
                "https://schema.org/InStock"
            } else {
                "https://schema.org/OutOfStock"
            },
            seller: Organization {
                name: &store.name,
                url: Address(self.site, "stores", &store.slug),
            },
        }
    }

    fn picture(&'a self, image: &'a Image) -> Address<'a> {
        Address(self.site, "media", &image.file)
    }

    fn breadcrumbs(&'a self) -> BreadcrumbList<'a> {
        let crumbs = (1..).zip(&self.crumbs);
        BreadcrumbList {
            item_list_element: crumbs
                .map(|(position, (name, item))| ListItem { position, name, item })
                .collect(),
        }
    }
}

/// In what the variants differ.
fn varies_by(variants: &[Variant]) -> Vec<&'static str> {
    let differ = |of: fn(&Variant) -> &str| variants.iter().any(|variant| of(variant) != of(&variants[0]));
    let mut by = Vec::new();
    if differ(|variant| &variant.size) {
        by.push("https://schema.org/size");
    }
    if differ(|variant| &variant.color) {
        by.push("https://schema.org/color");
    }
    by
}

fn review(rating: &Rating) -> Review<'_> {
    let at = time::OffsetDateTime::from_unix_timestamp(rating.created_at.div_euclid(1_000))
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    Review {
        author: Named::Person { name: &rating.author },
        date_published: at.date().to_string(),
        review_rating: Stars {
            rating_value: rating.stars,
            best_rating: 5,
            worst_rating: 1,
        },
        review_body: &rating.comment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ProductId, ProductSummary, StoreId, StoreSummary, VariantId};
    use serde_json::{Value, json};
    use units::Money;

    fn variant(size: &str, color: &str, available: i64) -> Variant {
        Variant {
            id: VariantId(1),
            sku: format!("REB-{size}{color}"),
            size: size.into(),
            color: color.into(),
            price: Money::from_cents(34_905),
            available,
        }
    }

    fn written(variants: Vec<Variant>) -> Value {
        let picture = Image {
            file: "r.webp".into(),
            width: 8,
            height: 10,
            alt: "Rebozo, color Azul".into(),
        };
        let product = Product {
            summary: ProductSummary {
                id: ProductId(7),
                name: "Rebozo </script>".into(),
                description: String::new(),
                category: "rebozos".into(),
                price: Money::from_cents(34_905),
                image: String::new(),
                stock: 3,
                rating: 0.0,
                rating_count: 0,
                sold_count: 0,
                created_at: 0,
                store: StoreSummary {
                    id: StoreId(1),
                    name: "Hilos".into(),
                    slug: "hilos".into(),
                    city: "Uriangato".into(),
                },
            },
            variants,
            images: vec![picture],
        };
        let facts = Facts {
            site: "https://t.example",
            url: "https://t.example/products/7",
            product: &product,
            average: None,
            ratings: &[],
            crumbs: std::array::from_fn(|n| ("Paso", format!("https://t.example/{n}"))),
        };
        let text = facts.write();
        assert!(!text.contains('<'), "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn a_product_of_one_variant_is_a_product() {
        let data = &written(vec![variant("", "", 0)])["@graph"][0];
        assert_eq!(data["@type"], "Product");
        assert_eq!(data["name"], "Rebozo </script>");
        assert_eq!(data["offers"]["price"], "349.05");
        assert_eq!(data["offers"]["availability"], "https://schema.org/OutOfStock");
        assert_eq!(data["offers"]["@type"], "Offer");
    }

    #[test]
    fn one_of_several_is_a_group() {
        let data = &written(vec![variant("M", "Azul", 3), variant("M", "Rojo", 0)])["@graph"][0];
        assert_eq!(data["@type"], "ProductGroup");
        assert_eq!(data["variesBy"], json!(["https://schema.org/color"]));
        let [blue, red] = [0, 1].map(|n| &data["hasVariant"][n]);
        assert_eq!(blue["@type"], "Product");
        assert_eq!(blue["name"], "Rebozo </script>, M · Azul");
        assert_eq!(blue["image"], json!(["https://t.example/media/r.webp"]));
        assert_eq!(red.get("image"), None);
        assert_eq!(red["offers"]["seller"]["@type"], "Organization");
    }

    #[test]
    fn the_way_to_it_is_counted_from_one() {
        let data = &written(vec![variant("", "", 1)])["@graph"][1];
        assert_eq!(data["@type"], "BreadcrumbList");
        assert_eq!(
            data["itemListElement"][3],
            json!({ "@type": "ListItem", "position": 4, "name": "Paso", "item": "https://t.example/3" })
        );
    }
}
