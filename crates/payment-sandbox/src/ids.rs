//! Object ids in Stripe's shape: a prefix that names the kind and random base-62 letters.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `prefix` followed by `length` random letters (at most 60), each worth 5.95 bits.
pub(crate) fn random(prefix: &str, length: usize) -> Box<str> {
    let mut id = String::with_capacity(prefix.len() + length);
    id.push_str(prefix);
    let end = prefix.len() + length;
    let mut bytes = [0_u8; 64];
    while id.len() < end {
        // The operating system's generator failing leaves nothing safe to go on with.
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        for byte in bytes {
            if id.len() < end
                && let Some(letter) = ALPHABET.get(usize::from(byte & 63))
            {
                id.push(char::from(*letter));
            }
        }
    }
    id.into_boxed_str()
}

/// A checkout session: `cs_test_a1` and [`SESSION_LETTERS`] letters, enough to be a secret (the page needs nothing else).
pub(crate) fn session() -> Box<str> {
    random(SESSION_PREFIX, SESSION_LETTERS)
}

pub(crate) const SESSION_PREFIX: &str = "cs_test_a1";
pub(crate) const SESSION_LETTERS: usize = 30;

/// A line, price or product that exists only inside a session has the session's letters in its id, so that it can be
/// found again without being stored: `price_1Cs{line}{letters}`, the line as two decimal digits.
pub(crate) fn of_line(prefix: &str, session: &str, line: usize) -> String {
    let letters = session.strip_prefix(SESSION_PREFIX).unwrap_or(session);
    format!("{prefix}1Cs{line:02}{letters}")
}

/// The session id and line that an id made by [`of_line`] points to.
pub(crate) fn line_of(id: &str, prefix: &str) -> Option<(String, usize)> {
    let rest = id.strip_prefix(prefix)?.strip_prefix("1Cs")?;
    let (line, letters) = rest.split_at_checked(2)?;
    (letters.len() == SESSION_LETTERS).then_some((format!("{SESSION_PREFIX}{letters}"), line.parse().ok()?))
}

/// The letters after an id's prefix, for ids derived from it (`ch_X` → `txn_X`).
pub(crate) fn letters(id: &str) -> &str {
    id.rsplit_once('_').map_or(id, |(_, letters)| letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_length_and_differ() {
        let (one, two) = (session(), session());
        assert_eq!(one.len(), SESSION_PREFIX.len() + SESSION_LETTERS);
        assert_ne!(one, two);
        assert!(
            random("evt_", 60)
                .strip_prefix("evt_")
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()))
        );
    }

    #[test]
    fn a_line_id_leads_back_to_its_session() {
        let id = session();
        assert_eq!(
            line_of(&of_line("price_", &id, 7), "price_"),
            Some((id.into_string(), 7))
        );
        assert_eq!(line_of("price_1Cs0", "price_"), None);
        assert_eq!(line_of("price_1abcdefgh", "price_"), None);
    }
}
