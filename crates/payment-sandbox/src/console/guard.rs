//! Who may look inside: a client on this machine, speaking to this machine by one of its own names (so that no web page
//! reaches it by rebinding a foreign name), not through a proxy, and not from another site's form.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

pub(super) async fn this_machine_only(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if is_local(peer.ip(), request.headers()) {
        return next.run(request).await;
    }
    let error = json!({ "error": { "type": "forbidden", "message": "/_sandbox is for this machine only." } });
    (StatusCode::FORBIDDEN, Json(error)).into_response()
}

fn is_local(peer: IpAddr, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let proxied = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    let from_here = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let same_origin = text(header::ORIGIN.as_str()).is_none_or(|origin| origin.split("://").nth(1) == Some(host));
    peer.to_canonical().is_loopback() && !proxied && from_here && same_origin && is_local_name(host)
}

fn is_local_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peer: &str, pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().expect("a header")));
        is_local(peer.parse().expect("an address"), &headers.collect())
    }

    #[test]
    fn only_this_machine_gets_in() {
        assert!(check("127.0.0.1", &[("host", "localhost:12111")]));
        assert!(check("::1", &[("host", "[::1]:12111")]));
        assert!(check(
            "::ffff:127.0.0.1",
            &[("host", "127.0.0.1:12111"), ("origin", "http://127.0.0.1:12111")]
        ));
        assert!(!check("192.168.1.5", &[("host", "localhost:12111")]));
        assert!(!check("127.0.0.1", &[("host", "evil.example")]));
        assert!(!check(
            "127.0.0.1",
            &[("host", "localhost:12111"), ("x-forwarded-for", "8.8.8.8")]
        ));
        assert!(!check(
            "127.0.0.1",
            &[("host", "localhost:12111"), ("origin", "http://localhost:3000")]
        ));
        assert!(!check(
            "127.0.0.1",
            &[("host", "localhost:12111"), ("sec-fetch-site", "cross-site")]
        ));
    }
}
