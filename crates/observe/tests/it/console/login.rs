//! Coming in, staying in, staying out.

use http::{Method, StatusCode, header};

use super::{Desk, PASSWORD, form, get};

#[tokio::test]
async fn who_is_not_logged_in_sees_the_login_page_and_comes_back_to_where_he_wanted() {
    let desk = Desk::open();
    let answer = desk.get("/d/kpis?from=now-1h&to=now", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let to = "/login?next=%2Fd%2Fkpis%3Ffrom%3Dnow-1h%26to%3Dnow";
    assert_eq!(answer.header(header::LOCATION), to);
    let page = desk.get(to, "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("/d/kpis?from=now-1h&#38;to=now"), "{}", page.body);
    assert_eq!(desk.get("/api/dashboards", "").await.status, StatusCode::UNAUTHORIZED);
    let proxied = desk.get("/api/datasources/prometheus/api/v1/query?query=up", "").await;
    assert_eq!(proxied.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_login_lasts_as_long_as_configured_and_no_longer() {
    let desk = Desk::open();
    let answer = desk.guess(PASSWORD).await;
    assert_eq!(answer.header(header::LOCATION), "/targets");
    let cookie = answer.header(header::SET_COOKIE);
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let cookie = answer.cookie();
    assert_eq!(desk.get("/", &cookie).await.status, StatusCode::OK);
    desk.wait_ms(12 * 60 * 60 * 1000);
    assert_eq!(desk.get("/", &cookie).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn over_https_the_cookie_is_for_https_alone() {
    let desk = Desk::over(|config| config.https = true);
    let answer = desk.guess(PASSWORD).await;
    let cookie = answer.header(header::SET_COOKIE);
    assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
    assert_eq!(desk.get("/", &answer.cookie()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn going_out_ends_the_session_on_the_server() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    let mut out = form("/logout", &[]);
    out.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    assert_eq!(desk.ask(out).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.get("/", &cookie).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guesses_become_slow() {
    let desk = Desk::open();
    for _ in 0..5 {
        let answer = desk.guess("wrong").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.headers.get(header::SET_COOKIE).is_none());
    }
    let answer = desk.guess(PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header(header::RETRY_AFTER), "2");
    desk.wait_ms(2_000);
    desk.sign_in().await;
    assert_eq!(desk.guess("wrong").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_sites_form_changes_nothing() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        // The shop, on another port of the same machine.
        ("sec-fetch-site", "same-site"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
    ] {
        for path in [
            "/login",
            "/logout",
            "/language",
            "/api/datasources/alertmanager/api/v2/silences",
        ] {
            let mut request = form(path, &[("username", "admin"), ("password", PASSWORD), ("lang", "en")]);
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
            request
                .headers_mut()
                .insert(header::HOST, "localhost:3001".parse().unwrap());
            request.headers_mut().insert(name, value.parse().unwrap());
            assert_eq!(
                desk.ask(request).await.status,
                StatusCode::FORBIDDEN,
                "{path} {name}: {value}"
            );
        }
    }
    assert_eq!(desk.get("/", &cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_the_login() {
    let desk = Desk::open();
    for next in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let request = form(
            "/login",
            &[("username", "admin"), ("password", PASSWORD), ("next", next)],
        );
        assert_eq!(desk.ask(request).await.header(header::LOCATION), "/", "{next}");
    }
}

#[tokio::test]
async fn what_was_typed_is_text_and_not_markup() {
    let desk = Desk::open();
    let request = form(
        "/login",
        &[("username", "\"><script>alert(1)</script>"), ("password", "x")],
    );
    let answer = desk.ask(request).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
}

#[tokio::test]
async fn the_language_is_the_browsers_until_it_is_chosen() {
    let desk = Desk::open();
    let said = async |accepted: &'static str, cookie: &str| {
        let mut request = get("/login", cookie);
        request
            .headers_mut()
            .insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
        let answer = desk.ask(request).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.body.contains("Log in")
    };
    assert!(!said("es-MX,en;q=0.5", "").await && said("en-US", "").await);
    let chosen = desk
        .ask(form("/language", &[("lang", "en"), ("next", "/alerts")]))
        .await;
    assert_eq!(chosen.header(header::LOCATION), "/alerts");
    assert!(said("es-MX", &chosen.cookie()).await);
}

#[tokio::test]
async fn only_a_post_goes_out() {
    let desk = Desk::open();
    let cookie = desk.sign_in().await;
    let mut request = get("/logout", &cookie);
    *request.method_mut() = Method::GET;
    assert_eq!(desk.ask(request).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(desk.get("/", &cookie).await.status, StatusCode::OK);
}
