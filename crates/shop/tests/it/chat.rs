//! Chat over the API: who may say, read and find what.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Buyer, Marketplace};

/// A conversation of the first buyer with the store of product 2, and that store's seller.
pub(crate) struct Chat {
    pub(crate) buyer: Buyer,
    pub(crate) seller: Buyer,
    pub(crate) id: i64,
}

impl Chat {
    pub(crate) async fn open(shop: &Marketplace) -> Self {
        let buyer = shop.buyer(1).await;
        let opened = buyer.post("/api/conversations", json!({ "productId": 2 })).await.ok();
        Self {
            seller: seller_of_product_2(shop).await,
            id: opened["id"].as_i64().expect("an id"),
            buyer,
        }
    }

    pub(crate) async fn say(&self, who: &Buyer, content: &str) -> Value {
        who.post(
            "/api/messages",
            json!({ "conversationId": self.id, "content": content }),
        )
        .await
        .ok()
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/conversations/{}{rest}", self.id)
    }
}

async fn seller_of_product_2(shop: &Marketplace) -> Buyer {
    let owner = shop
        .number("SELECT s.owner_id FROM products p JOIN stores s ON s.id = p.store_id WHERE p.id = 2")
        .await;
    // The seller of store n is account n + 1 and vendedor n.
    shop.account(&format!("vendedor{}@test.com", owner - 1)).await
}

fn contents(history: &Value) -> Vec<&str> {
    let messages = history["messages"].as_array().expect("messages");
    messages
        .iter()
        .map(|message| message["content"].as_str().expect("text"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_asks_and_the_store_answers() {
    let shop = Marketplace::start().await;
    let chat = Chat::open(&shop).await;
    assert_eq!(
        chat.seller.get("/api/conversations").await.ok(),
        json!([]),
        "nothing has been said"
    );

    let asked = chat.say(&chat.buyer, "¿Hay en talla M? <b>urge</b>").await;
    assert_eq!(
        (&asked["seq"], &asked["side"], &asked["type"], &asked["content"]),
        (
            &json!(1),
            &json!("buyer"),
            &json!("text"),
            &json!("¿Hay en talla M? <b>urge</b>")
        )
    );
    let inbox = chat.seller.get("/api/conversations").await.ok();
    assert_eq!((&inbox[0]["id"], &inbox[0]["unread"]), (&json!(chat.id), &json!(1)));
    assert_eq!(inbox[0]["product"]["id"], 2);

    let read = format!("/api/messages/{}/read", asked["id"]);
    assert_eq!(chat.seller.post(&read, json!({})).await.ok()["seq"], 1);
    chat.say(&chat.seller, "Sí, nos quedan tres").await;
    let seen = chat.buyer.get(&chat.path("")).await.ok();
    assert_eq!(
        (&seen["unread"], &seen["otherReadSeq"], &seen["lastMessage"]["mine"]),
        (&json!(1), &json!(2), &json!(false)),
        "who answers has read"
    );
    let again = chat
        .buyer
        .post("/api/conversations", json!({ "productId": 2 }))
        .await
        .ok();
    assert_eq!(again["id"], chat.id, "one a pair and subject");
    let store = shop.number("SELECT store_id FROM products WHERE id = 2").await;
    let other = chat
        .buyer
        .post("/api/conversations", json!({ "storeId": store }))
        .await
        .ok();
    assert_ne!(other["id"], chat.id, "the store itself is another subject");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_shows_a_name_and_a_public_profile_and_nothing_else() {
    let shop = Marketplace::start().await;
    let chat = Chat::open(&shop).await;
    chat.say(&chat.buyer, "Hola").await;
    for who in [&chat.buyer, &chat.seller] {
        for path in [chat.path(""), chat.path("/messages"), "/api/conversations".into()] {
            let text = who.get(&path).await.ok().to_string();
            for secret in ["@", "password", "hash", "argon2", "email", "phone", "owner"] {
                assert!(!text.contains(secret), "{path} tells {secret}: {text}");
            }
        }
    }
    let seen = chat.buyer.get(&chat.path("")).await.ok();
    let mut shown: Vec<_> = seen["store"].as_object().unwrap().keys().collect();
    shown.sort();
    assert_eq!(shown, ["city", "id", "name", "slug"]);
    assert_eq!(seen["name"], seen["store"]["name"]);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_no_conversation() {
    let shop = Marketplace::start().await;
    let chat = Chat::open(&shop).await;
    let said = chat.say(&chat.buyer, "secreto").await;
    let admin = shop.buyer(4).await;
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user4@test.com'")
        .await;
    let strangers = [
        (shop.guest(), 401),
        (shop.buyer(2).await, 404),
        (shop.account("vendedor2@test.com").await, 404),
        (admin, 404),
    ];
    for (who, status) in &strangers {
        for path in ["", "/messages"] {
            assert_eq!(who.get(&chat.path(path)).await.status.as_u16(), *status, "{path}");
        }
        let message = json!({ "conversationId": chat.id, "content": "hola" });
        let reaction = json!({ "messageId": said["id"], "emoji": "👍" });
        let calls = [
            (chat.path("/block"), json!({})),
            (chat.path("/unblock"), json!({})),
            (chat.path("/report"), json!({ "reason": "spam" })),
            ("/api/messages".into(), message),
            ("/api/messages/reactions".into(), reaction),
            (format!("/api/messages/{}/read", said["id"]), json!({})),
        ];
        for (path, body) in calls {
            assert_eq!(who.post(&path, body).await.status.as_u16(), *status, "{path}");
        }
        let found = who.get("/api/messages/search?q=secreto").await;
        match status {
            401 => assert_eq!(found.status.as_u16(), 401),
            _ => assert_eq!(found.ok()["messages"], json!([])),
        }
    }
    assert_eq!(shop.guest().get("/api/conversations").await.status.as_u16(), 401);
    for untouched in [
        "SELECT COUNT(*) FROM messages WHERE seq > 1",
        "SELECT COUNT(*) FROM message_reactions",
        "SELECT COUNT(*) FROM conversation_reports",
        "SELECT COUNT(*) FROM conversation_members WHERE blocked_at IS NOT NULL OR (side = 'store' AND read_seq > 0)",
    ] {
        assert_eq!(shop.number(untouched).await, 0, "{untouched}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_send_is_one_message() {
    let shop = Marketplace::start().await;
    let chat = Chat::open(&shop).await;
    let body = json!({ "conversationId": chat.id, "content": "Una sola vez", "type": "text", "clientId": "c-1" });
    let sends = (0..8).map(|_| chat.buyer.post("/api/messages", body.clone()));
    let answers: Vec<Value> = join_all(sends).await.into_iter().map(testkit::Answer::ok).collect();
    let first = &answers[0];
    assert!(
        answers
            .iter()
            .all(|answer| answer["id"] == first["id"] && answer["seq"] == 1)
    );
    assert_eq!(shop.number("SELECT COUNT(*) FROM messages").await, 1);
    let theirs = json!({ "conversationId": chat.id, "content": "Otro", "clientId": "c-1" });
    assert_eq!(
        chat.seller.post("/api/messages", theirs).await.ok()["seq"],
        2,
        "ids are each sender's own"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_have_one_order_and_a_client_can_ask_for_what_it_missed() {
    let shop = Marketplace::start().await;
    let chat = std::sync::Arc::new(Chat::open(&shop).await);
    let mut speakers = tokio::task::JoinSet::new();
    for speaker in 0..4 {
        let chat = chat.clone();
        speakers.spawn(async move {
            let who = if speaker % 2 == 0 { &chat.buyer } else { &chat.seller };
            for n in 0..6 {
                chat.say(who, &format!("{speaker}-{n}")).await;
            }
        });
    }
    while let Some(spoken) = speakers.join_next().await {
        spoken.expect("no panic");
    }
    let all = chat.buyer.get(&chat.path("/messages?limit=100")).await.ok();
    let seqs: Vec<_> = all["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=24).collect::<Vec<_>>());
    let ours: Vec<_> = contents(&all)
        .into_iter()
        .filter(|text| text.starts_with("2-"))
        .collect();
    assert_eq!(
        ours,
        ["2-0", "2-1", "2-2", "2-3", "2-4", "2-5"],
        "each speaker's in their order"
    );

    let missed = chat.seller.get(&chat.path("/messages?after=20&limit=3")).await.ok();
    assert_eq!(contents(&missed), contents(&all)[20..23]);
    assert_eq!(missed["hasMore"], true);
    let earlier = chat.seller.get(&chat.path("/messages?before=3")).await.ok();
    assert_eq!(
        (contents(&earlier), &earlier["hasMore"]),
        (contents(&all)[..2].to_vec(), &json!(false))
    );
    for wrong in ["?limit=0", "?limit=101", "?limit=x", "?before=1&after=1"] {
        let refused = chat.seller.get(&chat.path(&format!("/messages{wrong}"))).await;
        assert_eq!(refused.status.as_u16(), 400, "{wrong}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_party_blocks_and_unblocks_for_itself() {
    let shop = Marketplace::start().await;
    let chat = Chat::open(&shop).await;
    let said = chat.say(&chat.buyer, "Hola").await;
    for who in [&chat.buyer, &chat.seller] {
        assert_eq!(
            who.post(&chat.path("/block"), json!({})).await.ok()["blockedByMe"],
            true
        );
    }
    let unblocked = chat.seller.post(&chat.path("/unblock"), json!({})).await.ok();
    assert_eq!(
        (&unblocked["blockedByMe"], &unblocked["blockedByOther"]),
        (&json!(false), &json!(true)),
        "the buyer's block stays"
    );
    for (who, by_me) in [(&chat.buyer, true), (&chat.seller, false)] {
        let refused = who
            .post("/api/messages", json!({ "conversationId": chat.id, "content": "x" }))
            .await;
        assert_eq!(
            (
                refused.status.as_u16(),
                &refused.body["code"],
                &refused.body["blockedByMe"]
            ),
            (403, &json!("blocked"), &json!(by_me))
        );
        let reaction = json!({ "messageId": said["id"], "emoji": "👍" });
        assert_eq!(who.post("/api/messages/reactions", reaction).await.status.as_u16(), 403);
    }
    chat.buyer.post(&chat.path("/unblock"), json!({})).await.ok();
    assert_eq!(chat.say(&chat.seller, "Aquí estoy").await["seq"], 2);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_is_named_and_changes_nothing() {
    let shop = Marketplace::start().await;
    let chat = Chat::open(&shop).await;
    let elsewhere = shop
        .number("SELECT MIN(id) FROM products WHERE store_id <> (SELECT store_id FROM products WHERE id = 2)")
        .await;
    let long = "x".repeat(4_001);
    for (content, kind, client, field) in [
        (" ", "text", "a", "content"),
        (long.as_str(), "text", "a", "content"),
        ("hola", "audio", "a", "type"),
        ("https://evil.test/x.png", "image", "a", "content"),
        (elsewhere.to_string().as_str(), "product", "a", "content"),
        ("hola", "text", "con espacio", "clientId"),
    ] {
        let body = json!({ "conversationId": chat.id, "content": content, "type": kind, "clientId": client });
        let refused = chat.buyer.post("/api/messages", body).await;
        assert_eq!(refused.status.as_u16(), 400, "{field}: {}", refused.body);
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    for body in [
        json!({}),
        json!({ "productId": 1, "storeId": 1 }),
        json!({ "productId": "x" }),
    ] {
        assert_eq!(chat.buyer.post("/api/conversations", body).await.status.as_u16(), 400);
    }
    let nowhere = chat
        .buyer
        .post("/api/conversations", json!({ "productId": 99_999 }))
        .await;
    assert_eq!(nowhere.status.as_u16(), 404);
    let own = chat.seller.post("/api/conversations", json!({ "productId": 2 })).await;
    assert_eq!((own.status.as_u16(), &own.body["code"]), (409, &json!("own_store")));
    let reason = chat.buyer.post(&chat.path("/report"), json!({ "reason": "feo" })).await;
    assert_eq!(reason.status.as_u16(), 400);
    assert_eq!(
        chat.buyer.get("/api/messages/search?q=%25_").await.status.as_u16(),
        400,
        "signs are no words"
    );
    let get = chat
        .buyer
        .send(Method::GET, "/api/conversations?limit=1000", &[], None)
        .await;
    assert_eq!(get.status.as_u16(), 400);
    assert_eq!(shop.number("SELECT COUNT(*) FROM messages").await, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_found_answered_and_reported() {
    let shop = Marketplace::start().await;
    let chat = Chat::open(&shop).await;
    chat.say(&chat.buyer, "¿Tienen suéteres de lana?").await;
    let answer = chat.say(&chat.seller, "Sí, SUETERES en tres colores").await;
    chat.say(&chat.buyer, "Gracias").await;
    let found = chat.buyer.get("/api/messages/search?q=sueter%20tres").await.ok();
    assert_eq!(
        contents(&found),
        ["Sí, SUETERES en tres colores"],
        "without case and accents, all words"
    );
    let product = json!({ "conversationId": chat.id, "content": "2", "type": "product" });
    assert_eq!(chat.seller.post("/api/messages", product).await.ok()["type"], "product");

    let react = |emoji: Value| {
        chat.buyer.post(
            "/api/messages/reactions",
            json!({ "messageId": answer["id"], "emoji": emoji }),
        )
    };
    for emoji in [json!("👍"), json!("❤️")] {
        assert_eq!(react(emoji).await.status.as_u16(), 204);
    }
    assert_eq!(react(json!("🦄")).await.status.as_u16(), 400);
    let history = chat.seller.get(&chat.path("/messages")).await.ok();
    let reactions = history["messages"][1]["reactions"].as_array().unwrap();
    assert_eq!(
        (reactions.len(), &reactions[0]["emoji"]),
        (1, &json!("❤️")),
        "one a person"
    );
    react(Value::Null).await.ok();
    let history = chat.seller.get(&chat.path("/messages")).await.ok();
    assert_eq!(history["messages"][1]["reactions"], json!([]));

    let report = json!({ "reason": "fraud", "details": "Pide depósito fuera" });
    assert_eq!(
        chat.buyer.post(&chat.path("/report"), report).await.status.as_u16(),
        204
    );
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM conversation_reports WHERE status = 'open' AND reason = 'fraud' AND seq = 4")
            .await,
        1
    );
    shop.stop().await;
}
