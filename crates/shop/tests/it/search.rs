//! Looking for products: facets, and lists that are never older than the question.

use std::collections::HashSet;

use sea_orm::DbBackend;
use serde_json::Value;
use shop::App;
use shop::catalog::{self, Filter, ProductId, Sort, StoreId};
use shop::db::{Batch, Tx};
use testkit::{Buyer, Marketplace, http};

/// Changes a product as a seller's form does, with its note, in a transaction that is still open.
async fn rename(app: &App, product: i64, name: &str) -> Tx {
    use sea_orm::ConnectionTrait;
    let tx = app.db().begin().await.unwrap();
    let text = catalog::search_text(name, "", "playeras", []);
    tx.execute_unprepared(&format!(
        "UPDATE products SET name = '{name}', search_text = '{text}' WHERE id = {product}"
    ))
    .await
    .unwrap();
    let mut batch = Batch::new("test_rename");
    catalog::note_change(&mut batch, app.clock(), ProductId(product));
    batch.execute(&tx).await.unwrap();
    tx
}

fn ids(list: &Value) -> Vec<i64> {
    list["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| product["id"].as_i64().unwrap())
        .collect()
}

async fn found(guest: &Buyer, query: &str) -> Vec<i64> {
    ids(&guest.get(&format!("/api/products?limit=100&{query}")).await.ok())
}

/// The same, in a process that is not the one behind HTTP.
async fn found_elsewhere(app: &App, search: &str) -> Vec<i64> {
    let filter = Filter {
        search: Some(search.into()),
        ..Filter::default()
    };
    let page = catalog::browse(app, &filter).await.unwrap();
    page.products.iter().map(|product| product.id.0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_product_shows_in_every_process_at_once() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    for round in 0..20 {
        let word = format!("xilografia{round}");
        assert!(found(&guest, &format!("search={word}")).await.is_empty());
        assert!(found_elsewhere(&shop.app, &word).await.is_empty());
        let tx = rename(&shop.app, 7, &format!("Playera {word}")).await;
        assert!(
            found(&guest, &format!("search={word}")).await.is_empty(),
            "not before the commit"
        );
        tx.commit().await.unwrap();
        assert_eq!(found(&guest, &format!("search={word}")).await, [7]);
        assert_eq!(found_elsewhere(&shop.app, &word).await, [7]);
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_product_leaves_every_list_and_a_moved_store_takes_its_products_along() {
    use sea_orm::ConnectionTrait;
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let total = |query: &'static str| {
        let guest = guest.clone();
        async move {
            let list = guest.get(&format!("/api/products?{query}")).await.ok();
            list["total"].as_i64().unwrap()
        }
    };
    let (all, of_store) = (total("").await, total("store=moda-colibri").await);
    let (from, to) = (total("city=Uriangato").await, total("city=Yuriria").await);
    let store = shop.number("SELECT id FROM stores WHERE slug = 'moda-colibri'").await;
    let product = shop
        .number(&format!("SELECT MIN(id) FROM products WHERE store_id = {store}"))
        .await;

    let app = &shop.app;
    let tx = app.db().begin().await.unwrap();
    let mut batch = Batch::new("test_move");
    catalog::note_change(&mut batch, app.clock(), ProductId(product));
    catalog::note_store_change(&mut batch, app.clock(), StoreId(store));
    batch.execute(&tx).await.unwrap();
    for sql in [
        format!("UPDATE products SET status = 'hidden' WHERE id = {product}"),
        format!("UPDATE stores SET city = 'Yuriria', slug = 'colibri', name = 'Colibrí' WHERE id = {store}"),
    ] {
        tx.execute_unprepared(&sql).await.unwrap();
    }
    tx.commit().await.unwrap();

    assert_eq!(total("").await, all - 1);
    assert_eq!(total("store=moda-colibri").await, 0);
    assert_eq!(total("store=colibri").await, of_store - 1);
    assert_eq!(total("city=Uriangato").await, from - of_store);
    assert_eq!(total("city=Yuriria").await, to + of_store - 1);
    let list = guest.get("/api/products?store=colibri").await.ok();
    assert_eq!(list["products"][0]["store"]["name"], "Colibrí");
    let stores = guest.get("/api/stores").await.ok().to_string();
    assert!(stores.contains("Colibrí") && !stores.contains("moda-colibri"));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_commits_after_a_later_one_is_not_missed() {
    let shop = Marketplace::start().await;
    let app = &shop.app;
    assert!(found_elsewhere(app, "xilo").await.is_empty());
    let early = rename(app, 7, "Playera xiloearly").await;
    if app.db().backend() == DbBackend::Sqlite {
        // One writer at a time: the order of numbers is that of commits.
        early.commit().await.unwrap();
        rename(app, 8, "Playera xilolate").await.commit().await.unwrap();
    } else {
        rename(app, 8, "Playera xilolate").await.commit().await.unwrap();
        assert_eq!(found_elsewhere(app, "xilo").await, [8]);
        // One that never comes, too.
        drop(rename(app, 9, "Playera xilonever").await);
        rename(app, 10, "Playera xilolast").await.commit().await.unwrap();
        assert_eq!(found_elsewhere(app, "xilolast").await, [10]);
        early.commit().await.unwrap();
    }
    assert_eq!(found_elsewhere(app, "xiloearly").await, [7]);
    assert_eq!(found_elsewhere(app, "xilolate").await, [8]);
    assert!(found_elsewhere(app, "xilonever").await.is_empty());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_slept_through_the_pruning_reads_everything_again() {
    let shop = Marketplace::start().await;
    let app = &shop.app;
    assert!(found_elsewhere(app, "xilo").await.is_empty());
    for product in 7..=9 {
        rename(app, product, &format!("Playera xilo{product}"))
            .await
            .commit()
            .await
            .unwrap();
    }
    let newest = shop.number("SELECT MAX(seq) FROM catalog_changes").await;
    shop.sql(&format!("DELETE FROM catalog_changes WHERE seq < {newest}"))
        .await;
    let all: HashSet<i64> = found_elsewhere(app, "xilo").await.into_iter().collect();
    assert_eq!(all, HashSet::from([7, 8, 9]));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_counts_in_the_next_list() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let popular = Filter {
        sort: Sort::Popular,
        limit: Some(1),
        ..Filter::default()
    };
    let sold = |list: Value| list["products"][0]["soldCount"].as_i64().unwrap();
    let before = sold(guest.get("/api/products?sort=popular").await.ok());
    let buyer = shop.buyer(1).await;
    // Nobody has sold as many of anything as of the T-shirt after this.
    let units = 10;
    for _ in 0..=before / units {
        let started = buyer.checkout(1, units).await.ok();
        buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
        buyer
            .await_status(started["orderId"].as_i64().unwrap(), "enviado")
            .await;
    }
    let counted = shop.number("SELECT sold_count FROM products WHERE id = 1").await;
    let list = guest.get("/api/products?sort=popular").await.ok();
    assert_eq!((list["products"][0]["id"].as_i64(), sold(list)), (Some(1), counted));
    let elsewhere = catalog::browse(&shop.app, &popular).await.unwrap();
    assert_eq!(elsewhere.products[0].sold_count, counted);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_facet_says_how_many_its_choice_would_find() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    for query in [
        "",
        "search=algodon",
        "size=M",
        "size=M&color=Rojo",
        "city=Yuriria&maxPrice=500",
        "category=playeras&category=blusas&size=CH,M",
    ] {
        let list = guest
            .get(&format!("/api/products?limit=1&facets=true&{query}"))
            .await
            .ok();
        let facets = &list["facets"];
        let mut checked = 0;
        for facet in ["size", "color", "city", "category"] {
            // The facet's own choice is given up for another one.
            let others: String = query
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with(&format!("{facet}=")))
                .map(|pair| format!("&{pair}"))
                .collect();
            for bucket in facets[facet].as_array().unwrap().iter().take(4) {
                let value = bucket["value"].as_str().unwrap();
                let path = format!("/api/products?limit=1&{facet}={value}{others}");
                assert_eq!(
                    guest.get(&path).await.ok()["total"],
                    bucket["count"],
                    "{query}: {facet} {value}"
                );
                checked += 1;
            }
        }
        assert!(checked > 5, "{query}: {facets}");
        let others: String = query
            .split('&')
            .filter(|pair| !pair.contains("Price="))
            .collect::<Vec<_>>()
            .join("&");
        for range in facets["price"].as_array().unwrap() {
            let most = range["maxPrice"]
                .as_f64()
                .map_or(String::new(), |most| format!("&maxPrice={most}"));
            let path = format!("/api/products?limit=1&minPrice={}{most}&{others}", range["minPrice"]);
            assert_eq!(guest.get(&path).await.ok()["total"], range["count"], "{path}");
        }
    }
    let plain = guest.get("/api/products?limit=1").await.ok();
    assert!(plain.get("facets").is_none(), "only when asked for");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn size_and_colour_are_of_one_variant_that_is_on_sale() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let both = found(&guest, "size=M&color=Negro").await;
    assert!(!both.is_empty());
    for product in &both {
        let has = format!(
            "SELECT COUNT(*) FROM variants WHERE product_id = {product} AND size = 'M' AND color = 'Negro' AND active = 1"
        );
        assert_eq!(shop.number(&has).await, 1, "product {product}");
    }
    let any: HashSet<i64> = found(&guest, "size=M,CH&color=Negro").await.into_iter().collect();
    let small = found(&guest, "size=CH&color=Negro").await;
    assert_eq!(any, both.iter().chain(&small).copied().collect());
    assert_eq!(
        any,
        found(&guest, "size=M&size=CH&color=Negro").await.into_iter().collect()
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_facets_are_named() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let many = "size=M&".repeat(21);
    for (query, field) in [("facets=quizas", "facets"), (many.as_str(), "size")] {
        let answer = guest.get(&format!("/api/products?{query}")).await;
        assert_eq!(answer.status.as_u16(), 400, "{query}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    assert!(found(&guest, "size=Gigante&color=Invisible").await.is_empty());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sitemap_is_in_parts_that_hold_what_the_protocol_allows() {
    let shop = Marketplace::start().await;
    shop.sql(
        "INSERT INTO products (id, store_id, name, description, category, price_cents, search_text, created_at, updated_at)
         VALUES (120000, 1, 'Lejano', '', 'telas', 100, 'lejano', 0, 0), (50000, 1, 'Linde', '', 'telas', 100, 'linde', 0, 0)",
    )
    .await;
    let get = |path: &str| {
        let url = format!("{}{path}", shop.url);
        async move { http().get(url).send().await.unwrap().text().await.unwrap() }
    };
    let index = get("/sitemap.xml").await;
    assert_eq!(index.matches("<sitemap>").count(), 3, "{index}");
    let (first, last) = (
        get("/sitemaps/products-0.xml").await,
        get("/sitemaps/products-2.xml").await,
    );
    assert!(first.contains("/products/50000</loc>") && first.ends_with("</urlset>"));
    assert_eq!(
        (last.matches("<url>").count(), last.contains("/products/120000</loc>")),
        (1, true)
    );
    shop.stop().await;
}
