use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::*;

/// The request as the mirror saw it.
async fn mirrored(edge: &TestEdge, request: &str) -> (Answer, String) {
    let mut client = edge.client().await;
    client.send(request).await;
    let answer = client.answer().await;
    let seen = answer
        .text()
        .split_once('\n')
        .map_or(String::new(), |(_, seen)| seen.to_owned());
    (answer, seen)
}

#[tokio::test]
async fn headers_for_one_hop_go_no_further() {
    let mirror = FakeInstance::start("web", async |mut conn| {
        while let Some(request) = conn.request().await? {
            let seen = format!("web\n{}\n\n", request.head);
            let head = "connection: keep-alive, x-inner\r\nx-inner: 1\r\nkeep-alive: timeout=9\r\nproxy-authenticate: Basic\r\nx-outer: 2";
            conn.write(&format!(
                "HTTP/1.1 200 OK\r\n{head}\r\ncontent-length: {}\r\n\r\n{seen}",
                seen.len()
            ))
            .await?;
        }
        Ok(())
    });
    let mirror = mirror.await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&mirror])])).await;
    let (answer, seen) = mirrored(
        &edge,
        "GET / HTTP/1.1\r\nHost: tienda.mx\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n\
         Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nExpect: 100-continue\r\nX-Kept: sí\r\nCookie: a=1\r\n\r\n",
    )
    .await;
    for name in [
        "connection",
        "x-secret",
        "keep-alive",
        "te",
        "proxy-connection",
        "proxy-authorization",
        "expect",
    ] {
        assert_eq!(header(&seen, name), None, "{name} in {seen}");
    }
    assert_eq!(
        (header(&seen, "x-kept"), header(&seen, "cookie"), header(&seen, "host")),
        (Some("sí"), Some("a=1"), Some("tienda.mx"))
    );
    for name in ["x-inner", "keep-alive", "proxy-authenticate"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.header("x-outer"), Some("2"));
    edge.stop().await;
}

#[tokio::test]
async fn instances_learn_who_asks_and_strangers_cannot_lie_about_it() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let lie = "GET / HTTP/1.1\r\nhost: tienda.mx\r\nx-forwarded-for: 1.2.3.4\r\nx-forwarded-proto: https\r\nforwarded: for=1.2.3.4\r\n\r\n";
    let (_, seen) = mirrored(&edge, lie).await;
    assert_eq!(header(&seen, "x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(header(&seen, "x-forwarded-proto"), Some("http"));
    assert_eq!(header(&seen, "x-forwarded-host"), Some("tienda.mx"));
    assert_eq!(
        header(&seen, "forwarded"),
        Some("for=127.0.0.1;proto=http;host=\"tienda.mx\"")
    );
    edge.stop().await;

    let mut trusting = config();
    trusting.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let edge = TestEdge::start(trusting, routes(&[("/", &[&web])])).await;
    let (_, seen) = mirrored(&edge, lie).await;
    assert_eq!(header(&seen, "x-forwarded-for"), Some("1.2.3.4, 127.0.0.1"));
    assert_eq!(header(&seen, "x-forwarded-proto"), Some("https"));
    edge.stop().await;
}

#[tokio::test]
async fn every_request_has_an_id_and_a_trace() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let (answer, seen) = mirrored(
        &edge,
        "GET / HTTP/1.1\r\nhost: a\r\nx-request-id: <b>\r\ntracestate: x=1\r\n\r\n",
    )
    .await;
    let id = answer.header("x-request-id").unwrap();
    assert_eq!(id.len(), 32);
    assert_eq!(header(&seen, "x-request-id"), Some(id));
    assert_eq!(header(&seen, "traceparent").unwrap().len(), 55);
    assert_eq!(
        header(&seen, "tracestate"),
        None,
        "a state without its trace means nothing"
    );

    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx-request-id: mine-1\r\ntraceparent: {parent}\r\ntracestate: x=1\r\n\r\n"
    );
    let (answer, seen) = mirrored(&edge, &request).await;
    assert_eq!(answer.header("x-request-id"), Some("mine-1"));
    assert_eq!(
        (header(&seen, "traceparent"), header(&seen, "tracestate")),
        (Some(parent), Some("x=1"))
    );
    edge.stop().await;
}

#[tokio::test]
async fn bodies_arrive_whole_whatever_their_framing() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    client
        .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
        .await;
    assert!(client.answer().await.text().ends_with("\n\nabcde"));
    client
        .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")
        .await;
    assert!(client.answer().await.text().ends_with("\n\n"));
    client
        .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\nabc")
        .await;
    assert!(client.answer().await.text().ends_with("\n\nabc"));
    client.send("POST / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(client.answer().await.text().contains("content-length: 0"));
    client.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let answer = client.answer_to_head().await;
    assert!(answer.header("content-length").unwrap().parse::<u32>().unwrap() > 0);
    assert_eq!(
        client.get("/").await.status,
        200,
        "nothing of the answer to HEAD is left over"
    );
    edge.stop().await;
}

#[tokio::test]
async fn a_large_body_goes_both_ways_unharmed() {
    let web = FakeInstance::start("web", async |mut conn| {
        while let Some(request) = conn.request().await? {
            conn.write(&format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
                request.body.len()
            ))
            .await?;
            conn.stream().get_mut().write_all(&request.body).await?;
        }
        Ok(())
    });
    let web = web.await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let body: String = (0..1_000_000).map(|i| format!("{i:08}")).collect();
    let mut client = edge.client().await;
    for _ in 0..2 {
        client
            .send(&format!(
                "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ))
            .await;
        let answer = client.answer().await;
        assert!(answer.body == body.as_bytes(), "{} bytes came back", answer.body.len());
    }
    assert_eq!(web.connections(), 1);
    edge.stop().await;
}

#[tokio::test]
async fn pieces_are_passed_on_as_they_come() {
    let web = FakeInstance::start("web", async |mut conn| {
        while let Some(head) = conn.head().await? {
            assert!(head.contains("transfer-encoding: chunked"));
            conn.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                .await?;
            // An echo, chunk by chunk: answers while the request is still coming.
            let mut buffer = [0; 1024];
            loop {
                let count = conn.stream().read(&mut buffer).await?;
                let chunks = String::from_utf8_lossy(&buffer[..count]).into_owned();
                conn.write(&chunks).await?;
                if count == 0 || chunks.ends_with("0\r\n\r\n") {
                    break;
                }
            }
        }
        Ok(())
    });
    let web = web.await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    client
        .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nuno\r\n")
        .await;
    let mut seen = String::new();
    while !seen.ends_with("uno\r\n") {
        let mut buffer = [0; 1024];
        let count = within("the first piece back", client.stream().read(&mut buffer))
            .await
            .unwrap();
        assert!(count > 0, "closed after {seen:?}");
        seen.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        if seen.ends_with("uno") {
            break;
        }
    }
    client.send("3\r\ndos\r\n0\r\n\r\n").await;
    while !seen.ends_with("0\r\n\r\n") {
        let mut buffer = [0; 1024];
        let count = within("the rest", client.stream().read(&mut buffer)).await.unwrap();
        assert!(count > 0, "closed after {seen:?}");
        seen.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    assert!(seen.contains("dos"), "{seen}");
    assert_eq!(client_get_fails_gracefully(&edge).await, 200);
    edge.stop().await;
}

/// The edge is still there.
async fn client_get_fails_gracefully(edge: &TestEdge) -> u16 {
    let mut client = edge.client().await;
    client
        .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        .await;
    client.answer().await.status
}

#[tokio::test]
async fn old_and_odd_clients_are_understood() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let (answer, seen) = mirrored(&edge, "GET http://real.mx/x HTTP/1.1\r\nhost: other.mx\r\n\r\n").await;
    assert_eq!(answer.status, 200);
    assert!(seen.starts_with("GET /x HTTP/1.1"), "{seen}");
    assert_eq!(header(&seen, "host"), Some("real.mx"));
    let mut client = edge.client().await;
    client.send("GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    assert!(client.is_closed().await);
    let mut client = edge.client().await;
    client
        .send("GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\nGET /3 HTTP/1.1\r\nhost: a\r\n\r\n")
        .await;
    for number in 1..=3 {
        assert!(client.answer().await.text().contains(&format!("GET /{number} ")));
    }
    edge.stop().await;
}
