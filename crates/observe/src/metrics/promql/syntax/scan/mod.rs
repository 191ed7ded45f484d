//! What `promql-parser` does not give, read from the text before it is parsed.
//!
//! * **Where nodes begin.** Its tree has no positions, and annotations need them. The scanner notes where each operand
//!   starts, in the order in which the tree names them (a node before its children).
//! * **Strings.** It refuses a backslash in backquotes, and reads `"\xff"` as `ÿ`. Every string is decoded here and
//!   written anew; bytes that are no UTF-8 become characters of the last private plane ([`crate::metrics::labels::is_broken_byte`]).
//! * **Regular expressions** of matchers are kept aside and replaced by their number: the parser would compile each with
//!   the rules of another dialect, only to have it compiled again here.
//! * **Numbers and durations** are written as plain seconds: the parser refuses `0s`, panics at `[NaN]` and reads `0e3`
//!   as octal.

mod modifiers;
mod texts;

use self::modifiers::Modifier;
use super::super::annotations::Position;
use super::super::error::{QueryError, Result};

/// The text as the parser is to read it, and what it cannot carry.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) text: String,
    pub(super) starts: Vec<Start>,
    pub(super) regexes: Vec<String>,
}

/// Where an operand begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) position: Position,
    /// It is a minus sign, which the parser may have made part of a number.
    pub(super) minus: bool,
}

/// Beyond this a query is no question but an attack: the tree is walked by recursion.
const MAX_OPERANDS: usize = 1_000;

pub(super) fn scan(query: &str) -> Result<Scanned> {
    let mut scanner = Scanner {
        query,
        at: 0,
        out: Scanned {
            text: String::with_capacity(query.len() + 16),
            ..Scanned::default()
        },
        expect: Expect::Operand,
        plus: None,
    };
    while scanner.at < query.len() {
        scanner.step()?;
    }
    Ok(scanner.out)
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Operand,
    /// An operand, or modifiers of the binary operator before it.
    OperandOrModifier,
    Operator,
}

struct Scanner<'q> {
    query: &'q str,
    at: usize,
    out: Scanned,
    expect: Expect,
    /// A plus sign before an operand: the parser drops it, but the operand begins there.
    plus: Option<Position>,
}

impl<'q> Scanner<'q> {
    fn rest(&self) -> &'q str {
        &self.query[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn step(&mut self) -> Result<()> {
        let Some(c) = self.peek() else { return Ok(()) };
        let operand = self.expect != Expect::Operator;
        match c {
            '#' => self.skip_comment(),
            c if c.is_ascii_whitespace() => self.copy(1),
            '"' | '\'' | '`' => {
                self.begin(false)?;
                self.string()?;
                self.expect = Expect::Operator;
            }
            c if c.is_ascii_digit() || (c == '.' && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())) => {
                self.begin(false)?;
                self.number(None)?;
                self.expect = Expect::Operator;
            }
            c if is_word_start(c) => self.word()?,
            '(' => {
                if operand {
                    self.begin(false)?;
                }
                self.copy(1);
                self.expect = Expect::Operand;
            }
            ')' => {
                self.copy(1);
                self.expect = Expect::Operator;
            }
            ',' => {
                self.copy(1);
                self.expect = Expect::Operand;
            }
            '{' => {
                if operand {
                    self.begin(false)?;
                }
                self.matchers()?;
                self.expect = Expect::Operator;
            }
            '[' => self.brackets()?,
            '@' => {
                self.copy(1);
                self.modifier_value(Modifier::At)?;
            }
            '-' if operand => {
                self.begin(true)?;
                self.copy(1);
                self.expect = Expect::Operand;
            }
            '+' if operand => {
                self.plus.get_or_insert(self.at);
                self.copy(1);
                self.expect = Expect::Operand;
            }
            c => {
                self.copy(c.len_utf8());
                self.expect = Expect::OperandOrModifier;
            }
        }
        Ok(())
    }

    /// Notes that an operand begins here.
    fn begin(&mut self, minus: bool) -> Result<()> {
        if self.out.starts.len() >= MAX_OPERANDS {
            return Err(QueryError::Parse(format!("more than {MAX_OPERANDS} operands")));
        }
        let position = self.plus.take().unwrap_or(self.at);
        self.out.starts.push(Start { position, minus });
        Ok(())
    }

    fn copy(&mut self, length: usize) {
        self.out.text.push_str(&self.query[self.at..self.at + length]);
        self.at += length;
    }

    fn skip_comment(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Spaces and comments.
    fn spaces(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                '#' => self.skip_comment(),
                c if c.is_ascii_whitespace() => self.copy(1),
                _ => return,
            }
        }
    }

    /// The first character after the word at `length` and its spaces.
    fn after(&self, length: usize) -> Option<char> {
        self.rest()[length..].trim_start().chars().next()
    }

    fn word_length(&self) -> usize {
        self.rest().find(|c: char| !is_word(c)).unwrap_or(self.rest().len())
    }

    fn word(&mut self) -> Result<()> {
        let length = self.word_length();
        let word = self.rest()[..length].to_ascii_lowercase();
        match self.expect {
            Expect::Operator => self.operator_word(&word, length),
            Expect::OperandOrModifier if self.is_modifier(&word, length) => {
                self.copy(length);
                self.parenthesized()
            }
            _ => self.operand_word(&word, length),
        }
    }

    /// Whether a word after a binary operator belongs to the operator.
    fn is_modifier(&self, word: &str, length: usize) -> bool {
        match word {
            "bool" | "group_left" | "group_right" => true,
            "on" | "ignoring" | "fill" | "fill_left" | "fill_right" => self.after(length) == Some('('),
            _ => false,
        }
    }

    fn operator_word(&mut self, word: &str, length: usize) -> Result<()> {
        self.copy(length);
        match word {
            "and" | "or" | "unless" | "atan2" => self.expect = Expect::OperandOrModifier,
            "offset" => self.modifier_value(Modifier::Offset)?,
            "by" | "without" => self.parenthesized()?,
            _ => {}
        }
        Ok(())
    }

    fn operand_word(&mut self, word: &str, length: usize) -> Result<()> {
        self.begin(false)?;
        if matches!(word, "inf" | "nan") {
            self.copy(length);
            self.expect = Expect::Operator;
            return Ok(());
        }
        let grouped = is_aggregator(word) && {
            let rest = self.rest()[length..].trim_start();
            let next = &rest[..rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())];
            matches!(next.to_ascii_lowercase().as_str(), "by" | "without")
        };
        let called = self.after(length) == Some('(');
        self.copy(length);
        if grouped {
            self.spaces();
            let keyword = self.word_length();
            self.copy(keyword);
            self.parenthesized()?;
        }
        self.spaces();
        if (called || grouped) && self.peek() == Some('(') {
            self.copy(1);
            self.expect = Expect::Operand;
        } else {
            if self.peek() == Some('{') {
                self.matchers()?;
            }
            self.expect = Expect::Operator;
        }
        Ok(())
    }
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == ':'
}

fn is_word(c: char) -> bool {
    is_word_start(c) || c.is_ascii_digit()
}

fn is_aggregator(word: &str) -> bool {
    matches!(
        word,
        "sum"
            | "avg"
            | "count"
            | "min"
            | "max"
            | "group"
            | "stddev"
            | "stdvar"
            | "topk"
            | "bottomk"
            | "count_values"
            | "quantile"
            | "limitk"
            | "limit_ratio"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::labels::is_broken_byte;

    fn starts(query: &str) -> Vec<Position> {
        scan(query)
            .unwrap()
            .starts
            .into_iter()
            .map(|start| start.position)
            .collect()
    }

    #[test]
    fn operands_begin_where_their_first_token_is() {
        assert_eq!(starts("rate(x[5m])"), [0, 5]);
        assert_eq!(
            starts("sum by (a) (x) / on (a) group_left (b) -y{c=\"}\"} offset 5m"),
            [0, 12, 39, 40]
        );
        assert_eq!(starts("(a + +b) and by"), [0, 1, 5, 13]);
        assert_eq!(starts("quantile without(a)(0.5, x @ start())"), [0, 20, 25]);
        assert_eq!(starts("sum(x) by (y) > bool 2"), [0, 4, 21]);
        assert_eq!(starts("time() - x"), [0, 9]);
    }

    #[test]
    fn what_the_parser_misreads_is_written_anew() {
        let text = |query| scan(query).unwrap().text;
        assert_eq!(text("x[1m:0s] offset 5"), "x[60.0:0.0] offset 5.0");
        assert_eq!(text("0e3 + 017 + .5 # note"), "0.0 + 15.0 + 0.5 ");
        assert_eq!(text(r"x{a=`b\.c`}"), r#"x{a="b\\.c"}"#);
        let scanned = scan("x{a=~'b{c}', d!~ `\\d`}").unwrap();
        assert_eq!(
            (scanned.text.as_str(), scanned.regexes),
            (r#"x{a=~"0", d!~ "1"}"#, vec!["b{c}".into(), r"\d".into()])
        );
    }

    #[test]
    fn bytes_beyond_utf8_stay_recognizable() {
        assert!(scan(r#"f("\xff")"#).unwrap().text.chars().any(is_broken_byte));
        assert!(scan(r#"f("\xc3\xbf")"#).unwrap().text.contains('ÿ'));
    }

    #[test]
    fn ranges_a_clock_cannot_hold_are_refused() {
        for query in ["x[1e300]", "x offset Inf", "x[NaN]"] {
            assert!(scan(query).is_err(), "{query}");
        }
    }
}
