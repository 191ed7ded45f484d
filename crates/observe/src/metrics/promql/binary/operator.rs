//! What operators do to two numbers.

use promql_parser::parser::token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// Gives another quantity, so that the metric's name is wrong for the result.
    Arithmetic(Arithmetic),
    Comparison(Comparison),
    Set(Set),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    And,
    Or,
    Unless,
}

impl Operator {
    /// The operator of a token of the parser.
    pub(crate) fn of(id: token::TokenId) -> Option<Self> {
        Some(match id {
            token::T_ADD => Self::Arithmetic(Arithmetic::Add),
            token::T_SUB => Self::Arithmetic(Arithmetic::Subtract),
            token::T_MUL => Self::Arithmetic(Arithmetic::Multiply),
            token::T_DIV => Self::Arithmetic(Arithmetic::Divide),
            token::T_MOD => Self::Arithmetic(Arithmetic::Modulo),
            token::T_POW => Self::Arithmetic(Arithmetic::Power),
            token::T_ATAN2 => Self::Arithmetic(Arithmetic::Atan2),
            token::T_EQLC => Self::Comparison(Comparison::Equal),
            token::T_NEQ => Self::Comparison(Comparison::NotEqual),
            token::T_GTR => Self::Comparison(Comparison::Greater),
            token::T_LSS => Self::Comparison(Comparison::Less),
            token::T_GTE => Self::Comparison(Comparison::GreaterOrEqual),
            token::T_LTE => Self::Comparison(Comparison::LessOrEqual),
            token::T_LAND => Self::Set(Set::And),
            token::T_LOR => Self::Set(Set::Or),
            token::T_LUNLESS => Self::Set(Set::Unless),
            _ => return None,
        })
    }

    pub(super) fn is_arithmetic(self) -> bool {
        matches!(self, Self::Arithmetic(_))
    }

    pub(super) fn is_comparison(self) -> bool {
        matches!(self, Self::Comparison(_))
    }

    /// The result for two values: of a comparison 1 or 0 with `returns_bool`, else the left value or none. Sets look at no
    /// values, and keep the left one.
    #[inline]
    pub(super) fn apply(self, left: f64, right: f64, returns_bool: bool) -> Option<f64> {
        match self {
            Self::Arithmetic(operator) => Some(operator.of(left, right)),
            Self::Comparison(operator) if returns_bool => Some(f64::from(u8::from(operator.holds(left, right)))),
            Self::Comparison(operator) => operator.holds(left, right).then_some(left),
            Self::Set(_) => Some(left),
        }
    }
}

impl Arithmetic {
    fn of(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => left % right,
            Self::Power => left.powf(right),
            Self::Atan2 => left.atan2(right),
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Greater => left > right,
            Self::Less => left < right,
            Self::GreaterOrEqual => left >= right,
            Self::LessOrEqual => left <= right,
        }
    }
}
