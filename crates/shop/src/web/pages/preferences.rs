//! The switches in the footer: language and appearance, kept in cookies.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::see;
use crate::App;
use crate::texts::Lang;
use crate::web::session::{Cookie, CsrfForm, NextPath, language_cookie};

const THEME_COOKIE: &str = "textisur_theme";
const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);

/// How pages look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the system is set.
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// As the visitor's cookie says.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let value = cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == THEME_COOKIE).then_some(value));
        Self::parse(value.unwrap_or_default()).unwrap_or(Self::Auto)
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of `data-theme`; none leaves it to the system.
    pub(super) fn attribute(&self) -> Option<&'static str> {
        (*self != Self::Auto).then(|| self.word())
    }

    /// Is it the one called `word`?
    pub(super) fn is(&self, word: &str) -> bool {
        self.word() == word
    }
}

/// The language of a visitor whose session is not known.
pub(super) fn language_of(headers: &HeaderMap) -> Lang {
    let chosen = [true, false]
        .into_iter()
        .find_map(|production| Cookie::Language.read(headers, production))
        .and_then(Lang::parse);
    let accepted = || {
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map(Lang::negotiate)
    };
    chosen.or_else(accepted).unwrap_or_default()
}

#[derive(Deserialize)]
pub(super) struct Form {
    theme: Option<String>,
    language: Option<String>,
    #[serde(default)]
    next: String,
}

/// `POST /preferences`
pub(super) async fn save(State(app): State<App>, CsrfForm(form): CsrfForm<Form>) -> Response {
    let back = see(NextPath::parse(&form.next).as_str());
    if let Some(lang) = form.language.as_deref().and_then(Lang::parse) {
        return (language_cookie(&app, lang), back).into_response();
    }
    let theme = form.theme.as_deref().and_then(Theme::parse).unwrap_or(Theme::Auto);
    let secure = if app.config().is_production() { "; Secure" } else { "" };
    let cookie = format!(
        "{THEME_COOKIE}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        theme.word(),
        YEAR.as_secs()
    );
    let mut back = back;
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        back.headers_mut().append(header::SET_COOKIE, cookie);
    }
    back
}
