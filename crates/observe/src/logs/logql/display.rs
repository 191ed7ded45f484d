//! Queries as text, in the one way Loki's formatter lays them out on a line.

use std::fmt::{self, Display, Formatter as Out};

use super::ast::{
    BinaryExpr, BinaryOp, Conversion, Expr, Grouping, LabelFilter, LabelValue, LineFilter, LineOp, LogExpr, Logfmt,
    Many, MetricExpr, NamedLabel, Needle, RangeExpr, Stage,
};
use super::units::write_short_duration;
use crate::metrics::labels::Quoted;
use crate::metrics::matchers::Matcher;
use crate::metrics::promql::number::plain;

struct List<'a, T>(&'a [T], &'static str);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if index > 0 { self.1 } else { "" })?;
        }
        Ok(())
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        match self {
            Self::Log(log) => log.fmt(f),
            Self::Metric(metric) => metric.fmt(f),
        }
    }
}

impl Display for LogExpr {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        write!(f, "{{{}}}", List::<Matcher>(&self.matchers, ", "))?;
        for stage in &self.stages {
            write!(f, " {stage}")?;
        }
        Ok(())
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        match self {
            Self::Line(filter) => filter.fmt(f),
            Self::Json(wanted) => {
                f.write_str("| json")?;
                for (index, (name, path)) in wanted.iter().enumerate() {
                    write!(f, "{} {name}={}", if index > 0 { "," } else { "" }, Quoted(&path.text))?;
                }
                Ok(())
            }
            Self::Logfmt(logfmt) => logfmt.fmt(f),
            Self::Regexp(regex) => write!(f, "| regexp {}", Quoted(regex.as_str())),
            Self::Pattern(pattern) => write!(f, "| pattern {}", Quoted(pattern.text())),
            Self::Unpack => f.write_str("| unpack"),
            Self::Label(filter) => write!(f, "| {filter}"),
            Self::LineFormat(format) => write!(f, "| line_format {}", Quoted(&format.text)),
            Self::LabelFormat(formats) => {
                f.write_str("| label_format ")?;
                for (index, (name, value)) in formats.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    match value {
                        LabelValue::Rename(from) => write!(f, "{comma}{name}={from}")?,
                        LabelValue::Format(format) => write!(f, "{comma}{name}={}", Quoted(&format.text))?,
                    }
                }
                Ok(())
            }
            Self::Drop(labels) => write!(f, "| drop {}", List(labels, ",")),
            Self::Keep(labels) => write!(f, "| keep {}", List(labels, ",")),
            Self::Decolorize => f.write_str("| decolorize"),
        }
    }
}

impl Display for NamedLabel {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Matching(matcher) => matcher.fmt(f),
        }
    }
}

impl Display for Logfmt {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        f.write_str("| logfmt")?;
        f.write_str(if self.strict { " --strict" } else { "" })?;
        f.write_str(if self.keep_empty { " --keep-empty" } else { "" })?;
        for (index, (name, key)) in self.wanted.iter().enumerate() {
            write!(f, "{} {name}={}", if index > 0 { "," } else { "" }, Quoted(key))?;
        }
        Ok(())
    }
}

impl Display for LineFilter {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        let sign = match self.op {
            LineOp::Contains => "|=",
            LineOp::ContainsNot => "!=",
            LineOp::Matches => "|~",
            LineOp::MatchesNot => "!~",
            LineOp::Pattern => "|>",
            LineOp::PatternNot => "!>",
        };
        write!(f, "{sign} {}", List(&self.needles, " or "))
    }
}

impl Display for Needle {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Regex(text, _) | Self::Pattern(text, _) => Quoted(text).fmt(f),
            Self::Ip(text, _) => write!(f, "ip({})", Quoted(text)),
        }
    }
}

impl Display for LabelFilter {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        match self {
            Self::Text(matcher) => matcher.fmt(f),
            Self::Number(name, compare, value) => write!(f, "{name}{}{}", compare.sign(), plain(*value)),
            Self::Duration(name, compare, _, text) | Self::Bytes(name, compare, _, text) => {
                write!(f, "{name}{}{text}", compare.sign())
            }
            Self::Ip(name, positive, text, _) => {
                write!(f, "{name}{}ip({})", if *positive { "=" } else { "!=" }, Quoted(text))
            }
            Self::And(one, other) => write!(f, "( {one} , {other} )"),
            Self::Or(one, other) => write!(f, "( {one} or {other} )"),
        }
    }
}

impl Display for MetricExpr {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Aggregate {
                op,
                count,
                grouping,
                inner,
            } => {
                f.write_str(op.name())?;
                if let Some(grouping) = grouping {
                    write!(f, " {grouping} ")?;
                }
                match count {
                    0 => write!(f, "({inner})"),
                    count => write!(f, "({count},{inner})"),
                }
            }
            Self::Binary(binary) => binary.fmt(f),
            Self::Literal(value) => f.write_str(&plain(*value)),
            Self::Vector(value) => write!(f, "vector({})", plain(*value)),
            Self::LabelReplace {
                inner,
                target,
                replacement,
                source,
                pattern,
                ..
            } => write!(
                f,
                "label_replace({inner},{},{},{},{})",
                Quoted(target),
                Quoted(replacement),
                Quoted(source),
                Quoted(pattern)
            ),
        }
    }
}

impl Display for RangeExpr {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        write!(f, "{}(", self.op.name())?;
        if self.op == super::ast::RangeOp::Quantile {
            write!(f, "{},", plain(self.parameter))?;
        }
        self.log.fmt(f)?;
        if let Some(unwrap) = &self.unwrap {
            let label = &unwrap.label;
            match unwrap.conversion {
                Conversion::Number => write!(f, " | unwrap {label}")?,
                Conversion::Bytes => write!(f, " | unwrap bytes({label})")?,
                Conversion::Duration => write!(f, " | unwrap duration({label})")?,
                Conversion::DurationSeconds => write!(f, " | unwrap duration_seconds({label})")?,
            }
            for filter in &unwrap.filters {
                write!(f, " | {filter}")?;
            }
        }
        write!(f, "[{}]", write_short_duration(self.range))?;
        if self.offset != 0 {
            write!(f, " offset {}", write_short_duration(self.offset))?;
        }
        f.write_str(")")?;
        self.grouping
            .as_ref()
            .map_or(Ok(()), |grouping| write!(f, " {grouping}"))
    }
}

impl Display for Grouping {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        let word = if self.without { "without" } else { "by" };
        write!(f, "{word} ({})", self.labels.join(","))
    }
}

impl Display for BinaryExpr {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        write!(f, "({} {}", self.left, self.op)?;
        f.write_str(if self.bool { " bool" } else { "" })?;
        if let Some(matching) = &self.matching {
            let word = if matching.on { "on" } else { "ignoring" };
            write!(f, " {word} ({})", matching.labels.join(","))?;
            match matching.many {
                Many::None => {}
                Many::Left => write!(f, " group_left ({})", matching.include.join(","))?,
                Many::Right => write!(f, " group_right ({})", matching.include.join(","))?,
            }
        }
        write!(f, " {})", self.right)
    }
}

impl Display for BinaryOp {
    fn fmt(&self, f: &mut Out<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::Compare(compare) => compare.sign(),
            Self::And => "and",
            Self::Or => "or",
            Self::Unless => "unless",
        })
    }
}
