use std::sync::{Arc, Mutex};

use crate::harness::*;

/// Requests that two readers could understand differently. Whatever else happens, the instance must see none of them, and
/// nothing hidden inside them.
#[tokio::test]
async fn ambiguous_requests_are_refused_and_nothing_is_smuggled() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let counter = Arc::clone(&seen);
    let web = FakeInstance::start("web", move |mut conn| {
        let counter = Arc::clone(&counter);
        async move {
            while let Some(request) = conn.request().await? {
                counter.lock().unwrap().push(request.head);
                conn.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
            }
            Ok(())
        }
    })
    .await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let hidden = "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n";
    for (what, request) in [
        (
            "length and chunks",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "chunks and length",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        ),
        (
            "two lengths",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ncontent-length: 35\r\n\r\n",
        ),
        (
            "the same length twice",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            "a list of lengths",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0, 35\r\n\r\n",
        ),
        (
            "a signed length",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +0\r\n\r\n",
        ),
        (
            "another coding",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "chunked twice",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "identity after chunked",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        ),
        (
            "chunks in HTTP/1.0",
            "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("a folded header", "GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n"),
        (
            "a folded coding",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "a space before the colon",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        ),
        ("line ends without CR", "GET / HTTP/1.1\nhost: a\n\n"),
        (
            "one line end without CR",
            "GET / HTTP/1.1\r\nhost: a\r\nx: 1\ny: 2\r\n\r\n",
        ),
        ("a CR in a header", "GET / HTTP/1.1\r\nhost: a\r\nx: 1\ry: 2\r\n\r\n"),
        ("a NUL in a header", "GET / HTTP/1.1\r\nhost: a\r\nx: 1\0\r\n\r\n"),
        ("no host", "GET / HTTP/1.1\r\n\r\n"),
        ("two hosts", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"),
        (
            "a host that ends a quote",
            "GET / HTTP/1.1\r\nhost: a\";for=1.2.3.4\r\n\r\n",
        ),
        (
            "a chunk size that is none",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
        ),
        (
            "a chunk longer than its size",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        ),
        ("CONNECT", "CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n"),
        (
            "a path that climbs",
            "GET /api/../hidden HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        ),
        ("no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n"),
    ] {
        let mut client = edge.client().await;
        client.send(&format!("{request}{hidden}")).await;
        let first = client.try_answer().await;
        assert!(
            first.as_ref().is_none_or(|answer| (400..500).contains(&answer.status)),
            "{what}: {first:?}"
        );
        let second = client.try_answer().await;
        assert!(second.is_none(), "{what}: {first:?} and then {second:?}");
    }
    assert_eq!(edge.get("/seen").await.status, 200);
    let seen = seen.lock().unwrap().clone();
    assert_eq!(
        seen.len(),
        1,
        "an instance was sent what should have been refused: {seen:#?}"
    );
    edge.stop().await;
}

#[tokio::test]
async fn what_comes_before_an_ambiguous_request_is_answered() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    assert_eq!(client.get("/").await.status, 200);
    client.send("GET / HTTP/1.1\nhost: a\n\n").await;
    assert_eq!(client.answer().await.status, 400);
    assert!(client.is_closed().await);
    edge.stop().await;
}
