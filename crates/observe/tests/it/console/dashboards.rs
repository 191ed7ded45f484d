//! The folder of dashboards, with what people put into it.

use http::StatusCode;
use serde_json::json;

use super::Desk;

impl Desk {
    fn put(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[tokio::test]
async fn dashboards_are_listed_by_folder_and_title_and_read_as_they_are() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    desk.put(
        "b.json",
        r#"{"uid": "kpis", "title": "KPIs", "tags": ["shop"], "panels": [{"type": "stat"}]}"#,
    );
    desk.put("a.json", r#"{"title": "Edge", "rows": []}"#);
    desk.put(
        "business/c.json",
        r#"{"dashboard": {"uid": "sales", "title": "Sales", "panels": []}, "meta": {}}"#,
    );
    desk.put("readme.md", "not one");
    let list = desk.get("/api/dashboards", &cookie).await.json();
    let listed: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["uid"].as_str().unwrap(), one["folder"].as_str().unwrap()))
        .collect();
    assert_eq!(listed, [("a", ""), ("kpis", ""), ("sales", "business")]);
    let one = desk.get("/api/dashboards/kpis", &cookie).await.json();
    assert_eq!(
        one,
        json!({"uid": "kpis", "title": "KPIs", "tags": ["shop"], "panels": [{"type": "stat"}]})
    );
    assert_eq!(
        desk.get("/api/dashboards/sales", &cookie).await.json()["title"],
        "Sales"
    );
    assert_eq!(
        desk.get("/api/dashboards/none", &cookie).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_changed_file_shows_at_once() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    desk.put("a.json", r#"{"uid": "a", "title": "Before", "panels": []}"#);
    assert_eq!(desk.get("/api/dashboards/a", &cookie).await.json()["title"], "Before");
    desk.put("a.json", r#"{"uid": "a", "title": "After", "panels": []}"#);
    assert_eq!(desk.get("/api/dashboards/a", &cookie).await.json()["title"], "After");
}

#[tokio::test]
async fn files_that_are_no_dashboards_are_listed_with_the_reason() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    desk.put("cut.json", r#"{"title": "Cut", "#);
    desk.put("empty.json", "");
    desk.put("list.json", "[]");
    desk.put("nothing.json", r#"{"title": "Nothing"}"#);
    desk.put("untitled.json", r#"{"panels": []}"#);
    desk.put(
        "huge.json",
        &format!(r#"{{"title": "{}", "panels": []}}"#, "x".repeat(5 << 20)),
    );
    desk.put("first.json", r#"{"uid": "same", "title": "A", "panels": []}"#);
    desk.put("second.json", r#"{"uid": "same", "title": "B", "panels": []}"#);
    let list = desk.get("/api/dashboards", &cookie).await.json();
    let error = |file: &str| {
        let all = list.as_array().unwrap();
        let entry = all
            .iter()
            .find(|entry| entry["file"] == file)
            .unwrap_or_else(|| panic!("{file} is not listed"));
        entry["error"].as_str().unwrap_or_default().to_owned()
    };
    for (file, reason) in [
        ("cut.json", "no JSON: "),
        ("empty.json", "no JSON: "),
        ("list.json", "no JSON object"),
        ("nothing.json", "neither `panels` nor `rows`"),
        ("untitled.json", "no title"),
        ("huge.json", "more than 4 MiB"),
        ("second.json", "that of first.json too"),
    ] {
        assert!(error(file).contains(reason), "{file}: {}", error(file));
    }
    assert_eq!(error("first.json"), "");
    assert_eq!(desk.get("/api/dashboards/same", &cookie).await.json()["title"], "A");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let desk = Desk::over(|config| config.dashboards_folder = "/nonexistent/dashboards".into());
    let cookie = desk.sign_in().await;
    let answer = desk.get("/api/dashboards", &cookie).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("/nonexistent/dashboards"), "{}", answer.body);
}

#[tokio::test]
async fn a_uid_is_no_path() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    for uid in ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "a.json"] {
        let answer = desk.get(&format!("/api/dashboards/{uid}"), &cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{uid}");
    }
}
