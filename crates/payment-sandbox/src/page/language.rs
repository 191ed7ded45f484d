//! Spanish unless the session or the browser prefers English.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// The languages of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Spanish,
    English,
}

impl Language {
    /// `locale` is the session's; without one (or with `auto`) the browser decides.
    pub(crate) fn choose(locale: Option<&str>, headers: &HeaderMap) -> Self {
        match locale.and_then(Self::of_tag) {
            Some(language) => language,
            None => headers
                .get(ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .map_or(Self::Spanish, Self::negotiate),
        }
    }

    /// The best-weighted language that we speak (RFC 9110, section 12.5.4).
    fn negotiate(accept: &str) -> Self {
        let mut best = (0.0, Self::Spanish);
        for part in accept.split(',') {
            let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if let Some(language) = Self::of_tag(tag.trim())
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    fn of_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "es" => Some(Self::Spanish),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_decides_then_the_browser_then_spanish() {
        let headers = |accept: &str| HeaderMap::from_iter([(ACCEPT_LANGUAGE, accept.parse().expect("a header"))]);
        assert_eq!(Language::choose(Some("en-GB"), &headers("es-MX")), Language::English);
        assert_eq!(
            Language::choose(Some("auto"), &headers("en-US,en;q=0.9,es;q=0.8")),
            Language::English
        );
        assert_eq!(
            Language::choose(None, &headers("fr,es;q=0.7,en;q=0.3")),
            Language::Spanish
        );
        assert_eq!(Language::choose(None, &headers("ja")), Language::Spanish);
        assert_eq!(Language::choose(None, &HeaderMap::new()), Language::Spanish);
    }
}
