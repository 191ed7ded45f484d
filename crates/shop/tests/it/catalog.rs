//! The catalogue for programs.

use testkit::Marketplace;

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_by_number_and_by_cursor_without_gaps_or_repeats() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    for sort in ["newest", "price_asc", "price_desc", "popular"] {
        let mut by_number = Vec::new();
        for page in 1.. {
            let list = guest
                .get(&format!("/api/products?limit=37&page={page}&sort={sort}"))
                .await
                .ok();
            assert_eq!(list["currentPage"], page);
            by_number.extend(
                list["products"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|p| p["id"].as_i64().unwrap()),
            );
            if page == list["totalPages"].as_i64().unwrap() {
                assert_eq!(list["total"], by_number.len());
                break;
            }
        }
        let (mut by_cursor, mut cursor) = (Vec::new(), String::new());
        loop {
            let list = guest
                .get(&format!("/api/products?limit=37&sort={sort}&cursor={cursor}"))
                .await
                .ok();
            by_cursor.extend(
                list["products"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|p| p["id"].as_i64().unwrap()),
            );
            match list["nextCursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(by_number, by_cursor, "{sort}");
        assert!(by_number.len() > 150, "the demo has about 200 products");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_keep_what_they_say() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let list = |query: &str| {
        let (guest, path) = (guest.clone(), format!("/api/products?limit=100&{query}"));
        async move { guest.get(&path).await.ok()["products"].as_array().unwrap().clone() }
    };
    let found = list("search=PLAYERA%20basica").await;
    assert!(found.iter().any(|p| p["id"] == 1), "a search ignores case and accents");
    assert!(list("search=zzzzqqq").await.is_empty());
    assert!(list("search=%25").await.len() == 100, "a wildcard is not one");
    let cheap = list("minPrice=100&maxPrice=200.50").await;
    assert!(
        !cheap.is_empty()
            && cheap
                .iter()
                .all(|p| (10_000..=20_050).contains(&p["price_cents"].as_i64().unwrap()))
    );
    let town = list("city=Yuriria").await;
    assert!(!town.is_empty() && town.iter().all(|p| p["store"]["city"] == "Yuriria"));
    let kind = list("category=rebozos").await;
    assert!(!kind.is_empty() && kind.iter().all(|p| p["category"] == "rebozos"));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_parameters_are_named() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    for (query, field) in [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("sort=random", "sort"),
        ("minPrice=barato", "minPrice"),
        ("maxPrice=1.005", "maxPrice"),
        ("cursor=inventado", "cursor"),
    ] {
        let answer = guest.get(&format!("/api/products?{query}")).await;
        assert_eq!(answer.status.as_u16(), 400, "{query}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_shows_its_variants_and_its_store_without_the_owner() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let product = guest.get("/api/products/2").await.ok();
    assert!(product["variants"].as_array().unwrap().len() > 1);
    assert_eq!(
        product["price"].as_f64().unwrap() * 100.0,
        product["price_cents"].as_f64().unwrap()
    );
    let stores = guest.get("/api/stores").await.ok();
    let text = format!("{product}{stores}");
    for secret in ["password", "argon2", "email", "@test.com", "owner"] {
        assert!(!text.contains(secret), "{secret} leaked");
    }
    for unknown in ["999999", "0", "-1", "uno", "9999999999999999999999"] {
        assert_eq!(
            guest.get(&format!("/api/products/{unknown}")).await.status.as_u16(),
            404,
            "{unknown}"
        );
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_nearby_come_nearest_first() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let near = guest.get("/api/stores/nearby?lat=20.1269&lng=-101.1917").await.ok();
    let distances: Vec<f64> = near
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["distance"].as_f64().unwrap())
        .collect();
    assert!(distances.len() >= 10 && distances.is_sorted(), "{distances:?}");
    let close = guest
        .get("/api/stores/nearby?latitude=20.1269&longitude=-101.1917&radius=5")
        .await
        .ok();
    assert!(close.as_array().unwrap().len() < distances.len());
    assert_eq!(guest.get("/api/stores/nearby?lat=91&lng=0").await.status.as_u16(), 400);
    assert_eq!(
        guest.get("/api/stores/nearby").await.body["errors"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    shop.stop().await;
}
