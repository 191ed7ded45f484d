//! What people are told, and that it concerns nobody else.

use shop::db::Batch;
use shop::notifications::{self, Notice};
use testkit::{Marketplace, Options};

/// Tells somebody, as a domain does: in a transaction of its own here.
async fn tell(shop: &Marketplace, user: i64, notice: &Notice) {
    let app = &shop.app;
    let tx = app.db().begin().await.unwrap();
    let mut batch = Batch::new("test_tell");
    notifications::notify(&mut batch, app.clock(), user, notice).unwrap();
    batch.execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

fn message(text: &str) -> Notice {
    Notice::Message {
        conversation_id: 4,
        from: "Lucía".into(),
        text: text.into(),
    }
}

async fn user(shop: &Marketplace, email: &str) -> i64 {
    shop.number(&format!("SELECT id FROM users WHERE email = '{email}'"))
        .await
}

/// A market whose outbox nobody empties unasked: rows stay as they were written.
async fn market() -> Marketplace {
    Marketplace::start_with(Options::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_one_conversation_are_one_notification() {
    let shop = market().await;
    let id = user(&shop, "user1@test.com").await;
    for text in ["¿Tienes en azul?", "¿Y en talla M?", "Gracias"] {
        tell(&shop, id, &message(text)).await;
    }
    let list = notifications::list(&shop.app, id, None, 10).await.unwrap();
    assert_eq!((list.notifications.len(), list.unread), (1, 1));
    assert_eq!(list.notifications[0].amount, 3);
    assert_eq!(list.notifications[0].notice, message("Gracias"));

    notifications::mark_read(&shop.app, id, list.notifications[0].id)
        .await
        .unwrap();
    assert_eq!(notifications::unread(&shop.app, id).await.unwrap(), 0);
    tell(&shop, id, &message("Otra cosa")).await;
    let again = notifications::list(&shop.app, id, None, 10).await.unwrap();
    assert_eq!((again.notifications[0].amount, again.unread), (1, 1));

    let mut batch = Batch::new("test_read");
    notifications::conversation_read(&mut batch, shop.app.clock(), id, 4);
    let tx = shop.app.db().begin().await.unwrap();
    batch.execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(notifications::unread(&shop.app, id).await.unwrap(), 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_of_what_did_not_happen() {
    let shop = market().await;
    let id = user(&shop, "user1@test.com").await;
    let tx = shop.app.db().begin().await.unwrap();
    let mut batch = Batch::new("test_tell");
    notifications::notify(&mut batch, shop.app.clock(), id, &message("¿Hola?")).unwrap();
    batch.execute(&tx).await.unwrap();
    drop(tx);
    assert_eq!(notifications::unread(&shop.app, id).await.unwrap(), 0);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM jobs WHERE kind = 'deliver_notice'")
            .await,
        0
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_ones_make_room() {
    let shop = market().await;
    let id = user(&shop, "user1@test.com").await;
    for order_id in 1..=205 {
        let store = "Rebozos".into();
        tell(&shop, id, &Notice::Shipped { order_id, store }).await;
    }
    let left = format!("SELECT COUNT(*) FROM notifications WHERE user_id = {id}");
    let mut rows = 205;
    for _ in 0..400 {
        rows = shop.number(&left).await;
        if rows <= 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(rows, 200);
    shop.stop().await;
}
