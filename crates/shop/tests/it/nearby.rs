//! Stores by distance: the page as somebody without JavaScript reads it, and the API behind the same verb.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Buyer, Marketplace, http};

async fn page(shop: &Marketplace, path: &str) -> (StatusCode, String) {
    let request = http().get(format!("{}{path}", shop.url)).header("accept", "text/html");
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn shown(shop: &Marketplace, path: &str) -> String {
    let (status, html) = page(shop, path).await;
    assert_eq!(status, StatusCode::OK, "{path}");
    html
}

/// What stands between two texts, each time.
fn all<'a>(html: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let rests = html.split(before).skip(1);
    rests.map(|rest| rest.split(after).next().unwrap()).collect()
}

/// The addresses of the listed stores, in order.
fn listed(html: &str) -> Vec<&str> {
    all(html, r#"<h3><a href="/stores/"#, "\"")
}

fn slugs(near: &Value) -> Vec<&str> {
    let near = near.as_array().unwrap().iter();
    near.map(|store| store["slug"].as_str().unwrap()).collect()
}

async fn near(guest: &Buyer, query: &str) -> Value {
    guest.get(&format!("/api/stores/nearby?{query}")).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_javascript_finds_the_stores_around_a_town() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let html = shown(&shop, "/stores/nearby?town=yuriria&radius=100").await;
    assert!(html.contains("<h1>Talleres cerca de Yuriria</h1>"));
    let by_program = near(&guest, "lat=20.2106&lng=-101.1336&radius=100").await;
    assert_eq!(listed(&html), slugs(&by_program), "page and API agree");
    assert!(listed(&html).len() >= 10);
    assert_eq!(by_program[0]["city"], "Yuriria");
    let first = all(&html, r#"<span class="far">"#, "<")[0];
    assert!(first.starts_with("a ") && first.ends_with(" m"), "{first}");

    // Every choice is a link that keeps the others.
    for link in [
        "/stores/nearby?town=moroleon&#38;radius=100",
        "/stores/nearby?town=yuriria&#38;radius=5",
    ] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
    }
    let close = shown(&shop, "/stores/nearby?town=yuriria&radius=2").await;
    assert_eq!(listed(&close).len(), 2, "those of the town itself");
    assert!(close.contains("2 talleres a no más de 2 km de Yuriria"));
    assert!(
        close.contains(">2 km</a>"),
        "a radius of one's own is among the choices"
    );
    // Without a word it begins somewhere.
    assert!(!listed(&shown(&shop, "/stores/nearby").await).is_empty());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn far_from_everything_the_nearest_is_named() {
    let shop = Marketplace::start().await;
    let html = shown(&shop, "/stores/nearby?lat=19.433&lng=-99.133&radius=50").await;
    assert!(listed(&html).is_empty());
    assert!(html.contains("Ningún taller a menos de 50 km del punto elegido"));
    let nearest = near(&shop.guest(), "lat=19.433&lng=-99.133&radius=20040").await;
    assert!(html.contains(nearest[0]["name"].as_str().unwrap()));
    assert!(
        html.contains(r#"name="robots" content="noindex""#),
        "places are without number"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_said_beside_the_ways_on() {
    let shop = Marketplace::start().await;
    for (query, what) in [
        ("town=atlantida", "atlantida"),
        ("town=%3Cscript%3E", "&#60;script&#62;"),
        ("town=moroleon&radius=lejos", "radius"),
        ("town=moroleon&radius=-1", "radius"),
        ("radius=NaN", "radius"),
        ("radius=inf", "radius"),
        ("radius=1e99", "radius"),
        ("lat=20.1", "longitude"),
        ("lng=-101.1", "latitude"),
        ("lat=91&lng=0", "latitude"),
        ("lat=&lng=", "latitude"),
        ("lat=20,1&lng=-101", "latitude"),
        ("latitude=20&longitude=-181", "longitude"),
    ] {
        let (status, html) = page(&shop, &format!("/stores/nearby?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        let said = all(&html, r#"role="alert" data-announce><p>"#, "</p>");
        assert!(said.len() == 1 && said[0].contains(what), "{query}: {said:?}");
        assert!(html.contains("/stores/nearby?town=uriangato"), "{query}: a way on");
        assert!(listed(&html).is_empty(), "{query}");
    }
    assert_eq!(
        page(&shop, "/stores/nearby?lat=1&lat=2&lng=3").await.0,
        StatusCode::BAD_REQUEST
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_its_wrong_numbers_named_and_never_all_the_stores_of_the_world() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    for (query, field) in [
        ("latitude=norte&longitude=0", "latitude"),
        ("lat=20.1&lng=181", "longitude"),
        ("lat=20.1&lng=-101&radius=-5", "radius"),
        ("lat=20.1&lng=-101&radius=NaN", "radius"),
    ] {
        let answer = guest.get(&format!("/api/stores/nearby?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    // A hundred more stores thrice, each with something on sale.
    let (owners, stores, products) = (
        "INSERT INTO users (email, password_hash, name, role, created_at, updated_at) SELECT CONCAT('n', a.id, '-', b.id, '@example.com'), 'x', 'N', 'vendedor', 0, 0 FROM products a JOIN stores b WHERE a.id <= 30",
        "INSERT INTO stores (owner_id, name, slug, description, city, latitude, longitude, created_at, updated_at) SELECT u.id, 'N', CONCAT('n-', u.id), 'x', 'Moroleón', 20.2, -101.2, 0, 0 FROM users u WHERE u.name = 'N'",
        "INSERT INTO products (store_id, name, description, category, price_cents, search_text, status, created_at, updated_at) SELECT s.id, 'P', 'x', 'telas', 100, 'p', 'active', 0, 0 FROM stores s WHERE s.name = 'N'",
    );
    for sql in [owners, stores, products] {
        shop.sql(sql).await;
    }
    let many = near(&shop.guest(), "lat=20.2&lng=-101.2&radius=20040").await;
    assert!(shop.number("SELECT COUNT(*) FROM stores").await > 300);
    assert_eq!(many.as_array().unwrap().len(), 200);
    assert!(many.as_array().unwrap().iter().all(|store| store["distance"] == 0.0));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_moves_is_found_where_it_went_at_once() {
    let shop = Marketplace::start().await;
    let seller = shop.account("vendedor1@test.com").await;
    let slug = shop.guest().get("/api/stores").await.ok()["stores"]
        .as_array()
        .unwrap()
        .iter()
        .find(|store| store["id"] == 1)
        .unwrap()["slug"]
        .as_str()
        .unwrap()
        .to_owned();
    let somewhere = "lat=16.85&lng=-99.82&radius=3";
    assert_eq!(slugs(&near(&shop.guest(), somewhere).await), Vec::<&str>::new());
    let moved = json!({ "latitude": 16.853, "longitude": -99.823 });
    seller.send(Method::PUT, "/api/stores/1", &[], Some(moved)).await.ok();
    assert_eq!(slugs(&near(&shop.guest(), somewhere).await), [slug.as_str()]);
    let html = shown(&shop, &format!("/stores/nearby?{somewhere}")).await;
    assert_eq!(listed(&html), [slug.as_str()]);
    // Its own page leads there.
    let own = shown(&shop, &format!("/stores/{slug}")).await;
    assert!(own.contains(r#"href="/stores/nearby?lat=16.853&#38;lng=-99.823""#));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stores_can_be_narrowed_to_a_town() {
    let shop = Marketplace::start().await;
    let all_of_them = shown(&shop, "/stores").await;
    let all_of_them = listed(&all_of_them).len();
    let yuriria = shown(&shop, "/stores?city=Yuriria").await;
    assert_eq!(listed(&yuriria).len(), 2);
    assert!(all_of_them > 2);
    assert!(yuriria.contains(r#"href="/stores?city=Yuriria" aria-current="true""#));
    assert!(
        yuriria.contains(r#"href="/stores/nearby?town=yuriria""#),
        "the map begins there"
    );
    let moroleon = shown(&shop, "/stores?city=Morole%C3%B3n").await;
    assert!(moroleon.contains(r#"href="/stores?city=Morole%C3%B3n" aria-current="true""#));
    let (status, nowhere) = page(&shop, "/stores?city=%3Cb%3EAtl%C3%A1ntida").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(nowhere.contains("&#60;b&#62;Atlántida") && nowhere.contains(r#"href="/stores?city=Yuriria""#));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_no_stores_and_search_engines_find_it() {
    let shop = Marketplace::start().await;
    let account =
        json!({ "name": "Nearby", "email": "nearby@example.com", "password": "TestPassword123!", "role": "vendedor" });
    shop.guest().post("/api/auth/register", account).await.ok();
    let with = |slug: &str| format!("SELECT COUNT(*) FROM stores WHERE slug = '{slug}'");
    assert_eq!(shop.number(&with("nearby")).await, 0);
    assert_eq!(shop.number(&with("nearby-2")).await, 1);
    let map = http()
        .get(format!("{}/sitemaps/pages.xml", shop.url))
        .send()
        .await
        .unwrap();
    let map = map.text().await.unwrap();
    assert!(map.contains("/stores/nearby</loc>") && map.contains("/stores/nearby?town=yuriria</loc>"));
    shop.stop().await;
}
