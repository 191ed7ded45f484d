//! From tokens to the tree.

mod pipeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::functions::Host;
use super::scan::{Token, scan};
use super::tree::{Branch, Node};
use super::value::Value;
use super::{Template, TemplateError};

type Result<T> = std::result::Result<T, TemplateError>;

/// Deeper templates are no text but an attack: the tree is walked by recursion.
const MAX_DEPTH: usize = 100;

pub(super) fn parse(text: &str, host: &dyn Host, variables: &[&str]) -> Result<Template> {
    let mut parser = Parser {
        tokens: scan(text)?,
        at: 0,
        host,
        variables: variables.iter().map(|name| (*name).to_owned()).collect(),
        defined: BTreeMap::new(),
        loops: 0,
        depth: 0,
    };
    // `$` is what the template was begun with.
    parser.variables.push(String::new());
    let (body, end) = parser.list()?;
    match end {
        Stop::Text => Ok(Template {
            body: Arc::new(body),
            defined: parser.defined,
        }),
        Stop::End => parser.error("unexpected {{end}}"),
        Stop::Else => parser.error("unexpected {{else}}"),
    }
}

struct Parser<'h> {
    tokens: Vec<(Token, usize)>,
    at: usize,
    host: &'h dyn Host,
    /// Those that are known here.
    variables: Vec<String>,
    defined: BTreeMap<String, Arc<Vec<Node>>>,
    loops: usize,
    depth: usize,
}

/// What a list of nodes ended with.
#[derive(PartialEq, Eq)]
enum Stop {
    Text,
    End,
    /// The rest of the action follows.
    Else,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn line(&self) -> usize {
        let at = self.at.min(self.tokens.len().saturating_sub(1));
        self.tokens.get(at).map_or(1, |(_, line)| *line)
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(TemplateError {
            line: self.line(),
            message: message.into(),
        })
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) {
        while self.take(&Token::Space) {}
    }

    fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else {
            return None;
        };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    fn close(&mut self, what: &str) -> Result<()> {
        self.space();
        if self.take(&Token::Close) {
            Ok(())
        } else {
            self.error(format!("unexpected token in {what}"))
        }
    }

    /// Nodes up to `end`, `else` or the end of the text.
    fn list(&mut self) -> Result<(Vec<Node>, Stop)> {
        let mut nodes = Vec::new();
        loop {
            let Some((token, _)) = self.tokens.get(self.at).cloned() else {
                return Ok((nodes, Stop::Text));
            };
            self.at += 1;
            if let Token::Text(text) = token {
                nodes.push(Node::Text(text));
                continue;
            }
            // The scanner gives nothing else outside of actions than their beginning.
            self.space();
            let before = self.at;
            match self.word().as_deref() {
                Some("end") => {
                    self.close("end")?;
                    return Ok((nodes, Stop::End));
                }
                Some("else") => return Ok((nodes, Stop::Else)),
                Some("if") => nodes.push(Node::If(self.branch("if")?)),
                Some("with") => nodes.push(Node::With(self.branch("with")?)),
                Some("range") => {
                    self.loops += 1;
                    nodes.push(Node::Range(self.branch("range")?));
                    self.loops -= 1;
                }
                Some("define") => self.define()?,
                Some("block") => nodes.push(self.block()?),
                Some("template") => nodes.push(self.template()?),
                Some(word @ ("break" | "continue")) => {
                    if self.loops == 0 {
                        return self.error(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                    }
                    nodes.push(if word == "break" { Node::Break } else { Node::Continue });
                    self.close(word)?;
                }
                _ => {
                    self.at = before;
                    let pipeline = self.pipeline("command")?;
                    self.close("command")?;
                    nodes.push(Node::Output(pipeline));
                }
            }
        }
    }

    /// Pipeline, body and `else` of an action.
    fn branch(&mut self, what: &str) -> Result<Branch> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error("actions are nested too deeply");
        }
        let known = self.variables.len();
        let pipeline = self.pipeline(what)?;
        self.close(what)?;
        let (body, end) = self.list()?;
        self.variables.truncate(known);
        let otherwise = match end {
            Stop::End => Vec::new(),
            Stop::Text => return self.error("unexpected EOF"),
            Stop::Else => self.otherwise(what)?,
        };
        self.variables.truncate(known);
        self.depth -= 1;
        Ok(Branch {
            pipeline,
            body,
            otherwise,
        })
    }

    fn otherwise(&mut self, what: &str) -> Result<Vec<Node>> {
        self.space();
        match self.word().as_deref() {
            Some("if") if what == "if" => return Ok(vec![Node::If(self.branch("if")?)]),
            Some("with") if what == "with" => return Ok(vec![Node::With(self.branch("with")?)]),
            Some(word) => return self.error(format!("unexpected {word} in else")),
            None => {}
        }
        self.close("else")?;
        match self.list()? {
            (nodes, Stop::End) => Ok(nodes),
            (_, Stop::Else) => self.error("expected end; found {{else}}"),
            (_, Stop::Text) => self.error("unexpected EOF"),
        }
    }

    fn name(&mut self, what: &str) -> Result<String> {
        self.space();
        let Some(Token::Literal(Value::Text(name))) = self.peek().cloned() else {
            return self.error(format!("the name of a template is missing in {what}"));
        };
        self.at += 1;
        Ok(name)
    }

    /// The body of a template defined here: it knows no variable of its surroundings.
    fn defined_body(&mut self, name: &str) -> Result<()> {
        let outer = std::mem::replace(&mut self.variables, vec![String::new()]);
        let loops = std::mem::take(&mut self.loops);
        let (body, end) = self.list()?;
        (self.variables, self.loops) = (outer, loops);
        if end != Stop::End {
            return self.error("unexpected EOF");
        }
        self.defined.insert(name.to_owned(), Arc::new(body));
        Ok(())
    }

    fn define(&mut self) -> Result<()> {
        let name = self.name("define")?;
        self.close("define")?;
        self.defined_body(&name)
    }

    fn block(&mut self) -> Result<Node> {
        let line = self.line();
        let name = self.name("block")?;
        let dot = Some(self.pipeline("block")?);
        self.close("block")?;
        self.defined_body(&name)?;
        Ok(Node::Template { name, dot, line })
    }

    fn template(&mut self) -> Result<Node> {
        let line = self.line();
        let name = self.name("template")?;
        self.space();
        let dot = match self.peek() {
            Some(Token::Close) => None,
            _ => Some(self.pipeline("template")?),
        };
        self.close("template")?;
        Ok(Node::Template { name, dot, line })
    }
}
