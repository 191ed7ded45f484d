//! Pages as responses: rendering, security headers, redirects.

use askama::Template;
use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    Language, assets,
    texts::{self, Texts},
};

/// What every page's layout needs.
pub(super) struct Layout {
    pub(super) t: &'static Texts,
    pub(super) css: &'static str,
    pub(super) js: &'static str,
    pub(super) icon: &'static str,
}

impl Layout {
    pub(super) fn new(language: Language) -> Self {
        Self {
            t: texts::of(language),
            css: assets::path("checkout.css"),
            js: assets::path("checkout.js"),
            icon: assets::path("icon.svg"),
        }
    }
}

/// A page with one thing to say.
#[derive(Template)]
#[template(path = "notice.html")]
pub(super) struct NoticePage<'a> {
    pub(super) layout: Layout,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    pub(super) link: Option<(&'a str, &'a str)>,
}

/// Renders a page; `forms_to` are the URLs to which its forms may lead, `images` those of its pictures.
pub(super) fn page(status: StatusCode, template: &impl Template, forms_to: &[&str], images: &[&str]) -> Response {
    let Ok(html) = template.render() else {
        let mut response = Response::new(Body::from("the page could not be rendered\n"));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    headers(response.headers_mut(), forms_to, images);
    response
}

/// The security headers of a page. Browsers apply `form-action` to redirects after a submit too, so the shop's origins
/// stand there.
pub(crate) fn headers(headers: &mut HeaderMap, forms_to: &[&str], images: &[&str]) {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'{}; form-action 'self'{}; connect-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        sources(images),
        sources(forms_to)
    );
    let fixed = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::VARY, "accept-language"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

fn sources(urls: &[&str]) -> String {
    let mut origins: Vec<&str> = urls.iter().filter_map(|url| origin(url)).collect();
    origins.sort_unstable();
    origins.dedup();
    origins.iter().map(|origin| format!(" {origin}")).collect()
}

/// `https://shop.example:8443` of a URL; `None` for anything that could break out of a policy.
fn origin(url: &str) -> Option<&str> {
    let scheme = if url.starts_with("https://") {
        8
    } else if url.starts_with("http://") {
        7
    } else {
        return None;
    };
    let end = url[scheme..].find(['/', '?', '#']).map_or(url.len(), |at| scheme + at);
    let host = &url[scheme..end];
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    (!host.is_empty() && host.bytes().all(plain)).then(|| &url[..end])
}

/// 303 to a URL.
pub(super) fn redirect(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&escape_header(to)) {
        headers.insert(header::LOCATION, value);
    }
    response
}

/// A URL as a header can carry it: anything beyond ASCII percent-encoded.
fn escape_header(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The page for something that is not there.
pub(super) fn missing(language: Language) -> Response {
    let layout = Layout::new(language);
    let (title, text) = (layout.t.missing_title, layout.t.missing_text);
    page(
        StatusCode::NOT_FOUND,
        &NoticePage {
            layout,
            title,
            text,
            link: None,
        },
        &[],
        &[],
    )
}

/// The page for a sandbox that is switched off, or whose disk is.
pub(super) fn unavailable(language: Language) -> Response {
    let layout = Layout::new(language);
    let (title, text) = (layout.t.down_title, layout.t.down_text);
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        &NoticePage {
            layout,
            title,
            text,
            link: None,
        },
        &[],
        &[],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_hold_origins_only() {
        assert_eq!(
            origin("http://localhost:3000/orders/success?x=1"),
            Some("http://localhost:3000")
        );
        assert_eq!(origin("https://[::1]:8443"), Some("https://[::1]:8443"));
        assert_eq!(origin("https://a;script-src"), None);
        assert_eq!(origin("ftp://x/"), None);
        assert_eq!(
            sources(&["http://a/1", "http://a/2", "http://b/"]),
            " http://a http://b"
        );
    }

    #[test]
    fn locations_are_ascii() {
        assert_eq!(escape_header("http://x/año?a=b&c={d}"), "http://x/a%C3%B1o?a=b&c={d}");
    }
}
