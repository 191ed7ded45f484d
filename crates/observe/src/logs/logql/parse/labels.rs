//! Tests of labels: `status >= 500 and (method = "GET" or took > 2s)`.

use super::super::ast::{Compare, LabelFilter};
use super::super::lex::Token;
use super::{Parser, Result};
use crate::metrics::matchers::{MatchOp, Matcher};

impl Parser<'_> {
    /// `and`, `,` and nothing at all bind closer than `or`.
    pub(super) fn label_filter(&mut self) -> Result<LabelFilter> {
        let mut left = self.label_filter_and()?;
        while self.word("or") {
            let right = self.label_filter_and()?;
            left = LabelFilter::Or(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn label_filter_and(&mut self) -> Result<LabelFilter> {
        let mut left = self.label_filter_unit()?;
        loop {
            let joined = self.word("and") || self.sign(",");
            let follows = matches!(self.peek(), Token::Name(word) if word != "or") || self.is_sign("(");
            if !joined && !follows {
                return Ok(left);
            }
            let right = self.label_filter_unit()?;
            left = LabelFilter::And(Box::new(left), Box::new(right));
        }
    }

    fn label_filter_unit(&mut self) -> Result<LabelFilter> {
        if self.sign("(") {
            let inner = self.deeper(Self::label_filter)?;
            self.expect(")")?;
            return Ok(inner);
        }
        let name = self.name()?;
        let sign = match self.peek() {
            Token::Sign(sign) => *sign,
            _ => return Err(self.unexpected("")),
        };
        let matching = match sign {
            "=" => Some(MatchOp::Equal),
            "!=" => Some(MatchOp::NotEqual),
            "=~" => Some(MatchOp::Regex),
            "!~" => Some(MatchOp::NotRegex),
            _ => None,
        };
        let compare = match sign {
            "=" | "==" => Some(Compare::Equal),
            "!=" => Some(Compare::NotEqual),
            ">" => Some(Compare::Greater),
            ">=" => Some(Compare::GreaterOrEqual),
            "<" => Some(Compare::Less),
            "<=" => Some(Compare::LessOrEqual),
            _ => None,
        };
        if matching.is_none() && compare.is_none() {
            return Err(self.unexpected(""));
        }
        self.take();
        match (self.peek().clone(), matching, compare) {
            (Token::Text(value), Some(op), _) => {
                self.take();
                let matcher = Matcher::new(name, op, value);
                matcher
                    .map(LabelFilter::Text)
                    .map_err(|error| self.error_before(1, error.to_string()))
            }
            (Token::Name(word), Some(op @ (MatchOp::Equal | MatchOp::NotEqual)), _) if word == "ip" => {
                self.take();
                let (text, range) = self.ip()?;
                Ok(LabelFilter::Ip(name, op == MatchOp::Equal, text, range))
            }
            (Token::Number(_) | Token::Sign("-" | "+"), _, Some(compare)) => {
                Ok(LabelFilter::Number(name, compare, self.number()?))
            }
            (Token::Duration(value, text), _, Some(compare)) => {
                self.take();
                Ok(LabelFilter::Duration(name, compare, value, text))
            }
            (Token::Bytes(value, text), _, Some(compare)) => {
                self.take();
                Ok(LabelFilter::Bytes(name, compare, value, text))
            }
            _ => Err(self.unexpected("")),
        }
    }
}
