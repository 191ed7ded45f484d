//! The walk over the tree.

use std::ops::ControlFlow;

use super::functions::text::escape_html;
use super::functions::{self, Host};
use super::tree::{Base, Branch, Command, Node, Operand, Pipeline};
use super::value::Value;
use super::{Template, TemplateError};

type Result<T> = std::result::Result<T, TemplateError>;

/// What a template may write, in bytes: notifications are read by people.
const MAX_OUTPUT: usize = 1 << 20;
/// How many actions a template may take: lists in lists grow fast, and not all write.
const MAX_ACTIONS: usize = 100_000;
/// How deep templates may call each other.
const MAX_CALLS: usize = 50;

pub(super) fn run(
    template: &Template,
    dot: &Value,
    variables: &[(&str, Value)],
    host: &dyn Host,
    escapes: bool,
) -> Result<String> {
    let mut run = Run {
        template,
        host,
        escapes,
        out: String::new(),
        actions: 0,
        calls: 0,
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    };
    run.variables.push((String::new(), dot.clone()));
    _ = run.list(&template.body, dot)?;
    Ok(run.out)
}

struct Run<'t> {
    template: &'t Template,
    host: &'t dyn Host,
    /// Whether a page of HTML is written.
    escapes: bool,
    out: String,
    actions: usize,
    calls: usize,
    variables: Vec<(String, Value)>,
}

/// How a list of nodes ended: through `break` or `continue`, or simply.
enum Jump {
    Break,
    Continue,
}

fn at(line: usize) -> impl Fn(String) -> TemplateError {
    move |message| TemplateError { line, message }
}

impl<'t> Run<'t> {
    fn list(&mut self, nodes: &'t [Node], dot: &Value) -> Result<ControlFlow<Jump>> {
        let known = self.variables.len();
        for node in nodes {
            if let ControlFlow::Break(jump) = self.node(node, dot)? {
                self.variables.truncate(known);
                return Ok(ControlFlow::Break(jump));
            }
        }
        self.variables.truncate(known);
        Ok(ControlFlow::Continue(()))
    }

    fn node(&mut self, node: &'t Node, dot: &Value) -> Result<ControlFlow<Jump>> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Output(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.variables.is_empty() {
                    self.print(&value);
                } else {
                    self.set(pipeline, &value);
                }
                self.count(pipeline.line)?;
            }
            Node::If(branch) => return self.conditional(branch, dot, false),
            Node::With(branch) => return self.conditional(branch, dot, true),
            Node::Range(branch) => return self.range(branch, dot),
            Node::Template {
                name,
                dot: pipeline,
                line,
            } => self.call(name, pipeline.as_ref(), *line, dot)?,
            Node::Break => return Ok(ControlFlow::Break(Jump::Break)),
            Node::Continue => return Ok(ControlFlow::Break(Jump::Continue)),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn print(&mut self, value: &Value) {
        match value.plain() {
            Value::Html(text) => self.out.push_str(text),
            other if self.escapes => self.out.push_str(&escape_html(&other.to_string())),
            other => self.out.push_str(&other.to_string()),
        }
    }

    fn count(&mut self, line: usize) -> Result<()> {
        self.actions += 1;
        if self.out.len() > MAX_OUTPUT {
            return Err(at(line)(format!("the text is longer than {MAX_OUTPUT} bytes")));
        }
        if self.actions > MAX_ACTIONS {
            return Err(at(line)(format!("more than {MAX_ACTIONS} actions")));
        }
        Ok(())
    }

    fn set(&mut self, pipeline: &Pipeline, value: &Value) {
        for name in &pipeline.variables {
            let known = self.variables.iter_mut().rev().find(|(other, _)| other == name);
            match known {
                Some((_, variable)) if !pipeline.declares => *variable = value.clone(),
                _ => self.variables.push((name.clone(), value.clone())),
            }
        }
    }

    fn conditional(&mut self, branch: &'t Branch, dot: &Value, moves_dot: bool) -> Result<ControlFlow<Jump>> {
        let known = self.variables.len();
        let value = self.pipeline(&branch.pipeline, dot)?;
        self.count(branch.pipeline.line)?;
        self.set(&branch.pipeline, &value);
        let flow = match (value.is_true(), moves_dot) {
            (true, true) => self.list(&branch.body, &value),
            (true, false) => self.list(&branch.body, dot),
            (false, _) => self.list(&branch.otherwise, dot),
        };
        self.variables.truncate(known);
        flow
    }

    fn range(&mut self, branch: &'t Branch, dot: &Value) -> Result<ControlFlow<Jump>> {
        let pipeline = &branch.pipeline;
        let items: Vec<(Value, Value)> = match self.pipeline(pipeline, dot)?.plain() {
            Value::Nothing => Vec::new(),
            Value::List(items) => items
                .iter()
                .cloned()
                .enumerate()
                .map(|(index, item)| (Value::Int(index as i64), item))
                .collect(),
            Value::Labels(labels) => labels.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            Value::Texts(texts) => texts
                .iter()
                .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
                .collect(),
            Value::Record(fields) => fields
                .iter()
                .map(|(name, value)| (name.as_str().into(), value.clone()))
                .collect(),
            Value::Int(count) => (0..*count)
                .map(|index| (Value::Int(index), Value::Int(index)))
                .take(MAX_ACTIONS)
                .collect(),
            other => {
                let message = format!("range can't iterate over {other}");
                return Err(at(pipeline.line)(message));
            }
        };
        if items.is_empty() {
            return self.list(&branch.otherwise, dot);
        }
        let known = self.variables.len();
        for (index, item) in items {
            self.count(pipeline.line)?;
            match pipeline.variables.as_slice() {
                [] => {}
                [one] => self.variables.push((one.clone(), item.clone())),
                [first, second, ..] => {
                    self.variables.push((first.clone(), index));
                    self.variables.push((second.clone(), item.clone()));
                }
            }
            let flow = self.list(&branch.body, &item)?;
            self.variables.truncate(known);
            if matches!(flow, ControlFlow::Break(Jump::Break)) {
                break;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn call(&mut self, name: &str, pipeline: Option<&'t Pipeline>, line: usize, dot: &Value) -> Result<()> {
        let template = self.template;
        let body = template
            .defined
            .get(name)
            .ok_or_else(|| at(line)(format!("template {name:?} not defined")))?;
        let value = pipeline.map_or(Ok(Value::Nothing), |pipeline| self.pipeline(pipeline, dot))?;
        if self.calls == MAX_CALLS {
            return Err(at(line)("templates call each other too deeply".into()));
        }
        self.calls += 1;
        let outer = std::mem::replace(&mut self.variables, vec![(String::new(), value.clone())]);
        _ = self.list(body, &value)?;
        self.variables = outer;
        self.calls -= 1;
        self.count(line)
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, dot: &Value) -> Result<Value> {
        let mut piped = None;
        for command in &pipeline.commands {
            piped = Some(self.command(command, piped, dot)?);
        }
        Ok(piped.unwrap_or(Value::Nothing))
    }

    fn command(&mut self, command: &'t Command, piped: Option<Value>, dot: &Value) -> Result<Value> {
        let Base::Function(name) = &command.head.base else {
            return self.method(command, piped, dot);
        };
        let mut args = Vec::with_capacity(command.args.len() + 1);
        for arg in &command.args {
            let value = self.operand(arg, dot, command.line)?;
            // `and` and `or` look no further than they have to.
            let decides = match name.as_str() {
                "and" => !value.is_true(),
                "or" => value.is_true(),
                _ => false,
            };
            if decides {
                return Ok(value);
            }
            args.push(value);
        }
        args.extend(piped);
        self.function(name, &args, &command.head.fields, command.line)
    }

    /// A command that begins with a value: that value, or a method of it with arguments.
    fn method(&mut self, command: &'t Command, piped: Option<Value>, dot: &Value) -> Result<Value> {
        let Some((name, before)) = command.head.fields.split_last() else {
            return self.operand(&command.head, dot, command.line);
        };
        if command.args.is_empty() && piped.is_none() {
            return self.operand(&command.head, dot, command.line);
        }
        let base = self.base(&command.head, dot, command.line)?;
        let receiver = fields_of(base, before).map_err(at(command.line))?;
        let mut args = Vec::with_capacity(command.args.len() + 1);
        for arg in &command.args {
            args.push(self.operand(arg, dot, command.line)?);
        }
        args.extend(piped);
        receiver.call(name, &args).map_err(at(command.line))
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Value, line: usize) -> Result<Value> {
        if let Base::Function(name) = &operand.base {
            return self.function(name, &[], &operand.fields, line);
        }
        let base = self.base(operand, dot, line)?;
        fields_of(base, &operand.fields).map_err(at(line))
    }

    fn base(&mut self, operand: &'t Operand, dot: &Value, line: usize) -> Result<Value> {
        Ok(match &operand.base {
            Base::Dot => dot.clone(),
            Base::Literal(value) => value.clone(),
            Base::Variable(name) => {
                let known = self.variables.iter().rev().find(|(other, _)| other == name);
                known.map(|(_, value)| value.clone()).unwrap_or(Value::Nothing)
            }
            Base::Pipeline(pipeline) => self.pipeline(pipeline, dot)?,
            Base::Function(name) => return self.function(name, &[], &[], line),
        })
    }

    fn function(&mut self, name: &str, args: &[Value], fields: &[String], line: usize) -> Result<Value> {
        let called = if self.host.has(name) {
            self.host.call(name, args)
        } else {
            functions::call(name, args).unwrap_or_else(|| Err(format!("function {name:?} not defined")))
        };
        called
            .and_then(|value| fields_of(value, fields))
            .map_err(|why| at(line)(format!("error calling {name}: {why}")))
    }
}

fn fields_of(base: Value, fields: &[String]) -> std::result::Result<Value, String> {
    fields.iter().try_fold(base, |value, name| value.field(name))
}
