//! Pages as a browser without JavaScript lives through them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use tower::ServiceExt as _;

use crate::accounts::tests::Shop;
use crate::service::Service;
use crate::{demo, web};

struct Browser {
    site: Router,
    cookies: Vec<(String, String)>,
    language: &'static str,
    accept: &'static str,
    _shop: Shop,
}

struct Page {
    status: u16,
    location: String,
    html: String,
}

impl Browser {
    async fn open() -> Self {
        let shop = Shop::open().await;
        demo::seed(&shop).await.unwrap();
        let site = web::router(&shop, &[Service::Web]);
        Self {
            site,
            cookies: Vec::new(),
            language: "es-MX",
            accept: "text/html",
            _shop: shop,
        }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(header::HOST, "shop.test")
            .header(header::ACCEPT, self.accept)
            .header(header::ACCEPT_LANGUAGE, self.language)
            .header(header::COOKIE, cookies.join("; "));
        let response = self
            .site
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies
                .push((name.to_owned(), rest.split(';').next().unwrap().to_owned()));
        }
        let location = response
            .headers()
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        let status = response.status().as_u16();
        let html = String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap();
        Page { status, location, html }
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), String::new()).await
    }

    /// Posts a form with the token of the page it stands on.
    async fn post(&mut self, on: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = between(&on.html, r#"name="csrf" value=""#, "\"");
        let mut all = vec![("csrf", csrf)];
        all.extend(fields);
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, serde_urlencoded::to_string(all).unwrap()).await
    }

    async fn sign_in(&mut self) {
        let form = self.get("/login").await;
        let fields = [("email", "test@example.com"), ("password", demo::PASSWORD)];
        assert_eq!(self.post(&form, "/login", &fields).await.status, 303);
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    &text[start..start + text[start..].find(after).unwrap()]
}

fn times(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

#[tokio::test]
async fn every_page_keeps_to_the_policy_and_names_its_language() {
    let mut browser = Browser::open().await;
    let public = [
        "/",
        "/products",
        "/products?search=rebozo&category=rebozos&city=Yuriria&sort=price_desc",
        "/products?search=zzzz",
        "/products/1",
        "/products/2?color=Negro",
        "/stores",
        "/stores?city=Yuriria",
        "/stores/nearby",
        "/stores/nearby?lat=20.14&lng=-101.18&radius=7",
        "/stores/moda-colibri",
        "/cart",
        "/login",
        "/register",
        "/about",
        "/terms",
        "/privacy",
        "/offline",
    ];
    let check = |path: &str, page: &Page| {
        assert_eq!(page.status, 200, "{path}");
        assert!(
            !page.html.contains(" style=") && !page.html.contains("<style") && !page.html.contains("onclick"),
            "{path}"
        );
        assert!(page.html.contains(r#"<html lang="es-MX""#), "{path}");
        assert_eq!(times(&page.html, "<h1"), 1, "{path}");
        assert!(
            !page.html.contains("http://") || path.starts_with("/products") || path.starts_with("/stores"),
            "{path} names another site"
        );
        for script in page
            .html
            .match_indices("<script")
            .map(|(at, _)| &page.html[at..at + 40])
        {
            assert!(
                script.contains("src=\"/assets/") || script.contains("application/ld+json"),
                "{path}: {script}"
            );
        }
    };
    for path in public {
        check(path, &browser.get(path).await);
    }
    browser.sign_in().await;
    for path in ["/orders", "/profile", "/orders/success", "/cart"] {
        check(path, &browser.get(path).await);
    }
    browser.language = "en";
    assert!(browser.get("/cart").await.html.contains("Your cart is empty"));
}

#[tokio::test]
async fn a_guest_fills_a_cart_and_takes_it_through_the_login() {
    let mut browser = Browser::open().await;
    let product = browser.get("/products/1").await;
    assert_eq!(times(&product.html, "Agregar al Carrito"), 1);
    assert!(product.html.contains("Disponible") && !product.html.contains("1000000 piezas"));
    let variant = between(&product.html, r#"name="variant" value=""#, "\"").to_owned();
    let added = browser
        .post(
            &product,
            "/cart/items",
            &[("product", "1"), ("variant", &variant), ("quantity", "2")],
        )
        .await;
    assert_eq!((added.status, added.location.as_str()), (303, "/cart?notice=added"));

    let cart = browser.get(&added.location).await;
    assert!(cart.html.contains("Listo: ya está en tu carrito.") && cart.html.contains("$298.00"));
    assert_eq!(
        between(&cart.html, r#"id="cart-units""#, "</span>").split('>').nth(1),
        Some("2")
    );
    assert_eq!(times(&cart.html, "Proceder al Pago"), 1);
    assert!(
        cart.html.contains(r#"href="/login?next=/cart""#),
        "a guest pays after signing in"
    );

    let form = browser.get("/login?next=/cart").await;
    let first_submit = form.html.find(r#"<button type="submit""#).unwrap();
    assert!(
        form.html[..first_submit].contains(r#"action="/login""#) && !form.html[..first_submit].contains("<button name")
    );
    let wrong = [
        ("email", "test@example.com"),
        ("password", "no es esta"),
        ("next", "/cart"),
    ];
    let wrong = browser.post(&form, "/login", &wrong).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.html.contains("Credenciales inválidas") && wrong.html.contains(r#"value="test@example.com""#));
    assert!(!wrong.html.contains("no es esta"));
    let right = [
        ("email", "test@example.com"),
        ("password", demo::PASSWORD),
        ("next", "/cart"),
    ];
    let right = browser.post(&wrong, "/login", &right).await;
    assert_eq!((right.status, right.location.as_str()), (303, "/cart"));
    let cart = browser.get("/cart").await;
    assert!(cart.html.contains("$298.00") && cart.html.contains(r#"action="/checkout""#));

    let path = format!("/cart/items/{variant}");
    let too_many = browser.post(&cart, &path, &[("quantity", "5000")]).await;
    assert_eq!(too_many.status, 400);
    assert!(too_many.html.contains("La cantidad debe ser de 1 a 999."));
    assert_eq!(
        browser.post(&cart, &path, &[("quantity", "0")]).await.location,
        "/cart?notice=removed"
    );
    assert!(browser.get("/cart").await.html.contains("Tu carrito está vacío"));
}

#[tokio::test]
async fn somebody_new_says_where_to_send_it_before_paying() {
    let mut browser = Browser::open().await;
    let form = browser.get("/register").await;
    let account = [
        ("name", "Lucía Zavala"),
        ("email", "lucia@example.com"),
        ("password", demo::PASSWORD),
        ("role", "comprador"),
    ];
    assert_eq!(browser.post(&form, "/register", &account).await.status, 303);
    let product = browser.get("/products/1").await;
    let variant = between(&product.html, r#"name="variant" value=""#, "\"").to_owned();
    let chosen = [("product", "1"), ("variant", variant.as_str()), ("quantity", "1")];
    browser.post(&product, "/cart/items", &chosen).await;

    let cart = browser.get("/cart").await;
    assert!(
        !cart.html.contains(r#"action="/checkout""#),
        "the button leads to the form for an address"
    );
    assert!(cart.html.contains(r#"href="/checkout">Proceder al Pago"#));
    // From a cart that was left open when the last address went.
    let paying = browser.post(&cart, "/checkout", &[("key", "0123456789")]).await;
    assert_eq!((paying.status, paying.location.as_str()), (303, "/checkout"));
    assert!(browser.get("/checkout").await.html.contains("¿A dónde lo enviamos?"));
}

#[tokio::test]
async fn a_script_is_told_the_new_count_or_the_reason() {
    let mut browser = Browser::open().await;
    let product = browser.get("/products/1").await;
    let variant = between(&product.html, r#"name="variant" value=""#, "\"").to_owned();
    browser.accept = "application/json";
    let added = browser
        .post(&product, "/cart/items", &[("variant", &variant), ("quantity", "3")])
        .await;
    assert_eq!(
        (added.status, added.html.as_str()),
        (200, r#"{"message":"Listo: ya está en tu carrito.","units":3}"#)
    );
    let refused = browser
        .post(&product, "/cart/items", &[("variant", &variant), ("quantity", "0")])
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.html.contains("La cantidad debe ser de 1 a 999."),
        "{}",
        refused.html
    );
    let unknown = browser
        .post(&product, "/cart/items", &[("variant", "999999"), ("quantity", "1")])
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn mistakes_are_answered_by_pages_people_can_read() {
    let mut browser = Browser::open().await;
    for path in ["/products/999999", "/products/abc", "/stores/ninguna", "/nada"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.html.contains("Esta página no existe"), "{path}");
    }
    let stale = browser
        .send(
            Request::post("/cart/items").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
            "csrf=x".into(),
        )
        .await;
    assert_eq!(stale.status, 403);
    assert!(stale.html.contains("El formulario caducó"));
    for path in ["/orders", "/profile", "/checkout", "/orders/success"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 303, "{path}");
        assert!(
            page.location.starts_with("/login?next=%2F"),
            "{path}: {}",
            page.location
        );
    }
    let form = browser.get("/register").await;
    let fields = [
        ("name", "<b>Ana</b>"),
        ("email", "ana"),
        ("password", "1234567"),
        ("role", "vendedor"),
    ];
    let page = browser.post(&form, "/register", &fields).await;
    assert_eq!(page.status, 422);
    assert!(
        page.html.contains("&#60;b&#62;Ana")
            && !page.html.contains("1234567")
            && page.html.contains("Escribe un correo válido")
    );
    assert!(between(&page.html, r#"value="vendedor""#, ">").contains("checked"));
}

#[tokio::test]
async fn the_switches_are_kept() {
    let mut browser = Browser::open().await;
    let page = browser.get("/products?category=telas&notice=added").await;
    assert_eq!(
        between(&page.html, r#"name="next" value=""#, "\""),
        "/products?category=telas"
    );
    let back = browser
        .post(
            &page,
            "/preferences",
            &[("theme", "dark"), ("next", "/products?category=telas")],
        )
        .await;
    assert_eq!(back.location, "/products?category=telas");
    assert!(browser.get("/").await.html.contains(r#"data-theme="dark""#));
    browser
        .post(&page, "/preferences", &[("language", "en"), ("next", "//evil.test")])
        .await;
    let page = browser.get("/").await;
    assert!(page.html.contains(r#"<html lang="en" data-theme="dark""#) && page.html.contains("Best sellers"));
    let away = browser
        .post(&page, "/preferences", &[("theme", "auto"), ("next", "//evil.test")])
        .await;
    assert_eq!(away.location, "/");
}

#[tokio::test]
async fn the_catalogue_pages_lead_to_one_another() {
    let mut browser = Browser::open().await;
    let first = browser.get("/products?sort=price_asc").await;
    assert_eq!(times(&first.html, r#"<article class="card">"#), 24);
    let next = between(&first.html, r#"rel="next" href=""#, "\"")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    assert_eq!(next, "/products?sort=price_asc&page=2");
    assert!(browser.get(&next).await.html.contains(r#"rel="prev""#));
    let map = browser.get("/sitemap.xml").await.html;
    let (mut maps, mut all) = (map.split("<loc>").skip(1), String::new());
    let part = |rest: &str| {
        let url = rest.split("</loc>").next().unwrap_or_default();
        url[url.find("/sitemaps/").expect("a part")..].to_owned()
    };
    for path in maps.by_ref().map(part) {
        all.push_str(&browser.get(&path).await.html);
    }
    assert!(
        times(&all, "<loc>") > 220
            && all.contains("/stores/moda-colibri</loc>")
            && all.contains("/products/203</loc><lastmod>20")
    );
    for missing in [
        "/sitemaps/products-1.xml",
        "/sitemaps/products-00.xml",
        "/sitemaps/x.xml",
    ] {
        assert_eq!(browser.get(missing).await.status, 404, "{missing}");
    }
    assert!(browser.get("/robots.txt").await.html.contains("/sitemap.xml"));
    let style = between(&first.html, r#"rel="stylesheet" href=""#, "\"").to_owned();
    assert!(browser.get(&style).await.html.contains("--serape"));
    let picture = between(&first.html, r#"<img src=""#, "\"").to_owned();
    assert!(browser.get(&picture).await.html.starts_with("<svg"));
}
