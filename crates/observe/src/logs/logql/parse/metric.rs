//! Queries for numbers.

use super::super::ast::{
    BinaryExpr, BinaryOp, Compare, Conversion, Grouping, LogExpr, Many, Matching, MetricExpr, RANGE_OPS, RangeExpr,
    RangeOp, Unwrap, VECTOR_OPS, VectorOp,
};
use super::super::eval::fold_literals;
use super::super::lex::Token;
use super::{Parser, Result};
use crate::metrics::matchers::anchored;

impl Parser<'_> {
    /// Operators that bind at least as close as `least`.
    pub(super) fn metric(&mut self, least: u8) -> Result<MetricExpr> {
        self.deeper(|parser| parser.binary(least))
    }

    fn binary(&mut self, least: u8) -> Result<MetricExpr> {
        let mut left = self.metric_unit()?;
        while let Some((op, strength)) = self.operator() {
            if strength < least {
                break;
            }
            self.take();
            let bool = self.word("bool");
            if bool && !matches!(op, BinaryOp::Compare(_)) {
                return Err(self.error_before(1, format!("bool modifier is not allowed with {op}")));
            }
            let matching = self.matching(op)?;
            // Powers are taken from the right, everything else from the left.
            let right = self.metric(if op == BinaryOp::Pow { strength } else { strength + 1 })?;
            let is_set = matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless);
            for (side, name) in [(&left, "left"), (&right, "right")] {
                if is_set && let MetricExpr::Literal(value) = side {
                    let message =
                        format!("unexpected literal for {name} side of logical/set binary operation ({op}): {value}");
                    return Err(self.error_before(1, message));
                }
            }
            left = fold_literals(BinaryExpr {
                op,
                bool,
                matching,
                left,
                right,
            });
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(BinaryOp, u8)> {
        Some(match self.peek() {
            Token::Name(word) => match word.as_str() {
                "or" => (BinaryOp::Or, 1),
                "and" => (BinaryOp::And, 2),
                "unless" => (BinaryOp::Unless, 2),
                _ => return None,
            },
            Token::Sign(sign) => match *sign {
                "==" => (BinaryOp::Compare(Compare::Equal), 3),
                "!=" => (BinaryOp::Compare(Compare::NotEqual), 3),
                ">" => (BinaryOp::Compare(Compare::Greater), 3),
                ">=" => (BinaryOp::Compare(Compare::GreaterOrEqual), 3),
                "<" => (BinaryOp::Compare(Compare::Less), 3),
                "<=" => (BinaryOp::Compare(Compare::LessOrEqual), 3),
                "+" => (BinaryOp::Add, 4),
                "-" => (BinaryOp::Sub, 4),
                "*" => (BinaryOp::Mul, 5),
                "/" => (BinaryOp::Div, 5),
                "%" => (BinaryOp::Mod, 5),
                "^" => (BinaryOp::Pow, 6),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// `on (a) group_left (b)`
    fn matching(&mut self, op: BinaryOp) -> Result<Option<Matching>> {
        let on = self.word("on");
        if !on && !self.word("ignoring") {
            return Ok(None);
        }
        let labels = self.names_in_parentheses()?;
        let many = match () {
            () if self.word("group_left") => Many::Left,
            () if self.word("group_right") => Many::Right,
            () => Many::None,
        };
        if many != Many::None && matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless) {
            return Err(self.error_before(1, format!("no grouping allowed for {op} operation")));
        }
        let include = if many != Many::None && self.is_sign("(") {
            self.names_in_parentheses()?
        } else {
            Vec::new()
        };
        Ok(Some(Matching {
            on,
            labels,
            many,
            include,
        }))
    }

    fn metric_unit(&mut self) -> Result<MetricExpr> {
        match self.peek().clone() {
            Token::Sign("(") => {
                self.take();
                let inner = self.metric(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Number(_) | Token::Sign("-" | "+") => self.number().map(MetricExpr::Literal),
            Token::Name(name) => {
                let is_call = matches!(self.peek_after(1), Token::Sign("("))
                    || matches!(self.peek_after(1), Token::Name(word) if word == "by" || word == "without");
                if is_call && let Some((_, op)) = RANGE_OPS.iter().find(|(other, _)| *other == name) {
                    self.take();
                    return self.range(*op).map(|range| MetricExpr::Range(Box::new(range)));
                }
                if is_call && let Some((_, op)) = VECTOR_OPS.iter().find(|(other, _)| *other == name) {
                    self.take();
                    return self.aggregate(*op);
                }
                match name.as_str() {
                    "vector" if is_call => self.vector(),
                    "label_replace" if is_call => self.label_replace(),
                    _ => Err(self.unexpected("")),
                }
            }
            _ => Err(self.unexpected("")),
        }
    }

    fn vector(&mut self) -> Result<MetricExpr> {
        self.take();
        self.expect("(")?;
        let value = self.number()?;
        self.expect(")")?;
        Ok(MetricExpr::Vector(value))
    }

    fn label_replace(&mut self) -> Result<MetricExpr> {
        self.take();
        self.expect("(")?;
        let inner = Box::new(self.metric(0)?);
        let mut texts = Vec::new();
        for _ in 0..4 {
            self.expect(",")?;
            texts.push(self.string()?);
        }
        let pattern = texts.pop().unwrap_or_default();
        let regex = anchored(&pattern)
            .map_err(|error| self.error_before(1, format!("invalid regex in label_replace: {error}")))?;
        self.expect(")")?;
        let [target, replacement, source] = <[String; 3]>::try_from(texts).unwrap_or_default();
        Ok(MetricExpr::LabelReplace {
            inner,
            target,
            replacement,
            source,
            pattern,
            regex,
        })
    }

    fn grouping(&mut self) -> Result<Option<Grouping>> {
        let without = self.word("without");
        if !without && !self.word("by") {
            return Ok(None);
        }
        let labels = self.names_in_parentheses()?;
        Ok(Some(Grouping { without, labels }))
    }

    fn aggregate(&mut self, op: VectorOp) -> Result<MetricExpr> {
        let mut grouping = self.grouping()?;
        self.expect("(")?;
        let takes_count = matches!(op, VectorOp::TopK | VectorOp::BottomK);
        let mut count = 0;
        let name = op.name();
        if let Token::Number(value) = *self.peek()
            && matches!(self.peek_after(1), Token::Sign(","))
        {
            if !takes_count {
                return Err(self.error(format!("unsupported parameter for operation {name}({value},")));
            }
            if value < 1.0 || value.fract() != 0.0 {
                return Err(self.error(format!("invalid parameter (must be greater than 0) {name}({value}")));
            }
            self.take();
            self.take();
            count = value as usize;
        } else if takes_count {
            // `topk(rate(…))` lacks its number, `topk(a, …)` is something else.
            return match self.peek() {
                Token::Name(word) if RANGE_OPS.iter().any(|(other, _)| other == word) => {
                    Err(self.error(format!("parameter required for operation {name}")))
                }
                _ => Err(self.unexpected("")),
            };
        }
        let inner = Box::new(self.metric(0)?);
        self.expect(")")?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        if grouping.is_some() && matches!(op, VectorOp::Sort | VectorOp::SortDesc) {
            return Err(self.error_before(1, format!("grouping not allowed for {name} operation")));
        }
        Ok(MetricExpr::Aggregate {
            op,
            count,
            grouping,
            inner,
        })
    }

    fn range(&mut self, op: RangeOp) -> Result<RangeExpr> {
        let name = op.name();
        let mut grouping = self.grouping()?;
        self.expect("(")?;
        let mut parameter = f64::NAN;
        if matches!(self.peek(), Token::Number(_) | Token::Sign("-" | "+")) {
            let value = self.number()?;
            if op != RangeOp::Quantile {
                return Err(self.error_before(1, format!("parameter {value} not supported for operation {name}")));
            }
            parameter = value;
            self.expect(",")?;
        } else if op == RangeOp::Quantile {
            return Err(self.error(format!("parameter required for operation {name}")));
        }
        let mut window = Window::default();
        let log = self.log_range(&mut window)?;
        self.expect(")")?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        let Window { range, offset, unwrap } = window;
        let needs_value = !matches!(
            op,
            RangeOp::Rate | RangeOp::Count | RangeOp::BytesRate | RangeOp::Bytes | RangeOp::Absent
        );
        let takes_value = needs_value || matches!(op, RangeOp::Rate | RangeOp::Absent);
        if unwrap.is_none() && needs_value {
            return Err(self.error_before(1, format!("invalid aggregation {name} without unwrap")));
        }
        if unwrap.is_some() && !takes_value {
            return Err(self.error_before(1, format!("invalid aggregation {name} with unwrap")));
        }
        let may_group = matches!(
            op,
            RangeOp::Avg
                | RangeOp::Stddev
                | RangeOp::Stdvar
                | RangeOp::Quantile
                | RangeOp::Max
                | RangeOp::Min
                | RangeOp::First
                | RangeOp::Last
        );
        if grouping.is_some() && !may_group {
            return Err(self.error_before(1, format!("grouping not allowed for {name} aggregation")));
        }
        let range = range.ok_or_else(|| self.error_before(1, "syntax error: unexpected ), expecting RANGE"))?;
        Ok(RangeExpr {
            op,
            parameter,
            log,
            unwrap,
            range,
            offset,
            grouping,
        })
    }

    /// A log query with its window, before or after the pipeline, in as many parentheses as there are.
    fn log_range(&mut self, window: &mut Window) -> Result<LogExpr> {
        let mut log = if self.sign("(") {
            let log = self.deeper(|parser| parser.log_range(window))?;
            self.expect(")")?;
            log
        } else {
            LogExpr {
                matchers: self.selector()?,
                stages: Vec::new(),
            }
        };
        loop {
            match self.peek() {
                Token::Range(range) if window.range.is_none() => {
                    window.range = Some(*range);
                    self.take();
                    if self.word("offset") {
                        window.offset = self.offset()?;
                    }
                }
                Token::Sign("|") if matches!(self.peek_after(1), Token::Name(word) if word == "unwrap") => {
                    self.take();
                    self.take();
                    window.unwrap = Some(self.unwrap()?);
                }
                Token::Sign("|" | "|=" | "!=" | "|~" | "!~" | "|>" | "!>") => match &mut window.unwrap {
                    None => {
                        let before = log.stages.len();
                        self.stages(&mut log.stages)?;
                        if log.stages.len() == before {
                            return Err(self.unexpected(""));
                        }
                    }
                    Some(_) if !self.is_sign("|") => return Err(self.unexpected("")),
                    Some(unwrap) => {
                        self.take();
                        unwrap.filters.push(self.label_filter()?);
                    }
                },
                _ => return Ok(log),
            }
        }
    }

    fn offset(&mut self) -> Result<i64> {
        let sign = if self.sign("-") { -1 } else { 1 };
        match self.take() {
            Token::Duration(offset, _) => Ok(sign * offset),
            _ => Err(self.error_before(1, "syntax error: unexpected token, expecting DURATION")),
        }
    }

    fn unwrap(&mut self) -> Result<Unwrap> {
        let mut label = self.name()?;
        let mut conversion = Conversion::Number;
        if self.is_sign("(") {
            conversion = match label.as_str() {
                "bytes" => Conversion::Bytes,
                "duration" => Conversion::Duration,
                "duration_seconds" => Conversion::DurationSeconds,
                _ => return Err(self.unexpected("")),
            };
            self.take();
            label = self.name()?;
            self.expect(")")?;
        }
        Ok(Unwrap {
            label,
            conversion,
            filters: Vec::new(),
        })
    }
}

/// What a range selector has besides its lines.
#[derive(Default)]
struct Window {
    range: Option<i64>,
    offset: i64,
    unwrap: Option<Unwrap>,
}
