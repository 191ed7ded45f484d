//! From text to tokens.

use super::TemplateError;
use super::value::Value;
use crate::metrics::promql::{number, strings::unquote};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// Text outside of actions.
    Text(String),
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// A word: `if`, `humanize`, `nil`.
    Word(String),
    /// `$` or `$name`, without the dollar.
    Variable(String),
    /// `.name`
    Field(String),
    /// `.`
    Dot,
    Literal(Value),
    Pipe,
    Comma,
    Left,
    Right,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    Space,
}

/// All tokens, each with its line.
pub(super) fn scan(text: &str) -> Result<Vec<(Token, usize)>, TemplateError> {
    let mut scanner = Scanner {
        text,
        at: 0,
        tokens: Vec::new(),
    };
    while scanner.at < text.len() {
        scanner.text()?;
    }
    Ok(scanner.tokens)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<(Token, usize)>,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn line(&self) -> usize {
        self.text[..self.at].matches('\n').count() + 1
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, TemplateError> {
        Err(TemplateError {
            line: self.line(),
            message: message.into(),
        })
    }

    fn push(&mut self, token: Token, length: usize) {
        let line = self.line();
        self.tokens.push((token, line));
        self.at += length;
    }

    /// Text up to the next action, and the action.
    fn text(&mut self) -> Result<(), TemplateError> {
        let rest = self.rest();
        let Some(length) = rest.find("{{") else {
            self.push(Token::Text(rest.to_owned()), rest.len());
            return Ok(());
        };
        let inside = &rest[length + 2..];
        let trims = inside.starts_with("- ") || inside.starts_with("-\n") || inside.starts_with("-\t");
        let before = &rest[..length];
        let kept = if trims { before.trim_end() } else { before };
        if !kept.is_empty() {
            self.push(Token::Text(kept.to_owned()), 0);
        }
        self.at += length;
        let opened = if trims { 3 } else { 2 };
        let comment = self.rest()[opened..].trim_start();
        if comment.starts_with("/*") {
            return self.comment(comment);
        }
        self.push(Token::Open, opened);
        loop {
            if self.close()? {
                return Ok(());
            }
            self.token()?;
        }
    }

    fn comment(&mut self, comment: &'t str) -> Result<(), TemplateError> {
        let Some(end) = comment.find("*/") else {
            return self.error("unclosed comment");
        };
        let after = &comment[end + 2..];
        let trimmed = after.trim_start();
        if let Some(rest) = after.strip_prefix("}}") {
            self.at = self.text.len() - rest.len();
        } else if let Some(rest) = trimmed.strip_prefix("-}}").filter(|_| trimmed.len() < after.len()) {
            self.at = self.text.len() - rest.trim_start().len();
        } else {
            return self.error("comment ends before closing delimiter");
        }
        Ok(())
    }

    /// Whether the action ends here.
    fn close(&mut self) -> Result<bool, TemplateError> {
        let rest = self.rest();
        if rest.is_empty() {
            return self.error("unclosed action");
        }
        let trimmed = rest.trim_start();
        if trimmed.len() < rest.len() && trimmed.starts_with("-}}") {
            self.push(Token::Close, rest.len() - trimmed.len() + 3);
            self.at += self.rest().len() - self.rest().trim_start().len();
            return Ok(true);
        }
        if rest.starts_with("}}") {
            self.push(Token::Close, 2);
            return Ok(true);
        }
        Ok(false)
    }

    fn token(&mut self) -> Result<(), TemplateError> {
        let rest = self.rest();
        let c = rest.chars().next().expect("close() has seen that there is more");
        let name = |from: usize| {
            let end = rest[from..].find(|c: char| !(c.is_alphanumeric() || c == '_'));
            &rest[from..end.map_or(rest.len(), |end| from + end)]
        };
        match c {
            c if c.is_whitespace() => self.push(Token::Space, rest.len() - rest.trim_start().len()),
            '|' => self.push(Token::Pipe, 1),
            ',' => self.push(Token::Comma, 1),
            '(' => self.push(Token::Left, 1),
            ')' => self.push(Token::Right, 1),
            '=' => self.push(Token::Assign, 1),
            ':' if rest.starts_with(":=") => self.push(Token::Declare, 2),
            '"' | '`' => {
                let (value, length) = match unquote(rest) {
                    Ok(unquoted) => unquoted,
                    Err(why) => return self.error(why),
                };
                self.push(Token::Literal(Value::Text(value)), length);
            }
            '$' => self.push(Token::Variable(name(1).to_owned()), 1 + name(1).len()),
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => match name(1) {
                "" => self.push(Token::Dot, 1),
                field => self.push(Token::Field(field.to_owned()), 1 + field.len()),
            },
            '+' | '-' | '.' | '0'..='9' => self.number()?,
            c if c.is_alphabetic() || c == '_' => self.push(Token::Word(name(0).to_owned()), name(0).len()),
            c => return self.error(format!("unexpected {c:?} in action")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), TemplateError> {
        let rest = self.rest();
        let mut previous = 'e';
        let ends = |c: char| {
            let sign = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E');
            previous = c;
            !(sign || c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
        };
        let text = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let value = match text.parse() {
            Ok(whole) => Value::Int(whole),
            Err(_) => match number::parse(text) {
                Some(value) => Value::Number(value),
                None => return self.error(format!("bad number syntax: {text:?}")),
            },
        };
        self.push(Token::Literal(value), text.len());
        Ok(())
    }
}
