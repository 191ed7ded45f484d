//! What happens to a request before it becomes a socket: who sends it is read once, and what the socket need not keep is left behind.
//!
//! A socket keeps its request as long as it lives, and each header of it would keep the whole buffer it was read into: eight
//! kilobytes. So only the headers that the handshake needs go on, copied.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::upgrade::OnUpgrade;

use crate::App;
use crate::accounts::OpaqueToken;
use crate::texts::Lang;
use crate::web::session::{Cookie, is_foreign};

/// Who opens a socket, as far as the request says.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Arc<Asker>);

#[derive(Debug)]
pub(super) struct Asker {
    /// The page session's, if the request comes from a page of ours: another site's page can open sockets here, and the browser would
    /// send our cookie along (CSWSH).
    pub(super) session: Option<OpaqueToken>,
    /// A cookie came from another site's page, and was not looked at.
    pub(super) foreign: bool,
    pub(super) english: bool,
}

const KEPT: [HeaderName; 6] = [
    header::CONNECTION,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
];

/// Middleware around the socket server.
pub(super) async fn enter(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let mut caller = None;
    // Only the first request of a socket has no session id of Engine.IO yet.
    if !request.uri().query().unwrap_or_default().contains("sid=") {
        let cookie = Cookie::Session.read(headers, app.config().is_production());
        let foreign = cookie.is_some() && is_foreign(headers);
        let accept = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let chosen = Cookie::Language
            .read(headers, app.config().is_production())
            .and_then(Lang::parse);
        let lang = chosen.or(accept.map(Lang::negotiate)).unwrap_or_default();
        let asker = Asker {
            session: cookie.filter(|_| !foreign).and_then(OpaqueToken::parse),
            foreign,
            english: lang.is_english(),
        };
        caller = Some(Caller(Arc::new(asker)));
    }
    // The router's notes hold the address as it was read, and so its buffer.
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    request.extensions_mut().clear();
    if let Some(upgrade) = upgrade {
        request.extensions_mut().insert(upgrade);
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    let mut kept = HeaderMap::new();
    for name in KEPT {
        let value = request.headers().get(&name).map(HeaderValue::as_bytes);
        if let Some(Ok(value)) = value.map(HeaderValue::from_bytes) {
            kept.insert(name, value);
        }
    }
    *request.headers_mut() = kept;
    let path = request.uri().path_and_query().map(|path| path.as_str().to_owned());
    if let Some(Ok(uri)) = path.map(axum::http::Uri::try_from) {
        *request.uri_mut() = uri;
    }
    let mut response = next.run(request).await;
    // The library says so itself where it matters; nothing of this is for anybody's cache.
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
