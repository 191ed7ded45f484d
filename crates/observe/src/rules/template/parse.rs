//! From tokens to the tree.

use std::collections::BTreeMap;

use super::functions::{Host, is_builtin};
use super::scan::{Token, scan};
use super::tree::{Base, Branch, Command, Node, Operand, Pipeline};
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
            body,
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
    defined: BTreeMap<String, Vec<Node>>,
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
        self.defined.insert(name.to_owned(), body);
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

    fn pipeline(&mut self, what: &str) -> Result<Pipeline> {
        self.space();
        let line = self.line();
        let (variables, declares) = self.variables_of(what)?;
        let mut commands = Vec::new();
        loop {
            commands.push(self.command(what)?);
            self.space();
            if !self.take(&Token::Pipe) {
                break;
            }
            self.space();
        }
        // Only a function can take what comes through the pipe.
        for command in &commands[1..] {
            if !matches!(command.head.base, Base::Function(_)) {
                return self.error("non executable command in pipeline");
            }
        }
        if declares {
            self.variables.extend(variables.iter().cloned());
        }
        Ok(Pipeline {
            line,
            variables,
            declares,
            commands,
        })
    }

    /// `$x :=`, `$i, $x :=` or `$x =`, when the pipeline begins so.
    fn variables_of(&mut self, what: &str) -> Result<(Vec<String>, bool)> {
        let begin = self.at;
        let mut names = Vec::new();
        while let Some(Token::Variable(name)) = self.peek() {
            names.push(name.clone());
            self.at += 1;
            self.space();
            if !self.take(&Token::Comma) {
                break;
            }
            self.space();
        }
        let declares = self.take(&Token::Declare);
        if !names.is_empty() && (declares || self.take(&Token::Assign)) {
            if names.len() > 1 && (what != "range" || names.len() > 2) {
                return self.error(format!("too many declarations in {what}"));
            }
            if let Some(unknown) = names.iter().find(|name| !declares && !self.variables.contains(name)) {
                return self.error(format!("undefined variable \"${unknown}\""));
            }
            self.space();
            return Ok((names, declares));
        }
        self.at = begin;
        Ok((Vec::new(), false))
    }

    fn command(&mut self, what: &str) -> Result<Command> {
        let line = self.line();
        let head = self.operand(what)?;
        let mut args = Vec::new();
        while self.take(&Token::Space) {
            self.space();
            if matches!(
                self.peek(),
                None | Some(Token::Pipe | Token::Close | Token::Right | Token::Comma)
            ) {
                break;
            }
            args.push(self.operand(what)?);
        }
        if !args.is_empty() && !matches!(head.base, Base::Function(_)) {
            return self.error("can't give argument to non-function");
        }
        Ok(Command { line, head, args })
    }

    fn operand(&mut self, what: &str) -> Result<Operand> {
        let Some(token) = self.peek().cloned() else {
            return self.error(format!("missing value for {what}"));
        };
        let mut fields = Vec::new();
        self.at += 1;
        let base = match token {
            Token::Dot => Base::Dot,
            Token::Field(name) => {
                fields.push(name);
                Base::Dot
            }
            Token::Variable(name) if self.variables.contains(&name) => Base::Variable(name),
            Token::Variable(name) => return self.error(format!("undefined variable \"${name}\"")),
            Token::Literal(value) => Base::Literal(value),
            Token::Word(word) => match word.as_str() {
                "true" => Base::Literal(Value::Bool(true)),
                "false" => Base::Literal(Value::Bool(false)),
                "nil" => Base::Literal(Value::Nothing),
                _ if is_builtin(&word) || self.host.has(&word) => Base::Function(word),
                _ => return self.error(format!("function {word:?} not defined")),
            },
            Token::Left => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return self.error("parentheses are nested too deeply");
                }
                let pipeline = self.pipeline("parenthesized pipeline")?;
                self.space();
                if !self.take(&Token::Right) {
                    return self.error("unclosed left paren");
                }
                self.depth -= 1;
                Base::Pipeline(Box::new(pipeline))
            }
            _ => {
                self.at -= 1;
                return self.error(format!("missing value for {what}"));
            }
        };
        while let Some(Token::Field(name)) = self.peek() {
            fields.push(name.clone());
            self.at += 1;
        }
        Ok(Operand { base, fields })
    }
}
