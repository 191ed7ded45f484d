//! Which of a server's texts are numbers, and what a variable is called.

use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// `Ssl_server_not_after` and the like, less the ` GMT` at their end.
const CERTIFICATE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[month repr:short] [day padding:space] [hour]:[minute]:[second] [year]");
const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// A value as mysqld_exporter counts it: yes and no in their words, times in seconds since 1970, numbers. Any other text is none.
pub(super) fn number(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => return Some(1.0),
        "no" | "off" | "disabled" => return Some(0.0),
        // A replica that does not run, and does not yet.
        "connecting" => return Some(0.0),
        "primary" => return Some(1.0),
        "non-primary" | "disconnected" => return Some(0.0),
        _ => {}
    }
    let seconds = |time: PrimitiveDateTime| time.assume_utc().unix_timestamp() as f64;
    if let Some(time) = text.strip_suffix(" GMT").or_else(|| text.strip_suffix(" UTC"))
        && let Ok(time) = PrimitiveDateTime::parse(time, CERTIFICATE_TIME)
    {
        return Some(seconds(time));
    }
    if let Ok(time) = PrimitiveDateTime::parse(text, TIME) {
        return Some(seconds(time));
    }
    text.parse().ok()
}

/// `Innodb_rows_read`, `wsrep.local-state`: in lower case, and nothing but letters, digits and underscores.
pub(super) fn name(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
            _ => '_',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_number_is_told_and_other_texts_are_not() {
        for (text, value) in [
            ("ON", Some(1.0)),
            ("No", Some(0.0)),
            ("Connecting", Some(0.0)),
            ("non-Primary", Some(0.0)),
            ("18446744073709551615", Some(18_446_744_073_709_552_000.0)),
            ("0.000121", Some(0.000_121)),
            ("-1", Some(-1.0)),
            ("May  7 12:00:00 2025 GMT", Some(1_746_619_200.0)),
            ("2025-05-07 12:00:00", Some(1_746_619_200.0)),
            ("", None),
            ("latin1", None),
            ("mysql-bin.000123", None),
            ("10.11.19-MariaDB", None),
            ("127.0.0.1", None),
        ] {
            assert_eq!(number(text), value, "{text:?}");
        }
        assert_eq!(name("Innodb_x.y-Z"), "innodb_x_y_z");
    }
}
