//! Who makes a request: a program by its bearer token, a person by cookies; and that a person's form came from our own page.
//!
//! `keep_cookies` has to lie around every router of pages: it sends what the extractors decide about cookies.

mod cookies;
mod form_token;
mod multipart;
mod next;
mod problems;
mod request;

pub(crate) use cookies::Cookie;
pub(crate) use form_token::is_foreign;
pub(crate) use multipart::{CsrfParts, Sent};
pub(crate) use next::NextPath;
pub(crate) use request::{Bearer, Client, CsrfForm, MaybeBearer, SignedIn};

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{AppendHeaders, Response};

use super::Problem;
use crate::App;
use crate::accounts::{self, OpaqueToken, SignedInWeb, UserId, WebIdentity};
use crate::texts::Lang;

/// A guest's cart is kept as long as a session.
fn cookie_life(app: &App) -> Duration {
    *app.config().accounts.web_session_life
}

/// Who looks at a page: signed in or a guest, in which language. Extracted once a request, however often it is asked for.
#[derive(Clone)]
pub(crate) struct WebSession(Arc<Inner>);

struct Inner {
    app: App,
    user: Option<WebIdentity>,
    /// Of a living session.
    token: Option<OpaqueToken>,
    /// A session cookie was sent that is good for nothing any more.
    stale: bool,
    guest: Option<OpaqueToken>,
    /// Made when first needed, for a browser that sent none.
    new_guest: OnceLock<OpaqueToken>,
    lang: Lang,
}

impl WebSession {
    async fn read(app: &App, headers: &HeaderMap) -> Result<Self, Problem> {
        let production = app.config().is_production();
        let sent = Cookie::Session.read(headers, production);
        let token = sent.and_then(OpaqueToken::parse);
        let user = match &token {
            Some(token) => accounts::authenticate_web(app, token).await?,
            None => None,
        };
        Ok(Self(Arc::new(Inner {
            stale: user.is_none() && sent.is_some(),
            token: token.filter(|_| user.is_some()),
            user,
            guest: Cookie::Guest.read(headers, production).and_then(OpaqueToken::parse),
            new_guest: OnceLock::new(),
            lang: lang_of(headers, production),
            app: app.clone(),
        })))
    }

    /// The signed-in user, if there is one.
    pub(crate) fn user(&self) -> Option<&WebIdentity> {
        self.0.user.as_ref()
    }

    /// The signed-in user's id, if there is one.
    pub(crate) fn user_id(&self) -> Option<UserId> {
        self.user().map(|user| user.identity.user_id)
    }

    /// The session's own token: to end it at logout, or at the next login.
    pub(crate) fn token(&self) -> Option<&OpaqueToken> {
        self.0.token.as_ref()
    }

    /// The language to show.
    pub(crate) fn lang(&self) -> Lang {
        self.0.lang
    }

    /// The guest's token, if this browser has one: whose cart it is before signing in.
    pub(crate) fn guest(&self) -> Option<&str> {
        self.0
            .guest
            .as_ref()
            .or(self.0.new_guest.get())
            .map(OpaqueToken::reveal)
    }

    /// The guest's token; a browser without one gets one with the answer.
    pub(crate) fn guest_or_new(&self) -> &str {
        self.0
            .guest
            .as_ref()
            .unwrap_or_else(|| self.0.new_guest.get_or_init(OpaqueToken::issue))
            .reveal()
    }

    /// The value of a form's hidden `csrf` field, another one at every call. Bound to the session, or to the guest's token, which a
    /// browser without one gets with the answer: such a page must not be cached for others.
    pub(crate) fn csrf(&self) -> String {
        form_token::make(self.0.app.accounts().form_key(), self.anchor())
    }

    /// Did a page of ours, shown to this visitor, make that token?
    fn is_csrf(&self, token: &str) -> bool {
        form_token::check(self.0.app.accounts().form_key(), self.anchor(), token)
    }

    fn anchor(&self) -> &str {
        match &self.0.token {
            Some(token) => token.reveal(),
            None => self.guest_or_new(),
        }
    }

    /// What the answer has to say about cookies.
    fn cookies(&self) -> impl Iterator<Item = (Cookie, HeaderValue)> {
        let (inner, production) = (&self.0, self.0.app.config().is_production());
        let life = cookie_life(&inner.app);
        let renewed = inner
            .token
            .as_ref()
            .filter(|_| inner.user.as_ref().is_some_and(|user| user.renewed));
        let session = match renewed {
            Some(token) => Some(Cookie::Session.set(token.reveal(), life, production)),
            None => inner.stale.then(|| Cookie::Session.clear(production)),
        };
        let guest = inner
            .new_guest
            .get()
            .map(|guest| Cookie::Guest.set(guest.reveal(), life, production));
        [(Cookie::Session, session), (Cookie::Guest, guest)]
            .into_iter()
            .filter_map(|(cookie, value)| value.map(|value| (cookie, value)))
    }
}

/// `Set-Cookie`s of a browser that has just signed in: its session, and no guest any more (merge the guest's cart first).
pub(crate) fn signed_in_cookies(app: &App, signed_in: &SignedInWeb) -> AppendHeaders<[(HeaderName, HeaderValue); 2]> {
    let production = app.config().is_production();
    AppendHeaders([
        (
            header::SET_COOKIE,
            Cookie::Session.set(signed_in.token.reveal(), cookie_life(app), production),
        ),
        (header::SET_COOKIE, Cookie::Guest.clear(production)),
    ])
}

/// `Set-Cookie` of a browser that has just signed out.
pub(crate) fn signed_out_cookies(app: &App) -> AppendHeaders<[(HeaderName, HeaderValue); 1]> {
    AppendHeaders([(header::SET_COOKIE, Cookie::Session.clear(app.config().is_production()))])
}

/// `Set-Cookie` that keeps a chosen language.
pub(crate) fn language_cookie(app: &App, lang: Lang) -> AppendHeaders<[(HeaderName, HeaderValue); 1]> {
    let year = Duration::from_secs(365 * 24 * 3600);
    AppendHeaders([(
        header::SET_COOKIE,
        Cookie::Language.set(lang.word(), year, app.config().is_production()),
    )])
}

/// What a visitor wants to read: by the switch's cookie, else by `Accept-Language`.
fn lang_of(headers: &HeaderMap, production: bool) -> Lang {
    let chosen = Cookie::Language.read(headers, production).and_then(Lang::parse);
    let accepted = || {
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map(Lang::negotiate)
    };
    chosen.or_else(accepted).unwrap_or_default()
}

/// Where the one session of a request lies, for every extractor and for [`keep_cookies`].
#[derive(Clone, Default)]
struct Slot(Arc<OnceLock<WebSession>>);

impl FromRequestParts<App> for WebSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let slot = parts.extensions.get_or_insert_default::<Slot>().clone();
        if let Some(session) = slot.0.get() {
            return Ok(session.clone());
        }
        let session = Self::read(app, &parts.headers).await?;
        Ok(slot.0.get_or_init(|| session).clone())
    }
}

/// Middleware: sends the cookies that the request's [`WebSession`] asks for, unless the handler has set the same ones itself.
pub(crate) async fn keep_cookies(mut request: Request, next: Next) -> Response {
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    if let Some(session) = slot.0.get() {
        let production = session.0.app.config().is_production();
        for (cookie, value) in session.cookies() {
            if !cookie.is_set_by(response.headers(), production) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
    }
    response
}

#[cfg(test)]
mod tests;
