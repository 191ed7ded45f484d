use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use control::edge::{Request, Response, RoutingTable};

use crate::harness::*;

#[tokio::test]
async fn each_path_goes_to_the_service_that_owns_it() {
    let (web, auth) = (FakeInstance::mirror("web").await, FakeInstance::mirror("auth").await);
    let edge = TestEdge::start(config(), routes(&[("/", &[&web]), ("/api/auth", &[&auth])])).await;
    for (path, owner) in [
        ("/", "web"),
        ("/api/auth/login?next=/", "auth"),
        ("/api/authors", "web"),
    ] {
        let answer = edge.get(path).await;
        assert_eq!(answer.status, 200);
        assert!(
            answer.text().starts_with(&format!("{owner}\nGET {path} HTTP/1.1")),
            "{path}: {}",
            answer.text()
        );
    }
    edge.stop().await;
}

#[tokio::test]
async fn where_nobody_is_at_home_there_is_a_problem_for_programs_and_a_page_for_people() {
    let api = FakeInstance::mirror("api").await;
    let edge = TestEdge::start(config(), routes(&[("/api", &[&api])])).await;
    let answer = edge.get("/elsewhere").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (404, Some("application/problem+json"))
    );
    let mut client = edge.client().await;
    client
        .send("GET /elsewhere HTTP/1.1\r\nhost: a\r\naccept: text/html,*/*;q=0.8\r\n\r\n")
        .await;
    let answer = client.answer().await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (404, Some("text/html; charset=utf-8"))
    );
    assert!(answer.text().contains("Página no encontrada"));
    // The connection is still good.
    assert_eq!(client.get("/api").await.status, 200);
    edge.stop().await;
}

#[tokio::test]
async fn instances_take_turns() {
    let (one, two) = (FakeInstance::mirror("one").await, FakeInstance::mirror("two").await);
    let edge = TestEdge::start(config(), routes(&[("/", &[&one, &two])])).await;
    let mut client = edge.client().await;
    let mut answers = [0, 0];
    for _ in 0..20 {
        let answer = client.get("/").await;
        answers[usize::from(answer.text().starts_with("two"))] += 1;
    }
    assert_eq!(answers, [10, 10]);
    edge.stop().await;
}

#[tokio::test]
async fn a_bad_table_is_refused_and_the_old_one_stays() {
    let web = FakeInstance::mirror("web").await;
    let edge = TestEdge::start(config(), routes(&[("/", &[&web])])).await;
    let mut bad = routes(&[("/", &[&web])]);
    bad.routes[0].service = "nobody".to_owned();
    assert!(edge.set_routes(bad).await.unwrap_err().contains("nobody"));
    assert_eq!(edge.get("/").await.status, 200);
    let Response::Status(status) = edge.ask(Request::Status).await else {
        panic!("no status")
    };
    assert_eq!((status.generation, status.routes, status.instances), (1, 1, 1));
    let Response::Routes(table) = edge.ask(Request::GetRoutes).await else {
        panic!("no routes")
    };
    assert_eq!(table, routes(&[("/", &[&web])]));
    edge.stop().await;
}

#[tokio::test]
async fn a_table_on_disk_is_in_force_from_the_start() {
    let web = FakeInstance::mirror("web").await;
    let dir = tempfile::tempdir().unwrap();
    let table: RoutingTable = routes(&[("/", &[&web])]);
    std::fs::write(dir.path().join("routes.json"), serde_json::to_vec(&table).unwrap()).unwrap();
    let bind = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (listener, stop) = (bind(), tokio_util::sync::CancellationToken::new());
    let address = listener.local_addr().unwrap();
    let running = tokio::spawn(edge::run(
        config(),
        listener,
        dir.path().join("edge.sock"),
        bind(),
        stop.clone(),
    ));
    assert_eq!(Client::connect(address).await.get("/").await.status, 200);
    stop.cancel();
    within("the edge to stop", running).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_swapped_under_load_without_a_failed_request() {
    let (blue, green) = (FakeInstance::mirror("blue").await, FakeInstance::mirror("green").await);
    let edge = Arc::new(TestEdge::start(config(), routes(&[("/", &[&blue])])).await);
    let (done, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (edge, done, answered) = (Arc::clone(&edge), Arc::clone(&done), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut client = edge.client().await;
                while !done.load(Ordering::SeqCst) {
                    client
                        .send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nhola")
                        .await;
                    let answer = client.answer().await;
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    assert!(answer.text().ends_with("hola"));
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for turn in 0..100 {
        let before = answered.load(Ordering::SeqCst);
        edge.set_routes(routes(&[("/", &[if turn % 2 == 0 { &green } else { &blue }])]))
            .await
            .unwrap();
        eventually("requests after the swap", async || {
            (answered.load(Ordering::SeqCst) > before + 8 || clients.iter().any(|client| client.is_finished()))
                .then_some(())
        })
        .await;
    }
    done.store(true, Ordering::SeqCst);
    for client in clients {
        within("a client", client).await.unwrap();
    }
    assert!(blue.connections() > 1 && green.connections() > 1);
    Arc::into_inner(edge).unwrap().stop().await;
}
