//! The store: nothing twice, nothing lost, and it always opens.

use std::time::Duration;

use observe::logs::{Limits, PushedLine, PushedStream};
use observe::metrics::labels::Labels;
use proptest::prelude::*;

use super::{NOW, SECOND, Server, stream};

const SHOP: &[(&str, &str)] = &[("app", "shop")];

#[tokio::test]
async fn what_was_pushed_survives_a_kill_and_is_there_once() {
    let server = Server::new().await;
    server.add(SHOP, &[(30, "one"), (20, "two")]).await;
    let server = server.killed().await;
    server.add(SHOP, &[(10, "three")]).await;
    // The client had no answer, and sends it again.
    server.add(SHOP, &[(10, "three"), (5, "four")]).await;
    assert_eq!(server.lines(r#"{app="shop"}"#).await, ["four", "three", "two", "one"]);
    assert_eq!(
        server.number(r#"count_over_time({app="shop"}[1h])"#).await.as_deref(),
        Some("4")
    );

    server.logs.compact().await.unwrap();
    let server = server.killed().await;
    server.add(SHOP, &[(30, "one"), (10, "three"), (1, "five")]).await;
    assert_eq!(
        server.lines(r#"{app="shop"}"#).await,
        ["five", "four", "three", "two", "one"]
    );
    assert_eq!(
        server.number(r#"count_over_time({app="shop"}[1h])"#).await.as_deref(),
        Some("5")
    );
    server.logs.compact().await.unwrap();
    server.logs.sync().await.unwrap();
    assert_eq!(
        server
            .number(r#"sum(bytes_over_time({app="shop"}[1h]))"#)
            .await
            .as_deref(),
        Some("19")
    );
}

#[tokio::test]
async fn lines_may_come_out_of_order_and_on_several_days() {
    let server = Server::new().await;
    server.add(SHOP, &[(10, "late"), (40, "early")]).await;
    server.add(SHOP, &[(25, "between"), (86_400, "yesterday")]).await;
    let wanted = ["late", "between", "early", "yesterday"];
    assert_eq!(server.lines(r#"{app="shop"}"#).await, wanted);
    server.logs.compact().await.unwrap();
    assert_eq!(server.lines(r#"{app="shop"}"#).await, wanted);
    let mut files: Vec<_> = std::fs::read_dir(server.folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".db"))
        .collect();
    files.sort();
    assert_eq!(files, ["2026-11-23.db", "2026-11-24.db"]);
}

#[tokio::test]
async fn large_streams_become_several_chunks_and_searches_find_what_is_in_each() {
    let server = Server::new().await;
    let lines: Vec<PushedLine> = (0..30_000)
        .map(|index| PushedLine {
            time: (NOW - 3000) * SECOND + index * 1_000_000,
            text: format!(
                "request {index} to /products took {} ms, and then some words that fill the line up",
                index % 97
            ),
            metadata: Labels::empty(),
        })
        .collect();
    server
        .logs
        .push(vec![PushedStream {
            labels: Labels::from_pairs([("app", "shop")]),
            lines,
        }])
        .await
        .unwrap();
    server.logs.compact().await.unwrap();
    let stats = server
        .ask("/loki/api/v1/index/stats", &[("query", r#"{app="shop"}"#)])
        .await;
    assert!(stats["chunks"].as_u64().unwrap() >= 2, "{stats}");
    assert_eq!(server.lines(r#"{app="shop"} |= "request 4242 ""#).await.len(), 1);
    let count = server
        .number(r#"sum(count_over_time({app="shop"} |= "took 13 ms" [1h]))"#)
        .await;
    assert_eq!(
        count,
        Some((0..30_000).filter(|index| index % 97 == 13).count().to_string())
    );
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_day_begins_anew() {
    for damage in ["cut", "garbage", "empty"] {
        let server = Server::new().await;
        server.add(SHOP, &[(30, "before")]).await;
        server.logs.compact().await.unwrap();
        server.logs.sync().await.unwrap();
        server.logs.close().await;
        let Server { folder, limits, .. } = server;
        let path = folder.path().join("2026-11-24.db");
        for suffix in ["-wal", "-shm"] {
            _ = std::fs::remove_file(folder.path().join(format!("2026-11-24.db{suffix}")));
        }
        let bytes = std::fs::read(&path).unwrap();
        let damaged = match damage {
            "cut" => bytes[..bytes.len() / 2].to_vec(),
            "garbage" => vec![b'x'; bytes.len()],
            _ => Vec::new(),
        };
        std::fs::write(&path, damaged).unwrap();

        let server = Server::over(folder, limits).await;
        server.add(SHOP, &[(10, "after")]).await;
        assert_eq!(server.lines(r#"{app="shop"}"#).await, ["after"], "{damage}");
        // An empty file is a new database; anything else is kept for whoever wants to look at it.
        let aside = server.folder.path().join("2026-11-24.db.damaged-1");
        assert_eq!(aside.exists(), damage != "empty", "{damage}");
    }
}

#[tokio::test]
async fn days_go_when_they_are_too_old() {
    let limits = Limits {
        retention_period: Duration::from_secs(3 * 86_400),
        ..Limits::default()
    };
    let server = Server::with(limits).await;
    server
        .add(
            SHOP,
            &[(3 * 86_400, "three days old"), (86_400, "one day old"), (0, "new")],
        )
        .await;
    server.logs.retain().await;
    assert_eq!(
        server.lines(r#"{app="shop"}"#).await,
        ["new", "one day old", "three days old"]
    );
    server.set_clock(NOW + 86_400);
    server.logs.retain().await;
    assert_eq!(server.lines(r#"{app="shop"}"#).await, ["new", "one day old"]);
    assert!(!server.folder.path().join("2026-11-21.db").exists());
}

#[tokio::test]
async fn the_oldest_days_go_when_all_are_too_large() {
    let limits = Limits {
        retention_bytes: 1,
        ..Limits::default()
    };
    let server = Server::with(limits).await;
    server.add(SHOP, &[(86_400, "yesterday"), (0, "today")]).await;
    server.logs.retain().await;
    assert_eq!(server.lines(r#"{app="shop"}"#).await, ["today"]);
}

/// What a story may do to the store.
#[derive(Debug, Clone)]
enum Step {
    Push(Vec<(i64, u8)>),
    Compact,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    let push = proptest::collection::vec((0..200_i64, 0..4_u8), 1..20).prop_map(Step::Push);
    prop_oneof![4 => push, 2 => Just(Step::Compact), 1 => Just(Step::Kill)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is pushed in whatever order and however often, each line is there once.
    #[test]
    fn every_line_is_there_once(steps in proptest::collection::vec(step(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut server = Server::new().await;
            let mut model = std::collections::BTreeSet::new();
            for step in steps {
                match step {
                    Step::Push(lines) => {
                        let texts: Vec<(i64, String)> =
                            lines.iter().map(|(ago, kind)| (*ago, format!("line {ago} {kind}"))).collect();
                        let lines: Vec<(i64, &str)> = texts.iter().map(|(ago, text)| (*ago, text.as_str())).collect();
                        server.logs.push(vec![stream(SHOP, &lines)]).await.unwrap();
                        model.extend(texts.into_iter().map(|(ago, text)| (-ago, text)));
                    }
                    Step::Compact => server.logs.compact().await.unwrap(),
                    Step::Kill => server = server.killed().await,
                }
            }
            let mut found = server.lines(r#"{app="shop"}"#).await;
            let mut wanted: Vec<String> = model.iter().map(|(_, text)| text.clone()).collect();
            let count = server.number(r#"sum(count_over_time({app="shop"}[1h]))"#).await;
            assert_eq!(count, (!wanted.is_empty()).then(|| wanted.len().to_string()));
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted);
        });
    }
}
