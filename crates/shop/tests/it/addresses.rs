//! The address book: one's own, bounded, with one default, whatever is done to it at once; and where purchases go.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shop::addresses::{self, Address, AddressError, AddressId, MOST};
use testkit::{Answer, Buyer, Marketplace};

fn place(street: &str) -> Value {
    json!({
        "recipient": "Lucía Zavala", "phone": "445 457 1021", "street": street, "neighborhood": "Centro",
        "city": "Moroleón", "state": "Guanajuato", "postalCode": "38800", "notes": "Portón verde",
    })
}

async fn add(buyer: &Buyer, street: &str) -> Answer {
    buyer.post("/api/addresses", place(street)).await
}

async fn delete(buyer: &Buyer, id: &Value) -> u16 {
    let path = format!("/api/addresses/{id}");
    buyer.send(Method::DELETE, &path, &[], None).await.status.as_u16()
}

async fn put(buyer: &Buyer, id: &Value, body: Value) -> Answer {
    let path = format!("/api/addresses/{id}");
    buyer.send(Method::PUT, &path, &[], Some(body)).await
}

async fn book(buyer: &Buyer) -> Vec<Value> {
    let list = buyer.get("/api/addresses").await.ok();
    list["addresses"].as_array().unwrap().clone()
}

/// The streets, and the default one's.
async fn streets(buyer: &Buyer) -> (Vec<String>, Option<String>) {
    let book = book(buyer).await;
    let street = |kept: &Value| kept["street"].as_str().unwrap().to_owned();
    let defaults: Vec<_> = book.iter().filter(|kept| kept["default"] == true).collect();
    assert!(
        defaults.len() == usize::from(!book.is_empty()),
        "one default, as long as there is any: {book:?}"
    );
    (
        book.iter().map(street).collect(),
        defaults.first().map(|kept| street(kept)),
    )
}

/// A demo buyer with nothing in the book yet, and their id.
async fn newcomer(shop: &Marketplace, number: u32) -> (Buyer, i64) {
    let user = shop
        .number(&format!("SELECT id FROM users WHERE email = 'user{number}@test.com'"))
        .await;
    shop.sql(&format!("DELETE FROM addresses WHERE user_id = {user}")).await;
    (shop.buyer(number).await, user)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_keeps_changes_and_deletes_addresses_and_one_is_always_the_default() {
    let shop = Marketplace::start().await;
    let (buyer, _) = newcomer(&shop, 1).await;
    assert_eq!(streets(&buyer).await, (vec![], None));

    let home = add(&buyer, "Hidalgo 12").await;
    assert_eq!(home.status.as_u16(), 201);
    let mut expected = place("Hidalgo 12");
    expected["id"] = home.body["id"].clone();
    expected["default"] = true.into();
    assert_eq!(home.body, expected, "the first one is the default");

    let work = add(&buyer, "Obregón 3").await.ok();
    assert_eq!(work["default"], false);
    let mother = add(&buyer, "Morelos 7").await.ok();
    let (all, default) = streets(&buyer).await;
    assert_eq!(all, ["Hidalgo 12", "Morelos 7", "Obregón 3"], "default, then newest");
    assert_eq!(default.as_deref(), Some("Hidalgo 12"));

    let again = buyer.post("/api/addresses", place("  Obregón   3 ")).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &work), "kept once");

    let path = format!("/api/addresses/{}/default", work["id"]);
    assert_eq!(buyer.post(&path, Value::Null).await.ok()["default"], true);
    assert_eq!(streets(&buyer).await.1.as_deref(), Some("Obregón 3"));

    let moved = put(&buyer, &work["id"], place("Obregón 30")).await.ok();
    assert_eq!((&moved["id"], &moved["default"]), (&work["id"], &json!(true)));
    let same = put(&buyer, &work["id"], place("Morelos 7")).await;
    assert_eq!(
        (same.status.as_u16(), &same.body["code"]),
        (409, &json!("address_already_kept"))
    );
    assert_eq!(
        put(&buyer, &work["id"], moved.clone()).await.ok(),
        moved,
        "what came may go back as it is"
    );

    assert_eq!(delete(&buyer, &work["id"]).await, 204);
    assert_eq!(
        streets(&buyer).await.1.as_deref(),
        Some("Morelos 7"),
        "the newest other"
    );
    assert_eq!(delete(&buyer, &work["id"]).await, 404);
    assert_eq!(delete(&buyer, &home.body["id"]).await, 204);
    assert_eq!(streets(&buyer).await.1.as_deref(), Some("Morelos 7"));
    assert_eq!(delete(&buyer, &mother["id"]).await, 204);
    assert_eq!(streets(&buyer).await, (vec![], None));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_that_is_wrong_is_named_and_nothing_is_kept() {
    let shop = Marketplace::start().await;
    let (buyer, _) = newcomer(&shop, 1).await;
    let fields = |answer: &Answer| -> Vec<String> {
        assert_eq!(answer.status.as_u16(), 400, "{}", answer.body);
        let errors = answer.body["errors"].as_array().unwrap();
        errors.iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect()
    };
    let empty = buyer.post("/api/addresses", json!({})).await;
    assert_eq!(
        fields(&empty),
        [
            "recipient",
            "phone",
            "street",
            "neighborhood",
            "city",
            "state",
            "postalCode"
        ]
    );
    let mut wrong = place("Hidalgo 12");
    wrong["postalCode"] = "3880".into();
    wrong["notes"] = "x".repeat(201).into();
    assert_eq!(
        fields(&buyer.post("/api/addresses", wrong.clone()).await),
        ["postalCode", "notes"]
    );
    let checkout = json!({ "items": [{ "productId": 2 }], "shippingAddress": wrong });
    assert_eq!(
        fields(&buyer.post("/api/checkout", checkout).await),
        ["shippingAddress.postalCode", "shippingAddress.notes"]
    );
    for body in [json!([]), json!({ "street": 12 }), json!("Hidalgo 12")] {
        assert_eq!(buyer.post("/api/addresses", body).await.status.as_u16(), 400);
    }
    assert_eq!(book(&buyer).await.len(), 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_address_can_neither_be_seen_nor_changed_nor_sent_to() {
    let shop = Marketplace::start().await;
    let (buyer, _) = newcomer(&shop, 1).await;
    let (stranger, _) = newcomer(&shop, 2).await;
    let home = add(&buyer, "Hidalgo 12").await.ok();
    let id = &home["id"];
    assert_eq!(stranger.get(&format!("/api/addresses/{id}")).await.status.as_u16(), 404);
    assert_eq!(put(&stranger, id, place("Morelos 7")).await.status.as_u16(), 404);
    let path = format!("/api/addresses/{id}/default");
    assert_eq!(stranger.post(&path, Value::Null).await.status.as_u16(), 404);
    assert_eq!(delete(&stranger, id).await, 404);
    let items = json!([{ "productId": 2, "quantity": 1 }]);
    let there = json!({ "items": items, "addressId": id });
    assert_eq!(stranger.post("/api/checkout", there.clone()).await.status.as_u16(), 404);
    assert_eq!(shop.number("SELECT COUNT(*) FROM purchases").await, 0);
    assert_eq!(book(&buyer).await, std::slice::from_ref(&home));

    let both = json!({ "items": items, "addressId": id, "shippingAddress": place("Morelos 7") });
    assert_eq!(
        buyer.post("/api/checkout", both).await.body["errors"][0]["field"],
        "addressId"
    );
    let started = buyer.post("/api/checkout", there).await.ok();
    let order = buyer.get(&format!("/api/orders/{}", started["orderId"])).await.ok();
    assert_eq!(order["shippingAddress"], place("Hidalgo 12"));
    // The order keeps where it goes, whatever becomes of the book.
    assert_eq!(delete(&buyer, id).await, 204);
    let order = buyer.get(&format!("/api/orders/{}", started["orderId"])).await.ok();
    assert_eq!(order["shippingAddress"], place("Hidalgo 12"));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_back_and_chooses_again_has_it_sent_where_they_said_last_until_it_is_paid() {
    let shop = Marketplace::start().await;
    let (buyer, _) = newcomer(&shop, 1).await;
    let (home, work) = (
        add(&buyer, "Hidalgo 12").await.ok(),
        add(&buyer, "Obregón 3").await.ok(),
    );
    let start = async |to: &Value| {
        let body = json!({ "items": [{ "productId": 2, "quantity": 1 }], "addressId": to["id"] });
        let key = [("idempotency-key", "de-ida-y-vuelta")];
        buyer.send(Method::POST, "/api/checkout", &key, Some(body)).await.ok()
    };
    let started = start(&home).await;
    assert_eq!(start(&work).await, started, "the same purchase");
    let order = started["orderId"].as_i64().unwrap();
    let goes_to = async || buyer.get(&format!("/api/orders/{order}")).await.ok()["shippingAddress"]["street"].clone();
    assert_eq!(goes_to().await, "Obregón 3");

    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    buyer.await_status(order, "enviado").await;
    start(&home).await;
    assert_eq!(goes_to().await, "Obregón 3", "it is on its way");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_is_bounded_however_many_write_into_it_at_once() {
    let shop = Marketplace::start().await;
    let (buyer, user) = newcomer(&shop, 1).await;
    // Every street twice: the same address at once is still kept once.
    let writing = (0..60).map(|n| {
        let buyer = buyer.clone();
        async move { add(&buyer, &format!("Hidalgo {}", n / 2)).await }
    });
    let answers = join_all(writing).await;
    let with = |status: u16| answers.iter().filter(|a| a.status.as_u16() == status).count();
    assert_eq!(with(201), MOST);
    assert_eq!(with(201) + with(200) + with(409), 60);
    assert!(
        answers
            .iter()
            .all(|a| a.status.is_success() || a.body["code"] == "addresses_full")
    );
    let (mut all, _) = streets(&buyer).await;
    all.sort();
    all.dedup();
    assert_eq!(all.len(), MOST);

    // What is kept already may be kept again in a full book; a purchase to somewhere else goes on without it.
    assert_eq!(add(&buyer, &all[3]).await.status.as_u16(), 200);
    let elsewhere: Address = serde_json::from_value(place("Otra 1")).unwrap();
    let kept = shop::checkout::keep_address(&shop.app, user, &elsewhere, true)
        .await
        .unwrap();
    assert_eq!(kept, None);
    assert_eq!(book(&buyer).await.len(), MOST);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_and_choosing_at_once_leaves_exactly_one_default() {
    let shop = Marketplace::start().await;
    let (buyer, _) = newcomer(&shop, 1).await;
    for round in 0..4 {
        for n in 0..8 {
            add(&buyer, &format!("Calle {round}, {n}")).await.ok();
        }
        let ids: Vec<Value> = book(&buyer).await.iter().map(|kept| kept["id"].clone()).collect();
        let doing = ids.iter().enumerate().map(|(n, id)| {
            let buyer = &buyer;
            async move {
                if n % 3 == 0 {
                    buyer
                        .post(&format!("/api/addresses/{id}/default"), Value::Null)
                        .await
                        .status
                        .as_u16()
                } else {
                    delete(buyer, id).await
                }
            }
        });
        let answers = join_all(doing).await;
        assert!(answers.iter().all(|status| [200, 204].contains(status)), "{answers:?}");
        assert!(streets(&buyer).await.1.is_some());
    }
    shop.stop().await;
}

/// A book as it should be, in memory: streets in the order they were added.
#[derive(Default)]
struct Model {
    kept: Vec<(AddressId, String)>,
    default: Option<AddressId>,
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_the_book_is_what_a_list_in_memory_would_be() {
    let shop = Marketplace::start().await;
    let (_, user) = newcomer(&shop, 1).await;
    let app = &shop.app;
    let mut model = Model::default();
    // A linear congruential generator (Knuth's constants): the same story at every run.
    let mut state = 20_261_124_u64;
    let mut below = move |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let address = |street: &str| -> Address { serde_json::from_value(place(street)).unwrap() };
    for step in 0..400 {
        let street = format!("Calle {}", below(30));
        // One of the book, or one that nobody has.
        let id = match below(model.kept.len() + 1) {
            n if n < model.kept.len() => model.kept[n].0,
            _ => AddressId(i64::MAX),
        };
        let known = model.kept.iter().any(|(kept, _)| *kept == id);
        let holder = model
            .kept
            .iter()
            .find(|(_, kept)| *kept == street)
            .map(|(kept, _)| *kept);
        match below(7) {
            0..=3 => match (addresses::keep(app, user, &address(&street)).await, holder) {
                (Ok((kept, false)), Some(holder)) => assert_eq!(kept.id, holder),
                (Err(AddressError::Full { max: MOST }), None) => assert_eq!(model.kept.len(), MOST),
                (Ok((kept, true)), None) => {
                    assert!(model.kept.len() < MOST);
                    model.kept.push((kept.id, street));
                    model.default.get_or_insert(kept.id);
                }
                (other, _) => panic!("{step}: keep {street}: {other:?}"),
            },
            4 => match addresses::change(app, user, id, &address(&street)).await {
                Ok(_) => {
                    assert!(known && holder.is_none_or(|holder| holder == id));
                    model.kept.iter_mut().find(|(kept, _)| *kept == id).unwrap().1 = street;
                }
                Err(AddressError::Unknown) => assert!(!known),
                Err(AddressError::AlreadyKept) => assert!(holder.is_some_and(|holder| holder != id)),
                Err(other) => panic!("{step}: change {id} to {street}: {other:?}"),
            },
            5 => match addresses::forget(app, user, id).await {
                Ok(()) => {
                    assert!(known);
                    model.kept.retain(|(kept, _)| *kept != id);
                    if model.default == Some(id) {
                        model.default = model.kept.iter().map(|(kept, _)| *kept).max();
                    }
                }
                Err(AddressError::Unknown) => assert!(!known),
                Err(other) => panic!("{step}: forget {id}: {other:?}"),
            },
            _ => match addresses::make_default(app, user, id).await {
                Ok(_) => {
                    assert!(known);
                    model.default = Some(id);
                }
                Err(AddressError::Unknown) => assert!(!known),
                Err(other) => panic!("{step}: default {id}: {other:?}"),
            },
        }
        let mut found: Vec<_> = addresses::list(app, user).await.unwrap();
        let default = found.iter().filter(|kept| kept.is_default).map(|kept| kept.id);
        assert_eq!(default.collect::<Vec<_>>(), Vec::from_iter(model.default), "{step}");
        found.sort_by_key(|kept| kept.id);
        let found: Vec<_> = found.into_iter().map(|kept| (kept.id, kept.address.street)).collect();
        assert_eq!(found, model.kept, "{step}");
    }
    shop.stop().await;
}
