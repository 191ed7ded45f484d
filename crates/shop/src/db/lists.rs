//! Several lists with one question.
//!
//! For SQLite all of them come in one row of JSON texts, which costs a third of the same data in rows and columns
//! (docs/decisions/0007-lists-as-json.md); for a server, whose rows are cheap, one statement after the other.

use std::collections::VecDeque;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Value};
use serde::de::DeserializeOwned;

use super::Sql;

/// SELECT statements to be answered together.
#[derive(Debug)]
pub struct Lists {
    name: &'static str,
    lists: Vec<(&'static str, String, Vec<Value>)>,
}

/// The answers, in the order the lists were added.
#[derive(Debug)]
pub struct Answers(VecDeque<Answer>);

#[derive(Debug)]
enum Answer {
    Json(String),
    Rows(Vec<QueryResult>),
}

impl Lists {
    /// Nothing yet; the name is theirs in metrics and traces.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            lists: Vec::new(),
        }
    }

    /// Adds a SELECT. `columns` are the names of its columns in its order, `id, name, price_cents`, and the names of the fields of the
    /// struct it will be read into, in theirs.
    #[must_use]
    pub fn and(mut self, columns: &'static str, select: impl Into<String>, params: Vec<Value>) -> Self {
        self.lists.push((columns, select.into(), params));
        self
    }

    /// Asks.
    pub async fn read(self, on: &impl ConnectionTrait) -> Result<Answers, DbErr> {
        match on.get_database_backend() {
            DbBackend::Sqlite => self.read_as_json(on).await,
            _ => self.read_as_rows(on).await,
        }
    }

    async fn read_as_json(mut self, on: &impl ConnectionTrait) -> Result<Answers, DbErr> {
        let mut text = String::from("SELECT ");
        let mut all = Vec::new();
        for (n, (columns, select, params)) in self.lists.iter_mut().enumerate() {
            if n > 0 {
                text.push_str(", ");
            }
            text.push_str("(SELECT json_group_array(json_array(");
            text.push_str(columns);
            text.push_str(")) FROM (");
            text.push_str(select);
            text.push_str("))");
            all.append(params);
        }
        let count = self.lists.len();
        let row = Sql::assembled(self.name, text).row(on, all).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound(self.name.into()))?;
        (0..count)
            .map(|column| row.try_get_by_index(column).map(Answer::Json))
            .collect::<Result<_, _>>()
            .map(Answers)
    }

    async fn read_as_rows(self, on: &impl ConnectionTrait) -> Result<Answers, DbErr> {
        let mut answers = VecDeque::with_capacity(self.lists.len());
        for (_, select, params) in self.lists {
            let rows = Sql::assembled(self.name, select).rows(on, params).await?;
            answers.push_back(Answer::Rows(rows));
        }
        Ok(Answers(answers))
    }
}

impl Answers {
    /// The next list. Its fields, in order, are the columns the list was added with.
    #[expect(
        clippy::should_implement_trait,
        reason = "each answer is read into a type of its own"
    )]
    pub fn next<T: DeserializeOwned + FromQueryResult>(&mut self) -> Result<Vec<T>, DbErr> {
        match self.0.pop_front() {
            Some(Answer::Json(text)) => serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string())),
            Some(Answer::Rows(rows)) => rows.iter().map(|row| T::from_query_result(row, "")).collect(),
            None => Err(DbErr::Custom("fewer lists were asked for than are read".into())),
        }
    }
}
