//! Pipelines.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::super::ast::{
    Formatter, JsonPath, LabelValue, LineFilter, LineOp, Logfmt, NamedLabel, Needle, PathStep, Stage,
};
use super::super::functions::LineFunctions;
use super::super::ip::IpRange;
use super::super::lex::Token;
use super::super::pattern::Pattern;
use super::{Parser, Result};
use crate::metrics::matchers::re2;
use crate::rules::template::Template;

impl Parser<'_> {
    /// Steps, until something else comes. `unwrap` is left to whoever may have one.
    pub(super) fn stages(&mut self, stages: &mut Vec<Stage>) -> Result<()> {
        loop {
            match self.peek() {
                Token::Sign(sign) if line_op(sign).is_some() => stages.push(Stage::Line(self.line_filter()?)),
                Token::Sign("|") if !matches!(self.peek_after(1), Token::Name(word) if word == "unwrap") => {
                    self.take();
                    stages.push(self.stage()?);
                }
                _ => return Ok(()),
            }
        }
    }

    fn line_filter(&mut self) -> Result<LineFilter> {
        let Token::Sign(sign) = self.take() else {
            return Err(self.unexpected(""));
        };
        let op = line_op(sign).ok_or_else(|| self.unexpected(""))?;
        let mut needles = vec![self.needle(op)?];
        while self.word("or") {
            needles.push(self.needle(op)?);
        }
        Ok(LineFilter { op, needles })
    }

    fn needle(&mut self, op: LineOp) -> Result<Needle> {
        if self.is_word("ip") {
            if !matches!(op, LineOp::Contains | LineOp::ContainsNot) {
                return Err(self.unexpected("STRING"));
            }
            self.take();
            let (text, range) = self.ip()?;
            return Ok(Needle::Ip(text, range));
        }
        let text = self.string()?;
        let wrong = |message| self.error_before(1, message);
        match op {
            LineOp::Contains | LineOp::ContainsNot => Ok(Needle::Text(text)),
            LineOp::Matches | LineOp::MatchesNot => {
                let regex = compile(&text).map_err(wrong)?;
                Ok(Needle::Regex(text, regex))
            }
            LineOp::Pattern | LineOp::PatternNot => {
                let pattern = Pattern::filter(&text).map_err(wrong)?;
                Ok(Needle::Pattern(text, pattern))
            }
        }
    }

    /// `("10.0.0.0/8")`, after `ip`.
    pub(super) fn ip(&mut self) -> Result<(String, IpRange)> {
        self.expect("(")?;
        let text = self.string()?;
        let range = IpRange::parse(&text)
            .ok_or_else(|| self.error_before(1, format!("ip: failed to parse {text:?}: invalid pattern")))?;
        self.expect(")")?;
        Ok((text, range))
    }

    fn stage(&mut self) -> Result<Stage> {
        let word = match self.peek() {
            Token::Name(word) => word.clone(),
            Token::Sign("(") => return self.label_filter().map(Stage::Label),
            _ => return Err(self.unexpected("")),
        };
        // A label may have the name of a parser.
        let is_label = matches!(
            self.peek_after(1),
            Token::Sign("=" | "!=" | "=~" | "!~" | "==" | ">" | ">=" | "<" | "<=")
        ) && !matches!(
            (self.peek_after(1), self.peek_after(2)),
            (Token::Sign("!=" | "!~"), Token::Text(_))
        );
        if is_label {
            return self.label_filter().map(Stage::Label);
        }
        match word.as_str() {
            "json" => {
                self.take();
                let wanted = self.extractions()?;
                let path = |(name, text): (String, String)| {
                    let steps = json_path(&text).ok_or_else(|| {
                        self.error_before(1, format!("cannot parse expression [{text}]: syntax error"))
                    })?;
                    Ok((name, JsonPath { text, steps }))
                };
                wanted.into_iter().map(path).collect::<Result<_>>().map(Stage::Json)
            }
            "logfmt" => {
                self.take();
                let (mut strict, mut keep_empty) = (false, false);
                while let Token::Flag(flag) = self.peek() {
                    match flag.as_str() {
                        "--strict" => strict = true,
                        "--keep-empty" => keep_empty = true,
                        _ => return Err(self.error(format!("unknown flag {flag}"))),
                    }
                    self.take();
                }
                let wanted = self.extractions()?;
                Ok(Stage::Logfmt(Logfmt {
                    strict,
                    keep_empty,
                    wanted,
                }))
            }
            "regexp" => {
                self.take();
                let text = self.string()?;
                let regex = compile(&text).map_err(|message| self.error_before(1, message))?;
                if regex.capture_names().flatten().next().is_none() {
                    return Err(self.error_before(1, "at least one named capture must be supplied"));
                }
                Ok(Stage::Regexp(regex))
            }
            "pattern" => {
                self.take();
                let text = self.string()?;
                let pattern = Pattern::parser(&text).map_err(|message| self.error_before(1, message))?;
                Ok(Stage::Pattern(pattern))
            }
            "unpack" => {
                self.take();
                Ok(Stage::Unpack)
            }
            "decolorize" => {
                self.take();
                Ok(Stage::Decolorize)
            }
            "line_format" => {
                self.take();
                let text = self.string()?;
                self.formatter(text).map(Stage::LineFormat)
            }
            "label_format" => {
                self.take();
                self.label_formats().map(Stage::LabelFormat)
            }
            "drop" => {
                self.take();
                self.named_labels().map(Stage::Drop)
            }
            "keep" => {
                self.take();
                self.named_labels().map(Stage::Keep)
            }
            _ => self.label_filter().map(Stage::Label),
        }
    }

    /// `a="b", c="d"` or `a, b`, which may be left out.
    fn extractions(&mut self) -> Result<Vec<(String, String)>> {
        let mut wanted = Vec::new();
        while let Token::Name(_) = self.peek() {
            let name = self.name()?;
            let value = if self.sign("=") { self.string()? } else { name.clone() };
            wanted.push((name, value));
            if !self.sign(",") {
                break;
            }
        }
        Ok(wanted)
    }

    fn label_formats(&mut self) -> Result<Vec<(String, LabelValue)>> {
        let mut formats: Vec<(String, LabelValue)> = Vec::new();
        loop {
            let name = self.name()?;
            if name == "__error__" {
                return Err(self.error_before(1, "__error__ cannot be formatted"));
            }
            if formats.iter().any(|(other, _)| *other == name) {
                let message = format!("multiple label name '{name}' not allowed in a single format operation");
                return Err(self.error_before(1, message));
            }
            self.expect("=")?;
            let value = match self.peek() {
                Token::Text(_) => {
                    let text = self.string()?;
                    LabelValue::Format(self.formatter(text)?)
                }
                _ => LabelValue::Rename(self.name()?),
            };
            formats.push((name, value));
            if !self.sign(",") {
                return Ok(formats);
            }
        }
    }

    fn formatter(&self, text: String) -> Result<Formatter> {
        let template = Template::parse(&text, &LineFunctions::default(), &[])
            .map_err(|error| self.error_before(1, format!("invalid line template: {}", error.message)))?;
        Ok(Formatter {
            text,
            template: Arc::new(template),
        })
    }

    fn named_labels(&mut self) -> Result<Vec<NamedLabel>> {
        let mut labels = Vec::new();
        loop {
            let has_value = matches!(self.peek_after(1), Token::Sign("=" | "!=" | "=~" | "!~"));
            labels.push(if has_value {
                NamedLabel::Matching(self.matcher()?)
            } else {
                NamedLabel::Name(self.name()?)
            });
            if !self.sign(",") {
                return Ok(labels);
            }
        }
    }
}

fn line_op(sign: &str) -> Option<LineOp> {
    Some(match sign {
        "|=" => LineOp::Contains,
        "!=" => LineOp::ContainsNot,
        "|~" => LineOp::Matches,
        "!~" => LineOp::MatchesNot,
        "|>" => LineOp::Pattern,
        "!>" => LineOp::PatternNot,
        _ => return None,
    })
}

/// An expression that may be anywhere in a text.
fn compile(pattern: &str) -> std::result::Result<Regex, String> {
    RegexBuilder::new(&re2::to_rust(pattern))
        .size_limit(4 << 20)
        .build()
        .map_err(|error| format!("error parsing regexp: {error}"))
}

/// `a.b[0]["c d"]`
fn json_path(text: &str) -> Option<Vec<PathStep>> {
    let mut steps = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = if inside.starts_with('"') {
                let (name, length) = crate::metrics::promql::strings::unquote(inside).ok()?;
                (PathStep::Field(name), &inside[length..])
            } else {
                let (index, _) = inside.split_once(']')?;
                (PathStep::Index(index.trim().parse().ok()?), &inside[index.len()..])
            };
            steps.push(step);
            rest = after.strip_prefix(']')?;
        } else {
            let name = if steps.is_empty() {
                rest
            } else {
                rest.strip_prefix('.')?
            };
            let length = name.find(['.', '[']).unwrap_or(name.len());
            let plain = name[..length]
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '@'));
            if length == 0 || !plain {
                return None;
            }
            steps.push(PathStep::Field(name[..length].to_owned()));
            rest = &name[length..];
        }
    }
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_into_json_has_names_and_places() {
        let field = |name: &str| PathStep::Field(name.into());
        assert_eq!(
            json_path(r#"a.b[0]["c d"]"#),
            Some(vec![field("a"), field("b"), PathStep::Index(0), field("c d")])
        );
        assert_eq!(json_path(r#"["x"].y"#), Some(vec![field("x"), field("y")]));
        assert!(
            ["", "a..b", "a[", "a[x]", ".a"]
                .iter()
                .all(|text| json_path(text).is_none())
        );
    }
}
