//! What stands inside of actions.

use super::super::functions::is_builtin;
use super::super::scan::Token;
use super::super::tree::{Base, Command, Operand, Pipeline};
use super::super::value::Value;
use super::{MAX_DEPTH, Parser, Result};

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, what: &str) -> Result<Pipeline> {
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
        // Only a function or a method can take what comes through the pipe.
        for command in &commands[1..] {
            if !matches!(command.head.base, Base::Function(_)) && command.head.fields.is_empty() {
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
        if !args.is_empty() && !matches!(head.base, Base::Function(_)) && head.fields.is_empty() {
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
