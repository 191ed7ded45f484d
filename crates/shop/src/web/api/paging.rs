//! `page`, `limit` and `cursor` of lists, each wrong one named.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::web::{FieldProblem, Problem};

/// Most entries a page.
const MOST: i64 = 100;

/// `?page&limit`. Texts, so that a wrong one can be named.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Paging {
    /// From 1.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1_000_000)]
    page: Option<String>,
    /// 20 if not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

impl Paging {
    /// Page and limit.
    pub(in crate::web) fn read(&self, usual: i64) -> Result<(i64, i64), Problem> {
        let mut wrong = Vec::new();
        let page = number("page", self.page.as_deref(), 1..=1_000_000, 1, &mut wrong);
        let limit = number("limit", self.limit.as_deref(), 1..=MOST, usual, &mut wrong);
        sound((page, limit), wrong)
    }
}

/// `?cursor&limit`: what comes after what was seen.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Seen {
    /// The last page's `nextCursor`.
    #[param(value_type = Option<i64>)]
    cursor: Option<String>,
    /// 20 if not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

impl Seen {
    /// Cursor and limit.
    pub(in crate::web) fn read<T: FromStr>(&self, usual: i64) -> Result<(Option<T>, u32), Problem> {
        let mut wrong = Vec::new();
        let limit = number("limit", self.limit.as_deref(), 1..=MOST, usual, &mut wrong);
        let cursor = match self.cursor.as_deref().map(str::parse) {
            Some(Err(_)) => {
                wrong.push(problem(
                    "cursor",
                    "cursor no viene de esta lista".into(),
                    "cursor is not from this list".into(),
                ));
                None
            }
            Some(Ok(cursor)) => Some(cursor),
            None => None,
        };
        sound((cursor, limit as u32), wrong)
    }
}

fn number(
    field: &'static str,
    text: Option<&str>,
    range: RangeInclusive<i64>,
    usual: i64,
    wrong: &mut Vec<FieldProblem>,
) -> i64 {
    match text.map(str::parse) {
        None => usual,
        Some(Ok(n)) if range.contains(&n) => n,
        Some(_) => {
            let (least, most) = (range.start(), range.end());
            wrong.push(problem(
                field,
                format!("{field} va de {least} a {most}"),
                format!("{field} is {least} to {most}"),
            ));
            usual
        }
    }
}

fn problem(field: &'static str, es: String, en: String) -> FieldProblem {
    FieldProblem {
        field: field.into(),
        code: "invalid",
        es: es.into(),
        en: en.into(),
    }
}

fn sound<T>(read: T, wrong: Vec<FieldProblem>) -> Result<T, Problem> {
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(Problem::invalid(wrong))
    }
}
