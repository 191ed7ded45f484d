//! Jobs and targets that come and go.

use std::sync::Arc;

use observe::scrape::Health;

use super::peer::{Peer, Says};
use super::{Scraping, until};

#[tokio::test]
async fn a_removed_target_ends_and_leaves_the_others_alone() {
    let (stays, goes) = (
        Peer::start(Says::metrics("a 1\n")).await,
        Peer::start(Says::metrics("b 1\n")).await,
    );
    let both = format!(
        "{{job_name: app, static_configs: [{{targets: ['{}', '{}']}}]}}",
        stays.address, goes.address
    );
    let scraping = Scraping::with(&both);
    until(|| scraping.value("count(up)") == Some(2.0)).await;
    let before: Vec<_> = scraping.manager.targets().active;

    scraping.apply(&stays.job(""));
    let after = scraping.manager.targets().active;
    assert_eq!(after.len(), 1);
    assert!(
        before.iter().any(|target| Arc::ptr_eq(target, &after[0])),
        "it is the same, with its state"
    );
    until(|| scraping.value("count(up)") == Some(1.0) && scraping.query("b").is_empty()).await;
    assert_eq!(scraping.value("a"), Some(1.0));

    scraping.apply("");
    until(|| scraping.query("up").is_empty() && scraping.query("a").is_empty()).await;
    assert!(scraping.manager.targets().active.is_empty());
}

#[tokio::test]
async fn a_changed_job_goes_on_with_its_targets() {
    let peer = Peer::start(Says::metrics("a{x=\"1\"} 1\nb 1\n")).await;
    let scraping = Scraping::with(&peer.job(""));
    until(|| scraping.value("a") == Some(1.0)).await;
    let target = scraping.asked().await;
    scraping.apply(&peer.job("metric_relabel_configs: [{source_labels: [__name__], regex: a, action: drop}]"));
    until(|| scraping.query("a").is_empty()).await;
    assert!(Arc::ptr_eq(&target, &scraping.asked().await));
    assert_eq!((target.state().health, scraping.value("b")), (Health::Up, Some(1.0)));
    // Another interval makes another target of it.
    scraping.apply(&peer.job("scrape_interval: 110ms"));
    assert!(!Arc::ptr_eq(&target, &scraping.manager.targets().active[0]));
}

#[tokio::test]
async fn targets_in_files_come_and_go_with_the_files() {
    let peer = Peer::start(Says::metrics("a 1\n")).await;
    let scraping =
        Scraping::with("{job_name: app, file_sd_configs: [{files: [targets/*.json], refresh_interval: 20ms}]}");
    assert!(scraping.manager.targets().active.is_empty());
    let folder = scraping.path().join("targets");
    std::fs::create_dir(&folder).unwrap();
    let text = format!(
        r#"[{{"targets": ["{}"], "labels": {{"color": "blue"}}}}]"#,
        peer.address
    );
    std::fs::write(folder.join("new"), text).unwrap();
    std::fs::rename(folder.join("new"), folder.join("blue.json")).unwrap();
    until(|| {
        scraping
            .query("a")
            .iter()
            .any(|(labels, _)| labels.contains(r#"color="blue""#))
    })
    .await;
    std::fs::remove_file(folder.join("blue.json")).unwrap();
    until(|| scraping.query("up").is_empty()).await;
}

#[tokio::test]
async fn dropped_targets_are_remembered_and_too_many_are_not_asked() {
    let jobs = "{job_name: app, static_configs: [{targets: ['a:1', 'b:1', 'c:1']}], \
        relabel_configs: [{source_labels: [__address__], regex: '[ab]:1', action: drop}], keep_dropped_targets: 1}";
    let scraping = Scraping::with(jobs);
    let targets = scraping.manager.targets();
    assert_eq!(
        (
            targets.active.len(),
            targets.dropped.len(),
            targets.dropped_counts["app"]
        ),
        (1, 1, 2)
    );
    assert_eq!(targets.dropped[0].discovered_labels.get("__address__"), "a:1");

    let peer = Peer::start(Says::metrics("a 1\n")).await;
    let jobs = |limit: &str| {
        let labels = ["1", "2"].map(|n| format!("{{targets: ['{}'], labels: {{n: '{n}'}}}}", peer.address));
        format!("{{job_name: app, static_configs: [{}], {limit}}}", labels.join(","))
    };
    let scraping = Scraping::with(&jobs("target_limit: 1"));
    let targets = scraping.manager.targets().active;
    until(|| targets.iter().all(|target| target.state().health == Health::Down)).await;
    assert_eq!(
        targets[0].state().last_error,
        "target_limit exceeded (number of targets: 2, limit: 1)"
    );
    assert!(peer.asked().is_empty());
    scraping.apply(&jobs(""));
    until(|| targets.iter().all(|target| target.state().health == Health::Up)).await;
}

#[tokio::test]
async fn the_end_of_the_process_ends_no_series() {
    let peer = Peer::start(Says::metrics("a 1\n")).await;
    let scraping = Scraping::with(&peer.job(""));
    until(|| scraping.value("a") == Some(1.0)).await;
    let scraping = scraping.stop().await;
    assert_eq!((scraping.value("a"), scraping.value("up")), (Some(1.0), Some(1.0)));
}

#[tokio::test]
async fn a_target_that_hangs_does_not_hold_up_the_end() {
    let peer = Peer::start(Says::Nothing).await;
    let scraping = Scraping::with(&peer.job("scrape_interval: 200ms, scrape_timeout: 200ms"));
    until(|| !peer.asked().is_empty()).await;
    scraping.stop().await;
}
