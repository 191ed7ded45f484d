//! From the parser's tree to the evaluator's: the same shape, with positions, milliseconds and compiled matchers.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use promql_parser::label as parsed_label;
use promql_parser::parser::{self as parsed, AtModifier, Expr, LabelModifier, Offset, VectorMatchCardinality};

use super::super::aggregate::{Aggregation, AggregationOp, Grouping};
use super::super::annotations::Position;
use super::super::binary::{Cardinality, Fill, Matching, Operator};
use super::super::error::{QueryError, Result};
use super::super::functions::Function;
use super::node::{At, Binary, Kind, Node, Selector, Subquery, Timing, ValueType};
use super::scan::{self, Start};
use crate::metrics::labels::METRIC_NAME;
use crate::metrics::matchers::{MatchOp, Matcher};

/// How deep a query may nest: the tree is walked by recursion, on a thread's ordinary stack.
const MAX_DEPTH: usize = 250;

/// Reads a query.
pub(crate) fn parse(query: &str, experimental: bool) -> Result<Node> {
    let scanned = scan::scan(query)?;
    let expr = parsed::parse(&scanned.text).map_err(QueryError::Parse)?;
    let mut lowering = Lowering {
        starts: scanned.starts.into(),
        regexes: scanned.regexes,
        experimental,
        depth: 0,
    };
    let node = lowering.node(expr)?;
    debug_assert!(
        lowering.starts.is_empty(),
        "operands that the tree does not have: {query}"
    );
    Ok(node)
}

struct Lowering {
    starts: VecDeque<Start>,
    regexes: Vec<String>,
    experimental: bool,
    depth: usize,
}

impl Lowering {
    /// One function a kind: this one is on the stack once a level, and stays small.
    fn node(&mut self, expr: Expr) -> Result<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryError::Parse(format!("nested more than {MAX_DEPTH} deep")));
        }
        let node = match expr {
            Expr::NumberLiteral(number) => Ok(self.number(&number)),
            Expr::StringLiteral(text) => Ok(node(Kind::Text(text.val), self.start(), ValueType::Text, true)),
            Expr::VectorSelector(selector) => self.instant(selector),
            Expr::MatrixSelector(matrix) => self.range(matrix),
            Expr::Subquery(subquery) => self.subquery(subquery),
            Expr::Paren(paren) => self.wrapped(*paren.expr, Kind::Paren),
            Expr::Unary(unary) => self.wrapped(*unary.expr, Kind::Negate),
            Expr::Call(call) => self.call(call),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Extension(_) => Err(QueryError::Parse("unknown kind of expression".into())),
        };
        self.depth -= 1;
        node
    }

    /// The signs before a number are part of it.
    fn number(&mut self, number: &parsed::NumberLiteral) -> Node {
        let first = self.starts.pop_front();
        let mut last = first;
        while last.is_some_and(|start| start.minus) {
            last = self.starts.pop_front();
        }
        node(
            Kind::Number(number.val),
            first.map_or(0, |start| start.position),
            ValueType::Scalar,
            true,
        )
    }

    fn wrapped(&mut self, inner: Expr, wrap: fn(Box<Node>) -> Kind) -> Result<Node> {
        let position = self.start();
        let inner = Box::new(self.node(inner)?);
        let (value_type, invariant) = (inner.value_type, inner.invariant);
        Ok(node(wrap(inner), position, value_type, invariant))
    }

    fn instant(&mut self, selector: parsed::VectorSelector) -> Result<Node> {
        let position = self.start();
        let selector = self.selector(selector)?;
        let pinned = selector.timing.at.is_some();
        Ok(node(Kind::Selector(selector), position, ValueType::Vector, pinned))
    }

    fn range(&mut self, matrix: parsed::MatrixSelector) -> Result<Node> {
        let position = self.start();
        let selector = self.selector(matrix.vs)?;
        let pinned = selector.timing.at.is_some();
        Ok(node(
            Kind::Range(selector, positive(matrix.range)?),
            position,
            ValueType::Matrix,
            pinned,
        ))
    }

    fn start(&mut self) -> Position {
        self.starts.pop_front().map_or(0, |start| start.position)
    }

    fn subquery(&mut self, subquery: parsed::SubqueryExpr) -> Result<Node> {
        let inner = self.node(*subquery.expr)?;
        expect_type(ValueType::Vector, &inner, "subquery")?;
        let position = inner.position;
        let timing = timing(subquery.offset, subquery.at)?;
        let step = subquery.step.map(positive).transpose()?;
        let subquery = Subquery {
            inner: Box::new(inner),
            range: positive(subquery.range)?,
            step,
            timing,
        };
        Ok(node(
            Kind::Subquery(subquery),
            position,
            ValueType::Matrix,
            timing.at.is_some(),
        ))
    }

    fn call(&mut self, call: parsed::Call) -> Result<Node> {
        let position = self.start();
        let name = call.func.name;
        if call.func.experimental && !self.experimental {
            return Err(QueryError::Parse(format!("function \"{name}\" is not enabled")));
        }
        let function = Function::named(name)
            .ok_or_else(|| QueryError::Unsupported(format!("function \"{name}\" is not supported")))?;
        let types = &call.func.arg_types;
        let mut args = Vec::with_capacity(call.args.len());
        for (index, arg) in call.args.args.into_iter().enumerate() {
            let arg = self.node(*arg)?;
            if let Some(expected) = types.get(index).or(types.last()) {
                expect_type(value_type(*expected), &arg, &format!("call to function \"{name}\""))?;
            }
            args.push(without_paren(arg));
        }
        let invariant = !function.depends_on_time() && args.iter().all(|arg| arg.invariant);
        Ok(node(
            Kind::Call(function, args),
            position,
            value_type(call.func.return_type),
            invariant,
        ))
    }

    fn aggregate(&mut self, aggregate: parsed::AggregateExpr) -> Result<Node> {
        let position = self.start();
        let op = AggregationOp::of(aggregate.op.id())
            .ok_or_else(|| QueryError::Unsupported(format!("aggregation {} is not supported", aggregate.op)))?;
        if op.is_experimental() && !self.experimental {
            let name = aggregate.op;
            return Err(QueryError::Parse(format!("{name}() is experimental and not enabled")));
        }
        let param = aggregate
            .param
            .map(|param| self.node(*param).map(without_paren))
            .transpose()?;
        let inner = without_paren(self.node(*aggregate.expr)?);
        expect_type(ValueType::Vector, &inner, "aggregation expression")?;
        if let Some(param) = &param {
            let expected = if op == AggregationOp::CountValues {
                ValueType::Text
            } else {
                ValueType::Scalar
            };
            expect_type(expected, param, "aggregation parameter")?;
        }
        let (without, labels) = match aggregate.modifier {
            Some(LabelModifier::Include(labels)) => (false, labels.labels),
            Some(LabelModifier::Exclude(labels)) => (true, labels.labels),
            None => (false, Vec::new()),
        };
        let invariant = inner.invariant && param.as_ref().is_none_or(|param| param.invariant);
        let aggregation = Aggregation {
            op,
            grouping: Grouping { without, labels },
            param,
            inner,
        };
        Ok(node(
            Kind::Aggregate(Box::new(aggregation)),
            position,
            ValueType::Vector,
            invariant,
        ))
    }

    fn binary(&mut self, binary: parsed::BinaryExpr) -> Result<Node> {
        let operator = Operator::of(binary.op.id())
            .ok_or_else(|| QueryError::Unsupported(format!("operator {} is not supported", binary.op)))?;
        let left = self.node(*binary.lhs)?;
        let right = self.node(*binary.rhs)?;
        for side in [&left, &right] {
            if !matches!(side.value_type, ValueType::Scalar | ValueType::Vector) {
                return Err(QueryError::Parse(
                    "binary expression must contain only scalar and instant vector types".into(),
                ));
            }
        }
        let modifier = binary.modifier.unwrap_or_default();
        let scalars = left.value_type == ValueType::Scalar && right.value_type == ValueType::Scalar;
        let value_type = if scalars { ValueType::Scalar } else { ValueType::Vector };
        let (position, invariant) = (left.position, left.invariant && right.invariant);
        let returns_bool = modifier.return_bool;
        let binary = Binary {
            operator,
            returns_bool,
            matching: matching(modifier),
            left,
            right,
        };
        Ok(node(Kind::Binary(Box::new(binary)), position, value_type, invariant))
    }

    fn selector(&mut self, selector: parsed::VectorSelector) -> Result<Selector> {
        if !selector.matchers.or_matchers.is_empty() {
            return Err(QueryError::Parse(
                "unexpected <or> in label matching, expected \",\" or \"}\"".into(),
            ));
        }
        let name = selector
            .name
            .map(|name| self.matcher(METRIC_NAME.into(), MatchOp::Equal, name));
        let others = selector.matchers.matchers.into_iter().map(|matcher| {
            let op = match matcher.op {
                parsed_label::MatchOp::Equal => MatchOp::Equal,
                parsed_label::MatchOp::NotEqual => MatchOp::NotEqual,
                parsed_label::MatchOp::Re(_) => MatchOp::Regex,
                parsed_label::MatchOp::NotRe(_) => MatchOp::NotRegex,
            };
            self.matcher(matcher.name, op, matcher.value)
        });
        let matchers = name.into_iter().chain(others).collect::<Result<Vec<_>>>()?;
        if matchers.iter().all(|matcher| matcher.accepts("")) {
            return Err(QueryError::Parse(
                "vector selector must contain at least one non-empty matcher".into(),
            ));
        }
        Ok(Selector {
            matchers,
            timing: timing(selector.offset, selector.at)?,
        })
    }

    fn matcher(&self, name: String, op: MatchOp, value: String) -> Result<Matcher> {
        let value = match op {
            MatchOp::Equal | MatchOp::NotEqual => value,
            // The scanner left the number of the expression in its place.
            MatchOp::Regex | MatchOp::NotRegex => value
                .parse()
                .ok()
                .and_then(|number: usize| self.regexes.get(number))
                .cloned()
                .unwrap_or(value),
        };
        Matcher::new(name, op, value).map_err(|error| QueryError::Parse(error.to_string()))
    }
}

fn node(kind: Kind, position: Position, value_type: ValueType, invariant: bool) -> Node {
    Node {
        kind,
        position,
        value_type,
        invariant,
    }
}

/// Parentheses around an argument mean nothing, and annotations point at what is inside.
fn without_paren(node: Node) -> Node {
    match node.kind {
        Kind::Paren(inner) => without_paren(*inner),
        _ => node,
    }
}

fn expect_type(expected: ValueType, node: &Node, context: &str) -> Result<()> {
    if node.value_type == expected {
        return Ok(());
    }
    Err(QueryError::Parse(format!(
        "expected type {expected} in {context}, got {}",
        node.value_type
    )))
}

fn value_type(parsed: promql_parser::parser::value::ValueType) -> ValueType {
    use promql_parser::parser::value::ValueType as Parsed;
    match parsed {
        Parsed::Scalar => ValueType::Scalar,
        Parsed::Vector => ValueType::Vector,
        Parsed::Matrix => ValueType::Matrix,
        Parsed::String => ValueType::Text,
    }
}

fn positive(duration: Duration) -> Result<i64> {
    let milliseconds = milliseconds(duration)?;
    if milliseconds == 0 {
        return Err(QueryError::Parse("duration must be greater than 0".into()));
    }
    Ok(milliseconds)
}

fn milliseconds(duration: Duration) -> Result<i64> {
    i64::try_from(duration.as_millis()).map_err(|_| QueryError::Parse("duration out of range".into()))
}

fn timing(offset: Option<Offset>, at: Option<AtModifier>) -> Result<Timing> {
    let offset = match offset {
        None => 0,
        Some(Offset::Pos(duration)) => milliseconds(duration)?,
        Some(Offset::Neg(duration)) => -milliseconds(duration)?,
    };
    let at = match at {
        None => None,
        Some(AtModifier::Start) => Some(At::Start),
        Some(AtModifier::End) => Some(At::End),
        Some(AtModifier::At(time)) => Some(At::Time(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => milliseconds(after)?,
            Err(before) => -milliseconds(before.duration())?,
        })),
    };
    if let Some(At::Time(time)) = at
        && time.unsigned_abs() > i64::MAX as u64 / 4
    {
        return Err(QueryError::Parse("timestamp out of bounds for @ modifier".into()));
    }
    Ok(Timing { offset, at })
}

fn matching(modifier: parsed::BinModifier) -> Matching {
    let (on, labels) = match modifier.matching {
        Some(LabelModifier::Include(labels)) => (true, labels.labels),
        Some(LabelModifier::Exclude(labels)) => (false, labels.labels),
        None => (false, Vec::new()),
    };
    let (cardinality, include) = match modifier.card {
        VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => (Cardinality::OneToOne, Vec::new()),
        VectorMatchCardinality::ManyToOne(labels) => (Cardinality::ManyToOne, labels.labels),
        VectorMatchCardinality::OneToMany(labels) => (Cardinality::OneToMany, labels.labels),
    };
    let fill = Fill {
        many: modifier.fill_values.lhs,
        one: modifier.fill_values.rhs,
    };
    Matching {
        on,
        labels,
        cardinality,
        include,
        fill,
    }
}
