//! What may be said.

use super::{Broken, ConversationId, Draft, Kind};
use crate::catalog::searchable;

/// Most characters of a message.
const LONGEST: usize = 4_000;
/// Most characters of a report's details.
const DETAILS: usize = 500;
/// Most characters of a client's own id.
const CLIENT_ID: usize = 64;

/// A draft that may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) conversation: ConversationId,
    pub(super) kind: Kind,
    pub(super) content: String,
    pub(super) client_id: Option<String>,
}

impl Checked {
    /// What a search looks in: only words are searched.
    pub(super) fn search_text(&self) -> String {
        match self.kind {
            Kind::Text => searchable(&self.content),
            Kind::Image | Kind::Product => String::new(),
        }
    }

    /// The product meant; 0, which is none, for other kinds.
    pub(super) fn product(&self) -> i64 {
        self.content.parse().unwrap_or_default()
    }
}

pub(super) fn check(draft: Draft) -> Result<Checked, Broken> {
    let kind: Kind = draft.kind.parse().map_err(|_| Broken::Kind)?;
    // Line ends as browsers' forms send them, and characters that no font shows and no database need keep.
    let content = draft.content.replace("\r\n", "\n");
    let content = content
        .trim()
        .replace(|c: char| c.is_control() && c != '\n' && c != '\t', "");
    if content.is_empty() {
        return Err(Broken::Empty);
    }
    if content.chars().count() > LONGEST {
        return Err(Broken::TooLong);
    }
    match kind {
        Kind::Text => {}
        Kind::Image if !is_picture(&content) => return Err(Broken::Image),
        Kind::Product if content.parse::<i64>().is_err() => return Err(Broken::Product),
        Kind::Image | Kind::Product => {}
    }
    if let Some(id) = &draft.client_id
        && (id.is_empty() || id.len() > CLIENT_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        return Err(Broken::ClientId);
    }
    Ok(Checked {
        conversation: draft.conversation,
        kind,
        content,
        client_id: draft.client_id,
    })
}

/// An address below `/media/` without anything that could lead out of it.
fn is_picture(address: &str) -> bool {
    address.strip_prefix("/media/").is_some_and(|file| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        !file.is_empty() && file.len() <= 200 && file.chars().all(plain) && !file.contains("..") && !file.contains("//")
    })
}

pub(super) fn details(text: &str) -> Result<&str, Broken> {
    let text = text.trim();
    if text.chars().count() > DETAILS {
        return Err(Broken::Details);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> Result<String, Broken> {
        of_kind("text", content)
    }

    fn of_kind(kind: &str, content: &str) -> Result<String, Broken> {
        check(Draft {
            conversation: ConversationId(1),
            kind: kind.into(),
            content: content.into(),
            client_id: None,
        })
        .map(|checked| checked.content)
    }

    #[test]
    fn words_are_kept_as_written() {
        let marked = "<b>¿Hay en talla M?</b> <script>alert(1)</script>";
        assert_eq!(text(marked).as_deref(), Ok(marked));
        assert_eq!(text("  hola\r\nqué tal\u{0}\u{7} \n").as_deref(), Ok("hola\nqué tal"));
        assert_eq!(text(" \n\u{1}"), Err(Broken::Empty));
        assert!(text(&"ñ".repeat(4_000)).is_ok());
        assert_eq!(text(&"ñ".repeat(4_001)), Err(Broken::TooLong));
    }

    #[test]
    fn pictures_are_ours_only() {
        assert!(of_kind("image", "/media/ab12.webp").is_ok() && of_kind("image", "/media/drawn/x-1.svg").is_ok());
        for wrong in [
            "https://evil.test/x.png",
            "//evil.test/x",
            "/media/../secrets",
            "/media/",
            "/media/a b",
            "javascript:alert(1)",
        ] {
            assert_eq!(of_kind("image", wrong), Err(Broken::Image), "{wrong}");
        }
        assert_eq!(of_kind("product", "zapato"), Err(Broken::Product));
        assert_eq!(of_kind("audio", "x"), Err(Broken::Kind));
    }

    #[test]
    fn a_clients_id_is_short_and_visible() {
        let with = |id: &str| {
            check(Draft {
                conversation: ConversationId(1),
                kind: "text".into(),
                content: "hola".into(),
                client_id: Some(id.into()),
            })
        };
        assert!(with("0b9f-1").is_ok() && with(&"x".repeat(64)).is_ok());
        for wrong in ["", "a b", "ñ", &"x".repeat(65)] {
            assert_eq!(with(wrong), Err(Broken::ClientId), "{wrong}");
        }
    }
}
