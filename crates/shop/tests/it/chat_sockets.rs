//! Sockets and the sessions behind them: who may no longer be heard is told why, and disconnected.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Buyer, Marketplace, Options};
use units::HumanDuration;

/// A connection by long polling: a client of Socket.IO 5 over Engine.IO 4 with nothing but requests.
struct Socket {
    http: reqwest::Client,
    url: String,
}

impl Socket {
    async fn connect(shop: &Marketplace, token: &str) -> Self {
        let mut socket = Self {
            http: testkit::http(),
            url: format!("{}/socket.io/?EIO=4&transport=polling", shop.url),
        };
        let open: Value = serde_json::from_str(&socket.poll().await[0][1..]).unwrap();
        socket.url = format!("{}&sid={}", socket.url, open["sid"].as_str().unwrap());
        socket.send(format!("40{}", json!({ "token": token }))).await;
        socket.until(|packet| packet.starts_with("40")).await;
        socket
    }

    async fn poll(&self) -> Vec<String> {
        let answer = self.http.get(&self.url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let packets = answer.text().await.unwrap();
        packets.split('\x1e').map(str::to_owned).collect()
    }

    async fn send(&self, packet: String) {
        let answer = self.http.post(&self.url).body(packet).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// Polls until a packet is the one; answers what came before it, too.
    async fn until(&self, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let mut heard = Vec::new();
        while !heard.iter().any(|packet: &String| is_it(packet)) {
            for packet in self.poll().await {
                match packet.as_str() {
                    "2" => self.send("3".into()).await,
                    _ => heard.push(packet),
                }
            }
        }
        heard
    }

    /// The problem that it is told before it is disconnected.
    async fn farewell(&self, event: &str) -> Value {
        let heard = self.until(|packet| packet == "41").await;
        let [said, end] = &heard[..] else {
            panic!("a reason and the end: {heard:?}");
        };
        assert_eq!(end, "41");
        let said: Value = serde_json::from_str(said.strip_prefix("42").unwrap()).unwrap();
        assert_eq!(said[0], event);
        said[1].clone()
    }

    /// True if it is still answered.
    async fn is_heard(&self) -> bool {
        self.send(r#"427["join_inbox",{}]"#.into()).await;
        let heard = self
            .until(|packet| packet.starts_with("437") || packet.starts_with("41"))
            .await;
        heard.last().is_some_and(|packet| packet.contains(r#""ok":true"#))
    }
}

async fn watchful() -> Marketplace {
    Marketplace::start_with(Options {
        configure: |config| config.chat.session_check = HumanDuration::from_millis(50),
        ..Options::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_ends_with_its_session_and_no_other() {
    let shop = watchful().await;
    let (phone, laptop) = (shop.buyer(1).await, shop.buyer(1).await);
    let on_phone = Socket::connect(&shop, phone.token()).await;
    let on_laptop = Socket::connect(&shop, laptop.token()).await;
    let sessions = laptop.get("/api/auth/sessions").await.ok();
    let sessions = sessions["sessions"].as_array().or(sessions.as_array()).unwrap();
    let lost = sessions.iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/api/auth/sessions/{}", lost["id"]);
    laptop.send(Method::DELETE, &path, &[], None).await.ok();

    let why = on_phone.farewell("session_ended").await;
    assert_eq!((&why["code"], &why["status"]), (&json!("session_ended"), &json!(401)));
    assert!(on_laptop.is_heard().await);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_the_sockets_of_other_devices() {
    let shop = watchful().await;
    let (thief, owner) = (shop.buyer(1).await, shop.buyer(1).await);
    let theirs = Socket::connect(&shop, thief.token()).await;
    let own = Socket::connect(&shop, owner.token()).await;
    let change = json!({ "currentPassword": "TestPassword123!", "newPassword": "Otra-Contraseña-9" });
    let changed = owner
        .send(Method::PUT, "/api/profile/password", &[], Some(change))
        .await;
    assert_eq!(changed.status, 204);

    assert_eq!(theirs.farewell("session_ended").await["code"], "session_ended");
    assert!(own.is_heard().await);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_account_is_disconnected_everywhere() {
    let shop = watchful().await;
    let devices: [Buyer; 2] = [shop.buyer(1).await, shop.buyer(1).await];
    let another = shop.buyer(2).await;
    let mut sockets = Vec::new();
    for device in &devices {
        sockets.push(Socket::connect(&shop, device.token()).await);
    }
    let others = Socket::connect(&shop, another.token()).await;
    let admin = crate::admin::admin(&shop).await;
    let user = shop.number("SELECT id FROM users WHERE email = 'user1@test.com'").await;
    let path = format!("/api/admin/users/{user}/suspend");
    admin.post(&path, json!({ "reason": "Fraude" })).await.ok();

    for socket in &sockets {
        assert_eq!(socket.farewell("session_ended").await["code"], "session_ended");
    }
    assert!(others.is_heard().await);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_does_not_outlive_its_token() {
    let shop = Marketplace::start_with(Options {
        configure: |config| {
            config.chat.session_check = HumanDuration::from_millis(50);
            config.accounts.access_token_life = HumanDuration::from_secs(4);
        },
        ..Options::default()
    })
    .await;
    let buyer = shop.buyer(1).await;
    let socket = Socket::connect(&shop, buyer.token()).await;
    let heard = socket.until(|packet| packet == "41").await;
    let events: Vec<Value> = heard
        .iter()
        .filter_map(|packet| serde_json::from_str(packet.strip_prefix("42")?).ok())
        .collect();
    let names: Vec<_> = events.iter().map(|event| event[0].as_str().unwrap()).collect();
    assert_eq!(names, ["token_expiring", "token_expired"]);
    assert_eq!(events[1][1]["code"], "expired_token");
    shop.stop().await;
}
