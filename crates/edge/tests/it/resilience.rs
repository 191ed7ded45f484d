use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use units::HumanDuration;

use crate::harness::*;

#[tokio::test]
async fn connections_to_instances_are_kept() {
    let web = FakeInstance::mirror("web").await;
    let mut one_worker = config();
    one_worker.workers = 1;
    let edge = TestEdge::start(one_worker, routes(&[("/", &[&web])])).await;
    for _ in 0..3 {
        let mut client = edge.client().await;
        for _ in 0..10 {
            assert_eq!(client.get("/").await.status, 200);
        }
    }
    assert_eq!(web.connections(), 1);
    edge.stop().await;
}

#[tokio::test]
async fn instances_may_close_kept_connections_at_any_time() {
    // One closes after each answer, without saying so; another when it has the next request.
    let closes_after = FakeInstance::start("after", async |mut conn| {
        if conn.request().await?.is_some() {
            conn.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
        Ok(())
    });
    let closes_late = FakeInstance::start("late", async |mut conn| {
        if conn.request().await?.is_some() {
            conn.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
            conn.request().await?;
        }
        Ok(())
    });
    let (closes_after, closes_late) = (closes_after.await, closes_late.await);
    let edge = TestEdge::start(
        config(),
        routes(&[("/after", &[&closes_after]), ("/late", &[&closes_late])]),
    )
    .await;
    let mut client = edge.client().await;
    for _ in 0..50 {
        assert_eq!(client.get("/after").await.status, 200);
        assert_eq!(client.get("/late").await.status, 200);
    }
    // Whether a POST that was sent has been acted on, nobody knows: it is not sent twice.
    assert_eq!(client.get("/late").await.status, 200);
    client
        .send("POST /late HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx")
        .await;
    assert_eq!(client.answer().await.status, 502);
    edge.stop().await;
}

#[tokio::test]
async fn an_instance_that_breaks_off_is_not_hidden() {
    let web = FakeInstance::start("web", async |mut conn| {
        while let Some(head) = conn.head().await? {
            match head.split(' ').nth(1) {
                Some("/body") => {
                    return conn
                        .write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
                        .await;
                }
                Some("/chunk") => {
                    return conn
                        .write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nonly this")
                        .await;
                }
                Some("/head") => return conn.write("HTTP/1.1 200 OK\r\ncontent-le").await,
                Some("/nothing") => return Ok(()),
                Some("/nonsense") => return conn.write("220 mail.example.com ESMTP\r\n\r\n").await,
                _ => conn.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?,
            }
        }
        Ok(())
    });
    let web = web.await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    for path in ["/body", "/chunk"] {
        let answer = edge.get(path).await;
        assert!(answer.status == 200 && answer.truncated, "{path}: {answer:?}");
    }
    for path in ["/head", "/nothing", "/nonsense"] {
        let mut client = edge.client().await;
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (502, Some("application/problem+json")),
            "{path}"
        );
        assert_eq!(client.get("/").await.status, 200, "after {path}");
    }
    edge.stop().await;
}

#[tokio::test]
async fn an_instance_that_cannot_be_reached_is_passed_over() {
    let (absent, present) = (FakeInstance::absent("absent"), FakeInstance::mirror("present").await);
    let edge = TestEdge::start(config(), routes(&[("/", &[&absent, &present])])).await;
    for _ in 0..10 {
        let mut client = edge.client().await;
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nhola")
            .await;
        let answer = client.answer().await;
        assert!(answer.status == 200 && answer.text().ends_with("hola"));
    }
    let routes = Client::connect(edge.admin).await.get("/routes").await;
    let routes: serde_json::Value = serde_json::from_slice(&routes.body).unwrap();
    assert_eq!(routes["instances"]["absent"]["up"], false);
    assert_eq!(routes["instances"]["present"]["up"], true);
    edge.stop().await;
}

#[tokio::test]
async fn requests_are_held_until_an_instance_is_back() {
    let absent = FakeInstance::absent("web");
    let address = absent.address;
    let edge = TestEdge::start(config(), routes(&[("/", &[&absent])])).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = edge.client().await;
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nhola")
            .await;
        clients.push(client);
    }
    eventually("the requests to be held", async || {
        (edge.metric("edge_hold_queue_requests").await == 20.0).then_some(())
    })
    .await;
    let _back = FakeInstance::start_at(address, "web", async |mut conn| {
        while conn.request().await?.is_some() {
            conn.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
        Ok(())
    })
    .await;
    for mut client in clients {
        assert_eq!(client.answer().await.status, 200);
    }
    assert_eq!(edge.metric("edge_hold_queue_requests").await, 0.0);
    edge.stop().await;
}

#[tokio::test]
async fn requests_are_not_held_for_ever_nor_without_limit() {
    let absent = FakeInstance::absent("web");
    let mut impatient = config();
    impatient.hold.wait = HumanDuration::from_millis(300);
    impatient.hold.max_requests = 1;
    let edge = TestEdge::start(impatient, routes(&[("/", &[&absent])])).await;
    let mut held = edge.client().await;
    held.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("the request to be held", async || {
        (edge.metric("edge_hold_queue_requests").await == 1.0).then_some(())
    })
    .await;
    let one_too_many = edge.get("/").await;
    let answer = held.answer().await;
    for answer in [one_too_many, answer] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    }
    edge.stop().await;
}

#[tokio::test]
async fn before_the_first_table_requests_are_held_too() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start_without_routes(config()).await;
    let mut client = edge.client().await;
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("the request to be held", async || {
        (edge.metric("edge_hold_queue_requests").await == 1.0).then_some(())
    })
    .await;
    edge.set_routes(routes(&[("/", &[&web])])).await.unwrap();
    assert_eq!(client.answer().await.status, 200);
    edge.stop().await;
}

#[tokio::test]
async fn an_instance_that_answers_too_late_is_given_up() {
    let web = FakeInstance::start("web", async |mut conn| {
        while conn.head().await?.is_some() {
            std::future::pending::<()>().await;
        }
        Ok(())
    });
    let web = web.await;
    let mut impatient = config();
    impatient.upstream_timeout = HumanDuration::from_millis(100);
    let edge = TestEdge::start(impatient, routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    let answer = client.get("/").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (504, Some("application/problem+json"))
    );
    assert_eq!(
        client.get("/").await.status,
        504,
        "the client's connection is still good"
    );
    edge.stop().await;
}

#[tokio::test]
async fn an_unhealthy_instance_gets_no_requests_until_it_is_well() {
    // Answers probes by itself, so that it can be sick and still reachable.
    let sick = Arc::new(AtomicUsize::new(0));
    let state = Arc::clone(&sick);
    let patient = FakeInstance::start("patient", move |mut conn| {
        let state = Arc::clone(&state);
        async move {
            use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
            let mut line = String::new();
            while conn.stream().read_line(&mut line).await? > 0 {
                if line.ends_with("\r\n\r\n") {
                    let status = if line.starts_with("GET /health ") && state.load(Ordering::SeqCst) == 1 {
                        "503 Sick"
                    } else {
                        "200 OK"
                    };
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 7\r\n\r\npatient");
                    conn.stream().get_mut().write_all(answer.as_bytes()).await?;
                    line.clear();
                }
            }
            Ok(())
        }
    })
    .await;
    let well = FakeInstance::mirror("well").await;
    let mut quick = config();
    quick.health.interval = HumanDuration::from_millis(20);
    quick.health.retry_interval = HumanDuration::from_millis(20);
    let edge = TestEdge::start(quick, routes(&[("/", &[&patient, &well])])).await;
    let up = async || {
        let state = Client::connect(edge.admin).await.get("/routes").await;
        serde_json::from_slice::<serde_json::Value>(&state.body).unwrap()["instances"]["patient"]["up"] == true
    };
    sick.store(1, Ordering::SeqCst);
    eventually("it to be down", async || (!up().await).then_some(())).await;
    for _ in 0..10 {
        assert!(edge.get("/").await.text().starts_with("well"));
    }
    sick.store(0, Ordering::SeqCst);
    eventually("it to be up", async || up().await.then_some(())).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(edge.get("/").await.text());
    }
    assert!(answers.iter().any(|answer| answer == "patient"));
    edge.stop().await;
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_request_reaches_the_client() {
    let web = FakeInstance::start("web", async |mut conn| {
        if conn.head().await?.is_some() {
            conn.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
                .await?;
        }
        Ok(())
    });
    let web = web.await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut client = edge.client().await;
    client
        .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nonly the beginning")
        .await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.text().as_str()), (403, "no"));
    edge.stop().await;
}
