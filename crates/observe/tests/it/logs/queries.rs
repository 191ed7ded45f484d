//! What Grafana, logcli and others ask.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::{NOW, SECOND, Server, url};

async fn shop() -> Server {
    let server = Server::new().await;
    server
        .add(
            &[("app", "shop"), ("level", "info")],
            &[(30, "GET /a"), (20, "GET /b"), (10, "POST /c")],
        )
        .await;
    server
        .add(&[("app", "shop"), ("level", "error")], &[(25, "GET /d failed")])
        .await;
    server
        .add(&[("app", "auth"), ("level", "info")], &[(15, "login")])
        .await;
    server
}

#[tokio::test]
async fn grafana_s_check_of_a_data_source_gets_2() {
    let server = Server::new().await;
    let params = [("query", "vector(1)+vector(1)"), ("time", "4000000000")];
    let answer = server.ask("/loki/api/v1/query", &params).await;
    assert_eq!(answer["status"], "success");
    assert_eq!(answer["data"]["resultType"], "vector");
    assert_eq!(
        answer["data"]["result"],
        json!([{ "metric": {}, "value": [4_000_000_000_i64, "2"] }])
    );
    assert!(answer["data"]["stats"]["summary"]["execTime"].is_number());
    // As Grafana sends it since version 10, in a form.
    let request = Request::post("/loki/api/v1/query").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let (status, body) = server.send(request.body(Body::from(url(&params))).unwrap()).await;
    assert_eq!(
        (
            status,
            body.contains(r#""4000000000,"2"]"#) || body.contains(r#"[4000000000,"2"]"#)
        ),
        (StatusCode::OK, true)
    );
}

#[tokio::test]
async fn lines_come_the_newest_first_a_hundred_of_the_last_hour() {
    let server = shop().await;
    let many: Vec<(i64, String)> = (0..150).map(|ago| (100 + ago, format!("line {ago}"))).collect();
    let many: Vec<(i64, &str)> = many.iter().map(|(ago, text)| (*ago, text.as_str())).collect();
    server.add(&[("app", "many")], &many).await;
    server.add(&[("app", "many")], &[(2 * 3600, "too long ago")]).await;
    let answer = server
        .ask("/loki/api/v1/query_range", &[("query", r#"{app="many"}"#)])
        .await;
    let values = answer["data"]["result"][0]["values"].as_array().unwrap().clone();
    assert_eq!(values.len(), 100);
    assert_eq!(values[0], json!([((NOW - 100) * SECOND).to_string(), "line 0"]));
    assert_eq!(answer["data"]["stats"]["summary"]["totalEntriesReturned"], 100);

    let params = [
        ("query", r#"{app="many"}"#),
        ("direction", "forward"),
        ("limit", "2"),
        ("since", "3h"),
    ];
    let answer = server.ask("/loki/api/v1/query_range", &params).await;
    let texts = |answer: &Value| -> Vec<String> {
        let values = answer["data"]["result"][0]["values"].as_array().unwrap();
        values.iter().map(|line| line[1].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&answer), ["too long ago", "line 149"]);
    let params = [("query", r#"{app="many"}"#), ("interval", "1m")];
    assert_eq!(
        texts(&server.ask("/loki/api/v1/query_range", &params).await),
        ["line 0", "line 60", "line 120"]
    );
}

#[tokio::test]
async fn numbers_come_as_a_matrix_over_a_range() {
    let server = shop().await;
    let (start, end) = ((NOW - 30).to_string(), NOW.to_string());
    let params = [
        ("query", r#"sum by (level) (count_over_time({app="shop"}[10s]))"#),
        ("start", &start),
        ("end", &end),
        ("step", "10"),
    ];
    let answer = server.ask("/loki/api/v1/query_range", &params).await;
    assert_eq!(
        answer["data"]["result"],
        json!([
            { "metric": { "level": "error" }, "values": [[NOW - 20, "1"]] },
            { "metric": { "level": "info" }, "values": [[NOW - 30, "1"], [NOW - 20, "1"], [NOW - 10, "1"]] },
        ])
    );
}

#[tokio::test]
async fn labels_by_where_they_come_from_for_those_who_ask() {
    let server = Server::new().await;
    let push = json!({ "streams": [{ "stream": { "app": "shop" }, "values": [
        [((NOW - 1) * SECOND).to_string(), r#"{"status":200}"#, { "trace_id": "4bf9" }],
    ] }] });
    server.push_json(&push).await;
    let query = url(&[("query", r#"{app="shop"} | json"#)]);
    let request = Request::get(format!("/loki/api/v1/query_range?{query}"))
        .header("X-Loki-Response-Encoding-Flags", "categorize-labels");
    let (_, body) = server.send(request.body(Body::empty()).unwrap()).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["data"]["encodingFlags"], json!(["categorize-labels"]));
    assert_eq!(
        answer["data"]["result"],
        json!([{ "stream": { "app": "shop" }, "values": [[
            ((NOW - 1) * SECOND).to_string(), r#"{"status":200}"#,
            { "structuredMetadata": { "trace_id": "4bf9" }, "parsed": { "status": "200" } },
        ]] }])
    );
}

#[tokio::test]
async fn labels_values_series_and_how_much_there_is() {
    let server = shop().await;
    assert_eq!(
        server.ask("/loki/api/v1/labels", &[]).await["data"],
        json!(["app", "level"])
    );
    assert_eq!(
        server.ask("/loki/api/v1/label/app/values", &[]).await["data"],
        json!(["auth", "shop"])
    );
    let of_errors = [("query", r#"{level="error"}"#)];
    assert_eq!(
        server.ask("/loki/api/v1/label/app/values", &of_errors).await["data"],
        json!(["shop"])
    );
    let (status, _) = server
        .get("/loki/api/v1/label/none/values", &[("start", "100"), ("end", "200")])
        .await;
    assert_eq!(status, StatusCode::OK);

    let matching = [("match[]", r#"{app="auth"}"#), ("match[]", r#"{level="error"}"#)];
    let series = server.ask("/loki/api/v1/series", &matching).await;
    assert_eq!(
        series["data"],
        json!([{ "app": "auth", "level": "info" }, { "app": "shop", "level": "error" }])
    );

    let stats = server
        .ask("/loki/api/v1/index/stats", &[("query", r#"{app="shop"}"#)])
        .await;
    assert_eq!(
        (&stats["streams"], &stats["entries"], &stats["bytes"]),
        (&json!(2), &json!(4), &json!(32))
    );
    let volume = server
        .ask("/loki/api/v1/index/volume", &[("query", r#"{app=~".+"}"#)])
        .await;
    let volumes: Vec<_> = volume["data"]["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["value"][1].clone())
        .collect();
    assert_eq!(volumes, [json!("32"), json!("5")]);
    let detected = server.ask("/loki/api/v1/detected_labels", &[]).await;
    assert_eq!(
        detected["detectedLabels"][0],
        json!({ "label": "app", "cardinality": 2 })
    );
}

#[tokio::test]
async fn fields_are_found_in_lines() {
    let server = Server::new().await;
    server
        .add(
            &[("app", "shop")],
            &[(2, r#"{"status":200,"took":"5ms"}"#), (1, "level=info id=a1 took=1s")],
        )
        .await;
    let detected = server
        .ask("/loki/api/v1/detected_fields", &[("query", r#"{app="shop"}"#)])
        .await;
    let of = |name: &str| {
        let fields = detected["fields"].as_array().unwrap();
        fields
            .iter()
            .find(|field| field["label"] == name)
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(
        of("status"),
        json!({ "label": "status", "type": "int", "cardinality": 1, "parsers": ["json"] })
    );
    assert_eq!(
        of("took"),
        json!({ "label": "took", "type": "duration", "cardinality": 2, "parsers": ["json", "logfmt"] })
    );
    assert_eq!(of("id")["type"], "string");
}

#[tokio::test]
async fn the_process_says_what_and_how_it_is() {
    let server = shop().await;
    assert_eq!(server.get("/ready", &[]).await, (StatusCode::OK, "ready\n".into()));
    let build = server.ask("/loki/api/v1/status/buildinfo", &[]).await;
    assert_eq!(build["version"], observe::api::loki::API_VERSION);
    let (_, metrics) = server.get("/metrics", &[]).await;
    assert!(
        metrics.contains("loki_distributor_lines_received_total 5\n"),
        "{metrics}"
    );
    assert!(metrics.contains("loki_ingester_memory_streams 3\n"), "{metrics}");
    let (_, config) = server.get("/config", &[]).await;
    assert!(config.contains("max_line_size: 262144"), "{config}");
    let formatted = server
        .ask("/loki/api/v1/format_query", &[("query", r#"{app="shop"}|="a""#)])
        .await;
    assert_eq!(formatted["data"], r#"{app="shop"} |= "a""#);
    assert_eq!(
        server
            .ask("/loki/api/v1/patterns", &[("query", r#"{app="shop"}"#)])
            .await["data"],
        json!([])
    );
}
