//! Tables as CSV downloads (RFC 4180) that are safe to open in a spreadsheet.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@`, or with a tab or carriage return before one, for a formula, and
//! names of products are typed by strangers: such texts get an apostrophe in front (OWASP, CSV injection). Numbers are written by us and
//! stay numbers. The mark at the beginning tells Excel that this is UTF-8.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Problem;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A cell.
pub(super) enum Cell {
    /// Anybody's words.
    Text(String),
    /// A count.
    Number(i64),
    /// Centavos, written as decimal pesos.
    Pesos(i64),
}

impl Cell {
    fn write(&self) -> String {
        match self {
            Self::Text(text) if is_dangerous(text) => format!("'{text}"),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Pesos(cents) => {
                let sign = if *cents < 0 { "-" } else { "" };
                let cents = cents.unsigned_abs();
                format!("{sign}{}.{:02}", cents / 100, cents % 100)
            }
        }
    }
}

fn is_dangerous(text: &str) -> bool {
    // Spreadsheets drop leading blanks, and take the full-width signs of East Asian keyboards for the usual ones.
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start()
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A table as a download of that name.
pub(super) fn download(
    name: &str,
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<Cell>>,
) -> Result<Response, Problem> {
    let body = table(head, rows).map_err(|error| Problem::internal(&error))?;
    let disposition = format!("attachment; filename=\"{name}\"");
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).map_err(|error| Problem::internal(&error))?,
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.iter().map(Cell::write))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(cell: Cell) -> String {
        let bytes = table(&["a", "b"], [vec![cell, Cell::Number(-7)]]).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let rest = text.strip_prefix("\u{feff}a,b\r\n").unwrap();
        rest.strip_suffix(",-7\r\n").unwrap().to_owned()
    }

    #[test]
    fn formulas_are_only_text() {
        for attack in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "=cmd|' /C calc'!A0",
            " =1+1",
            "＝1+1",
            "-",
        ] {
            assert!(
                written(Cell::Text(attack.into())).trim_matches('"').starts_with('\''),
                "{attack}"
            );
        }
        for attack in ["\t=1+1", "\r=1+1", "\n=1+1"] {
            assert!(
                written(Cell::Text(attack.into())).starts_with("\"'")
                    || written(Cell::Text(attack.into())).starts_with('\''),
                "{attack:?}"
            );
        }
        assert_eq!(written(Cell::Text("Suéter = bonito".into())), "Suéter = bonito");
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(written(Cell::Pesos(-12_305)), "-123.05");
        assert_eq!(written(Cell::Pesos(7)), "0.07");
        assert_eq!(written(Cell::Number(-1)), "-1");
    }

    #[test]
    fn quotes_commas_and_lines_are_kept_together() {
        assert_eq!(
            written(Cell::Text("12\" de largo, azul\r\nrey".into())),
            "\"12\"\" de largo, azul\r\nrey\""
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was_or_behind_an_apostrophe(text in "\\PC{0,40}|[=+@\\t\\r\\n\",-]{1,6}") {
            let bytes = table(&["a", "b"], [vec![Cell::Text(text.clone()), Cell::Number(1)]]).unwrap();
            let mut reader = csv::Reader::from_reader(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(record.len(), 2);
            let plain = record[0].strip_prefix('\'').unwrap_or(&record[0]);
            prop_assert!(plain == text || record[0] == text);
            prop_assert!(!record[0].trim_start().starts_with(['=', '+', '-', '@']));
        }
    }
}
