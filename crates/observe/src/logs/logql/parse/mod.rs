//! From tokens to the tree, by recursive descent.

mod labels;
mod log;
mod metric;

use super::ast::{Expr, LogExpr};
use super::error::{QueryError, Result};
use super::lex::{Placed, Token, error_at, scan};
use crate::metrics::matchers::{MatchOp, Matcher};

/// Longer texts are no queries.
const MAX_LENGTH: usize = 128 << 10;
/// Deeper trees are walked by recursion, and would end the thread.
const MAX_DEPTH: usize = 64;

/// Reads a query of either kind.
///
/// # Errors
/// Where and why the text is none.
pub fn parse(text: &str) -> Result<Expr> {
    if text.len() > MAX_LENGTH {
        let message = format!("input size too long ({} > {MAX_LENGTH})", text.len());
        return Err(QueryError::Invalid(message));
    }
    let mut parser = Parser {
        text,
        tokens: scan(text)?,
        next: 0,
        depth: 0,
    };
    if *parser.peek() == Token::End {
        return Err(QueryError::Invalid("syntax error: unexpected $end".into()));
    }
    let expr = parser.expr()?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected("")),
    }
}

/// Reads a query for lines.
///
/// # Errors
/// Where and why the text is none.
pub fn parse_log(text: &str) -> Result<LogExpr> {
    match parse(text)? {
        Expr::Log(log) => Ok(log),
        Expr::Metric(_) => Err(QueryError::Invalid("only log selector is supported".into())),
    }
}

/// Reads the matchers of `match[]`.
///
/// # Errors
/// Where and why the text is no selector.
pub fn parse_matchers(text: &str) -> Result<Vec<Matcher>> {
    let log = parse_log(text)?;
    if log.stages.is_empty() {
        Ok(log.matchers)
    } else {
        Err(QueryError::Invalid("only label matchers is supported".into()))
    }
}

pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].token
    }

    fn peek_after(&self, count: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.next + count).min(last)].token
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        if self.next + 1 < self.tokens.len() {
            self.next += 1;
        }
        token
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(other) if *other == sign);
        if found {
            self.take();
        }
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.take();
        }
        found
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(other) if other == word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(other) if *other == sign)
    }

    fn expect(&mut self, sign: &'static str) -> Result<()> {
        if self.sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected(sign))
        }
    }

    fn name(&mut self) -> Result<String> {
        match self.peek() {
            Token::Name(_) => match self.take() {
                Token::Name(name) => Ok(name),
                _ => unreachable!("it was looked at"),
            },
            _ => Err(self.unexpected("IDENTIFIER")),
        }
    }

    fn string(&mut self) -> Result<String> {
        match self.peek() {
            Token::Text(_) => match self.take() {
                Token::Text(text) => Ok(text),
                _ => unreachable!("it was looked at"),
            },
            _ => Err(self.unexpected("STRING")),
        }
    }

    /// A number, which a sign may precede.
    fn number(&mut self) -> Result<f64> {
        let sign = if self.sign("-") { -1.0 } else { 1.0 };
        _ = self.sign("+");
        match *self.peek() {
            Token::Number(value) => {
                self.take();
                Ok(sign * value)
            }
            _ => Err(self.unexpected("NUMBER")),
        }
    }

    /// `(a, b)`
    fn names_in_parentheses(&mut self) -> Result<Vec<String>> {
        self.expect("(")?;
        let mut names = Vec::new();
        while !self.sign(")") {
            names.push(self.name()?);
            if !self.sign(",") && !self.is_sign(")") {
                return Err(self.unexpected(") or ,"));
            }
        }
        Ok(names)
    }

    fn error(&self, message: impl Into<String>) -> QueryError {
        self.error_before(0, message)
    }

    /// An error at a token that has been taken already.
    fn error_before(&self, count: usize, message: impl Into<String>) -> QueryError {
        error_at(self.text, self.tokens[self.next.saturating_sub(count)].at, message)
    }

    fn unexpected(&self, expected: &str) -> QueryError {
        let found = self.peek().describe();
        if expected.is_empty() {
            self.error(format!("syntax error: unexpected {found}"))
        } else {
            self.error(format!("syntax error: unexpected {found}, expecting {expected}"))
        }
    }

    /// Does what goes one level deeper.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the query is nested too deeply"));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn expr(&mut self) -> Result<Expr> {
        // Parentheses stand around either kind: the first thing that is none decides.
        let mut at = 0;
        while matches!(self.peek_after(at), Token::Sign("(")) {
            at += 1;
        }
        if matches!(self.peek_after(at), Token::Sign("{")) {
            return self.log_in_parentheses().map(Expr::Log);
        }
        self.metric(0).map(Expr::Metric)
    }

    /// A log query, in as many parentheses as there are.
    fn log_in_parentheses(&mut self) -> Result<LogExpr> {
        if self.sign("(") {
            let mut log = self.deeper(Self::log_in_parentheses)?;
            self.expect(")")?;
            self.stages(&mut log.stages)?;
            return Ok(log);
        }
        let matchers = self.selector()?;
        let mut stages = Vec::new();
        self.stages(&mut stages)?;
        Ok(LogExpr { matchers, stages })
    }

    /// `{a="b", c=~"d"}`; not all of it may be satisfied by no label at all.
    fn selector(&mut self) -> Result<Vec<Matcher>> {
        self.expect("{")?;
        let mut matchers = Vec::new();
        while !self.sign("}") {
            matchers.push(self.matcher()?);
            if !self.sign(",") && !self.is_sign("}") {
                return Err(self.unexpected("} or ,"));
            }
        }
        if matchers.iter().all(|matcher| matcher.accepts("")) {
            return Err(QueryError::Invalid(
                "queries require at least one regexp or equality matcher that does not have an empty-compatible value. \
                 For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will"
                    .into(),
            ));
        }
        Ok(matchers)
    }

    fn matcher(&mut self) -> Result<Matcher> {
        let name = self.name()?;
        let op = match self.peek() {
            Token::Sign("=") => MatchOp::Equal,
            Token::Sign("!=") => MatchOp::NotEqual,
            Token::Sign("=~") => MatchOp::Regex,
            Token::Sign("!~") => MatchOp::NotRegex,
            _ => return Err(self.unexpected("= or != or =~ or !~")),
        };
        self.take();
        let value = self.string()?;
        Matcher::new(name, op, value).map_err(|error| self.error_before(1, error.to_string()))
    }
}
