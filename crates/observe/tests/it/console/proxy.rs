//! What reaches the data sources, and what comes back.

use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use http::{Method, StatusCode, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Desk, get, source};

#[tokio::test]
async fn a_query_goes_through_as_it_is_and_its_answer_comes_back() {
    let (url, asked) = source(|| {
        let headers = [
            (header::CONTENT_TYPE, "application/json"),
            (header::SET_COOKIE, "theirs=1"),
            (header::CONTENT_SECURITY_POLICY, "none"),
        ];
        (StatusCode::UNPROCESSABLE_ENTITY, headers, r#"{"status":"error"}"#).into_response()
    })
    .await;
    let desk = Desk::over(|config| config.prometheus_url = url.join("/prom/").unwrap());
    let cookie = desk.sign_in().await;
    let path = "/api/datasources/prometheus/api/v1/query_range?query=rate(up%5B5m%5D)%20%3E%200&start=1.5";
    let answer = desk.get(path, &cookie).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, r#"{"status":"error"}"#)
    );
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    assert!(answer.headers.get(header::SET_COOKIE).is_none());
    assert!(
        answer
            .header(header::CONTENT_SECURITY_POLICY)
            .contains("default-src 'none'")
    );
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let asked = asked.lock().unwrap();
    let (method, target, headers, _) = &asked[0];
    assert_eq!(method, "GET");
    assert_eq!(
        target,
        "/prom/api/v1/query_range?query=rate(up%5B5m%5D)%20%3E%200&start=1.5"
    );
    assert!(
        headers.get(header::COOKIE).is_none(),
        "the session is the console's alone"
    );
}

#[tokio::test]
async fn forms_and_silences_go_through_and_nothing_that_writes_data() {
    let (url, asked) = source(|| "{}".into_response()).await;
    let desk = Desk::over(|config| {
        config.prometheus_url = url.clone();
        config.alertmanager_url = Some(url.clone());
        config.loki_url = Some(url);
    });
    let cookie = desk.sign_in().await;
    let send = async |method: Method, path: &str, body: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/datasources/{path}"));
        let request = request
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "text/x-test");
        desk.ask(request.body(Body::from(body)).unwrap()).await.status
    };
    assert_eq!(
        send(Method::POST, "prometheus/api/v1/query", "query=up").await,
        StatusCode::OK
    );
    assert_eq!(
        send(Method::POST, "alertmanager/api/v2/silences", "{}").await,
        StatusCode::OK
    );
    assert_eq!(
        send(Method::DELETE, "alertmanager/api/v2/silence/7", "").await,
        StatusCode::OK
    );
    {
        let asked = asked.lock().unwrap();
        assert_eq!((asked[0].0.as_str(), asked[0].3.as_str()), ("POST", "query=up"));
        assert_eq!(asked[0].2[header::CONTENT_TYPE], "text/x-test");
        assert_eq!(asked[2].1, "/api/v2/silence/7");
    }
    for (method, path) in [
        (Method::POST, "prometheus/api/v1/admin/tsdb/delete_series"),
        (Method::POST, "prometheus/api/v1/write"),
        (Method::GET, "prometheus/-/quit"),
        (Method::GET, "prometheus/api/v1/%2e%2e/%2e%2e/-/quit"),
        (Method::POST, "loki/loki/api/v1/push"),
        (Method::POST, "alertmanager/api/v2/alerts"),
        (Method::GET, "nobody/api/v1/query"),
        (Method::GET, "jaeger/api/services"),
    ] {
        let status = send(method.clone(), path, "").await;
        assert!(
            matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED),
            "{method} {path}: {status}"
        );
    }
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_name_and_password_in_the_address_are_sent_and_not_shown() {
    let (mut url, asked) = source(|| "{}".into_response()).await;
    url.set_username("ana").unwrap();
    url.set_password(Some("p%40ss")).unwrap();
    let desk = Desk::over(|config| config.prometheus_url = url);
    let cookie = desk.sign_in().await;
    desk.get("/api/datasources/prometheus/api/v1/labels", &cookie).await;
    assert_eq!(asked.lock().unwrap()[0].2[header::AUTHORIZATION], "Basic YW5hOnBAc3M=");
    let gone = Desk::over(|config| config.prometheus_url = "http://ana:secret@127.0.0.1:1".parse().unwrap());
    let cookie = gone.sign_in().await;
    let answer = gone.get("/api/datasources/prometheus/api/v1/labels", &cookie).await;
    assert!(!answer.body.contains("secret"), "{}", answer.body);
}

#[tokio::test]
async fn a_data_source_that_is_down_or_silent_is_an_error_that_names_it() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    let answer = desk.get("/api/datasources/prometheus/api/v1/labels", &cookie).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    let error = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("127.0.0.1:1") && error.contains("refused"), "{error}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let desk = Desk::over(|config| {
        config.prometheus_url = silent;
        config.source_deadline = std::time::Duration::from_millis(50);
    });
    let cookie = desk.sign_in().await;
    let answer = desk.get("/api/datasources/prometheus/api/v1/labels", &cookie).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_websocket_becomes_one_with_the_data_sources() {
    // Not the protocol itself: bytes both ways are what a proxy has to give.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let loki = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let head = read_head(&mut socket).await;
        let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: theirs\r\n\r\n";
        socket.write_all(answer.as_bytes()).await.unwrap();
        let mut said = [0; 4];
        socket.read_exact(&mut said).await.unwrap();
        socket.write_all(b"pong").await.unwrap();
        (head, said)
    });
    let desk = Desk::over(|config| config.loki_url = Some(url));
    let cookie = desk.sign_in().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = desk.router.clone();
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });

    let mut browser = tokio::net::TcpStream::connect(address).await.unwrap();
    let opening = format!(
        "GET /api/datasources/loki/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
         cookie: {cookie}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ours\r\n\r\n"
    );
    browser.write_all(opening.as_bytes()).await.unwrap();
    let head = read_head(&mut browser).await;
    assert!(
        head.starts_with("HTTP/1.1 101") && head.contains("sec-websocket-accept: theirs"),
        "{head}"
    );
    browser.write_all(b"ping").await.unwrap();
    let mut said = [0; 4];
    browser.read_exact(&mut said).await.unwrap();
    assert_eq!(&said, b"pong");
    let (asked, said) = loki.await.unwrap();
    assert_eq!(&said, b"ping");
    assert!(
        asked.contains("sec-websocket-key: ours")
            && asked.contains("query=%7ba%3d%22b%22%7d")
            && !asked.contains("cookie"),
        "{asked}"
    );
    serving.abort();
}

#[tokio::test]
async fn another_sites_page_opens_no_websocket() {
    let desk = Desk::over(|config| config.loki_url = Some("http://127.0.0.1:1".parse().unwrap()));
    let cookie = desk.sign_in().await;
    let mut request = get("/api/datasources/loki/loki/api/v1/tail", &cookie);
    for (name, value) in [
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("host", "localhost:3001"),
        ("origin", "http://localhost:3000"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    assert_eq!(desk.ask(request).await.status, StatusCode::FORBIDDEN);
}

async fn read_head(socket: &mut tokio::net::TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head)
        .unwrap()
        .to_lowercase()
        .replace("http/1.1 101", "HTTP/1.1 101")
}
