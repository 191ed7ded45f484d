use std::sync::Arc;

use tokio::sync::Notify;
use units::HumanDuration;

use crate::harness::*;

/// Answers when told to; tells when it has a request.
async fn patient(asked: &Arc<Notify>, go: &Arc<Notify>) -> FakeInstance {
    let (asked, go) = (Arc::clone(asked), Arc::clone(go));
    FakeInstance::start("web", move |mut conn| {
        let (asked, go) = (Arc::clone(&asked), Arc::clone(&go));
        async move {
            while conn.request().await?.is_some() {
                asked.notify_one();
                go.notified().await;
                conn.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
            }
            Ok(())
        }
    })
    .await
}

#[tokio::test]
async fn requests_in_flight_are_finished_and_idle_connections_closed() {
    let (asked, go) = <(Arc<Notify>, Arc<Notify>)>::default();
    let web = patient(&asked, &go).await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let (address, mut untouched, mut idle, mut busy) = (
        edge.address,
        edge.client().await,
        edge.client().await,
        edge.client().await,
    );
    go.notify_one();
    assert_eq!(idle.get("/").await.status, 200);
    asked.notified().await;
    busy.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    within("the request to arrive", asked.notified()).await;
    edge.begin_stop();
    assert!(untouched.is_closed().await);
    assert!(idle.is_closed().await);
    eventually("new clients to be refused", async || {
        tokio::net::TcpStream::connect(address).await.is_err().then_some(())
    })
    .await;
    go.notify_one();
    let answer = busy.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    edge.stop().await;
}

#[tokio::test]
async fn the_drain_deadline_is_kept() {
    let (asked, go) = <(Arc<Notify>, Arc<Notify>)>::default();
    let web = patient(&asked, &go).await;
    let mut quick = config();
    quick.drain_timeout = HumanDuration::from_millis(100);
    let edge = TestEdge::start(quick, routes(&[("/", &[&web])])).await;
    let mut busy = edge.client().await;
    busy.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    within("the request to arrive", asked.notified()).await;
    edge.stop().await;
    assert!(busy.try_answer().await.is_none());
}

#[tokio::test]
async fn an_instance_that_is_taken_out_finishes_what_it_has() {
    let (asked, go) = <(Arc<Notify>, Arc<Notify>)>::default();
    let (old, new) = (patient(&asked, &go).await, FakeInstance::mirror("new").await);
    let edge = TestEdge::start(config(), routes(&[("/", &[&old])])).await;
    let mut busy = edge.client().await;
    busy.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    within("the request to arrive", asked.notified()).await;
    edge.set_routes(routes(&[("/", &[&new])])).await.unwrap();
    assert!(edge.get("/").await.text().starts_with("new"));
    go.notify_one();
    assert_eq!(busy.answer().await.text(), "ok");
    assert!(busy.get("/").await.text().starts_with("new"));
    edge.stop().await;
}
