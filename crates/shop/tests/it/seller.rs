//! What a seller does, by programs: a store, products, stock, pictures; and who may not.

use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Answer, Buyer, Marketplace};

/// A seller who has just registered, and the store that came with the account.
async fn newcomer(shop: &Marketplace, name: &str) -> (Buyer, i64) {
    let email = format!(
        "{}@example.com",
        name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()
    );
    let body = json!({ "name": name, "email": email, "password": "TestPassword123!", "role": "vendedor" });
    let user = shop.guest().post("/api/auth/register", body).await.ok()["user"]["id"]
        .as_i64()
        .unwrap();
    let store = shop
        .number(&format!("SELECT id FROM stores WHERE owner_id = {user}"))
        .await;
    (shop.account(&email).await, store)
}

/// The same with a profile that buyers can see.
async fn established(shop: &Marketplace, name: &str) -> (Buyer, i64) {
    let (seller, store) = newcomer(shop, name).await;
    let profile = json!({ "description": "Suéteres tejidos en familia.", "city": "Moroleón" });
    seller.put(&format!("/api/stores/{store}"), profile).await.ok();
    (seller, store)
}

fn sweater() -> Value {
    json!({
        "name": "Suéter de grecas", "description": "Tejido en telar.", "category": "sueteres", "price": 499.5,
        "variants": [
            { "size": "M", "color": "Mostaza", "stock": 5 },
            { "size": "G", "color": "Mostaza", "stock": 2, "price": 549 },
        ],
    })
}

trait Verbs {
    async fn put(&self, path: &str, body: Value) -> Answer;
    async fn patch(&self, path: &str, body: Value) -> Answer;
    async fn delete(&self, path: &str) -> Answer;
}

impl Verbs for Buyer {
    async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, &[], Some(body)).await
    }
    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }
    async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }
}

fn photo(width: u32, height: u32, shade: u8) -> Vec<u8> {
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|n| [shade, (n % 251) as u8, (n / width % 256) as u8])
        .collect();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90)
        .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    jpeg
}

/// A form with one file, as a browser sends it.
async fn upload(shop: &Marketplace, seller: Option<&Buyer>, bytes: &[u8], name: &str, mime: &str) -> Answer {
    let head = format!(
        "--frontera\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {mime}\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, b"\r\n--frontera--\r\n"].concat();
    let mut request = testkit::http()
        .post(format!("{}/api/uploads", shop.url))
        .header("content-type", "multipart/form-data; boundary=frontera")
        .body(body);
    if let Some(seller) = seller {
        request = request.bearer_auth(seller.token());
    }
    let response = request.send().await.unwrap();
    Answer {
        status: response.status(),
        body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null),
    }
}

fn fields(answer: &Answer) -> Vec<&str> {
    let errors = answer.body["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_comes_with_the_account_and_is_listed_once_there_is_something_to_see() {
    let shop = Marketplace::start().await;
    let (seller, store) = newcomer(&shop, "Tejidos Ñandú").await;
    let (_, namesake) = newcomer(&shop, "Tejidos  Nandu").await;
    assert_ne!(store, namesake);
    let guest = shop.guest();
    let listed = |guest: Buyer| async move {
        guest
            .get("/api/stores")
            .await
            .ok()
            .to_string()
            .contains("tejidos-nandu")
    };
    assert!(!listed(guest.clone()).await);
    assert_eq!(
        guest.get("/api/stores/tejidos-nandu").await.status,
        StatusCode::NOT_FOUND
    );

    let early = seller.post("/api/products", sweater()).await;
    assert_eq!(
        (early.status, &early.body["code"]),
        (StatusCode::CONFLICT, &json!("store_incomplete"))
    );
    let mut hidden = sweater();
    hidden["status"] = json!("hidden");
    let product = seller.post("/api/products", hidden).await.ok()["id"].as_i64().unwrap();

    let path = format!("/api/stores/{store}");
    let profile = json!({ "name": "Telares Ñandú", "description": "Desde 1974.", "city": "Uriangato", "latitude": 20.14, "longitude": -101.17, "phone": "445 123 45 67" });
    let own = seller.put(&path, profile).await.ok();
    assert_eq!(
        (&own["slug"], &own["listed"]),
        (&json!("telares-nandu"), &json!(false)),
        "the address follows the first name"
    );
    assert!(guest.get("/api/stores/telares-nandu").await.status.is_success());
    assert!(
        !guest
            .get("/api/stores")
            .await
            .ok()
            .to_string()
            .contains("telares-nandu"),
        "nothing is on sale"
    );
    seller
        .put(&format!("/api/products/{product}"), json!({ "status": "active" }))
        .await
        .ok();
    let own = seller.put(&path, json!({ "name": "Telares Ñandú e Hijos" })).await.ok();
    assert_eq!(
        (&own["slug"], &own["listed"]),
        (&json!("telares-nandu"), &json!(true)),
        "and then stays"
    );
    let listed = guest.get("/api/stores").await.ok().to_string();
    assert!(
        listed.contains("Telares Ñandú e Hijos"),
        "what was written is read at once"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_made_edited_hidden_and_deleted() {
    let shop = Marketplace::start().await;
    let (seller, _) = established(&shop, "Lucía Zavala").await;
    let made = seller.post("/api/products", sweater()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let id = made.body["id"].as_i64().unwrap();
    let (path, guest) = (format!("/api/products/{id}"), shop.guest());
    let seen = guest.get(&path).await.ok();
    assert_eq!((&seen["price"], &seen["stock"]), (&json!(499.5), &json!(7)));
    assert_eq!(seen["variants"][1]["price"], json!(549.0));
    let found = guest
        .get("/api/products?search=grecas%20mostaza&color=Mostaza")
        .await
        .ok();
    assert_eq!(found["products"][0]["id"], json!(id), "a new product is found at once");

    // Another order, a new size, one size less: the variants that stay keep their ids.
    let medium = made.body["variants"][0]["id"].clone();
    let edit = json!({ "price": 520, "variants": [{ "size": "CH", "color": "Mostaza", "stock": 1 }, { "size": "M", "color": "Mostaza" }] });
    let edited = seller.put(&path, edit).await.ok();
    let sizes: Vec<_> = edited["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["size"].as_str().unwrap())
        .collect();
    assert_eq!(sizes, ["CH", "M"]);
    assert_eq!(
        (&edited["variants"][1]["id"], &edited["variants"][1]["stock"]),
        (&medium, &json!(5))
    );
    // The size that was left out comes back as itself.
    let back = json!({ "variants": [{ "size": "G", "color": "Mostaza", "stock": 4 }] });
    let back = seller.put(&path, back).await.ok();
    assert_eq!(back["variants"][0]["id"], made.body["variants"][1]["id"]);

    seller.put(&path, json!({ "status": "hidden" })).await.ok();
    assert_eq!(guest.get(&path).await.status, StatusCode::NOT_FOUND);
    let mine = seller.get("/api/products/mine?status=hidden").await.ok();
    assert_eq!((&mine["total"], &mine["products"][0]["id"]), (&json!(1), &json!(id)));
    assert_eq!(seller.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(seller.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(seller.get("/api/products/mine").await.ok()["total"], json!(0));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_changes_nothing() {
    let shop = Marketplace::start().await;
    let (seller, store) = established(&shop, "Lucía Zavala").await;
    let empty = seller.post("/api/products", json!({})).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert_eq!(fields(&empty), ["name", "description", "category", "price"]);
    let id = seller.post("/api/products", sweater()).await.ok()["id"]
        .as_i64()
        .unwrap();
    let path = format!("/api/products/{id}");
    for (body, field) in [
        (json!({ "price": 1.005 }), "price"),
        (json!({ "price": 0 }), "price"),
        (json!({ "price": 1e300 }), "price"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x".repeat(121) }), "name"),
        (json!({ "category": "zapatos" }), "category"),
        (json!({ "status": "deleted" }), "status"),
        (json!({ "status": "borrado" }), "status"),
        (json!({ "variants": [] }), "variants"),
        (
            json!({ "variants": [{ "size": "M", "stock": -1 }] }),
            "variants[0].stock",
        ),
        (
            json!({ "variants": [{ "size": "M", "stock": 9_000_000 }] }),
            "variants[0].stock",
        ),
        (
            json!({ "variants": [{ "size": "M", "price": -3 }] }),
            "variants[0].price",
        ),
        (
            json!({ "variants": [{ "size": "M" }, { "size": "M " }] }),
            "variants[1].size",
        ),
        (json!({ "stock": 3 }), "stock"),
        (json!({ "images": [{ "file": "../../etc/passwd" }] }), "images[0].file"),
        (json!({ "images": [{ "file": "foto-00-1x1.jpg" }] }), "images[0].file"),
    ] {
        let answer = seller.put(&path, body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body} {}", answer.body);
        assert_eq!(fields(&answer), [field], "{body}");
    }
    for body in [
        json!({ "price": "barato" }),
        json!({ "titulo": "x" }),
        json!({ "variants": { } }),
        json!([]),
    ] {
        assert_eq!(seller.put(&path, body).await.status, StatusCode::BAD_REQUEST);
    }
    for (body, field) in [
        (json!({ "phone": "1234" }), "phone"),
        (json!({ "latitude": 20.1 }), "latitude"),
        (json!({ "latitude": 48.1, "longitude": 11.5 }), "latitude"),
        (json!({ "city": "" }), "city"),
        (json!({ "picture": "drawn/x.svg" }), "picture"),
    ] {
        let answer = seller.put(&format!("/api/stores/{store}"), body.clone()).await;
        assert_eq!(
            (answer.status, fields(&answer)),
            (StatusCode::BAD_REQUEST, vec![field]),
            "{body}"
        );
    }
    let still = seller.get(&format!("/api/products/mine/{id}")).await.ok();
    assert_eq!((&still["price"], &still["version"]), (&json!(499.5), &still["version"]));
    assert_eq!(still["variants"].as_array().unwrap().len(), 2);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_over_another_one_is_refused() {
    let shop = Marketplace::start().await;
    let (seller, store) = established(&shop, "Lucía Zavala").await;
    let made = seller.post("/api/products", sweater()).await.ok();
    let path = format!("/api/products/{}", made["id"]);
    let first = seller
        .put(&path, json!({ "price": 510, "version": made["version"] }))
        .await
        .ok();
    let second = seller
        .put(&path, json!({ "price": 99, "version": made["version"] }))
        .await;
    assert_eq!(
        (second.status, &second.body["code"]),
        (StatusCode::CONFLICT, &json!("edited_meanwhile"))
    );
    assert_eq!(second.body["version"], first["version"]);
    assert_eq!(shop.guest().get(&path).await.ok()["price"], json!(510.0));

    let store_path = format!("/api/stores/{store}");
    let version = seller.put(&store_path, json!({ "city": "Yuriria" })).await.ok()["version"].clone();
    seller.put(&store_path, json!({ "city": "Uriangato" })).await.ok();
    let late = seller
        .put(&store_path, json!({ "city": "León", "version": version }))
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_asks_who_is_there() {
    let shop = Marketplace::start().await;
    let (seller, store) = established(&shop, "Lucía Zavala").await;
    let (other, _) = established(&shop, "Ramón Ruiz").await;
    let shown = seller.post("/api/products", sweater()).await.ok();
    let mut body = sweater();
    body["status"] = json!("hidden");
    let hidden = seller.post("/api/products", body).await.ok();
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user9@test.com'")
        .await;
    let (guest, buyer, admin) = (shop.guest(), shop.buyer(1).await, shop.buyer(9).await);
    let stock = |product: &Value| {
        format!(
            "/api/products/{}/variants/{}/stock",
            product["id"], product["variants"][0]["id"]
        )
    };
    let own = |product: &Value| format!("/api/products/{}", product["id"]);
    // Method, path, body, and what another seller gets.
    let doors = [
        (Method::POST, "/api/products".to_owned(), sweater(), 201),
        (Method::PUT, own(&shown), json!({}), 403),
        (Method::DELETE, own(&shown), Value::Null, 403),
        (Method::PATCH, stock(&shown), json!({ "adjust": 1 }), 403),
        (Method::PUT, own(&hidden), json!({}), 404),
        (Method::DELETE, own(&hidden), Value::Null, 404),
        (Method::PATCH, stock(&hidden), json!({ "stock": 1 }), 404),
        (
            Method::GET,
            format!("/api/products/mine/{}", shown["id"]),
            Value::Null,
            404,
        ),
        (Method::GET, "/api/products/mine".to_owned(), Value::Null, 200),
        (
            Method::PUT,
            format!("/api/stores/{store}"),
            json!({ "name": "Robada" }),
            403,
        ),
        (
            Method::PUT,
            "/api/stores/999999".to_owned(),
            json!({ "name": "Robada" }),
            404,
        ),
    ];
    for (method, path, body, others) in doors {
        let body = (!body.is_null()).then_some(body);
        for (who, caller, status) in [
            ("nobody", &guest, 401),
            ("a buyer", &buyer, 403),
            ("an admin", &admin, 403),
            ("another seller", &other, others),
        ] {
            let answer = caller.send(method.clone(), &path, &[], body.clone()).await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{method} {path} by {who}: {}",
                answer.body
            );
        }
    }
    let picture = photo(64, 64, 9);
    for (caller, status) in [
        (None, 401),
        (Some(&buyer), 403),
        (Some(&admin), 403),
        (Some(&other), 201),
    ] {
        assert_eq!(
            upload(&shop, caller, &picture, "a.jpg", "image/jpeg")
                .await
                .status
                .as_u16(),
            status
        );
    }
    assert_eq!(
        seller.get("/api/products/mine").await.ok()["total"],
        json!(2),
        "nothing of it was touched"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_from_the_phone_to_the_product_and_leaves_when_nothing_shows_it() {
    let shop = Marketplace::start().await;
    let (seller, store) = established(&shop, "Lucía Zavala").await;
    let (other, _) = established(&shop, "Ramón Ruiz").await;
    // Neither the name nor the type that is claimed matters.
    let sent = upload(
        &shop,
        Some(&seller),
        &photo(2_000, 1_500, 7),
        "../../x.php",
        "text/html",
    )
    .await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
    assert_eq!(
        (&sent.body["width"], &sent.body["height"]),
        (&json!(1_600), &json!(1_200))
    );
    let again = upload(&shop, Some(&seller), &photo(2_000, 1_500, 7), "y.png", "image/png")
        .await
        .ok();
    assert_eq!(again["file"], sent.body["file"], "the same picture is the same file");
    let file = sent.body["file"].as_str().unwrap().to_owned();

    let shown = testkit::http()
        .get(format!("{}/media/{file}", shop.url))
        .send()
        .await
        .unwrap();
    assert_eq!(shown.headers()["content-type"], "image/jpeg");
    assert_eq!(shown.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    for copy in sent.body["srcset"].as_str().unwrap().split(", ") {
        let (path, _) = copy.split_once(' ').unwrap();
        assert!(
            testkit::http()
                .get(format!("{}{path}", shop.url))
                .send()
                .await
                .unwrap()
                .status()
                .is_success(),
            "{path}"
        );
    }

    let mut body = sweater();
    body["images"] = json!([{ "file": file, "alt": "Suéter de frente, color Mostaza" }]);
    let stolen = other.post("/api/products", body.clone()).await;
    assert_eq!(fields(&stolen), ["images[0].file"], "another store's picture");
    let product = seller.post("/api/products", body).await.ok();
    let page = shop.guest().get(&format!("/api/products/{}", product["id"])).await.ok();
    assert_eq!(
        (&page["images"][0]["width"], &page["imageUrl"]),
        (&json!(1_600), &json!(format!("/media/{file}")))
    );

    // A day later: the one that was never used is gone, the one that is shown is there.
    let unused = upload(&shop, Some(&seller), &photo(300, 300, 90), "u.jpg", "image/jpeg")
        .await
        .ok();
    let path = |file: &Value| shop.folder().join("media").join(file.as_str().unwrap());
    assert!(path(&unused["file"]).exists());
    assert_eq!(
        shop::media::sweep(&shop.app).await.unwrap(),
        0,
        "it may still be used today"
    );
    let yesterday = "UPDATE uploads SET unused_since = 1 WHERE unused_since IS NOT NULL";
    shop.sql(yesterday).await;
    assert_eq!(shop::media::sweep(&shop.app).await.unwrap(), 1);
    assert!(!path(&unused["file"]).exists() && path(&sent.body["file"]).exists());

    // Shown in two places and taken out of one, it stays; taken out of both, it goes with its copies.
    seller
        .put(&format!("/api/stores/{store}"), json!({ "picture": file }))
        .await
        .ok();
    seller
        .put(&format!("/api/products/{}", product["id"]), json!({ "images": [] }))
        .await
        .ok();
    shop.sql(yesterday).await;
    assert_eq!(shop::media::sweep(&shop.app).await.unwrap(), 0);
    seller
        .put(&format!("/api/stores/{store}"), json!({ "picture": "" }))
        .await
        .ok();
    shop.sql(yesterday).await;
    assert_eq!(shop::media::sweep(&shop.app).await.unwrap(), 1);
    assert_eq!(std::fs::read_dir(shop.folder().join("media")).unwrap().count(), 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_by_upload_are_refused_and_leave_nothing() {
    let shop = Marketplace::start().await;
    let (seller, _) = established(&shop, "Lucía Zavala").await;
    let whole = photo(400, 300, 1);
    let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0\0\0\0\0";
    let cases: [(&[u8], u16); 8] = [
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>", 415),
        (b"<html><script>alert(1)</script></html>", 415),
        (b"GIF89a/*\x01\0\x80\0\0*/=1;alert(1)", 415),
        (b"#!/bin/sh\nrm -rf /", 415),
        (b"", 400),
        (&whole[..whole.len() / 2], 422),
        (bomb, 422),
        (&whole[..4], 422),
    ];
    for (bytes, status) in cases {
        let answer = upload(&shop, Some(&seller), bytes, "photo.jpg", "image/jpeg").await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{} {}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(12)]),
            answer.body
        );
    }
    let heavy = vec![0u8; 10 * 1024 * 1024 + 1];
    assert_eq!(
        upload(&shop, Some(&seller), &heavy, "a.jpg", "image/jpeg")
            .await
            .status
            .as_u16(),
        413
    );
    let endless = vec![0u8; 13 * 1024 * 1024];
    assert_eq!(
        upload(&shop, Some(&seller), &endless, "a.jpg", "image/jpeg")
            .await
            .status
            .as_u16(),
        413
    );

    let raw = |kind: &'static str, body: &'static [u8]| {
        let request = testkit::http()
            .post(format!("{}/api/uploads", shop.url))
            .bearer_auth(seller.token())
            .header("content-type", kind)
            .body(body);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(raw("image/jpeg", b"\xff\xd8\xff").await, 415);
    assert_eq!(raw("multipart/form-data", b"").await, 415);
    assert_eq!(raw("multipart/form-data; boundary=x", b"--x\r\nnot a form").await, 400);
    assert_eq!(raw("multipart/form-data; boundary=x", b"--x--\r\n").await, 400);
    assert_eq!(shop.number("SELECT COUNT(*) FROM uploads").await, 0);
    assert!(!shop.folder().join("media").exists());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_counted_or_adjusted_and_never_falls_below_what_payments_hold() {
    let shop = Marketplace::start().await;
    let (seller, _) = established(&shop, "Lucía Zavala").await;
    let product = seller.post("/api/products", sweater()).await.ok();
    let (id, variant) = (product["id"].as_i64().unwrap(), product["variants"][0]["id"].clone());
    let path = format!("/api/products/{id}/variants/{variant}/stock");
    assert_eq!(
        seller.patch(&path, json!({ "adjust": -2 })).await.ok()["stock"],
        json!(3)
    );
    assert_eq!(seller.patch(&path, json!({ "stock": 8 })).await.ok()["stock"], json!(8));
    for wrong in [
        json!({}),
        json!({ "stock": 1, "adjust": 1 }),
        json!({ "stock": -1 }),
        json!({ "adjust": 2_000_000 }),
        json!({ "adjust": i64::MIN }),
        json!({ "stock": i64::MAX }),
    ] {
        assert_eq!(
            seller.patch(&path, wrong.clone()).await.status,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
    assert_eq!(
        seller.patch(&path, json!({ "adjust": -9 })).await.status,
        StatusCode::CONFLICT
    );

    // Somebody is at the payment page with three of them.
    let started = shop
        .buyer(1)
        .await
        .post(
            "/api/checkout",
            json!({ "items": [{ "variantId": variant, "quantity": 3 }] }),
        )
        .await
        .ok();
    let refused = seller.patch(&path, json!({ "stock": 2 })).await;
    assert_eq!(
        (refused.status, &refused.body["reserved"]),
        (StatusCode::CONFLICT, &json!(3))
    );
    let own = seller.patch(&path, json!({ "stock": 3 })).await.ok();
    assert_eq!(
        (&own["stock"], &own["reserved"], &own["available"]),
        (&json!(3), &json!(3), &json!(0))
    );
    let edit = seller
        .put(
            &format!("/api/products/{id}"),
            json!({ "variants": [{ "size": "M", "color": "Mostaza", "stock": 0 }] }),
        )
        .await;
    assert_eq!(
        (edit.status, &edit.body["code"]),
        (StatusCode::CONFLICT, &json!("stock_reserved"))
    );

    // The product is taken away while they pay: they get it, and the order shows what they bought.
    let buyer = shop.buyer(1).await;
    seller
        .put(
            &format!("/api/products/{id}"),
            json!({ "name": "Otra cosa", "price": 1 }),
        )
        .await
        .ok();
    assert_eq!(
        seller.delete(&format!("/api/products/{id}")).await.status,
        StatusCode::NO_CONTENT
    );
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    let order = buyer.await_status(started["orderId"].as_i64().unwrap(), "pagado").await;
    assert_eq!(
        (&order["items"][0]["name"], &order["items"][0]["price"]),
        (&json!("Suéter de grecas"), &json!(499.5))
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_counts_and_adjusts_while_many_buy() {
    let shop = Marketplace::start().await;
    let (seller, _) = established(&shop, "Lucía Zavala").await;
    let mut body = sweater();
    body["variants"] = json!([{ "size": "M", "stock": 10 }]);
    let product = seller.post("/api/products", body).await.ok();
    let variant = product["variants"][0]["id"].clone();
    let path = format!("/api/products/{}/variants/{variant}/stock", product["id"]);

    let mut buyers = tokio::task::JoinSet::new();
    for number in 1..=40 {
        let (buyer, variant) = (shop.buyer(number).await, variant.clone());
        buyers.spawn(async move {
            let item = json!({ "items": [{ "variantId": variant, "quantity": 1 }] });
            let answer = buyer.post("/api/checkout", item).await;
            assert!(
                matches!(answer.status.as_u16(), 200 | 201 | 409),
                "{} {}",
                answer.status,
                answer.body
            );
            answer.status.is_success()
        });
    }
    let mut added = 0;
    for round in 0..30 {
        let (change, by) = match round % 3 {
            0 => (json!({ "adjust": 1 }), 1),
            1 => (json!({ "adjust": -1 }), -1),
            _ => (json!({ "stock": 0 }), 0),
        };
        let answer = seller.patch(&path, change).await;
        match answer.status.as_u16() {
            200 if round % 3 == 2 => panic!("the shelf was emptied under somebody's payment: {}", answer.body),
            200 => added += by,
            409 => assert_eq!(answer.body["code"], "stock_reserved"),
            other => panic!("{other}: {}", answer.body),
        }
        if round == 0 {
            // From here on somebody holds one, so the shelf cannot be emptied.
            while shop
                .number(&format!("SELECT reserved FROM variants WHERE id = {variant}"))
                .await
                == 0
            {
                tokio::task::yield_now().await;
            }
        }
    }
    let held = buyers.join_all().await.into_iter().filter(|held| *held).count() as i64;
    let number = async |column: &str| {
        shop.number(&format!("SELECT {column} FROM variants WHERE id = {variant}"))
            .await
    };
    assert_eq!(number("stock").await, 10 + added, "no adjustment and no sale is lost");
    assert_eq!(number("reserved").await, held, "what was promised is there");
    assert!(number("stock - reserved").await >= 0);
    shop.stop().await;
}
